import * as fs from "node:fs/promises";
import * as path from "node:path";
import { build } from "esbuild";
import { execa } from "execa";
import { ensureLabNode, ensureVaultParts } from "../../lab/extras";
import { ensureLabExternalSecrets } from "../../lab/extras/externalSecrets";
import type { Report } from "../../lab/progress";
import { WORKSPACE } from "./clone";
import { shippedConfig } from "./configurations";
import { figure, type Figure } from "./figures";
import type { Run } from "./measure";
import { recorded, type InState } from "./recorded";
import { runFigures } from "./runFigures";
import { makeNamespace, makeStack, pulumi, type BenchStack, type Place } from "./stacks";

const RATIO = 1.2;
/** The stack that is up, and its like of which nothing is there. */
const [UP, FRESH] = ["bench-dev", "bench-fresh"];

/**
 * Previews of the dev stack as it is shipped and of a bare program that registers the same
 * resources, by turns: first with everything up, then with nothing there. The bare program is loaded
 * as any program is, and once more as this one is, which shows what the rest costs.
 */
export async function* measurePreview(report: Report, place: Place, clone: string, runs: number): AsyncGenerator<Figure> {
  const { lab } = place;
  await ensureLabExternalSecrets(report, lab);
  const parts = await ensureVaultParts(report, lab, await ensureLabNode(report, lab));
  const make = async (name: string) => {
    await makeNamespace(lab, `vault-${name}`);
    const config = await shippedConfig(lab, name, parts);
    return makeStack(place, { name, project: "cnpg-credentials", directory: clone, config });
  };
  const dev = await make(UP);
  await report.step("Bringing the dev stack up", () => pulumi(dev, "up"));
  const exported = await exportOf(dev);
  // The same objects, which nothing is done to: both look at them.
  const same = await bothBare((project) => makeBare(place, clone, project, "bench-bare", exported));
  for (const one of Object.values(same)) await importInto(one, exported);
  yield* await report.step("Previews with everything up", () => compare("unchanged", { dev, ...same }, runs, "--expect-no-changes"));
  const fresh = await make(FRESH);
  const none = await bothBare((project) => makeBare(place, clone, project, "bench-bare-fresh", exported.replaceAll(UP, FRESH)));
  yield* await report.step("Previews with nothing there", () => compare("fresh", { dev: fresh, ...none }, runs));
  await report.step("Destroying it", () => pulumi(dev, "destroy"));
}

async function exportOf(stack: BenchStack): Promise<string> {
  const { stdout } = await execa("pulumi", ["stack", "export", "--show-secrets", "--stack", stack.name], {
    cwd: stack.directory,
    env: stack.env,
  });
  return stdout;
}

/** How the bare program is loaded: as any program is, or as this one. */
type Bare = "bare" | "alike";

async function bothBare(make: (how: Bare) => Promise<BenchStack>): Promise<Record<Bare, BenchStack>> {
  return { bare: await make("bare"), alike: await make("alike") };
}

/** A stack of the bare program, which registers what is in an exported state. */
async function makeBare(place: Place, clone: string, how: Bare, name: string, exported: string): Promise<BenchStack> {
  const { deployment } = JSON.parse(exported) as { deployment: { resources: InState[] } };
  const resources = path.join(WORKSPACE, `${name}.json`);
  await fs.writeFile(resources, JSON.stringify(recorded(deployment.resources)), { mode: 0o600 });
  const alike = path.join(clone, "test", "bench", "bare");
  const directory = how === "alike" ? alike : path.join(alike, "plain");
  if (how === "bare") await makePlain(alike, directory);
  return makeStack(place, { name: how === "alike" ? `${name}-alike` : name, project: how, directory, config: { resources } });
}

/** The bare program as JavaScript, without a loader of its own. */
async function makePlain(program: string, directory: string): Promise<void> {
  await fs.mkdir(directory, { recursive: true });
  const outfile = path.join(directory, "index.js");
  await build({
    entryPoints: [path.join(program, "index.ts")],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "cjs",
  });
  await fs.writeFile(
    path.join(directory, "Pulumi.yaml"),
    "name: bare\nmain: index.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
}

/** The state of the other program's resources, as this one's. */
async function importInto({ name, project, directory, env }: BenchStack, exported: string): Promise<void> {
  const state = exported
    .replaceAll(`urn:pulumi:${UP}::cnpg-credentials::`, `urn:pulumi:${name}::${project}::`)
    .replaceAll(`cnpg-credentials-${UP}"`, `${project}-${name}"`);
  await execa("pulumi", ["stack", "import", "--stack", name], { cwd: directory, env, input: state });
}

async function compare(state: string, stacks: Record<"dev" | Bare, BenchStack>, runs: number, ...options: string[]): Promise<Figure[]> {
  const rounds: Record<"dev" | Bare, Run>[] = [];
  for (let run = 0; run <= runs; run++) {
    const of = (one: "dev" | Bare) => pulumi(stacks[one], "preview", ...options);
    rounds.push({ dev: await of("dev"), bare: await of("bare"), alike: await of("alike") });
  }
  rounds.shift(); // Warmed what the others found warm.
  const part = `preview, ${state}`;
  const of = (one: "dev" | Bare, what: string) =>
    runFigures(
      part,
      what,
      rounds.map((round) => round[one]),
    );
  const figures = { dev: of("dev", "dev"), bare: of("bare", "bare"), alike: of("alike", "bare, loaded as dev") };
  const count = (one: "dev" | Bare) => figures[one].find(({ what }) => what.endsWith("resources"))!.median;
  if (count("dev") !== count("bare") || count("dev") !== count("alike"))
    throw new Error(`the bare program registers ${count("bare")} resources, and the dev stack ${count("dev")}: nothing is compared`);
  const ratio = (to: Bare, what: string, value: (run: Run) => number, bound?: number) =>
    figure(
      part,
      what,
      "ratio",
      rounds.map((round) => value(round.dev) / value(round[to])),
      bound,
    );
  return [
    ...Object.values(figures).flat(),
    ratio("bare", "dev / bare: time", ({ wall }) => wall),
    ratio("bare", "dev / bare: CPU", ({ cpu }) => cpu, RATIO),
    ratio("alike", "dev / bare, loaded as dev: CPU", ({ cpu }) => cpu),
  ];
}
