import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { ROOT } from "./commands";

/** A runbook whose commands are run as it has them. What of them was not run in the end is a failure. */
export class Runbook {
  readonly #sections: Map<string, string[]>;
  readonly #left: Set<string>;

  constructor(
    private readonly name: string,
    /** Run before each command, in the same shell. */
    private readonly preamble: string,
    private readonly options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  ) {
    this.#sections = commandsOf(fs.readFileSync(path.join(ROOT, "docs/runbooks", name), "utf8"));
    this.#left = new Set([...this.#sections.values()].flat());
  }

  /** Runs the commands of a section that begin so, with values in the place of words in capitals, and returns what they print. */
  async run(
    section: string,
    beginning: string,
    values: Readonly<Record<string, string>> = {},
    shell: (line: string) => string = (line) => line,
  ): Promise<string[]> {
    const lines = (this.#sections.get(section) ?? []).filter((line) => line.startsWith(beginning));
    assert.ok(lines.length > 0, `${this.name} has no \`${beginning}\` under ${section}`);
    const said: string[] = [];
    for (const line of lines) {
      this.#left.delete(line);
      const filled = Object.entries(values).reduce((text, [word, value]) => text.replaceAll(new RegExp(`\\b${word}\\b`, "g"), value), line);
      const { all, stdout, exitCode } = await execa("sh", ["-c", `${this.preamble}\n${shell(filled)}`], {
        ...this.options,
        all: true,
        reject: false,
        input: "",
      });
      assert.equal(exitCode, 0, `${line}\n${all}`);
      said.push(stdout);
    }
    return said;
  }

  /** The commands that were not run. */
  get left(): string[] {
    return [...this.#left];
  }
}

/** What a page has people copy: under a heading, the block of that language that comes so many after the first. */
export async function blockUnder(page: string, heading: string, language: string, nth = 0): Promise<string> {
  const text = await fs.promises.readFile(path.join(ROOT, page), "utf8");
  const section = text.split(/^#+ /m).find((one) => one.startsWith(`${heading}\n`)) ?? "";
  const blocks = [...section.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)].filter(([, , of]) => of === language);
  assert.ok(blocks[nth], `${page} has ${blocks.length} blocks of ${language} under ${heading}`);
  const [, indent = "", , body = ""] = blocks[nth];
  return body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}

/** The lines of the blocks for a shell, by the headings that they are under. */
function commandsOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let [section, inBlock] = ["", false];
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed.startsWith("```")) inBlock = trimmed === "```sh";
    else if (inBlock) sections.set(section, [...(sections.get(section) ?? []), trimmed]);
    else if (line.startsWith("## ")) section = line.slice(3);
  }
  return sections;
}
