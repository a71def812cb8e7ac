import type { Place } from "../../manifests/objects/types";

export interface Finding extends Place {
  rule: string;
  /** What was found, and what is wrong with it. */
  why: string;
  remedy: string;
}

export type Hit = Omit<Finding, "rule" | "remedy"> & { remedy?: string };

/** What a rule is, for people and for programs. */
export interface RuleText {
  /** Stays as it is: baselines name it. */
  readonly id: string;
  /** A few words. */
  readonly title: string;
  /** What makes it fire. */
  readonly fires: string;
  readonly why: string;
  readonly remedy: string;
}
