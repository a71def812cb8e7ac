import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { PROJECT } from "../../config/settings";
import { REPOSITORY } from "../../lab/paths";
import { here } from "../shared/here";
import { describe } from "../shared/options";
import type { Company } from "./files";

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
  const written = await writeProject(directory, { name, service, package: spec ?? (await packageFrom(directory)) });
  process.stdout.write(
    `${directory}:\n${written.map((file) => `  ${file}`).join("\n")}\n\nNext: npm install && npm test, then npx cnpg-credentials doctor\n`,
  );
}

/** @returns what it has written: files, and the directory of the inventory's pages */
export async function writeProject(directory: string, company: Company): Promise<string[]> {
  const { projectFiles } = await import("./files");
  const made = projectFiles(company);
  const own = await ownManifest(directory);
  await requireFree(
    directory,
    [...made.keys()].filter((file) => own === undefined || file !== MANIFEST),
  );
  const files = own === undefined ? made : new Map([...made, [MANIFEST, mergedManifest(own, made.get(MANIFEST)!)]]);
  for (const [file, text] of files) {
    await fs.mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await fs.writeFile(path.join(directory, file), text);
  }
  return [...files.keys(), ...(await writeInventories(directory))];
}

const MANIFEST = "package.json";

/** A package.json that npm has made when this program was installed there. */
async function ownManifest(directory: string): Promise<string | undefined> {
  const text = await fs.readFile(path.join(directory, MANIFEST), "utf8").catch(() => undefined);
  return text !== undefined && isDependency(text) ? text : undefined;
}

function isDependency(manifest: string): boolean {
  try {
    const { dependencies, devDependencies } = JSON.parse(manifest) as Partial<Record<string, Record<string, string>>>;
    return dependencies?.[PROJECT] !== undefined || devDependencies?.[PROJECT] !== undefined;
  } catch {
    return false;
  }
}

/** The script that `npm init` writes where nobody has one. */
const NO_TEST = /no test specified/;

/** Entries that are there stay; the entries of a project are added. */
function mergedManifest(there: string, made: string): string {
  const [own, ours] = [there, made].map((text) => JSON.parse(text) as { scripts?: Record<string, string>; dependencies?: object });
  const scripts = Object.entries(own!.scripts ?? {}).filter(([name, line]) => name !== "test" || !NO_TEST.test(line));
  const { dependencies: _, ...rest } = ours!;
  return `${JSON.stringify({ ...rest, ...own, scripts: { ...ours!.scripts, ...Object.fromEntries(scripts) } }, undefined, 2)}\n`;
}

/**
 * The package, as package.json names it: the path of a clone; for an installed package the packed
 * file or the address of git that it came from, else its version in the registry.
 */
async function packageFrom(directory: string): Promise<string> {
  const toward = async (target: string) =>
    `file:${path
      .relative(await realpath(directory), target)
      .split(path.sep)
      .join("/")}`;
  if (!REPOSITORY.split(path.sep).includes("node_modules")) return toward(REPOSITORY);
  const modules = path.dirname(REPOSITORY);
  const text = await fs.readFile(path.join(modules, ".package-lock.json"), "utf8").catch(() => "{}");
  const { packages } = JSON.parse(text) as { packages?: Record<string, { resolved?: string }> };
  const resolved = packages?.[`node_modules/${PROJECT}`]?.resolved;
  if (resolved?.startsWith("file:")) return toward(path.resolve(path.dirname(modules), resolved.slice("file:".length)));
  if (resolved?.startsWith("git")) return resolved;
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
  const [{ inventory, conclude }, { stackFile }, { projectDirectory, useProject }] = await Promise.all([
    import("../inventory/report"),
    import("../stack/stackFile"),
    import("../stack/project"),
  ]);
  const before = projectDirectory();
  useProject(directory);
  const stacks = ["dev", "staging", "prod"];
  // Once for the stacks to be known, and once for each to know of the others.
  for (const stack of [...stacks, ...stacks]) {
    const found = await inventory({ stack, file: stackFile(stack), repo: [] });
    await conclude(found, { output: "md", write: true }, directory);
  }
  useProject(before);
  return ["docs/inventory"];
}
