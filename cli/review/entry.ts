import type { Change } from "./change";

/** The parts that a reviewer looks for, in the order of the review. */
export const SECTIONS = {
  destroys: "Destroys",
  passwords: "Passwords",
  restarts: "Restarts",
  databases: "Cluster, roles and databases",
  secrets: "Secrets and stores",
  vault: "Vault and Azure",
  other: "Other",
} as const;

export type Section = keyof typeof SECTIONS;

/** One thing that happens, in the words of those whom it happens to. */
export interface Entry {
  readonly section: Section;
  /** What it happens to: a name in backquotes, after what it is unless it is a service. */
  readonly who: string;
  /** What happens. Entries of the same words stand together. */
  readonly what: string;
  /** Of this one alone: `Secret x`. */
  readonly detail?: string;
}

/**
 * What a part of the review has to say, and about which resources: none is told twice, and none is
 * forgotten.
 */
export interface Told {
  readonly entries: readonly Entry[];
  readonly about: readonly Change[];
}

/** Makes entries of what happens to one thing. */
export const entryOf =
  (who: string) =>
  (section: Section, what: string): Entry => ({ section, who, what });

export const code = (text: string): string => `\`${text}\``;

/** `a`, `b` and `c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** `1 Secret`, `2 Secrets`, `3 NetworkPolicies`. */
export function count(number: number, noun: string): string {
  return `${number} ${number === 1 ? noun : plural(noun)}`;
}

export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(?:s|x|ch)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
