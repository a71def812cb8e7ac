import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { platform } from "../../catalog/platform";
import { ROOT, transcripts } from "./support/commands";
import { credentials, kubectl, NAMESPACE, stack, withTunnel } from "./support/lab";
import { startOperator, stopOperator } from "./support/operator";
import { signal, type Program } from "./support/processes";
import { configureRotation, rotate, type Rotation, restore } from "./support/rotation";
import { watch, type Watched } from "./support/watcher";

const VICTIMS = ["pulumi", "operator", "postgres", "apiServer"] as const;
/** Of each victim under each strategy. */
const TIMES = process.env.SOAK ? 4 : 1;
const STRATEGIES = process.env.SOAK ? (["alternating", "inPlace"] as const) : (["alternating"] as const);
/** Of a rotation of all services on a machine that does nothing else; later kills hit what comes after, or nothing. */
const LONGEST_MS = 35_000;

let generation = 200;

for (const strategy of STRATEGIES) {
  describe(`kill -9 during rotations, ${strategy}`, () => {
    let seen: Watched[] = [];
    before(() => rotate({ strategy, all: generation }));

    for (let time = 1; time <= TIMES; time++) {
      for (const victim of VICTIMS) {
        const after = Math.round(((time - 1 + Math.random()) / TIMES) * LONGEST_MS);
        it(`${victim}, ${after} ms after the start of a rotation of all services; then one up finishes it`, async () => {
          generation++;
          const rotation: Rotation = { strategy, all: generation };
          const watcher = watch(platform);
          let watched: Watched;
          try {
            await interrupted(rotation, victim, after);
            await whole(victim);
            await rotate(rotation);
            await isFinished(rotation);
          } finally {
            watched = await watcher.stop();
          }
          console.log(
            `      ${watched.ok} logins, ${watched.refused.length} refused, ${watched.unreachable} without an answer; longest time without one ${watched.longestMs} ms`,
          );
          seen = [...seen, watched];
          if (strategy === "alternating") assert.deepEqual(watched.refused, []);
        });
      }
    }

    it("the watcher has seen something", () => {
      for (const { ok: succeeded } of seen) assert.ok(succeeded > 10);
    });
  });
}

describe("after the kills", () => {
  it("the stack comes up as it was", restore);
});

/** Starts a `pulumi up` of a rotation and kills it, or something that it needs. It may fail or not. */
async function interrupted(rotation: Rotation, victim: Program | "pulumi", after: number): Promise<void> {
  const opened = await configureRotation(rotation);
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", opened.name, "--config-file", opened.configFile];
  const run = execa("pulumi", args, { cwd: ROOT, env: opened.env, detached: true, all: true, reject: false, stdin: "ignore" });
  await Promise.race([sleep(after), run]);
  if (victim === "pulumi") {
    try {
      process.kill(-run.pid!, "SIGKILL");
    } catch {
      // It was faster.
    }
  } else {
    assert.ok((await signal(victim, "SIGKILL")) > 0, `${victim} does not run`);
  }
  transcripts.push((await run).all);
}

/** What was killed is there again: that is Kubernetes' work, and the supervisor's, and no part of this. */
async function whole(victim: Program | "pulumi"): Promise<void> {
  // Kubernetes starts what crashes again and again after ever longer pauses: another pod begins at once.
  if (victim === "operator") await stopOperator();
  for (let attempt = 1; ; attempt++) {
    try {
      await kubectl("get", "--raw", "/readyz");
      await startOperator();
      await kubectl("-n", NAMESPACE, "wait", "cluster.postgresql.cnpg.io/postgres-ameide", "--for=condition=Ready", "--timeout=120s");
      await kubectl("-n", NAMESPACE, "wait", "pod/postgres-ameide-1", "--for=condition=Ready", "--timeout=120s");
      return;
    } catch (error) {
      if (attempt === 60) throw error;
      await sleep(1000);
    }
  }
}

/** No change is left, and every service logs in with what its Secret says. */
async function isFinished(rotation: Rotation): Promise<void> {
  const opened = await configureRotation(rotation);
  const args = ["preview", "--expect-no-changes", "--non-interactive", "--stack", opened.name, "--config-file", opened.configFile];
  const { all } = await execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true });
  transcripts.push(all);
  const all14 = Object.values(await credentials());
  await withTunnel(async (connect) => {
    for (const credential of all14) await connect(credential);
  });
  assert.ok(await stack());
}
