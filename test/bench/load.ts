import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import { REPOSITORY } from "../../lab/paths";
import { figure, type Figure } from "./figures";
import { measure, type Run } from "./measure";

/** The memory a process has had, from the process itself when it ends: nobody else can look at the right moment. */
const REPORT = `process.on("exit", () => process.stdout.write(require("node:fs").readFileSync("/proc/self/status", "utf8")));`;
const PROGRAMS = [
  { what: "index.ts", module: path.join(REPOSITORY, "index.ts"), goals: { cpu: 1, memory: 150 } },
  { what: "@pulumi/pulumi alone", module: "@pulumi/pulumi", goals: {} },
];

/** Loads the program as Pulumi does, with all that it imports, and does not run it; and for comparison what every Pulumi program loads. */
export async function* measureLoad(runs: number): AsyncGenerator<Figure> {
  const { runtime } = parse(await fs.readFile(path.join(REPOSITORY, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { nodeargs: string } };
  };
  for (const { what, module, goals } of PROGRAMS) {
    const results: Run[] = [];
    const script = `${REPORT} require(${JSON.stringify(module)});`;
    for (let run = 0; run <= runs; run++)
      results.push(await measure([process.execPath, ...runtime.options.nodeargs.split(" "), "-e", script], { cwd: REPOSITORY }));
    results.shift(); // Read the files from the disk.
    const [cpu, memory] = [
      results.map((run) => run.cpu),
      results.map(({ output }) => Number(/VmHWM:\s*(\d+) kB/.exec(output)?.[1]) * 1024),
    ];
    yield figure("load", `${what}: CPU`, "s", cpu, goals.cpu);
    yield figure("load", `${what}: peak memory`, "MB", memory, goals.memory);
  }
}
