import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stopLab } from "../../lab/cluster";
import { labName } from "../../lab/paths";
import type { Report } from "../../lab/progress";
import { WORKSPACE } from "./clone";
import { figure, type Figure } from "./figures";
import { timed } from "./measure";

const PART = "npm run up";
const GOAL = 90;

/**
 * `npm run up` to the table of logins, in a clone that has a lab and a backend of its own: a new lab from programs and images that are built already, one
 * that is stopped, one that runs. From an empty cache it takes as long as the machine needs to build them, and is not measured here.
 */
export async function* measureLabStart(report: Report, clone: string, runs: number): AsyncGenerator<Figure> {
  const name = labName(clone);
  const state = path.join(WORKSPACE, "lab-state");
  const env = { KUBECONFIG: undefined, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "bench" };
  const forget = async () => {
    await stopLab(report, { name });
    await fs.rm(state, { recursive: true, force: true });
    await fs.mkdir(state);
  };
  const npm = (script: "up" | "smoke") =>
    timed([process.execPath, path.join("cli", "run.cjs"), path.join("cli", "main.ts"), script], { cwd: clone, env });
  const times = async (title: string, before: () => Promise<unknown>, after: (seconds: number) => Promise<unknown>) => {
    const seconds: number[] = [];
    for (let run = 1; run <= runs; run++) {
      await before();
      seconds.push(await report.step(`npm run up, ${title} (${run} of ${runs})`, () => npm("up")));
      await after(seconds.at(-1)!);
    }
    return figure(PART, title, "s", seconds, GOAL);
  };
  const nothing = () => Promise.resolve();
  const untilClean: number[] = [];
  yield await times("a new lab, everything built", forget, async (up) => untilClean.push(up + (await npm("smoke"))));
  yield figure(PART, "a new lab, and smoke clean", "s", untilClean);
  yield await times("a stopped lab", () => stopLab(report, { name, purge: false }), nothing);
  yield await times("a running lab, nothing to change", nothing, nothing);
}
