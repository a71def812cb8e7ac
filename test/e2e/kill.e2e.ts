import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { eventually, timedUp } from "./support/clock";
import { npm, ok, ROOT, transcripts } from "./support/commands";
import { credentials, recordsOn, stack, STACK } from "./support/lab";
import { stateDirectory } from "./support/ownStack";

const TIMES = process.env.SOAK ? 20 : 1;
// Of an `up` that makes everything on a lab that runs; later kills hit the logins, or nothing.
const LONGEST_MS = 28_000;

describe(`kill -9 of an up, ${TIMES} times`, () => {
  for (let time = 1; time <= TIMES; time++) {
    // Spread over the whole run, and at random within each part of it.
    const after = Math.round(((time - 1 + Math.random()) / TIMES) * LONGEST_MS);

    it(`${time}: npm run up, killed after ${after} ms, then npm run up`, async () => {
      if (time > 1) await destroy();
      await killed("npm", ["run", "--silent", "up", "--", "--stack", STACK], after);
      const kept = await passwordsInState();
      await comesUp();
      await isWhole(kept);
    });
  }

  for (const after of process.env.SOAK ? [2_000, 4_000, 6_000, 12_000] : [5_000]) {
    it(`pulumi up alone, killed after ${after} ms, then recover and pulumi up`, async () => {
      await destroy();
      const opened = await stack();
      const up = ["up", "--yes", "--skip-preview", "--stack", STACK, "--config-file", opened.configFile];
      await killed("pulumi", up, after, opened.env);
      const kept = await passwordsInState();
      const recover = await execa("npm", ["run", "--silent", "recover", "--", "--stack", STACK], { cwd: ROOT, env: opened.env, all: true });
      const run = await timedUp(() => execa("pulumi", up, { cwd: ROOT, env: opened.env, all: true }));
      transcripts.push(recover.all, run.all);
      assert.doesNotMatch(run.all, /pending operation/i);
      await isWhole(kept);
    });
  }

  it("is not the end when it cut short what the engine writes beside the state", async () => {
    await fs.truncate(path.join(stateDirectory(), `.pulumi/stacks/cnpg-credentials/${STACK}.json.attrs`));
    await comesUp();
  });

  it("does not take away the lock of an up that lives", async () => {
    const opened = await stack();
    const locks = path.join(stateDirectory(), ".pulumi/locks/organization/cnpg-credentials", STACK);
    const up = ["up", "--yes", "--skip-preview", "--stack", STACK, "--config-file", opened.configFile];
    const running = execa("pulumi", up, { cwd: ROOT, env: opened.env, detached: true, all: true, reject: false, stdin: "ignore" });
    const ended = timedUp(() => running);
    let found: string[] = [];
    const expired = () => new Error(`the up takes no lock: ${locks} holds ${found.join(", ") || "nothing"}`);
    await eventually({ seconds: 120, everyMs: 5, expired }, async () => {
      found = await fs.readdir(locks).catch(() => []);
      // The attributes of a killed one's lock outlive it.
      return found.some((name) => name.endsWith(".json")) || undefined;
    });
    // It lives, and has not ended before it was looked at.
    process.kill(-running.pid!, "SIGSTOP");
    const recover = ["run", "--silent", "recover", "--", "--stack", STACK];
    const { exitCode, all } = await execa("npm", recover, { cwd: ROOT, env: opened.env, all: true, reject: false }).finally(() =>
      process.kill(-running.pid!, "SIGCONT"),
    );
    const outcome = await ended;
    transcripts.push(outcome.all, all);
    assert.equal(exitCode, 2, all);
    assert.match(all, /process \d+ of \S+ is updating the stack since .*\nRemedy: wait until it has ended/);
    assert.equal(outcome.exitCode, 0, outcome.all);
    assert.match(await ok(npm("up")), /no change/);
  });
});

async function comesUp(): Promise<void> {
  const { length } = await recordsOn();
  assert.match(await ok(npm("up")), new RegExp(`^${length} of ${length} services logged in over TLS`, "m"));
}

async function destroy(): Promise<void> {
  await ok(npm("pulumi", ["destroy", "--yes", "--skip-preview"]));
}

/** Starts a command in a process group of its own and kills the whole group. */
async function killed(
  command: string,
  args: readonly string[],
  after: number,
  env: NodeJS.ProcessEnv = { KUBECONFIG: undefined },
): Promise<void> {
  const run = execa(command, args, {
    cwd: ROOT,
    env,
    detached: true,
    all: true,
    reject: false,
    stdin: "ignore",
  });
  await Promise.race([pause(after), run]);
  try {
    process.kill(-run.pid!, "SIGKILL");
  } catch {
    // It was faster.
  }
  transcripts.push((await run).all ?? "");
}

/** The passwords that the state holds, by resource. */
async function passwordsInState(): Promise<Map<string, string>> {
  const opened = await stack();
  const { stdout } = await execa("pulumi", ["stack", "export", "--show-secrets", "--stack", STACK], {
    cwd: opened.directory,
    env: opened.env,
  });
  const { deployment } = JSON.parse(stdout) as {
    deployment?: { resources?: { urn: string; type: string; outputs?: { result?: { plaintext: string } } }[] };
  };
  const passwords = (deployment?.resources ?? []).filter(({ type }) => type === "random:index/randomPassword:RandomPassword");
  return new Map(passwords.map(({ urn, outputs }) => [urn.split("::").at(-1)!, JSON.parse(outputs!.result!.plaintext) as string]));
}

/** No change is left, every password that was in the state after the kill is there still, and a service's is the one in its Secret. */
async function isWhole(kept: ReadonlyMap<string, string>): Promise<void> {
  await ok(npm("pulumi", ["preview", "--expect-no-changes"]));
  const now = await passwordsInState();
  for (const [resource, password] of kept) assert.equal(now.get(resource), password, resource);
  for (const [service, { password }] of Object.entries(await credentials()))
    assert.equal(now.get(`${service}-password`), password, service);
}
