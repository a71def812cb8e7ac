import type { EnforcementLevel, PolicyConfigSchema } from "@pulumi/policy";
import { describe, type Resource } from "./resource";
import type { Finding } from "../config/finding";

/** A resource that breaks a rule. */
export interface Violation extends Finding {
  /** The resource's. */
  readonly urn: string;
  /** Which, for people, and where in it. Never a value that could be secret. */
  readonly subject: string;
}

interface Common {
  /** By which it is configured, and which a violation is printed with. */
  readonly name: string;
  /** The rule, in one sentence. */
  readonly description: string;
  readonly level: Extract<EnforcementLevel, "mandatory" | "advisory">;
  /** Which of this pack's settings it goes by. */
  readonly settings?: PolicyConfigSchema["properties"];
}

/** Judges each resource by itself, by what the program asks for. */
export interface ResourceRule extends Common {
  /** Whether it has to do with such resources at all. */
  readonly concerns: (type: string) => boolean;
  readonly check: (resource: Resource, settings: Settings) => Violation[];
}

/** Judges the stack as a whole, by what becomes of its resources. */
export interface StackRule extends Common {
  readonly checkStack: (resources: readonly Resource[], settings: Settings) => Violation[];
}

export type Rule = ResourceRule | StackRule;

/** A rule's part of settings.json, or of `--policy-pack-config`. */
export type Settings = Readonly<Record<string, unknown>>;

/** A violation of a resource. @param where In it: `spec.template`, `metadata.labels`. */
export function violation(resource: Resource, what: string, remedy: string, where?: string): Violation {
  return { urn: resource.urn, subject: where === undefined ? describe(resource) : `${describe(resource)}, ${where}`, what, remedy };
}

/** As it is printed. */
export function describeViolation({ subject, what, remedy }: Violation): string {
  return `${subject}: ${what}; ${remedy}`;
}
