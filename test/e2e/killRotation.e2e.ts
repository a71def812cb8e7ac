import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { platform } from "../../catalog/services/platform";
import { eventually, holds, timedUp } from "./support/clock";
import { ROOT, transcripts } from "./support/commands";
import { CLUSTER, credentials, kubectl, NAMESPACE, recordsOn, withTunnel } from "./support/lab";
import { startOperator, stopOperator } from "./support/operator";
import { signal, type Program } from "./support/processes";
import { configureRotation, rotate, Turns, type Rotation } from "./support/rotation";
import { alone } from "./support/turn";
import { watch, type Watched } from "./support/watcher";

type Victim = Program | "pulumi";
const VICTIMS: readonly Victim[] = process.env.SOAK ? ["pulumi", "operator", "postgres", "apiServer"] : ["pulumi", "operator"];
/** What other files use, too. */
const EVERYBODYS: readonly Victim[] = ["operator", "apiServer"];
/** Of each victim under each strategy. */
const TIMES = process.env.SOAK ? 4 : 1;
const STRATEGIES = process.env.SOAK ? (["alternating", "inPlace"] as const) : (["alternating"] as const);
/** Of a rotation of all services on a machine that does nothing else; later kills hit what comes after, or nothing. */
const LONGEST_MS = process.env.SOAK ? 35_000 : 15_000;

let turns: Turns;

for (const strategy of STRATEGIES) {
  describe(`kill -9 during rotations, ${strategy}`, () => {
    before(async () => {
      turns ??= new Turns((await recordsOn()).map(({ name }) => name));
      await rotate({ strategy, services: turns.to(strategy).services });
    });

    for (let time = 1; time <= TIMES; time++) {
      for (const victim of VICTIMS) {
        const after = Math.round(((time - 1 + Math.random()) / TIMES) * LONGEST_MS);
        const kill = async () => {
          const rotation: Rotation = { strategy, services: turns.rotate().services };
          const watcher = watch(platform);
          let watched: Watched;
          try {
            await killDuring(rotation, victim, after);
            await rotate(rotation);
            await isFinished(rotation);
          } finally {
            watched = await watcher.stop();
          }
          console.log(
            `      ${watched.ok} logins, ${watched.refused.length} refused, ${watched.unreachable} without an answer; longest time without one ${watched.longestMs} ms`,
          );
          assert.ok(watched.ok > 10, `${watched.ok} logins`);
          if (strategy === "alternating") assert.deepEqual(watched.refused, []);
        };
        it(`${victim}, ${after} ms after the start of a rotation of all services; then one up finishes it`, () =>
          EVERYBODYS.includes(victim) ? alone(kill) : kill());
      }
    }
  });
}

/** Interrupts a rotation, and ends when what was killed is there again: that is Kubernetes' work, and the supervisor's, and no part of this. */
async function killDuring(rotation: Rotation, victim: Victim, after: number): Promise<void> {
  if (victim === "pulumi") return await interrupted(rotation, victim, after);
  if (victim === "postgres") {
    const before = await restartsOfPostgres();
    await interrupted(rotation, victim, after);
    const expired = () => new Error("Postgres is not started again");
    await eventually({ seconds: 120, everyMs: 500, expired }, async () => (await restartsOfPostgres()) > before || undefined);
    await kubectl("-n", NAMESPACE, "wait", `pod/${CLUSTER}-1`, "--for=condition=Ready", "--timeout=120s");
    await kubectl("-n", NAMESPACE, "wait", `cluster.postgresql.cnpg.io/${CLUSTER}`, "--for=condition=Ready", "--timeout=120s");
    return;
  }
  try {
    await interrupted(rotation, victim, after);
  } finally {
    await holds(() => kubectl("get", "--raw", "/readyz"), { seconds: 120 });
    // Kubernetes starts what crashes again and again after ever longer pauses: another pod begins
    // at once.
    if (victim === "operator") await stopOperator();
    await holds(startOperator, { seconds: 120 });
  }
}

async function restartsOfPostgres(): Promise<number> {
  const path = 'jsonpath={.status.containerStatuses[?(@.name=="postgres")].restartCount}';
  return Number(await kubectl("-n", NAMESPACE, "get", `pod/${CLUSTER}-1`, "-o", path));
}

/** Starts a `pulumi up` of a rotation and kills it, or something that it needs. It may fail or not. */
async function interrupted(rotation: Rotation, victim: Victim, after: number): Promise<void> {
  const opened = await configureRotation(rotation);
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", opened.name, "--config-file", opened.configFile];
  const run = execa("pulumi", args, { cwd: ROOT, env: opened.env, detached: true, all: true, reject: false, stdin: "ignore" });
  const ended = timedUp(() => run);
  await Promise.race([pause(after), run]);
  if (victim === "pulumi") {
    try {
      process.kill(-run.pid!, "SIGKILL");
    } catch {
      // It was faster.
    }
  } else {
    assert.ok((await signal(victim, "SIGKILL")) > 0, `${victim} does not run`);
  }
  transcripts.push((await ended).all);
}

/** No change is left, and every service logs in with what its Secret says. */
async function isFinished(rotation: Rotation): Promise<void> {
  const opened = await configureRotation(rotation);
  const args = ["preview", "--expect-no-changes", "--non-interactive", "--stack", opened.name, "--config-file", opened.configFile];
  const { all } = await execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true });
  transcripts.push(all);
  const now = Object.values(await credentials());
  await withTunnel(async (connect) => {
    for (const credential of now) await connect(credential);
  });
}
