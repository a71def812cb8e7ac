import { figure, type Figure, type Unit } from "./figures";
import type { Run } from "./measure";

/** How the processes of interest begin. */
const ROLES = {
  program: /\/@pulumi\/pulumi\/cmd\/run/,
  engine: /^(\S*\/)?pulumi (preview|up|destroy) /,
};

const MEASURES: readonly [string, Unit, (run: Run) => number][] = [
  ["resources", "count", (run) => Number(/^ +(?:\+ )?(\d+) (?:to create|created|unchanged)$/m.exec(run.output)?.[1])],
  ["time", "s", (run) => run.wall],
  ["CPU", "s", (run) => run.cpu],
  ["peak memory of the program", "MB", (run) => peakOf(run, "program")],
  ["peak memory of the engine", "MB", (run) => peakOf(run, "engine")],
];

/** What is worth knowing of several runs of the same. */
export function runFigures(part: string, what: string, runs: readonly Run[]): Figure[] {
  return MEASURES.map(([name, unit, value]) => figure(part, `${what}: ${name}`, unit, runs.map(value)));
}

function peakOf({ processes }: Run, role: keyof typeof ROLES): number {
  return Math.max(...processes.filter(({ command }) => ROLES[role].test(command)).map(({ peak }) => peak));
}
