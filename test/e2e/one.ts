// Runs one plan's files of tests: `E2E_FILE=<name> node ... test/e2e/one.ts`, in the lab as it is. Its own stack, where it has one, is made before and removed afterwards.
import * as path from "node:path";
import Mocha from "mocha";
import type { Result } from "./result";
import { times } from "./support/clock";
import { transcripts } from "./support/commands";
import { kubectl } from "./support/lab";
import { discardOwnStack, makeOwnStack, useOwnState } from "./support/ownStack";
import { FILE, FILES, NAMESPACE, OWN, STACK, VAULT_NAMESPACE } from "./support/place";
import { PLANS } from "./plan";
import { ownSeconds } from "./processors";
import { PrintedSecrets } from "./support/printedSecrets";
import { enter, leave } from "./support/turn";

/** Of one test, among them those until it has the lab alone. */
const MINUTES = process.env.SOAK ? 600 : 60;

const usesLab = PLANS[FILE]?.needs !== "nothing";
const seconds = (from: number) => (performance.now() - from) / 1000;

/**
 * Of every engine and provider that a test starts: they end within seconds, and Go's collector would
 * take an eighth of their processor time.
 */
process.env.GOGC ??= "400";

async function main(): Promise<void> {
  const began = performance.now();
  const outcome = { passed: 0, failed: 0, skipped: [] as string[] };
  const secrets = new PrintedSecrets();
  const step = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      outcome.failed++;
      console.log(`${FILE}: ${what} failed\n${error instanceof Error ? error.stack : String(error)}`);
      return false;
    }
  };
  if (usesLab) await enter();
  const own = OWN;
  if (own) useOwnState();
  if (!own || (await step(`making the stack ${STACK}`, () => makeOwnStack(own)))) {
    await step("loading", () => runMocha(outcome, secrets));
    if (usesLab) await step("the search of what was printed for Secrets", () => secrets.search(transcripts));
  }
  if (outcome.failed > 0 && own)
    for (const namespace of new Set([NAMESPACE, VAULT_NAMESPACE]))
      console.log(await kubectl("-n", namespace, "get", "pods,jobs,events").catch(String));
  if (own && !process.env.E2E_KEEP) await step(`removing the stack ${STACK}`, discardOwnStack);
  if (usesLab) await leave();
  const { ups, waiting } = times();
  const result: Result = {
    ...outcome,
    seconds: seconds(began),
    ups: ups.map((ms) => ms / 1000),
    waiting: waiting / 1000,
    processor: ownSeconds(),
  };
  if (process.send === undefined) console.log(`${result.passed} passed, ${result.failed} failed in ${result.seconds.toFixed(0)} s`);
  process.send?.(result);
  // What a failed test left open must not keep it from ending.
  setTimeout(() => process.exit(result.failed > 0 ? 1 : 0), 100);
}

async function runMocha(outcome: { passed: number; failed: number; skipped: string[] }, secrets: PrintedSecrets): Promise<void> {
  const mocha = new Mocha({ forbidOnly: true, timeout: MINUTES * 60_000, reporter: Silent });
  const grep = process.env.E2E_GREP;
  if (grep) mocha.grep(grep);
  if (usesLab)
    mocha.rootHooks({
      async afterEach(): Promise<void> {
        await secrets.remember(NAMESPACE);
      },
    });
  for (const file of FILES) mocha.addFile(path.join(__dirname, `${file}.e2e.ts`));
  const failures: Mocha.Test[] = [];
  let depth = 0;
  const say = (text: string) => console.log(`${"  ".repeat(depth)}${text}`);
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    let from = performance.now();
    runner.on("suite", (suite) => {
      if (!suite.root) say(suite.title);
      depth++;
      from = performance.now();
    });
    runner.on("suite end", () => void depth--);
    // What comes before a test, its hooks, is its time too.
    const took = () => {
      const text = `${seconds(from).toFixed(1)} s`;
      from = performance.now();
      return text;
    };
    runner.on("pass", (test) => {
      outcome.passed++;
      say(`ok (${took()}) ${test.title}`);
    });
    runner.on("pending", (test) => {
      outcome.skipped.push(test.fullTitle());
      say(`SKIPPED ${test.title}`);
    });
    runner.on("fail", (test) => {
      outcome.failed++;
      failures.push(test);
      say(`FAILED (${took()}) ${test.title}`);
    });
  });
  if (failures.length > 0) Mocha.reporters.Base.list(failures);
  if (outcome.passed + outcome.failed === 0) throw new Error("no test was found");
}

/** Prints nothing of its own accord: what there is to say is said above. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

void main();
