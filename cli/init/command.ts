import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { REPOSITORY } from "../../lab/paths";
import { here } from "../shared/here";
import { describe } from "../shared/options";

interface Options {
  readonly company: string;
  readonly service: string;
  readonly package?: string;
}

const NAME = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

export function initCommand(): Command {
  return describe({
    name: "init",
    description:
      "Write a project of a company's own into a directory: a catalogue of one service, three stacks, a workflow, and this program as its package. Files that are there are left alone.",
    cluster: "none",
    examples: [
      ["init --company acme", "into this directory"],
      ["init credentials --company acme --service shop", "into the directory credentials, with the service shop"],
    ],
    page: "docs/first-day.md",
  })
    .argument("[directory]", "where to", ".")
    .requiredOption("--company <name>", "lower-case letters, digits and `-`: part of the namespaces' names")
    .option("--service <name>", "the first service", "orders")
    .option("--package <spec>", "this program, as package.json takes it; without it, where it is run from")
    .action(act);
}

async function act(where: string, { company: name, service, package: spec }: Options): Promise<void> {
  for (const [option, value] of [
    ["company", name],
    ["service", service],
  ] as const)
    if (!NAME.test(value))
      throw new FixableError(
        `--${option} ${value} is not made of at most 40 lower-case letters, digits and \`-\`, a letter first`,
        "choose another",
      );
  const directory = path.resolve(here(), where);
  const { projectFiles } = await import("./files");
  const files = projectFiles({ name, service, package: spec ?? (await packageFrom(directory)) });
  await requireFree(directory, [...files.keys()]);
  for (const [file, text] of files) {
    await fs.mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await fs.writeFile(path.join(directory, file), text);
  }
  const pages = await writeInventories(directory);
  const written = [...files.keys(), ...pages].map((file) => `  ${file}`).join("\n");
  process.stdout.write(`${directory}:\n${written}\n\nNext: npm install && npm test, then npx cnpg-credentials doctor\n`);
}

/** Beside a clone, its path; of an installed package, its version. */
async function packageFrom(directory: string): Promise<string> {
  if (!REPOSITORY.split(path.sep).includes("node_modules"))
    return `file:${path
      .relative(await realpath(directory), REPOSITORY)
      .split(path.sep)
      .join("/")}`;
  const { version } = JSON.parse(await fs.readFile(path.join(REPOSITORY, "package.json"), "utf8")) as { version: string };
  return version;
}

/** The real path of a directory, which is made where it is not there yet. */
async function realpath(directory: string): Promise<string> {
  await fs.mkdir(directory, { recursive: true });
  return fs.realpath(directory);
}

/** @throws FixableError naming every file that is in the way */
async function requireFree(directory: string, files: readonly string[]): Promise<void> {
  const there = await Promise.all(
    files.map((file) =>
      fs.access(path.join(directory, file)).then(
        () => [file],
        () => [],
      ),
    ),
  );
  const found = there.flat();
  if (found.length > 0) throw new FixableError(`${directory} has already: ${found.join(", ")}`, "name an empty directory");
}

/** The pages that \`npm test\` compares with, of all stacks: each names the others. */
async function writeInventories(directory: string): Promise<string[]> {
  const [{ inventory, conclude }, { stackFile }, { useProject }] = await Promise.all([
    import("../inventory/report"),
    import("../stack/stackFile"),
    import("../stack/project"),
  ]);
  useProject(directory);
  const stacks = ["dev", "staging", "prod"];
  // Once for the stacks to be known, and once for each to know of the others.
  for (const stack of [...stacks, ...stacks]) {
    const found = await inventory({ stack, file: stackFile(stack), repo: [] });
    await conclude(found, { output: "md", write: true }, directory);
  }
  return ["docs/inventory"];
}
