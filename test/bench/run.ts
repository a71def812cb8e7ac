// npm run bench: figures and ratios of time and memory, and whether those with a bound are within it. Everything is made in a temporary clone with a lab of its own.
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { Command, Option } from "commander";
import { run } from "../../cli/shared/command";
import { FixableError } from "../../config/fixableError";
import { startLab, stopLab } from "../../lab/cluster";
import { labName } from "../../lab/paths";
import { createReport, type Report } from "../../lab/progress";
import { ensurePulumi } from "../../lab/toolchain";
import { measureAudit } from "./audit";
import { cloneProgram, WORKSPACE } from "./clone";
import { measureDrift } from "./drift";
import { measureFetched } from "./fetched";
import { broken, figureTable, type Figure } from "./figures";
import { measureGrowth, SIZES } from "./growth";
import { measureLabStart } from "./labStart";
import { measureLoad } from "./load";
import { measurePreview } from "./preview";
import { measureRotation } from "./rotation";
import type { Place } from "./stacks";

const PARTS = ["load", "audit", "lab", "preview", "growth", "rotation", "drift", "fetched"] as const;
// A start of the lab takes most of a minute.
const LAB_RUNS = 3;
const COLD = "`npm run up` from an empty cache builds everything first (about an hour of CPU) and is timed by hand.";

interface Options {
  output: "table" | "json";
  runs: string;
  full: boolean;
  services: string;
}

const program = new Command("bench")
  .description(
    "Measure time and memory: the program's load, the audit of many files beside gitleaks, the lab's start, previews against a bare program, growth with the services, rotations, drift, what is fetched from Vault.",
  )
  .argument("[parts...]", `which of ${PARTS.join(", ")}; all if absent`)
  .addOption(new Option("-o, --output <format>", "how to print the figures").choices(["table", "json"]).default("table"))
  .option("-n, --runs <number>", "runs of what does not take long", "5")
  .option("--full", "bring 1,000 services up as well: an hour or more, most of which the engine writes its state", false)
  .option("-s, --services <numbers>", "how many services growth is measured with", SIZES.join(","))
  .action(async (parts: string[], { output, runs, full, services }: Options) => {
    const sizes = services.split(",").map(Number);
    if (sizes.length < 2 || !sizes.every((size, index) => size >= 1 && size > (sizes[index - 1] ?? 0)))
      throw new FixableError(`${services} is no list of growing numbers`, `write them as ${SIZES.join(",")}`);
    const unknown = parts.filter((part) => !(PARTS as readonly string[]).includes(part));
    if (unknown.length > 0 || !(Number(runs) >= 1))
      throw new FixableError(`there is no part ${unknown.join(", ")} or number of runs ${runs}`, `the parts are ${PARTS.join(", ")}`);
    const isWanted = (part: (typeof PARTS)[number]) => parts.length === 0 || parts.includes(part);
    const report = createReport();
    const machine = `${os.cpus().length} x ${os.cpus()[0]?.model ?? "unknown"}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`;
    const load = os.loadavg()[0]!;
    const figures: Figure[] = [];
    try {
      for await (const figure of measureParts(report, isWanted, { runs: Number(runs), isFull: full, sizes })) figures.push(figure);
    } finally {
      // Those that there are, when one of the others cannot be had.
      const text = `${figureTable(figures)}\n\n${machine}; load before: ${load.toFixed(1)}\n${COLD}\n`;
      process.stdout.write(output === "json" ? `${JSON.stringify({ machine, load, figures }, null, 2)}\n` : text);
    }
    const missed = broken(figures);
    for (const { part, what, bound } of missed) process.stderr.write(`${part}, ${what}: more than ${bound}\n`);
    process.exitCode = missed.length > 0 ? 1 : 0;
  });

async function* measureParts(
  report: Report,
  isWanted: (part: (typeof PARTS)[number]) => boolean,
  { runs, isFull, sizes }: { runs: number; isFull: boolean; sizes: readonly number[] },
): AsyncGenerator<Figure> {
  if (isWanted("load")) yield* measureLoad(runs);
  if (isWanted("audit")) yield* measureAudit(report, Math.min(runs, LAB_RUNS));
  const inLab = (["preview", "growth", "rotation", "drift", "fetched"] as const).some(isWanted);
  if (!isWanted("lab") && !inLab) return;
  // What a killed run has left.
  await removeClone(report);
  // The terminal's interrupt goes to the command that is being measured, too; its failure ends the work.
  process.on("SIGINT", () => undefined);
  try {
    const clone = await cloneProgram("clone");
    if (isWanted("lab")) yield* measureLabStart(report, clone, Math.min(runs, LAB_RUNS));
    if (!inLab) return;
    const place: Place = { lab: await startLab(report, labName(clone)), tools: await ensurePulumi(report) };
    if (isWanted("preview")) yield* measurePreview(report, place, clone, runs);
    if (isWanted("growth")) yield* measureGrowth(report, place, sizes, isFull);
    if (isWanted("rotation")) yield* measureRotation(report, place, clone, Math.min(runs, LAB_RUNS));
    if (isWanted("drift")) yield* measureDrift(report, place, clone, runs);
    if (isWanted("fetched")) yield* measureFetched(report, place, Math.min(runs, LAB_RUNS));
  } finally {
    await removeClone(report);
  }
}

/** The clone, its lab, and everything that was made beside it. */
async function removeClone(report: Report): Promise<void> {
  await stopLab(report, { name: labName(path.join(WORKSPACE, "clone")) });
  await fs.rm(WORKSPACE, { recursive: true, force: true });
}

void run(program);
