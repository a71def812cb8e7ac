import * as pulumi from "@pulumi/pulumi";
import { describeProblems, type Problem } from "./problem";

/**
 * Ends the program with the problems as its one diagnostic.
 *
 * @throws pulumi.RunError which the engine shows without a stack trace
 */
export function refuse(what: string, problems: readonly Problem[]): never {
  const error = new pulumi.RunError(describeProblems(what, problems));
  // The SDK inspects the error's stack in colour all the same, and Node 22 takes 20 s and a gigabyte for one with paths of scoped packages.
  error.stack = error.message;
  throw error;
}
