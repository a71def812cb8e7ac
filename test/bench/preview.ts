import * as fs from "node:fs/promises";
import * as path from "node:path";
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

/** Previews of the dev stack as it is shipped and of a bare program that registers the same resources, by turns: first with nothing there, then with everything up. */
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
  const same = await makeBare(place, clone, "bench-bare", exported);
  await importInto(same, exported);
  yield* await report.step("Previews with everything up", () => compare("unchanged", dev, same, runs, "--expect-no-changes"));
  const fresh = await make(FRESH);
  const none = await makeBare(place, clone, "bench-bare-fresh", exported.replaceAll(UP, FRESH));
  yield* await report.step("Previews with nothing there", () => compare("fresh", fresh, none, runs));
  await report.step("Destroying it", () => pulumi(dev, "destroy"));
}

async function exportOf(stack: BenchStack): Promise<string> {
  const { stdout } = await execa("pulumi", ["stack", "export", "--show-secrets", "--stack", stack.name], {
    cwd: stack.directory,
    env: stack.env,
  });
  return stdout;
}

/** A stack of the bare program, which registers what is in an exported state. */
async function makeBare(place: Place, clone: string, name: string, exported: string): Promise<BenchStack> {
  const { deployment } = JSON.parse(exported) as { deployment: { resources: InState[] } };
  const resources = path.join(WORKSPACE, `${name}.json`);
  await fs.writeFile(resources, JSON.stringify(recorded(deployment.resources)), { mode: 0o600 });
  return makeStack(place, { name, project: "bare", directory: path.join(clone, "test", "bench", "bare"), config: { resources } });
}

/** The state of the other program's resources, as this one's. */
async function importInto({ name, project, directory, env }: BenchStack, exported: string): Promise<void> {
  const state = exported
    .replaceAll(`urn:pulumi:${UP}::cnpg-credentials::`, `urn:pulumi:${name}::${project}::`)
    .replaceAll(`cnpg-credentials-${UP}"`, `${project}-${name}"`);
  await execa("pulumi", ["stack", "import", "--stack", name], { cwd: directory, env, input: state });
}

async function compare(state: string, dev: BenchStack, bare: BenchStack, runs: number, ...options: string[]): Promise<Figure[]> {
  const pairs: { dev: Run; bare: Run }[] = [];
  for (let run = 0; run <= runs; run++)
    pairs.push({ dev: await pulumi(dev, "preview", ...options), bare: await pulumi(bare, "preview", ...options) });
  pairs.shift(); // Warmed what the others found warm.
  const part = `preview, ${state}`;
  const of = (one: "dev" | "bare") =>
    runFigures(
      part,
      one,
      pairs.map((pair) => pair[one]),
    );
  const [ours, theirs] = [of("dev"), of("bare")];
  const count = (figures: readonly Figure[]) => figures.find(({ what }) => what.endsWith("resources"))!.median;
  if (count(ours) !== count(theirs))
    throw new Error(`the bare program registers ${count(theirs)} resources, and the dev stack ${count(ours)}: nothing is compared`);
  const ratio = (value: (run: Run) => number) => pairs.map((pair) => value(pair.dev) / value(pair.bare));
  return [
    ...ours,
    ...theirs,
    figure(
      part,
      "dev / bare: time",
      "ratio",
      ratio((run) => run.wall),
    ),
    figure(
      part,
      "dev / bare: CPU",
      "ratio",
      ratio((run) => run.cpu),
      RATIO,
    ),
  ];
}
