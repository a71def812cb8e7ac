import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

// Everything that commands say, word for word, in one file a command: tests assert rules, subjects and key phrases, these files hold the prose.
// A sentence that changes is seen in their diff, and in no other.
const DIRECTORY = path.resolve(__dirname, "../golden");
const REMEDY = "`npm test -- --write-golden <part of the test's path>` writes what is said now; read its diff";

/** Compares what was said with a section of `test/golden/<command>.txt`, or writes it there. Each line once, sorted: in what order it is said is the tests'. */
export function golden(command: string, section: string, said: readonly string[], directory = DIRECTORY): void {
  const file = path.join(directory, `${command}.txt`);
  const sections = read(file);
  const text = [...new Set(said)].sort().join("\n");
  if (process.env.WRITE_GOLDEN) write(file, sections.set(section, text));
  else assert.equal(text, sections.get(section) ?? "", `${path.basename(file)}, ${section}: ${REMEDY}`);
}

/** The names of a file's sections. */
export function goldenSections(command: string, directory = DIRECTORY): string[] {
  return [...read(path.join(directory, `${command}.txt`)).keys()];
}

const HEADING = "## ";

function read(file: string): Map<string, string> {
  if (!fs.existsSync(file)) return new Map();
  const parts = `\n${fs.readFileSync(file, "utf8")}`.split(`\n${HEADING}`).slice(1);
  return new Map(
    parts.map((part) => {
      const [title = "", ...lines] = part.split("\n");
      return [title, lines.join("\n").trim()];
    }),
  );
}

function write(file: string, sections: ReadonlyMap<string, string>): void {
  const text = [...sections].sort(([one], [other]) => (one < other ? -1 : 1)).map(([title, body]) => `${HEADING}${title}\n\n${body}\n`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text.join("\n"));
}
