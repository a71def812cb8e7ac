import assert from "node:assert/strict";
import { kubectl, NAMESPACE, type Configuration } from "./support/lab";
import { changes, preview } from "./support/preview";
import { rotate, rotationFails, type Rotation } from "./support/rotation";
import { beginningOf, makeWorkload, podOf } from "./support/workloads";

/** What reads `platform`'s Secret at its start, in the order in which turns restart it; and what reads `agents`'. */
const FIRST = { kind: "Deployment", name: "rotated-first" } as const;
const SECOND = { kind: "StatefulSet", name: "rotated-second" } as const;
const OTHER = { kind: "Deployment", name: "rotated-other" } as const;
const ALL = [FIRST, SECOND, OTHER];
const PLATFORM = { platform: { generation: 1 } };
const OTHERS = { agents: { generation: 1 }, threads: { generation: 1 } };
/** The first one's pods do not begin without this ConfigMap. */
const NEEDED = "rotated-needed";

function withWorkloads(config: Configuration, restartSeconds = 90): void {
  config.rotation = { ...(config.rotation as object), restartSeconds };
  config.services.platform = { workloads: [FIRST, SECOND] };
  config.services.agents = { workloads: [OTHER] };
}

describe("what a rotation changes, and what it restarts", () => {
  let pods: string[];
  const podsNow = () => Promise.all(ALL.map(({ name }) => podOf(name)));
  /** Each pod is made once the one before is ready. */
  const oneAfterTheOther = async (...names: string[]) => {
    const beginnings = await Promise.all(names.map(beginningOf));
    for (const [index, { made }] of beginnings.entries()) assert.ok(index === 0 || beginnings[index - 1]!.ready <= made, names[index]);
  };

  before(async () => {
    await kubectl("-n", NAMESPACE, "create", "configmap", NEEDED);
    await Promise.all(ALL.map((workload) => makeWorkload(workload.kind, workload.name, workload === FIRST ? NEEDED : undefined)));
    pods = await podsNow();
  });

  it("naming workloads of services that were never rotated restarts none", async () => {
    await rotate({}, withWorkloads);
    assert.deepEqual(await podsNow(), pods);
  });

  it("a preview shows the passwords and the workloads that change, these and no others, and nothing secret", async () => {
    const { steps } = await preview({ services: PLATFORM }, withWorkloads);
    assert.deepEqual(changes(steps), [
      `Deployment restarts-platform-deployment-${NAMESPACE}-rotated-first-rolled-out: create`,
      `Deployment restarts-platform-deployment-${NAMESPACE}-rotated-first: create`,
      "Job platform-proof: replace",
      "RandomPassword platform-password: replace",
      "RandomUuid7 platform-password-id: replace",
      "Secret platform-role: update",
      "Secret platform: update",
      `StatefulSet restarts-platform-statefulset-${NAMESPACE}-rotated-second: create`,
    ]);
  });

  it("the rotation restarts them once the Secret is written, and no others", async () => {
    const log = await rotate({ services: PLATFORM }, withWorkloads);
    const line = (pattern: RegExp) => log.split("\n").findIndex((text) => pattern.test(text));
    for (const kind of ["Deployment", "StatefulSet"])
      assert.ok(line(/Secret platform updated/) < line(new RegExp(`${kind}\\S* restarts-platform\\S* creating`)), log);
    const now = await podsNow();
    assert.notEqual(now[0], pods[0]);
    assert.notEqual(now[1], pods[1]);
    assert.equal(now[2], pods[2]);
    pods = now;
  });

  it("an unrelated change restarts nothing, nor does the rotation of another service", async () => {
    await rotate({ services: { ...PLATFORM, threads: { generation: 1 } } }, (config) => {
      withWorkloads(config);
      config.labels = { environment: "dev", added: "by-a-test" };
      config.services.platform!.connectionLimit = 20;
    });
    assert.deepEqual(await podsNow(), pods);
  });

  it("one that does not come up fails the up, and keeps no other one on a password that has ended", async () => {
    const rotation = { services: { platform: { generation: 2 }, ...OTHERS } };
    await kubectl("-n", NAMESPACE, "delete", "configmap", NEEDED);
    // The pod can never be ready, however long it is waited for.
    const message = await rotationFails(rotation, (config) => withWorkloads(config, 30));
    console.log(message);
    assert.match(message, /rotated-first/);
    const [, second, other] = await podsNow();
    assert.notEqual(second, pods[1]);
    assert.notEqual(other, pods[2]);
    await kubectl("-n", NAMESPACE, "create", "configmap", NEEDED);
    await rotate(rotation, withWorkloads);
    const now = await podsNow();
    assert.deepEqual(now.slice(1), [second, other]);
    pods = now;
  });

  it("a workload whose pods would go on with the password of before is named before anything is changed", async () => {
    await kubectl("-n", NAMESPACE, "rollout", "pause", `deployment/${OTHER.name}`);
    const message = await rotationFails({ services: { platform: { generation: 2 }, ...OTHERS, agents: { generation: 2 } } }, withWorkloads);
    await kubectl("-n", NAMESPACE, "rollout", "resume", `deployment/${OTHER.name}`);
    assert.match(message, /services\.agents\.workloads: the Deployment \S*rotated-other is paused/);
    assert.deepEqual(await podsNow(), pods);
  });

  it("a workload that is not there is named before anything is changed", async () => {
    const message = await rotationFails({ services: { platform: { generation: 3 }, ...OTHERS } }, (config) => {
      config.services.platform = { workloads: [{ kind: "Deployment", name: "nowhere" }] };
    });
    const missing = `the Deployment ${NAMESPACE}/nowhere, which a rotation restarts, does not exist`;
    assert.ok(message.includes(`services.platform.workloads: ${missing}`), message);
  });

  it("logins that take turns restart them one after the other, and one that does not come up stops the rest", async () => {
    const turns: Rotation = { services: { ...OTHERS, platform: { active: "a", a: 3, owner: 2 } } };
    const byTurns = (restartSeconds: number) => (config: Configuration) => {
      withWorkloads(config, restartSeconds);
      config.services.platform!.rotation = { strategy: "alternating" };
    };
    await kubectl("-n", NAMESPACE, "delete", "configmap", NEEDED);
    assert.match(await rotationFails(turns, byTurns(5)), /rotated-first/);
    assert.equal((await podsNow())[1], pods[1]);
    await kubectl("-n", NAMESPACE, "create", "configmap", NEEDED);
    const log = await rotate(turns, byTurns(90));
    const line = (pattern: RegExp) => log.split("\n").findIndex((text) => pattern.test(text));
    assert.ok(line(/Deployment\S* restarts-platform\S*-rolled-out updated/) < line(/StatefulSet\S* restarts-platform\S* updating/), log);
    await oneAfterTheOther(FIRST.name, SECOND.name);
    pods = await podsNow();
  });
});
