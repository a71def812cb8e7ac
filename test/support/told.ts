import * as assert from "node:assert/strict";
import { golden } from "./golden";

/** The marks of a line: its subject, before the first colon, and key phrases. The sentences are in test/golden. */
export type Told = readonly [subject: string, ...phrases: string[]];

/** Asserts that these are the lines, in whatever order, and no others. */
export function tells(lines: readonly string[], told: readonly Told[]): void {
  const left = [...lines];
  for (const [subject, ...phrases] of told) {
    const index = left.findIndex((line) => line.startsWith(`${subject}: `) && phrases.every((phrase) => line.includes(phrase)));
    assert.ok(index >= 0, `nothing of ${[subject, ...phrases].join(" | ")} in\n${lines.join("\n")}`);
    left.splice(index, 1);
  }
  assert.deepEqual(left, []);
}

/** Keeps what the tests of a `describe` had said, and compares it with a section of a command's golden file when all of them have run. */
export function prose(command: string, section: string): (lines: readonly string[]) => void {
  const said: string[] = [];
  let ran: Mocha.Test[] = [];
  before(function () {
    said.length = 0;
    ran = this.test!.parent!.tests;
  });
  // A test that failed, or is left out, has not said everything.
  after(() => {
    if (ran.every((test) => test.isPassed())) golden(command, section, said);
  });
  return (lines) => void said.push(...lines);
}
