import { spawn, type ChildProcess } from "node:child_process";
import * as path from "node:path";
import { PLANS } from "./plan";
import { idleSince, processors } from "./processors";
import type { Result } from "./result";
import { GRANTED, type Asked, type TurnRequest } from "./support/turn";

/** Two processors, and two fifths of a file's time is waiting. */
const AT_ONCE = 4;
/** While the lab starts. */
const AT_ONCE_BEFORE = 3;
/** Where files wait more than that, as many more as find a processor idle. */
const AT_MOST = 6;
/** How often that is looked at. */
const LOOK_MS = 4000;
/** MiB for young objects: without it, a quarter of a file's own time went into collecting them. */
const YOUNG = "--max-semi-space-size=64";
/** The share of the processors' time since the last look that starts one more file. */
const IDLE = 0.2;
/** A file that is busy for longer hangs. */
const MINUTES = 40;
/** For a file that begins before the lab is up: an empty cache is filled meanwhile. */
const MINUTES_BEFORE = 75;

const FAILED: Result = { passed: 0, failed: 1, skipped: [], seconds: 0, ups: [], waiting: 0, processor: 0 };

/** A file and how it ended. */
export interface Row extends Result {
  readonly name: string;
}

/**
 * What a process of tests is at. Those that wait for the lab alone do nothing, and are given it
 * once nobody uses it.
 */
type At = "in the lab" | "elsewhere" | "waiting" | "alone";

interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  at: At;
  /** Since when it has been busy, and for how long before. */
  since: number;
  busyMs: number;
  timeout: NodeJS.Timeout;
}

const needsLab = (name: string) => PLANS[name]?.needs !== "nothing";

/**
 * Runs files of tests, each in a process of its own, some at a time: the longest first, and what
 * needs no lab while there is none, and when nothing else is left. A test that needs the lab alone
 * waits until nobody uses it, which is near the end, and another file is run meanwhile.
 */
export class Schedule {
  readonly rows: Row[] = [];
  readonly #running = new Set<Running>();
  #left: string[] = [];
  #lab: "coming" | "up" | "broken" = "coming";
  #ended: () => void = () => undefined;

  /** @param filesOf Those of a plan that are wanted. */
  constructor(
    private readonly seconds: Readonly<Record<string, number>>,
    private readonly filesOf: (name: string) => readonly string[],
  ) {}

  /** Runs one file now, and returns how it ended. */
  async runOne(name: string): Promise<Result> {
    return await new Promise((resolve) => this.#start(name, resolve));
  }

  /** Runs files until all have ended. @param lab Resolves when it is up, or not. */
  async run(names: readonly string[], lab: Promise<boolean>): Promise<void> {
    const order = (name: string) => (needsLab(name) ? 1e6 : 0) + (this.seconds[name] ?? 60);
    this.#left = names.toSorted((one, other) => order(other) - order(one));
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    this.#next();
    let before = processors();
    const looks = setInterval(() => {
      if (idleSince(before) > IDLE) this.#next(Math.min(AT_MOST, this.#busy() + 1));
      before = processors();
    }, LOOK_MS);
    this.#lab = (await lab) ? "up" : "broken";
    this.#next();
    await ended;
    clearInterval(looks);
  }

  #busy = () => [...this.#running].filter(({ at }) => at !== "waiting").length;

  #next(atOnce = this.#lab === "up" ? AT_ONCE : AT_ONCE_BEFORE): void {
    for (;;) {
      const running = [...this.#running];
      const alone = running.find(({ at }) => at === "alone");
      const file = this.#busy() < atOnce ? this.#ready(alone !== undefined) : undefined;
      const waiting = alone || running.some(({ at }) => at === "in the lab") ? undefined : running.find(({ at }) => at === "waiting");
      if (file !== undefined) this.#take(file);
      else if (waiting !== undefined) this.#grant(waiting, "alone");
      else break;
    }
    if (this.#left.length === 0 && this.#running.size === 0 && this.#lab !== "coming") this.#ended();
  }

  /** The next file that what it needs is there for, and that uses nothing that another one uses. */
  #ready(isSomebodyAlone: boolean): string | undefined {
    const used = new Set([...this.#running].flatMap(({ name }) => PLANS[name]?.uses ?? []));
    return this.#left.find((name) => {
      if (!needsLab(name)) return true;
      if (this.#lab !== "up") return this.#lab === "broken";
      return !isSomebodyAlone && PLANS[name]!.uses?.some((one) => used.has(one)) !== true;
    });
  }

  #take(name: string): void {
    this.#left = this.#left.filter((one) => one !== name);
    // Each would say the same.
    if (needsLab(name) && this.#lab === "broken") this.rows.push({ name, ...FAILED });
    else this.#start(name, () => this.#next());
  }

  /** Starts a file's process, and prints what it says once it has ended. */
  #start(name: string, ended: (result: Result) => void): void {
    const child = spawn(process.execPath, [...process.execArgv, YOUNG, path.join(__dirname, "one.ts")], {
      env: { ...process.env, E2E_FILE: name, E2E_FILES: this.filesOf(name).join(" ") },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const at: At = needsLab(name) ? "in the lab" : "elsewhere";
    const running: Running = {
      name,
      child,
      at,
      since: performance.now(),
      busyMs: 0,
      timeout: limit(child, this.#lab === "coming" ? MINUTES_BEFORE : MINUTES),
    };
    this.#running.add(running);
    console.log(`${clock()} ${name} ...`);
    let result: Result | undefined;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream!.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("message", (message: Result | TurnRequest) => {
      if ("turn" in message) this.#asked(running, message.turn);
      else result = message;
    });
    const end = (how: string) => {
      if (!this.#running.delete(running)) return;
      clearTimeout(running.timeout);
      const seconds = (running.busyMs + (running.at === "waiting" ? 0 : performance.now() - running.since)) / 1000;
      const outcome = { ...(result ?? FAILED), seconds };
      const counts = result === undefined ? `no result, ${how}` : `${outcome.passed} passed, ${outcome.failed} failed`;
      console.log(`\n${clock()} ${name}: ${counts} in ${seconds.toFixed(0)} s\n${output.trimEnd()}`);
      this.rows.push({ name, ...outcome });
      ended(outcome);
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (code, signal) => end(`exit ${signal ?? code}`));
  }

  #asked(running: Running, turn: Asked): void {
    if (turn === "beside") return this.#grant(running, "in the lab");
    if (turn === "alone") {
      running.busyMs += performance.now() - running.since;
      clearTimeout(running.timeout);
      running.at = "waiting";
      // Whoever has had it alone goes on beside others.
    } else running.at = running.at === "alone" ? "in the lab" : "elsewhere";
    this.#next();
  }

  #grant(running: Running, at: At): void {
    if (running.at === "waiting") {
      running.since = performance.now();
      running.timeout = limit(running.child, MINUTES);
    }
    if (at === "alone") console.log(`${clock()} ${running.name} has the lab alone`);
    running.at = at;
    running.child.send(GRANTED, () => undefined);
  }
}

/** When, since the run began. */
const clock = () => `[${process.uptime().toFixed(0).padStart(4)} s]`;

const limit = (child: ChildProcess, minutes: number) =>
  setTimeout(() => child.kill("SIGKILL"), (process.env.SOAK ? 10 : 1) * minutes * 60_000);
