import * as path from "node:path";
import type { Report } from "../../lab/progress";
import { bareConfig, devConfig } from "./configurations";
import { figure, type Figure } from "./figures";
import type { Run } from "./measure";
import { runFigures } from "./runFigures";
import { makeStack, pulumi, type BenchStack, type Place } from "./stacks";

const GOAL = 1.3;

/** Previews of the dev stack and of the bare program by turns: first with nothing there, then with everything up. */
export async function* measurePreview(report: Report, place: Place, clone: string, runs: number): AsyncGenerator<Figure> {
  const directory = path.join(clone, "test", "bench", "bare");
  const dev = await makeStack(place, {
    name: "bench-dev",
    project: "cnpg-credentials",
    directory: clone,
    config: await devConfig(place.lab),
  });
  const bare = await makeStack(place, { name: "bench-bare", project: "bare", directory, config: bareConfig(place.lab) });
  yield* await report.step("Previews with nothing there", () => compare("fresh", dev, bare, runs));
  await report.step("Bringing both up", async () => [await pulumi(dev, "up"), await pulumi(bare, "up")]);
  yield* await report.step("Previews with everything up", () => compare("unchanged", dev, bare, runs, "--expect-no-changes"));
  await report.step("Destroying both", async () => [await pulumi(dev, "destroy"), await pulumi(bare, "destroy")]);
}

async function compare(state: string, dev: BenchStack, bare: BenchStack, runs: number, ...options: string[]): Promise<Figure[]> {
  const pairs: { dev: Run; bare: Run }[] = [];
  for (let run = 0; run <= runs; run++)
    pairs.push({ dev: await pulumi(dev, "preview", ...options), bare: await pulumi(bare, "preview", ...options) });
  pairs.shift(); // Warmed what the others found warm.
  const part = `preview, ${state}`;
  const [time, cpu] = [pairs.map((pair) => pair.dev.wall / pair.bare.wall), pairs.map((pair) => pair.dev.cpu / pair.bare.cpu)];
  return [
    ...runFigures(
      part,
      "dev",
      pairs.map((pair) => pair.dev),
    ),
    ...runFigures(
      part,
      "bare",
      pairs.map((pair) => pair.bare),
    ),
    figure(part, "dev / bare: time", "ratio", time, GOAL),
    figure(part, "dev / bare: CPU", "ratio", cpu, GOAL),
  ];
}
