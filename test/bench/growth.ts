import type { Report } from "../../lab/progress";
import { cloneWithServices } from "./clone";
import { devConfigWith } from "./configurations";
import { figure, type Figure } from "./figures";
import type { Run } from "./measure";
import { runFigures } from "./runFigures";
import { makeStack, pulumi, stateSize, type Place } from "./stacks";
import { spread } from "./statistics";

/** How many services, how many previews of them, and whether they are brought up only when asked for. */
const STEPS = [
  { services: 10, previews: 5, isLong: false },
  { services: 100, previews: 3, isLong: false },
  { services: 1000, previews: 1, isLong: true },
];
const GOAL_MS = 50;

/** Previews, and where it does not take long an up, of growing numbers of services; what each further one costs. */
export async function* measureGrowth(report: Report, place: Place, isFull: boolean): AsyncGenerator<Figure> {
  const cpu: { services: number; seconds: number }[] = [];
  for (const { services, previews, isLong } of STEPS) {
    const part = `${services} services`;
    const { directory, names } = await cloneWithServices(services);
    const config = await devConfigWith(place.lab, names);
    const stack = await makeStack(place, { name: `bench-${services}`, project: "cnpg-credentials", directory, config });
    const runs: Run[] = [];
    await report.step(`Previews of ${part}`, async () => {
      for (let run = 0; run < previews; run++) runs.push(await pulumi(stack, "preview"));
    });
    yield* runFigures(part, "preview", runs);
    cpu.push({ services, seconds: spread(runs.map((run) => run.cpu)).median });
    yield* shares(part, cpu);
    if (isLong && !isFull) continue;
    const up = await report.step(`Up of ${part}`, () => pulumi(stack, "up"));
    const size = await stateSize(stack);
    const unchanged = await report.step(`Preview of ${part} that are up`, () => pulumi(stack, "preview", "--expect-no-changes"));
    yield* runFigures(part, "up", [up]);
    yield figure(part, "up: state", "kB", [size]);
    yield* runFigures(part, "unchanged preview", [unchanged]);
    await report.step(`Destroying ${part}`, () => pulumi(stack, "destroy"));
  }
}

/** What one service of a preview costs with its share of what all need, and what it costs more than the number before. */
function shares(part: string, cpu: readonly { services: number; seconds: number }[]): Figure[] {
  const [before, now] = [cpu.at(-2), cpu.at(-1)!];
  if (before === undefined) return [];
  const further = (now.seconds - before.seconds) / (now.services - before.services);
  return [
    figure(part, "preview: CPU a service", "ms", [now.seconds / now.services], now.services === 1000 ? GOAL_MS : undefined),
    figure(part, `preview: CPU a service beyond ${before.services}`, "ms", [further], GOAL_MS),
  ];
}
