import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { BOOTSTRAP, KEYS_SECRET } from "../../vault/names";
import { withCredentials } from "../../vault/bootstrap/credentials";
import { fixtureMap } from "../../vault/fixtureMap";
import { fixturesOf } from "../../vault/fixtures";
import { eventually, holds } from "./support/clock";
import { kubectl, STACK, stack, target } from "./support/lab";
import { stateDirectory } from "./support/ownStack";
import {
  killBootstrap,
  runBootstrap,
  secretData,
  STORE,
  stopVault,
  VAULT,
  VAULT_NAMESPACE,
  versions,
  withoutSchedule,
  withVault,
} from "./support/vault";

const KILLS = process.env.SOAK ? 20 : 1;
/** From the start of its program until everything is written, on a machine that does other things, too. */
const LONGEST_RUN_MS = 7_000;
/** Two runs of the bootstrap, a minute apart, and what they take on a machine that does other things, too. */
const TWO_RUNS_SECONDS = 300;
/** Its address for a command in its own pod. */
const LOCAL = ["-address=https://localhost:8200", "-tls-skip-verify"];

const inNamespace = (...args: string[]) => kubectl("-n", VAULT_NAMESPACE, ...args);
const ready = () => inNamespace("wait", "pod/vault-0", "--for=condition=Ready", "--timeout=120s");
const claim = () => inNamespace("get", "pvc", "data-vault-0", "-o", "jsonpath={.metadata.uid}");
const core = async () => (await target()).config.makeApiClient(CoreV1Api);

/** Vault's keys and its storage are gone, and its pod runs anew. */
async function loseEverything(): Promise<void> {
  const old = await claim();
  const replicas = await inNamespace("get", "statefulset", VAULT, "-o", "jsonpath={.spec.replicas}");
  try {
    // No pod is made while the old claim is going: it would be given that one.
    await stopVault();
    await inNamespace("delete", "secret", KEYS_SECRET, "--ignore-not-found");
    await inNamespace("delete", "pvc", "data-vault-0", "--wait", "--timeout=120s");
  } finally {
    await inNamespace("scale", "statefulset", VAULT, `--replicas=${replicas}`);
  }
  try {
    await inNamespace("wait", "pod/vault-0", "--for=create", "--timeout=120s");
    await inNamespace("wait", "pod/vault-0", "--for=jsonpath={.status.phase}=Running", "--timeout=120s");
  } catch (error) {
    console.log(await inNamespace("describe", "statefulset,pod,pvc"));
    throw error;
  }
  assert.notEqual(await claim(), old);
}

/** Waits until Vault says that it is sealed, which its command does with an exit code of its own: a pod that runs does not listen yet. */
async function sealed(): Promise<void> {
  const expired = () => new Error("Vault does not say that it is sealed, 120 s after its pod has begun");
  await eventually({ seconds: 120, everyMs: 500, expired }, () =>
    inNamespace("exec", "vault-0", "--", "vault", "status", ...LOCAL).then(
      () => assert.fail("Vault is not sealed"),
      ({ exitCode }: { exitCode?: number }) => (exitCode === 2 ? true : undefined),
    ),
  );
}

/** What the runs have said whose pods are there. With none that begins or is under way: what it has not said yet would not be among it. */
const runsLogs = (): Promise<string> =>
  // A pod that is removed between the list of them and its log is no reason to give up: it is not in the next list.
  holds(() => inNamespace("logs", "-l", `app.kubernetes.io/name=${BOOTSTRAP}`, "--tail=-1"));

