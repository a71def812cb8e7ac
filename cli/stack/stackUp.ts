import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { announceEngine, recover, stateFile, UpdateRunning } from "../recover/recover";
import { onStack, remedy, UP, type ManagedStack } from "./engine";
import { EngineEvents } from "./engineEvents";
import { FixableError } from "../../config/fixableError";
import { engineDirectory } from "./project";
import type { Update } from "../../lab/progress";
import { eventually } from "../../lab/wait";

/** Of what is no event. */
const LAST_LINES = 20;

/** How often the progress of an `up` is told. */
const UPDATE_MS = 2_000;
/** How often it is asked whether the engine is stuck. */
const STUCK_LOOK_MS = 1_000;

/** How long a lost connection is tried again, from the first time that it was lost. */
const AGAIN_MS = 180_000;
const AGAIN_PAUSE_MS = 2_000;
/**
 * A connection to the API server that broke, in the words of the provider (Go's net and net/http)
 * and of the program (Node).
 */
const LOST = new RegExp(
  [
    /connect: (connection refused|no route to host|connection timed out|network is unreachable)/,
    /(read|write): (connection reset by peer|broken pipe|connection timed out)/,
    /\bEOF\b/,
    /i\/o timeout|TLS handshake timeout|use of closed network connection/,
    /http2: (client connection lost|server sent GOAWAY)/,
    /does not answer \(|socket hang up/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

export interface UpResult {
  changed: boolean;
  /** `+ 14 created, 62 unchanged` */
  summary: string;
  /** What the program, not a provider, has to say of it. */
  warnings: readonly string[];
}

/** Settings of tests. */
export interface UpTimes {
  /** How long nothing is under way until the engine counts as stuck. */
  readonly stuckMs?: number;
  /** How long a lost connection is tried again. */
  readonly againMs?: number;
  /** How long it waits before it does. */
  readonly pauseMs?: number;
}

/** An update whose connection to the API server broke after it had begun to change the stack. */
class LostConnection extends FixableError {
  override readonly name = "FixableError";
}

/**
 * Clears what a killed run left, then brings the stack up. The provider gives up a resource whose
 * connection breaks. A password may have ended by then, and the restart of its application be that
 * resource: the engine runs again until the connection holds, or the time is over.
 *
 * @throws FixableError with the diagnostics of the engine and the log
 */
export async function up(stack: ManagedStack, update: Update, times: UpTimes = {}): Promise<UpResult> {
  const { againMs = AGAIN_MS, pauseMs = AGAIN_PAUSE_MS } = times;
  const parts: UpResult[] = [];
  for (let until = Infinity; ;) {
    try {
      const last = await upOnce(stack, update, parts, times);
      const changed = [...parts, last].filter((part) => part.changed);
      return {
        ...last,
        changed: changed.length > 0,
        summary: (changed.length > 0 ? changed : [last]).map((part) => part.summary).join("; then "),
      };
    } catch (error) {
      if (!(error instanceof LostConnection)) throw error;
      until = Math.min(until, performance.now() + againMs);
      if (performance.now() + pauseMs > until) throw error;
      update("the connection to the API server was lost: once more");
      await pause(pauseMs);
    }
  }
}

/** @param parts what the runs before this one came to, to which one that fails is added */
async function upOnce(stack: ManagedStack, update: Update, parts: UpResult[], { stuckMs }: UpTimes): Promise<UpResult> {
  const recovered = await recovery(stack, update);
  const { log } = stack;
  const output = createWriteStream(log, { mode: 0o600, flags: parts.length > 0 ? "a" : "w" });
  for (const line of recovered) output.write(`${line}\n`);
  if (recovered.length > 0) update(recovered.join("; "));
  const events = new EngineEvents(await resourcesBefore(stack), undefined, stuckMs);
  await announceEngine({ cwd: stack.directory, env: stack.env });
  const run = execa("pulumi", onStack(stack, [...UP, "--non-interactive", "--color", "never", "--json"]), {
    cwd: engineDirectory(),
    env: stack.env,
    stdin: "ignore",
    buffer: false,
    reject: false,
  });
  // What it says where there is no update yet, or none any more: a lock, a plugin that is not
  // there.
  const rest: string[] = [];
  let said = -Infinity;
  const follow = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      const isEvent = line.startsWith("{");
      if (!isEvent && line.trim() !== "") rest.push(line);
      for (const text of isEvent ? events.read(line) : [line]) output.write(`${text}\n`);
      if (!isEvent || performance.now() < said + UPDATE_MS) continue;
      said = performance.now();
      update(events.progress);
    }
  };
  let ended = false;
  const watch = setInterval(
    () => {
      const { stuck } = events;
      if (ended || stuck.length === 0) return;
      ended = true;
      rest.push(`ended: the engine waits for ever once the deletion of a resource that is made anew has failed: ${stuck.join(", ")}`);
      // As Ctrl-C does: it writes the state, and gives the lock back.
      run.kill("SIGINT");
    },
    Math.min(STUCK_LOOK_MS, stuckMs ?? STUCK_LOOK_MS),
  );
  await Promise.all([follow(run.stdout), follow(run.stderr)]).finally(() => clearInterval(watch));
  const { exitCode } = await run;
  const { diagnostics, summary, isChanged, warnings } = events;
  if (diagnostics.length > 0) output.write(`Diagnostics:\n${diagnostics.join("\n")}\n`);
  if (summary !== "") output.write(`Resources: ${summary}\n`);
  output.end();
  // The next reader of the log finds all of it.
  await finished(output);
  if (exitCode !== 0) {
    const text = [...(diagnostics.length > 0 ? ["Diagnostics:", ...diagnostics] : []), ...rest.slice(-LAST_LINES)].join("\n");
    const failure = [`pulumi up of stack ${stack.name} failed\n${text}`, remedy(stack, text), { log }] as const;
    // Where no change has begun, the cluster is away, or another one is meant.
    const hasBegun = parts.length > 0 || events.hasBegun;
    parts.push({ changed: isChanged, summary, warnings });
    throw hasBegun && LOST.test(text) ? new LostConnection(...failure) : new FixableError(...failure);
  }
  return { changed: isChanged, summary, warnings };
}

/** How many resources the state has, where it is a file that can be read without the engine. */
async function resourcesBefore({ directory, env, name }: ManagedStack): Promise<number> {
  try {
    const file = await stateFile({ cwd: directory, env }, name);
    if (file === undefined) return 0;
    const { checkpoint } = JSON.parse(await fs.readFile(file, "utf8")) as { checkpoint?: { latest?: { resources?: unknown[] } } };
    return checkpoint?.latest?.resources?.length ?? 0;
  } catch {
    // It is for the progress alone.
    return 0;
  }
}

/**
 * Recovers the stack, after whatever updates it at the moment has ended: a killed run can leave an
 * engine that is about to notice.
 */
function recovery(stack: ManagedStack, update: Update): Promise<string[]> {
  const expired = () => new FixableError(`another update of stack ${stack.name} does not end`, "see what it waits for, or end it");
  return eventually({ seconds: 600, everyMs: 1000, expired }, () =>
    recover({ cwd: stack.directory, env: stack.env }, stack.name).catch((error: unknown) => {
      if (!(error instanceof UpdateRunning)) throw error;
      return void update(error.message);
    }),
  );
}
