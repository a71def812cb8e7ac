import { visible } from "../../config/visible";
import { findCredentials } from "../../manifests/credentials/credentials";
import { code } from "./entry";
import type { Preview } from "./preview";

/** What the engine, the program and the policy pack say of a preview. */
export interface Said {
  /** Why it failed; empty when it did not. */
  readonly errors: readonly string[];
  /** Rules of the policy pack that are broken. Absent where it was not asked. */
  readonly violations?: readonly string[];
  readonly warnings: readonly string[];
  /** Whether a rule is broken that must not be. */
  readonly isRefused: boolean;
}

/** Said of every preview that fails, before and after the reason. */
const CLOSING = /^(?:preview failed|Preview failed: \d+ errors? occurred:)$/;

export function readSaid({ diagnostics, violations }: Pick<Preview, "diagnostics" | "violations">): Said {
  const of = (severity: RegExp) =>
    unique(diagnostics.flatMap(({ severity: level = "", message = "", urn }) => (severity.test(level) ? lines(message, urn) : [])));
  const isRefused = (violations ?? []).some(({ mandatory }) => mandatory);
  const errors = of(/^error$/);
  const reasons = errors.filter((line) => !CLOSING.test(line));
  return {
    // The violations are the reason.
    errors: reasons.length > 0 || isRefused ? reasons : errors,
    ...(violations === undefined
      ? {}
      : {
          violations: unique(
            [...violations.filter(({ mandatory }) => mandatory), ...violations.filter(({ mandatory }) => !mandatory)].map(
              ({ rule, message, mandatory }) => {
                // The first line is the rule's own description.
                const [, ...found] = lines(message);
                return `${code(plain(rule))}${mandatory ? "" : " (advisory)"}: ${found.join(" ") || lines(message).join(" ")}`;
              },
            ),
          ),
        }),
    warnings: of(/^warning$/),
    isRefused,
  };
}

/** A message as lines of its own. */
function lines(message: string, urn?: string): string[] {
  if (/cannot be deleted\s+because it is protected/.test(message)) {
    const what = urn === undefined ? "a resource" : inWords(urn);
    return [`${what} is protected, and cannot be deleted: take the protection away first (${protectionOf(urn)}), in a change of its own`];
  }
  return inPlainWords(message);
}

/** The setting by which a resource is protected. */
function protectionOf(urn = ""): string {
  return /:Secret::/.test(urn) ? "`services.<service>.protection: none`" : "`cluster.protection: none`";
}

/**
 * The lines of a message of the engine's, without its names, and without what looks like a
 * credential.
 */
export function inPlainWords(message: string): string[] {
  return withoutCredentials(message.replace(/urn:pulumi:[^\s'"`]+/g, inWords))
    .split("\n")
    .map((line) => plain(line.trim().replace(/^(?:[-*] |(?:error|warning): )/, "")))
    .filter((line) => line !== "");
}

/**
 * `urn:pulumi:prod::cnpg-credentials::…$kubernetes:core/v1:Secret::platform`: `Secret platform`.
 */
function inWords(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(/[$:]/).at(-1) ?? ""} ${name}`;
}

/** Neither program nor engine says any; a provider or an API server may repeat what it was sent. */
function withoutCredentials(text: string): string {
  const found = new Map([...findCredentials("", text)].map(({ start, credential }) => [start, credential.rule]));
  return [...found]
    .sort(([one], [other]) => other - one)
    .reduce(
      (rest, [start, rule]) => `${rest.slice(0, start)}(left out)${rest.slice(start).replace(rule === "private-key" ? KEY : LITERAL, "")}`,
      text,
    );
}

/** To the end: nobody knows which of its lines are its last. */
const KEY = /^[^]*/;
/** A name and what it is given, or one word. */
const LITERAL = /^[^\s:=]+\s*(?:=>|[:=])\s*\S+|^\S+/;

/** Nothing that is not seen, or becomes markup, a mention or another line. */
function plain(text: string): string {
  return visible(text.replace(/\s/g, " "))
    .replace(/[<>]/g, (one) => (one === "<" ? "‹" : "›"))
    .replace(/@(?=\w)/g, "@\u200b");
}

const unique = (all: readonly string[]) => [...new Set(all)];
