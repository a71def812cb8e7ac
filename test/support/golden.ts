import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

// Tests assert rules, subjects and key phrases; the prose of a command, word for word, is in its
// golden file. A sentence that changes shows in the diff of that file and nowhere else. Sections
// are headed by the test file that says them, so that a run of this file alone can tell which of
// them are no longer said.
const ROOT = path.resolve(__dirname, "../..");
const DIRECTORY = path.join(ROOT, "test/golden");
const HEADING = "==== ";
const SHOWN = 6;

/** The texts of one test file: compared with the golden files, or written there. */
export class Goldens {
  private readonly said = new Set<string>();

  /**
   * @param file the test's path from the root of the clone
   * @param writes whether sections are written; then one process at a time may do so
   */
  constructor(
    private readonly file: string,
    private readonly writes: boolean,
    private readonly directory = DIRECTORY,
    private readonly root = ROOT,
  ) {}

  /** @throws the lines that differ from the section with that title */
  say(command: string, title: string, text: string): void {
    const [heading, body] = [`${this.file}: ${title}`, text.trimEnd()];
    assert.ok(!`\n${body}`.includes(`\n${HEADING}`), `${title}: a line begins with the mark of a heading, \`${HEADING}\``);
    const key = `${command}\n${heading}`;
    assert.ok(!this.said.has(key), `two texts of this file have the title ${title} in ${command}.txt; give each its own`);
    this.said.add(key);
    const sections = this.read(command);
    if (this.writes) this.write(command, sections.set(heading, body));
    else {
      const golden = sections.get(heading);
      if (body !== golden) assert.fail(`test/golden/${command}.txt, ${title}: ${difference(golden, body)}\n${this.remedy()}`);
    }
  }

  /**
   * Every test of the file has passed: sections of its that were not said are dropped when golden
   * files are written, and so are those of test files that are gone.
   * @throws their titles, otherwise
   */
  end(): void {
    const unsaid: string[] = [];
    for (const command of goldenCommands(this.directory)) {
      const sections = this.read(command);
      const stale = [...sections.keys()].filter((heading) =>
        fileOf(heading) === this.file
          ? !this.said.has(`${command}\n${heading}`)
          : this.writes && !fs.existsSync(path.join(this.root, fileOf(heading))),
      );
      for (const heading of stale) sections.delete(heading);
      if (this.writes && stale.length > 0) this.write(command, sections);
      unsaid.push(...stale.map((heading) => `test/golden/${command}.txt, ${heading.slice(this.file.length + 2)}`));
    }
    if (!this.writes && unsaid.length > 0) assert.fail(`no test says these sections:\n${unsaid.join("\n")}\n${this.remedy()}`);
  }

  private remedy(): string {
    return `If that is intended, run \`npm test -- --write-golden ${this.file}\` and review the diff of test/golden.`;
  }

  private read(command: string): Map<string, string> {
    return goldenSections(command, this.directory);
  }

  /** Whole or not at all: another run may be reading. */
  private write(command: string, sections: ReadonlyMap<string, string>): void {
    const file = path.join(this.directory, `${command}.txt`);
    if (sections.size === 0) return fs.rmSync(file, { force: true });
    const text = [...sections]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([heading, body]) => `${HEADING}${heading}\n\n${body}\n`);
    fs.mkdirSync(this.directory, { recursive: true });
    fs.writeFileSync(`${file}.${process.pid}`, text.join("\n"));
    fs.renameSync(`${file}.${process.pid}`, file);
  }
}

let current: Goldens | undefined;

/** The texts of the test file that runs next. */
export function startGoldens(file: string): Goldens {
  return (current = new Goldens(file, process.env.WRITE_GOLDEN === "1"));
}

/** Compares a text with the section of that title in `test/golden/<command>.txt`. */
export function golden(command: string, title: string, text: string): void {
  assert.ok(current, "golden files are compared by `npm test` only");
  current.say(command, title, text);
}

/** The commands that have a golden file. */
export function goldenCommands(directory = DIRECTORY): string[] {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory)
    .filter((file) => file.endsWith(".txt"))
    .map((file) => file.slice(0, -".txt".length))
    .sort();
}

/** The sections of a golden file, by their headings. */
export function goldenSections(command: string, directory = DIRECTORY): Map<string, string> {
  const file = path.join(directory, `${command}.txt`);
  if (!fs.existsSync(file)) return new Map();
  const parts = `\n${fs.readFileSync(file, "utf8")}`.split(`\n${HEADING}`).slice(1);
  return new Map(
    parts.map((part) => {
      const [heading = "", ...lines] = part.split("\n");
      return [heading, lines.slice(1).join("\n").trimEnd()];
    }),
  );
}

/** The test file that says a section. */
export const fileOf = (heading: string) => heading.slice(0, heading.indexOf(": "));

/** The first lines that only one of two texts has. */
function difference(golden: string | undefined, said: string): string {
  if (golden === undefined) return "there is no such section";
  const [before, after] = [golden.split("\n"), said.split("\n")];
  const lines = [...without(before, after).map((line) => `- ${line}`), ...without(after, before).map((line) => `+ ${line}`)];
  if (lines.length === 0) return `line ${before.findIndex((line, at) => line !== after[at]) + 1} is elsewhere; the lines are the same`;
  const more = lines.length > 2 * SHOWN ? [`... and ${lines.length - 2 * SHOWN} lines more`] : [];
  return ["other lines than these (-) are said (+):", ...lines.slice(0, 2 * SHOWN), ...more].join("\n");
}

/** The lines less as many of each as there are in the others. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
