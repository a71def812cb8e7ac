import { stringify } from "yaml";
import type { Commands } from "../../shared/shellCommands";
import { asConfig } from "../../../config/settings";
import type { ServiceFacts } from "../services";
import type { Facts, GitOps, Item } from "../types";

/** The input of every step. */
export interface Context {
  readonly facts: Facts;
  readonly commands: Commands;
  /** The mark by which objects are handed over. */
  readonly mark: string;
}

/** What a step finds. */
export interface StepState {
  readonly isDone: boolean;
  readonly why: string;
  /** What is in the way. */
  readonly blocked?: string;
  readonly items: readonly Item[];
}

/** A step for one service. */
export type StepOf = (service: ServiceFacts, context: Context) => StepState;

/** Settings as the stack's file has them. */
export function settings(values: Readonly<Record<string, unknown>>): string {
  return stringify({ config: asConfig(values) }).trimEnd();
}

/** How the tool that keeps an object from a repository is made to wait. Each stands once. */
export function pausing(object: string, gitOps: readonly GitOps[]): Item[] {
  return gitOps.map(({ by, name, pause, resume }) => ({
    text: `${by} (${name}) puts ${object} back: have it wait, and take the object out of its repository${resume === undefined ? "" : `; then it goes on: \`${resume}\``}${pause === undefined ? `. That is no name of ${by}'s: see who has written the mark` : ""}`,
    ...(pause === undefined ? {} : { commands: [pause] }),
  }));
}
