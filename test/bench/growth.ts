import type { Report } from "../../lab/progress";
import { cloneWithServices } from "./clone";
import { devConfigWith } from "./configurations";
import { figure, type Figure } from "./figures";
import type { Run } from "./measure";
import { runFigures } from "./runFigures";
import { makeStack, pulumi, readState, type Place, type StateFacts } from "./stacks";
import { spread } from "./statistics";

/** How many services. */
export const SIZES: readonly number[] = [10, 100, 1000];
/** More are brought up only when asked for: most of that is the engine, which writes its state. */
const LONG = 101;
/** Ways to have the credentials of services, with the configuration of each. */
const MODES: readonly [mode: string, config: Readonly<Record<string, unknown>>][] = [
  ["in place", {}],
  ["alternating", { rotation: { strategy: "alternating" } }],
  ["roles as objects", { roleApi: "databaseRole" }],
];
const CPU_MS = 30;
/** Besides the two components that they lie in, which no provider knows of. */
const IN_PLACE = 6;
/** Of what is linear, a further service costs what each before it has cost. */
const LINEAR = 1.1;

interface Size {
  services: number;
  cpu: number;
  state?: StateFacts;
}

/** Previews, and where it does not take long an up, of growing numbers of services in each mode; what each further one costs. */
export async function* measureGrowth(report: Report, place: Place, sizes: readonly number[], isFull: boolean): AsyncGenerator<Figure> {
  for (const [mode, more] of MODES) {
    const measured: Size[] = [];
    for (const services of sizes) {
      const part = `${services} services, ${mode}`;
      const { directory, names } = await cloneWithServices(services, mode);
      const config = { ...(await devConfigWith(place.lab, names)), ...more };
      const name = `bench-${services}-${mode.replaceAll(" ", "-")}`;
      const stack = await makeStack(place, { name, project: "cnpg-credentials", directory, config });
      const runs: Run[] = [];
      await report.step(`Previews of ${part}`, async () => {
        for (let run = 0; run < (services < LONG ? 3 : 1); run++) runs.push(await pulumi(stack, "preview"));
      });
      yield* runFigures(part, "preview", runs);
      const cpu = spread(runs.map((run) => run.cpu)).median;
      if (services >= LONG && !isFull) {
        measured.push({ services, cpu });
        continue;
      }
      const up = await report.step(`Up of ${part}`, () => pulumi(stack, "up"));
      const state = await readState(stack);
      const unchanged = await report.step(`Preview of ${part} that are up`, () => pulumi(stack, "preview", "--expect-no-changes"));
      yield* runFigures(part, "up", [up]);
      yield figure(part, "up: state", "kB", [state.bytes]);
      yield figure(part, "up: dependency edges", "count", [state.edges]);
      yield* runFigures(part, "unchanged preview", [unchanged]);
      await report.step(`Destroying ${part}`, () => pulumi(stack, "destroy"));
      measured.push({ services, cpu, state });
    }
    yield* perService(mode, measured);
  }
}

/** What one service costs with its share of what all need, and what each costs beyond the number before. */
function* perService(mode: string, measured: readonly Size[]): Generator<Figure> {
  const largest = measured.at(-1)!;
  yield figure(mode, `preview: CPU a service at ${largest.services}`, "ms", [largest.cpu / largest.services], CPU_MS);
  for (const [index, now] of measured.entries()) {
    const before = measured[index - 1];
    if (before === undefined) continue;
    const beyond = (value: (of: Size) => number) => (value(now) - value(before)) / (now.services - before.services);
    yield figure(mode, `preview: CPU a service beyond ${before.services}`, "ms", [beyond(({ cpu }) => cpu)], CPU_MS);
    if (now.state === undefined || before.state === undefined) continue;
    const custom = beyond(({ state }) => state!.custom);
    yield figure(mode, "resources a service", "count", [custom], mode === "in place" ? IN_PLACE : undefined);
    yield figure(mode, "components a service", "count", [beyond(({ state }) => state!.components)]);
    for (const [what, unit, value] of [
      ["dependency edges", "count", (of: Size) => of.state!.edges],
      ["state", "kB", (of: Size) => of.state!.bytes],
    ] as const) {
      yield figure(mode, `${what} a service beyond ${before.services}`, unit, [beyond(value)]);
      yield figure(
        mode,
        `${what} a service, beyond / up to ${before.services}`,
        "ratio",
        [beyond(value) / (value(before) / before.services)],
        LINEAR,
      );
    }
  }
}
