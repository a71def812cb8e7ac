import type { Place } from "../../manifests/objects/types";

/** How much weight a finding has, from the heaviest. */
export const LEVELS = ["error", "warning", "note"] as const;
export type Level = (typeof LEVELS)[number];

export interface Finding extends Place {
  rule: string;
  level: Level;
  /** What was found, and what is wrong with it. */
  why: string;
  remedy: string;
  /** Stays from one run to the next; says nothing of the value. */
  fingerprint: string;
  /** Where else the same cause shows. */
  also: readonly Place[];
}

/** What a rule says of a place. */
export interface Hit extends Place {
  why: string;
  remedy?: string;
  /** @default the rule's */
  level?: Level;
  /** What is one entry, wherever it shows: a missing store, a Secret. @default the place */
  cause?: string;
  /**
   * Findings of one rule and weight with the same group, the same password for one, are one entry,
   * once the baseline has taken out the accepted ones. It is never said.
   */
  group?: string;
  /** The very literal, so that another one in its place is another finding. It is never said. */
  value?: string;
}

/** What a rule is, for people and for programs. */
export interface RuleText {
  /** Stays as it is: baselines name it. */
  readonly id: string;
  /** A few words. */
  readonly title: string;
  /** What it weighs, unless what it fires on says otherwise. */
  readonly level: Level;
  /** What makes it fire. */
  readonly fires: string;
  readonly why: string;
  readonly remedy: string;
}

/** Whether a level is at least as heavy as another. */
export function isAtLeast(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(least);
}
