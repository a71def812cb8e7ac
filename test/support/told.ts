import * as assert from "node:assert/strict";
import { golden } from "./golden";

/**
 * The marks of a line: its subject, before the first colon, and key phrases. The sentences are in
 * test/golden.
 */
export type Told = readonly [subject: string, ...phrases: string[]];

/** Asserts that these are the lines, in whatever order, and no others. */
export function tells(lines: readonly string[], told: readonly Told[]): void {
  const left = [...lines];
  for (const [subject, ...phrases] of told) {
    const index = left.findIndex((line) => line.startsWith(`${subject}: `) && phrases.every((phrase) => line.includes(phrase)));
    if (index < 0) assert.fail(`nothing of ${[subject, ...phrases].join(" | ")} in\n${lines.join("\n")}`);
    left.splice(index, 1);
  }
  assert.deepEqual(left, []);
}

/**
 * Keeps the lines that the tests of a `describe` had said. When all of them have passed, the lines
 * are compared with a section of a command's golden file: sorted, since the tests' order is not the
 * command's, and each sentence once, with the first of its subjects.
 */
export function prose(command: string, section: string): (lines: readonly string[]) => void {
  const said = new Set<string>();
  const ran: Mocha.Test[] = [];
  before(function () {
    this.test!.parent!.eachTest((test) => void ran.push(test));
  });
  // A test that failed, or is left out, has not said everything.
  after(() => {
    if (ran.every((test) => test.isPassed())) golden(command, section, sentences([...said]).join("\n"));
  });
  return (lines) => void lines.forEach((line) => said.add(line));
}

/**
 * What asserts that these are the lines, and has their prose compared with a section of a command's
 * golden file.
 */
export function telling(command: string, section: string): (lines: readonly string[], told: readonly Told[]) => void {
  const keep = prose(command, section);
  return (lines, told) => {
    tells(lines, told);
    keep(lines);
  };
}

/** The lines that say something else than one before them says of another subject. */
function sentences(lines: readonly string[]): string[] {
  const bySentence = new Map<string, string>();
  for (const line of [...lines].sort()) {
    const sentence = line.slice(line.indexOf(": ") + 1);
    if (!bySentence.has(sentence)) bySentence.set(sentence, line);
  }
  return [...bySentence.values()];
}
