// Runs files of tests for test/run.ts, one after the other, as it is told to. What they load stays
// loaded.
import * as path from "node:path";
import { format } from "node:util";
import Mocha from "mocha";
import { startGoldens } from "../support/golden";
import type { Result } from "./result";

export interface Order {
  readonly file: string;
  readonly verbose: boolean;
  readonly color: boolean;
}

const ROOT = path.resolve(__dirname, "../..");
/** A test that hangs. A busy machine takes many times as long as an idle one. */
const TIMEOUT = 120_000;

async function run({ file, verbose, color }: Order): Promise<Result> {
  const title = path.relative(ROOT, file);
  const lines: string[] = [];
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => void lines.push(format(...args));
  const mocha = new Mocha({ reporter: verbose ? "spec" : Mocha.reporters.Base, forbidOnly: true, timeout: TIMEOUT, color });
  mocha.addFile(file);
  const goldens = startGoldens(title);
  const started = performance.now();
  const restore = keepPrinted(lines);
  const [failures, skipped]: [Mocha.Test[], string[]] = [[], []];
  // A test that failed, or was skipped, has not said everything.
  mocha.rootHooks({
    afterAll: function goldenFiles() {
      if (failures.length + skipped.length === 0) goldens.end();
    },
  });
  let stats: Mocha.Stats | undefined;
  try {
    stats = await new Promise<Mocha.Stats | undefined>((resolve) => {
      const runner = mocha.run(() => resolve(runner.stats));
      runner.on("pending", (test) => skipped.push(test.fullTitle()));
      runner.on("fail", (test) => failures.push(test));
    });
  } catch (error) {
    lines.push("This file cannot be loaded:", format(error));
  } finally {
    restore();
    // Its listeners stay otherwise. A rejection that nobody handles goes from each of them to all
    // others, and so on: with ten files that is for ever.
    mocha.dispose();
  }
  const { passes = 0, pending = 0, failures: failed = 0 } = stats ?? {};
  if (failed > 0 && !verbose) Mocha.reporters.Base.list(failures);
  const none = passes + pending + failed === 0;
  if (stats && none) lines.push("There is no test in this file.");
  return {
    title,
    passed: passes,
    failed: none ? 1 : failed,
    skipped,
    seconds: (performance.now() - started) / 1000,
    output: failed > 0 || none || verbose ? lines.join("\n") : "",
  };
}

/** Takes what tests print, and what they test, until it is called. */
function keepPrinted(lines: string[]): () => void {
  const kept = [process.stdout, process.stderr].map((stream) => {
    const own = Object.getOwnPropertyDescriptor(stream, "write");
    stream.write = (chunk: string | Uint8Array) => {
      lines.push((typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8")).replace(/\n$/, ""));
      return true;
    };
    return () => void (own ? Object.defineProperty(stream, "write", own) : Reflect.deleteProperty(stream, "write"));
  });
  return () => kept.forEach((restore) => restore());
}

process.on("message", (order: Order) => void run(order).then((result) => process.send!(result)));
