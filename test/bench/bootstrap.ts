import { execa } from "execa";
import type { Report } from "../../lab/progress";
import { kubectlPath } from "../../lab/toolchain";
import { runBootstrapWith } from "../support/bootstrapRun";
import { figure, type Figure } from "./figures";
import type { Place } from "./stacks";

const PART = "Vault's bootstrap";
const NAMESPACE = "vault";
/** The run's own last line. */
const NOTHING_TO_DO = /nothing to do \((\d+) requests to Vault, (\d+) to Kubernetes, ([\d.]+) s of CPU\)$/m;

/** What a run of dev's bootstrap costs that finds Vault as it should be: one a minute, for ever. */
export async function* measureBootstrap(report: Report, { lab }: Pick<Place, "lab">, runs: number): AsyncGenerator<Figure> {
  const path = await kubectlPath();
  const kubectl = async (...args: string[]) => {
    const { stdout } = await execa(path, ["--context", lab.context, ...args], { env: { KUBECONFIG: lab.kubeconfig } });
    return stdout;
  };
  const seen = await report.step("Runs of Vault's bootstrap that change nothing", async () => {
    const result: [vault: number, kubernetes: number, cpu: number][] = [];
    for (let run = 1; run <= runs; run++) {
      const { log } = await runBootstrapWith(kubectl, NAMESPACE);
      const [, vault, kubernetes, cpu] = NOTHING_TO_DO.exec(log) ?? [];
      if (cpu === undefined) throw new Error(`the bootstrap has changed something:\n${log}`);
      result.push([Number(vault), Number(kubernetes), Number(cpu)]);
    }
    return result;
  });
  const column = (index: 0 | 1 | 2) => seen.map((row) => row[index]);
  yield figure(PART, "nothing to change: requests to Vault", "count", column(0));
  yield figure(PART, "nothing to change: requests to Kubernetes", "count", column(1));
  yield figure(PART, "nothing to change: CPU", "s", column(2));
}
