import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { HABITS, LONG_LINE, longComments, ofMarkdown, ofProgram } from "./habits";

export const ROOT = path.resolve(__dirname, "../..");
export const RATCHET = path.join(ROOT, "test/words/ratchet.json");

/** By file and habit, how often. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Found {
  readonly file: string;
  readonly habit: string;
  readonly line: number;
  readonly text: string;
}

/** Data, what others have written, and what is written word for word elsewhere. */
const NOT_READ = /^(docs\/inventory\/|test\/cli\/audit\/corpus\/|test\/golden\/|lab\/toolchain\/|CODE_OF_CONDUCT\.md|test\/words\/)/;

/** Every file of the repository with words in it. */
export function files(): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.md", "*.cjs", "*.mjs"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed.split("\n").filter((file) => file !== "" && !NOT_READ.test(file) && fs.existsSync(path.join(ROOT, file)));
}

/** The habits that a file has. */
export function look(file: string, text = fs.readFileSync(path.join(ROOT, file), "utf8")): Found[] {
  const isPage = file.endsWith(".md");
  const isTest = file.startsWith("test/") || file.endsWith(".test.ts");
  const sentences = isPage ? ofMarkdown(text) : ofProgram(text, isTest);
  return [
    ...sentences.flatMap(({ text: said, line }) =>
      HABITS.filter(({ isIn }) => isIn(said)).map(({ name }) => ({ file, habit: name, line, text: said })),
    ),
    ...(isPage ? [] : longComments(text).map((line) => ({ file, habit: LONG_LINE, line, text: "" }))),
  ];
}

/** As the ratchet has it: a line a file. */
export function count(found: readonly Found[]): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const { file, habit } of found) {
    const of = (counts[file] ??= {});
    of[habit] = (of[habit] ?? 0) + 1;
  }
  return counts;
}

export const ratchet = (): Counts => JSON.parse(fs.readFileSync(RATCHET, "utf8")) as Counts;

/** How often each habit there is, in all. */
export function totals(counts: Counts): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const of of Object.values(counts)) for (const [habit, number] of Object.entries(of)) sums[habit] = (sums[habit] ?? 0) + number;
  return Object.fromEntries(Object.entries(sums).sort(([, a], [, b]) => b - a));
}

/** What is there more often than the ratchet allows, a line each. */
export function above(found: readonly Found[], allowed: Counts): string[] {
  return Object.entries(count(found)).flatMap(([file, of]) =>
    Object.entries(of).flatMap(([habit, number]) => {
      const may = allowed[file]?.[habit] ?? 0;
      if (number <= may) return [];
      const instead = HABITS.find(({ name }) => name === habit)?.instead ?? "wrap it";
      const places = found.filter((one) => one.file === file && one.habit === habit).map(({ line, text }) => `    ${file}:${line} ${text}`);
      return [`${file}: ${habit}: ${number}, and ${may} are allowed. ${instead}`, ...places];
    }),
  );
}
