import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { DriftReport } from "../../cli/drift/types";
import type { Report } from "../../lab/progress";
import { cloneWithServices, WORKSPACE } from "./clone";
import { devConfig, devConfigWith } from "./configurations";
import { figure, type Figure } from "./figures";
import { measure, type Run } from "./measure";
import { runFigures } from "./runFigures";
import { makeStack, pulumi, type BenchStack, type Place } from "./stacks";

const MANY = 500;
/** The command itself, among the processes of a run. */
const COMMAND = /lab\/cli\.ts drift/;

/**
 * `npm run drift` over the dev stack and over hundreds of services, each with a role, a database, Secrets and a login of its own, all in one real
 * Postgres: brought up, not written there by other means.
 */
export async function* measureDrift(report: Report, place: Place, clone: string, runs: number): AsyncGenerator<Figure> {
  const config = await devConfig(place.lab);
  const few = await makeStack(place, { name: "bench-drift", project: "cnpg-credentials", directory: clone, config });
  await report.step("Up of the stack that is looked at", () => pulumi(few, "up"));
  yield* await measureStack(report, few, Object.keys(config.services as object).length, runs);
  await report.step("Destroying it", () => pulumi(few, "destroy"));

  const { directory, names } = await cloneWithServices(MANY, "drift");
  const many = await makeStack(place, {
    name: "bench-drift-many",
    project: "cnpg-credentials",
    directory,
    // So many roles at once take CloudNativePG longer than it is given of itself.
    config: { ...(await devConfigWith(place.lab, names)), rotation: { applySeconds: 900 } },
  });
  // The engine would write all of the state after each of thousands of steps.
  const env = { ...many.env, PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
  const up = await report.step(`Up of ${MANY} services, which takes a while`, () => pulumi({ ...many, env }, "up"));
  yield* runFigures(`${MANY} services`, "up, its state written once", [up]);
  yield* await measureStack(report, many, MANY, Math.min(runs, 3));
}

async function measureStack(report: Report, stack: BenchStack, services: number, runs: number): Promise<Figure[]> {
  const [all, blind]: [Run[], Run[]] = [[], []];
  await report.step(`npm run drift over ${services} services`, async () => {
    for (let run = 0; run < runs; run++) {
      all.push(await drift(stack, services));
      blind.push(await drift(stack, services, "--no-login"));
    }
  });
  const part = `${services} services`;
  const peaks = all.map(({ processes }) => Math.max(...processes.filter(({ command }) => COMMAND.test(command)).map(({ peak }) => peak)));
  return [
    figure(
      part,
      "drift: time",
      "s",
      all.map(({ wall }) => wall),
    ),
    figure(
      part,
      "drift: CPU",
      "s",
      all.map(({ cpu }) => cpu),
    ),
    figure(part, "drift: peak memory of the command", "MB", peaks),
    figure(
      part,
      "drift --no-login: time",
      "s",
      blind.map(({ wall }) => wall),
    ),
  ];
}

/**
 * One run, as a user has it who has named the cluster and the state.
 *
 * @throws Error when it finds something, or has not looked at every service
 */
async function drift(stack: BenchStack, services: number, ...options: string[]): Promise<Run> {
  const { name, directory, configFile, env } = stack;
  await fs.copyFile(configFile, path.join(directory, `Pulumi.${name}.yaml`));
  const command = [
    process.execPath,
    path.join("cli", "run.cjs"),
    path.join("cli", "main.ts"),
    "drift",
    "--stack",
    name,
    "-o",
    "json",
  ] as const;
  const run = await measure([...command, ...options], { cwd: directory, env: { ...env, XDG_DATA_HOME: path.join(WORKSPACE, "data") } });
  const found = JSON.parse(run.output.slice(run.output.indexOf("{"))) as DriftReport;
  const expected = options.length === 0 ? "ok" : "notTried";
  if (!found.clean || found.services.filter(({ outcome }) => outcome === expected).length !== services)
    throw new Error(`drift of ${name} is not as it should be:\n${run.output}`);
  return run;
}
