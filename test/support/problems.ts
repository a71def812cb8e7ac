import * as assert from "node:assert/strict";
import type { Problem } from "../../config/problem";

/** Problems the way an operator reads them, a line each. */
export function lines(problems: readonly Problem[]): string[] {
  return problems.map((problem) => `${problem.path}: ${problem.message}; ${problem.remedy}`);
}

/** The problems of a result that must have some. */
export function problemsOf(result: object): string[] {
  assert.ok("problems" in result, "there should be problems");
  return lines(result.problems as Problem[]);
}
