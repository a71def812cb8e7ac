import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import { REPOSITORY } from "../../lab/paths";
import { figure, type Figure } from "./figures";
import { measure, type Run } from "./measure";

/** The memory a process has had, from the process itself when it ends: nobody else can look at the right moment. */
const REPORT = `process.on("exit", () => process.stdout.write(require("node:fs").readFileSync("/proc/self/status", "utf8")));`;
/** What the shipped dev stack loads, with what it asks for on its way, and the programs that it gives to the cluster. */
const SHIPPED = `(async () => {
  const load = (file) => require(${JSON.stringify(`${REPOSITORY}/`)} + file);
  load("index.ts");
  for (const part of ["fromVault", "catalog/externalSecrets", "catalog/gates", "components/gate/gate", "preflight/vaultSession"]) load(part + ".ts");
  await load("components/x509.ts").loadX509();
  const { bundleBootstrap, bundleProgram } = load("components/bundle.ts");
  bundleBootstrap();
  bundleProgram(${JSON.stringify(path.join(REPOSITORY, "components/gate/program.ts"))});
})();`;
const SDK = 'require("@pulumi/pulumi");';
const RATIO = 1.3;
const MEMORY_MB = 150;

/** Loads what a run of the shipped dev stack loads, as Pulumi does, and does not run it; by turns with what every Pulumi program loads. */
export async function* measureLoad(runs: number): AsyncGenerator<Figure> {
  const { runtime } = parse(await fs.readFile(path.join(REPOSITORY, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { nodeargs: string } };
  };
  const [ours, heap] = [runtime.options.nodeargs.split(" "), runtime.options.nodeargs.split(" ").slice(0, 1)];
  const run = (script: string, args: readonly string[]) =>
    measure([process.execPath, ...args, "-e", `${REPORT} ${script}`], { cwd: REPOSITORY, env: { NODE_COMPILE_CACHE: undefined } });
  const results: { dev: Run; sdk: Run; kept: Run }[] = [];
  for (let turn = 0; turn <= runs; turn++)
    results.push({ dev: await run(SHIPPED, ours), sdk: await run(SDK, heap), kept: await run(SDK, ours) });
  results.shift(); // Read the files from the disk, and keeps what V8 has compiled.
  const cpu = (of: keyof (typeof results)[number]) => results.map((one) => one[of].cpu);
  const memory = (of: keyof (typeof results)[number]) => results.map((one) => Number(/VmHWM:\s*(\d+) kB/.exec(one[of].output)?.[1]) * 1024);
  const ratio = (of: "sdk" | "kept") => results.map((one) => one.dev.cpu / one[of].cpu);
  yield figure("load", "the shipped dev stack: CPU", "s", cpu("dev"));
  yield figure("load", "the SDK alone, as any program has it: CPU", "s", cpu("sdk"));
  yield figure("load", "the SDK alone, compiled before: CPU", "s", cpu("kept"));
  yield figure("load", "dev / the SDK: CPU", "ratio", ratio("sdk"), RATIO);
  yield figure("load", "dev / the SDK, both compiled before: CPU", "ratio", ratio("kept"));
  yield figure("load", "the shipped dev stack: peak memory", "MB", memory("dev"), MEMORY_MB);
  yield figure("load", "the SDK alone: peak memory", "MB", memory("sdk"));
}
