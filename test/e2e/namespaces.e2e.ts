import assert from "node:assert/strict";
import { agents } from "../../catalog/services/agents";
import { platform } from "../../catalog/services/platform";
import { resolveNames } from "../../catalog/names";
import { startClient, type LoginClient } from "./support/client";
import { holds } from "./support/clock";
import { json, npm } from "./support/commands";
import { drift } from "./support/drift";
import { stopAtFailure } from "./support/inOrder";
import { kubectl, secretNames, STACK, type Configuration } from "./support/lab";
import { KUBELET_SECONDS, rates } from "./support/outages";
import { rotate, Turns } from "./support/rotation";
import { makeWorkload, podOf } from "./support/workloads";

/** Where applications are. */
const PLACES = ["web", "jobs", "reports"].map((name) => `${STACK}-${name}`);
const [WEB, JOBS, LEFT] = PLACES as [string, string, string];
/** What reads a service's Secret at its start, in each of them. */
const READERS = { platform: "reads-platform", agents: "reads-agents" } as const;
const SECRETS = { platform: resolveNames(platform).secret, agents: resolveNames(agents).secret };

/** `platform` is rotated in place, `agents` by logins that take turns. */
function elsewhere(config: Configuration, places: readonly string[] = PLACES, turns = true): void {
  for (const name of ["platform", "agents"] as const)
    config.services[name] = {
      namespaces: places,
      workloads: places.map((namespace) => ({ kind: "Deployment", name: READERS[name], namespace })),
      ...(name === "agents" && turns ? { rotation: { strategy: "alternating" } } : {}),
    };
}

describe("applications in namespaces of their own", () => {
  stopAtFailure();
  const turns = new Turns(["agents"]).to("alternating");
  let clients: LoginClient[];
  let pods: string[];
  const podsNow = () => Promise.all(PLACES.flatMap((place) => Object.values(READERS).map((name) => podOf(name, place))));

  before(async () => {
    for (const place of PLACES) {
      await kubectl("create", "namespace", place);
      await kubectl("label", "namespace", place, "pod-security.kubernetes.io/enforce=restricted");
    }
    await Promise.all(PLACES.flatMap((place) => Object.values(READERS).map((name) => makeWorkload("Deployment", name, undefined, place))));
    pods = await podsNow();
  });
  after(async () => {
    await kubectl("delete", "namespace", ...PLACES, "--ignore-not-found", "--wait=false");
  });

  it("each has the Secrets, and a program there logs in with them, the server proven", async () => {
    const log = await rotate({}, (config) => elsewhere(config, PLACES, false));
    assert.doesNotMatch(log, /Secret (platform|agents) (replac|deleting|created)/);
    for (const place of PLACES) {
      const names = await secretNames(place);
      assert.deepEqual(names.filter((name) => name.includes("-db-")).sort(), Object.values(SECRETS).sort());
    }
    // Nothing is restarted for a Secret that is new.
    assert.deepEqual(await podsNow(), pods);
    clients = await Promise.all(
      PLACES.map((namespace) => startClient("logs-in", { platform: 1, agents: 5 }, { place: { namespace, cluster: "none" } })),
    );
    await holds(async () => {
      for (const client of clients)
        for (const name of ["platform", "agents"]) assert.ok((await client.report()).services[name]!.ok > 0, name);
    });
  });

  it("a rotation changes all of them, and restarts each workload once its own Secret has it", async () => {
    const log = await rotate({ services: { ...turns.services, platform: { generation: 1 } } }, elsewhere);
    const line = (pattern: RegExp) => log.split("\n").findIndex((text) => pattern.test(text));
    for (const name of ["platform", "agents"])
      for (const place of PLACES) {
        const written = line(new RegExp(`Secret ${name}/${place} updated`));
        const restarted = line(new RegExp(`Deployment\\S* restarts-${name}-deployment-${place}-\\S+ creating`));
        assert.ok(written >= 0 && written < restarted, `${name} ${place}\n${log}`);
      }
    const now = await podsNow();
    for (const [index, uid] of now.entries()) assert.notEqual(uid, pods[index]);
    pods = now;
    for (const client of clients) await client.sees({ platform: "platform", agents: "agents_a" }, KUBELET_SECONDS);
  });

  it("drift finds nothing, and every one of them is there", async () => {
    const { findings, notes } = await drift(0);
    assert.deepEqual([findings, notes], [[], []]);
    const { code, text } = await npm("smoke", ["-o", "json"]);
    assert.equal(code, 0, text);
    assert.equal(json<{ secrets: number }>(text).secrets, 2 * (1 + PLACES.length));
  });

  it("drift finds what somebody has changed in one of them, and the next `up` puts it back", async () => {
    const patch = JSON.stringify({ stringData: { password: "another" } });
    await kubectl("-n", JOBS, "patch", "secret", SECRETS.platform, "--type=merge", "-p", patch);
    const { findings } = await drift(1);
    assert.deepEqual(
      findings.map(({ service, check, suspect }) => [service, check, suspect]),
      [["platform", "secret", `Secret ${JOBS}/${SECRETS.platform} has another value in the key password than Pulumi wrote`]],
    );
  });

  it("the login before is retired, and a namespace that is left out loses its Secrets, and no other does", async () => {
    const places = PLACES.filter((place) => place !== LEFT);
    const services = { ...turns.retire("agents").services, platform: { generation: 2 } };
    const log = await rotate({ services }, (config) => elsewhere(config, places));
    assert.match(log, new RegExp(`leaves out ${LEFT}`));
    assert.ok(!(await secretNames(LEFT)).some((name) => Object.values(SECRETS).includes(name)));
    for (const place of [WEB, JOBS])
      assert.deepEqual((await secretNames(place)).filter((name) => name.includes("-db-")).sort(), Object.values(SECRETS).sort());
    const { findings } = await drift(0);
    assert.deepEqual(findings, []);
  });

  it("not one login of the service whose logins take turns has failed", async () => {
    for (const client of clients) {
      const report = await client.stop();
      console.log(rates(report));
      const { ok, failed } = report.services.agents!;
      assert.deepEqual(report.failures.filter(({ failed: service }) => service === "agents").slice(0, 5), []);
      assert.ok(ok > 50 && failed === 0, `${ok} logins, ${failed} failed`);
    }
  });
});
