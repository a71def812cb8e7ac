// npm run e2e [-- [--again] <part of a file name> ...]: the real engine, providers, API server, operator and Postgres, in this clone's lab, which is made anew;
// with --again in the lab as it is; with --record README's table is written anew. npm run soak: the same with the long campaigns. The last line is `N passed, N failed`.
import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { FIRST, LAST, PLANS, type Plan } from "./plan";
import type { Result } from "./result";
import { record, SECONDS, tableOfSeconds, type Row } from "./seconds";
import { GRANTED, type Asked, type TurnRequest } from "./support/turn";

/** A fifth of the time of two lanes on two processors was waiting. */
const LANES = 3;
/** A file that takes longer hangs. */
const MINUTES = 40;

const FAILED: Result = { passed: 0, failed: 1, skipped: [], seconds: 0, ups: [], waiting: 0 };

/** Who has the lab at the moment: many beside each other, or one alone. Who wants it alone is served first. */
class Turns {
  #beside = new Set<ChildProcess>();
  #alone: ChildProcess | undefined;
  #waiting: { child: ChildProcess; turn: Asked }[] = [];

  ask(child: ChildProcess, turn: Asked): void {
    if (turn === "done") this.end(child);
    else this.#waiting.push({ child, turn });
    this.#grant();
  }

  /** Of a process that has ended, too. */
  end(child: ChildProcess): void {
    this.#beside.delete(child);
    if (this.#alone === child) this.#alone = undefined;
    this.#waiting = this.#waiting.filter((one) => one.child !== child);
    this.#grant();
  }

  #grant(): void {
    for (;;) {
      const next = this.#waiting.find(({ turn }) => turn === "alone") ?? this.#waiting[0];
      if (next === undefined || this.#alone !== undefined || (next.turn === "alone" && this.#beside.size > 0)) return;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      if (next.turn === "alone") this.#alone = next.child;
      else this.#beside.add(next.child);
      next.child.send(GRANTED, () => undefined);
    }
  }
}

/** Files that wait for a lane: each is run when what it needs is there and nobody uses what it uses, the longest first. */
class Queue {
  #left: string[];
  readonly #used = new Set<string>();
  #wake: (() => void)[] = [];

  constructor(
    names: readonly string[],
    private readonly isReady: (plan: Plan) => boolean,
  ) {
    this.#left = [...names].sort((one, other) => (SECONDS[other] ?? 60) - (SECONDS[one] ?? 60));
  }

  /** The next file; `undefined` when there is none left. */
  async take(): Promise<string | undefined> {
    for (;;) {
      if (this.#left.length === 0) return undefined;
      const name = this.#left.find((one) => {
        const plan = PLANS[one]!;
        return this.isReady(plan) && (plan.uses ?? []).every((thing) => !this.#used.has(thing));
      });
      if (name !== undefined) {
        this.#left = this.#left.filter((one) => one !== name);
        for (const thing of PLANS[name]!.uses ?? []) this.#used.add(thing);
        return name;
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** After a file has ended, or something is there that was not before. */
  changed(ended?: string): void {
    for (const thing of (ended === undefined ? undefined : PLANS[ended]?.uses) ?? []) this.#used.delete(thing);
    for (const wake of this.#wake.splice(0)) wake();
  }
}

const turns = new Turns();
const rows: Row[] = [];

/** Runs a file in a process of its own, and prints what it says once it has ended. */
async function run(name: string, lane: string): Promise<Result> {
  console.log(`[lane ${lane}] ${name} ...`);
  const began = performance.now();
  const child = spawn(process.execPath, [...process.execArgv, path.join(__dirname, "one.ts")], {
    env: { ...process.env, E2E_FILE: name },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let result: Result | undefined;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream!.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.on("message", (message: Result | TurnRequest) => {
    if ("turn" in message) turns.ask(child, message.turn);
    else result = message;
  });
  const timeout = setTimeout(() => child.kill("SIGKILL"), (process.env.SOAK ? 10 : 1) * MINUTES * 60_000);
  const how = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(`exit ${signal ?? code}`));
  });
  clearTimeout(timeout);
  turns.end(child);
  const seconds = (performance.now() - began) / 1000;
  const ended = result ?? { ...FAILED, seconds };
  console.log(
    `\n${name}: ${result === undefined ? `no result, ${how}` : `${ended.passed} passed, ${ended.failed} failed`} in ${seconds.toFixed(0)} s`,
  );
  console.log(output.trimEnd());
  rows.push({ name, lane, ...ended, seconds });
  return ended;
}

async function main(args: readonly string[]): Promise<void> {
  const flags = args.filter((arg) => arg.startsWith("--"));
  const parts = args.filter((arg) => !arg.startsWith("--"));
  process.env.SOAK = flags.includes("--soak") ? "1" : "";
  const again = flags.includes("--again");
  const files = fs.readdirSync(__dirname).flatMap((file) => /^(\w+)\.e2e\.ts$/.exec(file)?.[1] ?? []);
  const planned = [FIRST, LAST, ...Object.keys(PLANS)];
  const amiss = [...files.filter((file) => !planned.includes(file)), ...planned.filter((file) => !files.includes(file))];
  if (amiss.length > 0) throw new Error(`${amiss.join(", ")}: in plan.ts or in the directory, and not in both`);

  const began = performance.now();
  const wanted = (name: string) => parts.length === 0 || parts.some((part) => name.includes(part));
  const named = Object.keys(PLANS).filter(wanted);
  const chosen = named.filter((name) => process.env.SOAK || !PLANS[name]!.soak);
  for (const name of named.filter((name) => !chosen.includes(name))) console.log(`${name}: left out, \`npm run soak\` has it`);
  const needsLab = chosen.some((name) => PLANS[name]!.needs !== "nothing");
  let [isUp, isBroken] = [again, false];
  const queue = new Queue(chosen, ({ needs }) => needs === "nothing" || isUp || isBroken);
  const lane = async (name: string) => {
    if (name === "1" && !again && (needsLab || wanted(FIRST))) {
      isBroken = (await run(FIRST, name)).failed > 0;
      isUp = !isBroken;
      queue.changed();
    }
    for (let file = await queue.take(); file !== undefined; file = await queue.take()) {
      // Each would say the same.
      if (isBroken && PLANS[file]!.needs !== "nothing") rows.push({ name: file, lane: name, ...FAILED });
      else await run(file, name);
      queue.changed(file);
    }
    // The other one may be waiting for what this one used.
    queue.changed();
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(String(index + 1))));
  if (!again && wanted(LAST)) await run(LAST, "1");

  for (const line of tableOfSeconds(rows, (performance.now() - began) / 1000)) console.log(line);
  if (flags.includes("--record")) await record(rows);
  const skipped = rows.flatMap(({ skipped: some }) => some);
  for (const title of skipped) console.log(`SKIPPED: ${title}`);
  const sum = (field: "passed" | "failed") => rows.reduce((total, row) => total + row[field], 0);
  if (rows.length === 0) console.log("No file of tests has such a name.");
  console.log(
    `${sum("passed")} passed, ${sum("failed") + (rows.length === 0 ? 1 : 0)} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
  );
  process.exitCode = sum("failed") > 0 || rows.length === 0 ? 1 : 0;
}

void main(process.argv.slice(2));
