import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { SmokeReport } from "../../cli/smoke/command";
import { ensureLabNode, ensureVaultParts, withParts } from "../../lab/extras";
import { ensureLabExternalSecrets } from "../../lab/extras/externalSecrets";
import { REPOSITORY } from "../../lab/paths";
import type { Report } from "../../lab/progress";
import { measureBootstrap } from "./bootstrap";
import { BUNDLE, cloneWithExternalSecrets, WORKSPACE } from "./clone";
import { devConfigWith, devVault } from "./configurations";
import { figure, type Figure, type Unit } from "./figures";
import { measure, type Run } from "./measure";
import { runFigures } from "./runFigures";
import { makeNamespace, makeStack, pulumi, type BenchStack, type Place } from "./stacks";
import { spread } from "./statistics";

const COUNT = 500;
const PART = `${COUNT} ExternalSecrets`;

/** What is worth knowing of a smoke. */
const SMOKE: readonly [string, Unit, (run: Run) => number][] = [
  ["time", "s", ({ wall }) => wall],
  ["CPU", "s", ({ cpu }) => cpu],
  ["peak memory", "MB", ({ processes }) => Math.max(...processes.map(({ peak }) => peak))],
];

/** A stack with Vault and no services, without and with a bundle of many ExternalSecrets: what the bootstrap and previews of them cost, when everything is there, and what it takes to find that out. */
export async function* measureFetched(report: Report, place: Place, runs: number): AsyncGenerator<Figure> {
  const { lab } = place;
  await ensureLabExternalSecrets(report, lab);
  const vault = withParts(await devVault(), await ensureVaultParts(report, lab, await ensureLabNode(report, lab)));
  await makeNamespace(lab, "vault");
  const config = { ...(await devConfigWith(lab, [])), vault };
  const directory = await cloneWithExternalSecrets(COUNT);
  const without = await makeStack(place, { name: "bench-fetched", project: "cnpg-credentials", directory, config });
  const all = await withBundle(without);

  await report.step("Up of Postgres and Vault", () => pulumi(without, "up"));
  yield* measureBootstrap(report, place, runs);
  const bare = await report.step("Previews without them", () => repeat(runs, () => pulumi(without, "preview", "--expect-no-changes")));
  const fresh = await report.step(`Previews of ${PART}`, () => repeat(runs, () => pulumi(all, "preview")));
  yield* runFigures(PART, "preview", fresh);
  const cpu = (of: readonly Run[]) => spread(of.map((run) => run.cpu)).median;
  yield figure(PART, "preview: CPU an ExternalSecret", "ms", [(cpu(fresh) - cpu(bare)) / COUNT]);

  const started = performance.now();
  const up = await report.step(`Up of ${PART}`, () => pulumi(all, "up"));
  yield figure(PART, "up: time", "s", [up.wall]);
  await report.step("Smoke until it is clean", () => smoke(place, all));
  yield figure(PART, "up to smoke clean: time", "s", [(performance.now() - started) / 1000]);
  const smokes = await report.step("Smoke of what is there", () => repeat(runs, () => smoke(place, all)));
  for (const [what, unit, value] of SMOKE) yield figure(PART, `smoke: ${what}`, unit, smokes.map(value));
  const unchanged = await report.step(`Previews of ${PART} that are there`, () =>
    repeat(runs, () => pulumi(all, "preview", "--expect-no-changes")),
  );
  yield* runFigures(PART, "unchanged preview", unchanged);
}

/** The same stack with its bundle on. */
async function withBundle(stack: BenchStack): Promise<BenchStack> {
  const file = parse(await fs.readFile(stack.configFile, "utf8")) as { config: Record<string, unknown> };
  const configFile = path.join(WORKSPACE, `Pulumi.${stack.name}.bundle.yaml`);
  await fs.writeFile(configFile, stringify({ ...file, config: { ...file.config, [`${stack.project}:bundles`]: { [BUNDLE]: {} } } }));
  return { ...stack, configFile };
}

/** Runs smoke as a process of its own, as `npm run smoke` is one. @throws Error when something is missing in the end */
async function smoke({ lab }: Place, stack: BenchStack): Promise<Run> {
  const { stdout } = await execa("pulumi", ["stack", "output", "--json", "--stack", stack.name], { cwd: stack.directory, env: stack.env });
  const file = path.join(WORKSPACE, "outputs.json");
  await fs.writeFile(file, stdout);
  const program = path.join(REPOSITORY, "test/bench/smokeOnce.ts");
  const command = [process.execPath, path.join(REPOSITORY, "cli/run.cjs"), program, file, lab.kubeconfig, lab.context] as const;
  const run = await measure(command, { cwd: REPOSITORY });
  const { clean, secrets, missing } = JSON.parse(run.output.slice(run.output.indexOf("{\n"))) as SmokeReport;
  if (!clean || secrets !== COUNT) throw new Error(`smoke found ${missing.length} of ${secrets} missing`);
  return run;
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let time = 0; time < times; time++) results.push(await work());
  return results;
}
