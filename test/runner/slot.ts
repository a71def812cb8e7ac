import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import type { Result } from "./result";
import type { Order } from "./worker";

const ROOT = path.resolve(__dirname, "../..");
const WORKER = path.join(__dirname, "worker.ts");
/** Puts the tests' company in the place of the clone's. */
const COMPANY = path.resolve(__dirname, "../company/register.ts");

/** The owner of the catalogue and the bundles that the program has. */
export type Company = "tests" | "clone";

/**
 * A process for tests, which is started when the first file is to be run and lives until it is
 * ended, or ends.
 */
export class Slot {
  private worker: ChildProcess | undefined;
  private printed = "";

  constructor(
    private readonly company: Company,
    private readonly options: Omit<Order, "file">,
  ) {}

  async run(file: string): Promise<Result> {
    const started = performance.now();
    const worker = (this.worker ??= this.start());
    worker.send({ ...this.options, file });
    const said = await new Promise<Result | string>((resolve) => {
      const onExit = (code: number | null, signal: string | null) => resolve(signal ?? `exit code ${code}`);
      worker.once("exit", onExit);
      worker.once("message", (result) => {
        worker.off("exit", onExit);
        resolve(result as Result);
      });
    });
    if (typeof said !== "string") return said;
    this.worker = undefined;
    const output = `The process that ran this file ended: ${said}\n${this.printed}`;
    const seconds = (performance.now() - started) / 1000;
    return { title: path.relative(ROOT, file), passed: 0, failed: 1, skipped: [], seconds, output };
  }

  async end(): Promise<void> {
    if (!this.worker) return;
    const exited = once(this.worker, "exit");
    this.worker.kill("SIGKILL");
    await exited;
  }

  private start(): ChildProcess {
    // Objects of a program under mocks live long enough for a small young generation to be
    // collected over and over.
    const execArgv = [...process.execArgv, "--max-semi-space-size=64", ...(this.company === "tests" ? ["--require", COMPANY] : [])];
    const worker = fork(WORKER, { cwd: ROOT, execArgv, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.printed = "";
    for (const stream of [worker.stdout, worker.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.printed = (this.printed + text).slice(-20_000)));
    return worker;
  }
}