describe("a Vault of dev", () => {
  const logs: string[] = [];

  async function bootstrap(): Promise<{ ok: boolean; log: string }> {
    const result = await runBootstrap();
    logs.push(result.log);
    return result;
  }

  it("has come up with the stack: initialised, unsealed, with every fixture, and a store that reaches it", async () => {
    await ready();
    await kubectl("wait", `clustersecretstore/${STORE}`, "--for=condition=Ready", "--timeout=180s");
    const held = await withVault((ask) => versions(ask, "secret"));
    assert.deepEqual(Object.keys(held).sort(), Object.keys(fixturesOf(fixtureMap, "dev")).sort());
  });

  it("is not written to by a second run", async () => {
    const before = await withVault((ask) => versions(ask, "secret"));
    const { log } = await bootstrap();
    assert.match(log, /^Vault is as configured: nothing to do \(\d+ requests to Vault, 1 to Kubernetes, [\d.]+ s of CPU\)$/m);
    assert.deepEqual(await withVault((ask) => versions(ask, "secret")), before);
  });

  it("answers nobody in clear", async () => {
    const asked = inNamespace("exec", "vault-0", "--", "vault", "status", "-address=http://127.0.0.1:8200");
    await assert.rejects(asked, /HTTP request to an HTTPS server/);
  });

  it("is unsealed again within two runs after the end of its pod, by nobody's hand", async () => {
    const pod = (fields: string) => inNamespace("get", "pod", "vault-0", "--ignore-not-found", "-o", `jsonpath=${fields}`);
    // It is another with each run of the schedule's, and stays when the run's Job is removed.
    const lastRun = () => inNamespace("get", "cronjob", BOOTSTRAP, "-o", "jsonpath={.status.lastScheduleTime}");
    const old = await pod("{.metadata.uid}");
    const started = performance.now();
    await inNamespace("delete", "pod", "vault-0", "--wait");
    const [former, seen] = [await lastRun(), new Set<string>()];
    const condition = (field: string) => `{.status.conditions[?(@.type=="Ready")].${field}}`;
    const expired = () => new Error(`Vault is not ready ${TWO_RUNS_SECONDS} s after the end of its pod`);
    const since = await eventually({ seconds: TWO_RUNS_SECONDS, everyMs: 500, expired }, async () => {
      seen.add(await lastRun());
      const [uid, status, at] = (await pod(`{.metadata.uid} ${condition("status")} ${condition("lastTransitionTime")}`)).split(" ");
      return uid !== old && status === "True" ? at : undefined;
    });
    // Both in the same form, to the second. One that begins when Vault is ready has not unsealed it.
    const runs = [...seen].filter((time) => time !== former && time < since);
    console.log(`      ready again after ${((performance.now() - started) / 1000).toFixed(0)} s, and ${runs.length} runs`);
    assert.ok(runs.length <= 2, runs.join(", "));
  });

  it("says that its keys are lost, and touches nothing", () =>
    withoutSchedule(async () => {
      const { metadata, ...kept } = await (await core()).readNamespacedSecret({ namespace: VAULT_NAMESPACE, name: KEYS_SECRET });
      const [storage, held] = [await claim(), await withVault((ask) => versions(ask, "secret"))];
      await inNamespace("delete", "secret", KEYS_SECRET);
      const { ok, log } = await bootstrap();
      assert.equal(ok, false);
      assert.match(
        log,
        /is initialised, but the Secret vault-auto-credentials, .* Nothing was changed\nRemedy: restore the Secret from a copy/,
      );
      assert.equal(await claim(), storage);
      await (await core()).createNamespacedSecret({ namespace: VAULT_NAMESPACE, body: { ...kept, metadata: { name: metadata!.name! } } });
      assert.match((await bootstrap()).log, /nothing to do/);
      assert.deepEqual(await withVault((ask) => versions(ask, "secret")), held);
    }));

  it("begins anew by itself when a run was ended while it was initialised", () =>
    withoutSchedule(async () => {
      await loseEverything();
      const storage = await claim();
      // As such a run leaves it: it has said what it is about to do, Vault has done it, and nobody has the answer.
      const { annotations } = withCredentials(undefined, KEYS_SECRET, {
        attempt: { id: "ended", until: Date.now() - 1000, storage },
      }).metadata;
      await (
        await core()
      ).createNamespacedSecret({ namespace: VAULT_NAMESPACE, body: { metadata: { name: KEYS_SECRET, annotations: { ...annotations } } } });
      await sealed();
      await inNamespace("exec", "vault-0", "--", "vault", "operator", "init", ...LOCAL, "-key-shares=1", "-key-threshold=1");
      const { ok, log } = await bootstrap();
      assert.equal(ok, true, log);
      assert.match(log, /^a run was ended while it initialised Vault, .*: replaced Vault's empty storage, claim data-vault-0$/m);
      assert.match(log, /^initialised Vault\nunsealed Vault$/m);
      assert.notEqual(await claim(), storage);
      assert.match((await bootstrap()).log, /nothing to do/);
    }));

  for (let time = 1; time <= KILLS; time++) {
    const after = Math.round(((time - 1 + Math.random()) / KILLS) * LONGEST_RUN_MS);
    it(`is as configured after a first run that was killed ${after} ms after its start, and one more`, () =>
      withoutSchedule(async () => {
        await loseEverything();
        await killBootstrap(after);
        const { ok, log } = await bootstrap();
        assert.equal(ok, true, log);
        await ready();
        const held = await withVault((ask) => versions(ask, "secret"));
        assert.deepEqual(Object.keys(held).sort(), Object.keys(fixturesOf(fixtureMap, "dev")).sort());
        assert.match((await bootstrap()).log, /nothing to do/);
      }));
  }

  it("keeps secrets out of logs, pods, ConfigMaps, events and the state", () =>
    withoutSchedule(async () => {
      const keys = Object.values(await secretData(KEYS_SECRET));
      const fixtures = JSON.parse((await secretData("vault-fixtures"))["fixtures.json"]!) as Record<
        string,
        Record<string, { value: string }>
      >;
      const generated = Object.entries(fixturesOf(fixtureMap, "dev")).flatMap(([path, fixture]) =>
        Object.entries(fixture).flatMap(([key, { origin }]) => (origin === "plain" ? [] : [fixtures[path]![key]!.value])),
      );
      assert.ok(generated.length > 20 && keys.length === 2);
      const { "tls.key": tlsKey = "" } = await secretData("vault-tls");
      const { log } = await stack();
      const seen = [
        ...logs,
        await inNamespace("logs", "vault-0"),
        await runsLogs(),
        await kubectl("-n", "external-secrets", "logs", "deployment/external-secrets"),
        await kubectl("get", "pods,configmaps,events,jobs,cronjobs,statefulsets,externalsecrets,clustersecretstores", "-A", "-o", "json"),
        await fs.readFile(log, "utf8"),
        await fs.readFile(`${stateDirectory()}/.pulumi/stacks/cnpg-credentials/${STACK}.json`, "utf8"),
      ].join("\n");
      const body = tlsKey.split("\n")[1]!;
      for (const value of [...generated, ...keys, body]) {
        assert.equal(seen.includes(value), false);
        assert.equal(seen.includes(Buffer.from(value).toString("base64").slice(0, 40)), false);
      }
    }));
});
