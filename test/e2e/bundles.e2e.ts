import assert from "node:assert/strict";
import type { SmokeReport } from "../../cli/smoke/command";
import { bundles } from "../../catalog/bundles";
import type { BundleRecord } from "../../catalog/bundles/record";
import { createJobFrom, endOf } from "../support/jobs";
import { holds } from "./support/clock";
import { json, npm, ok, pulumi, type Ran } from "./support/commands";
import { kubectl, NAMESPACE, recordsOn, STACK, upWith, type Configuration } from "./support/lab";
import { OWN } from "./support/place";
import { alone } from "./support/turn";
import { apply } from "./support/workloads";
import { runBootstrap, secretData, STORE, VAULT_NAMESPACE, withoutSchedule, withVault } from "./support/vault";

/** Those of the stack's file. */
const ON = OWN?.bundles ?? [];
const FIRST_HALF = ["langfuse", "minio", "pgadmin"];
const SECOND_HALF = ON.filter((name) => !FIRST_HALF.includes(name));
const ARGOCD = "argocd";
const GATE = "secrets-smoke-db-migrations";
/** Of `inference`. */
const FETCHED_BY_SERVICES = 1;

const recordOf = (name: string): BundleRecord => bundles.find((bundle) => bundle.name === name)!;
const namesOf = (name: string) => recordOf(name).externalSecrets.map((record) => record.name);
const objectsOf = (name: string, namespace = NAMESPACE) =>
  namesOf(name).flatMap((one) => [`ExternalSecret ${namespace}/${one}`, `Secret ${namespace}/${one}`]);
const without = (lines: readonly string[], names: readonly string[]) =>
  lines.filter((line) => !names.flatMap((name) => objectsOf(name)).includes(line));
const withBundles = (names: readonly string[]) => (config: Configuration) => {
  config.bundles = Object.fromEntries(names.map((name) => [name, {}]));
};
/** Waits no longer than so many looks, a second apart. */
const smoke = (looks: number, ...args: string[]): Promise<Ran> =>
  npm("smoke", args, { env: { EXTERNALSECRET_WAIT_ATTEMPTS: String(looks), EXTERNALSECRET_WAIT_SLEEP: "1" } });

/** What is called after its contents, in all of its versions. */
const anyVersion = (line: string) => line.replace(/^(ConfigMap .*(?:vault-bootstrap|secrets-smoke-[-a-z]+))-[0-9a-f]{10}$/, "$1");

/** Every object of the kinds that a bundle is made of, wherever this stack may have one, and what may use the store. */
async function everything(): Promise<string[]> {
  const form = '-o=jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const lists = [NAMESPACE, VAULT_NAMESPACE, ARGOCD].map((namespace) =>
    kubectl("-n", namespace, "get", "externalsecrets,pushsecrets,secrets,configmaps,serviceaccounts", form),
  );
  const objects = (await Promise.all(lists)).flatMap((text) => text.split("\n").filter((line) => line !== ""));
  const storeForm = '-o=jsonpath={range .items[*]}{.metadata.name} is for {.spec.conditions[*].namespaces[*]}{"\\n"}{end}';
  const stores = (await kubectl("get", "clustersecretstores", storeForm))
    .split("\n")
    .filter((line) => line.startsWith(`${STORE} `) || line.startsWith(`${STORE}.`));
  // What every namespace has.
  return [...objects.map(anyVersion), ...stores].filter((line) => !/argocd\/(default|kube-root-ca\.crt)$/.test(line)).sort();
}

/** Waits until this is everything: a Secret goes after the ExternalSecret that it belongs to. */
const areLeft = (expected: readonly string[]): Promise<string[]> =>
  holds(async () => {
    const found = await everything();
    assert.deepEqual(found, expected);
    return found;
  });

async function fetchNow(name: string): Promise<void> {
  await kubectl("-n", NAMESPACE, "annotate", "externalsecret", name, "--overwrite", `force-sync=${Date.now()}`);
}

/** Has the gate run as a pipeline does, and returns what it said. */
async function passGate(looks: string): Promise<{ passed: boolean; log: string }> {
  const name = `gate-${Date.now()}`;
  await createJobFrom(kubectl, NAMESPACE, { name, cronJob: GATE }, (job) => {
    for (const one of job.spec.template.spec.containers[0]!.env!) one.value = one.name.endsWith("ATTEMPTS") ? looks : "1";
  });
  const { ok: passed, log } = await endOf(kubectl, NAMESPACE, name, 120);
  return { passed, log };
}

describe("bundles, smoke and gates", () => {
  let whole: string[];
  let saidOfMirror: string;

  after(() => kubectl("delete", "namespace", ARGOCD, "--ignore-not-found"));

  it("smoke is clean once the stack is up", async () => {
    const text = await ok(smoke(120));
    const fetched = ON.flatMap(namesOf).length + FETCHED_BY_SERVICES;
    const secrets = (await recordsOn()).length + fetched;
    assert.ok(fetched >= 10);
    assert.match(text, new RegExp(`^All there: ${secrets} Secrets, 1 store of stack ${STACK}, after [\\d.]+ s$`, "m"));
    whole = await everything();
  });

  it("a gate runs nothing that somebody has put in the place of its program", async () => {
    const [, name = ""] = /configmap\/(secrets-smoke-\S+)/.exec(await kubectl("-n", NAMESPACE, "get", "configmaps", "-o", "name")) ?? [];
    const original = JSON.parse(await kubectl("-n", NAMESPACE, "get", "configmap", name, "-o", "json")) as {
      metadata: object;
      data: object;
    };
    const data = { ...original.data, "gate.cjs": 'console.log("stolen")' };
    // To change it is refused. Who may, deletes it and makes another.
    await assert.rejects(kubectl("-n", NAMESPACE, "patch", "configmap", name, "--type=merge", "-p", JSON.stringify({ data })), /immutable/);
    await kubectl("-n", NAMESPACE, "delete", "configmap", name);
    const put = (of: object) =>
      apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          ...original.metadata,
          name,
          namespace: NAMESPACE,
          resourceVersion: undefined,
          uid: undefined,
          managedFields: undefined,
        },
        data: of,
      });
    try {
      await put(data);
      const { passed, log } = await passGate("1");
      assert.equal(passed, false);
      assert.match(log, /gate\.cjs is not what this pod is to run/);
      assert.doesNotMatch(log, /^stolen/m);
    } finally {
      await kubectl("-n", NAMESPACE, "delete", "configmap", name, "--ignore-not-found");
      await put(original.data);
    }
    assert.equal((await passGate("30")).passed, true);
  });

  it("bundles that are turned off leave no object, and take none of the others'", async () => {
    assert.equal((await upWith(withBundles(SECOND_HALF))).changed, true);
    const left = await areLeft(without(whole, FIRST_HALF));
    assert.equal(left.length, whole.length - FIRST_HALF.flatMap((name) => objectsOf(name)).length);
    assert.match(await ok(smoke(30)), /^All there: /m);
  });

  it("the last ones leave nothing, and one whose namespace does not exist is warned of, breaks nothing, and leaves nothing", async () => {
    const { log } = await upWith(withBundles([ARGOCD]));
    assert.match(log, /warning: the bundle argocd needs the namespace argocd, which does not exist/);
    const left = await areLeft(without(whole, ON));
    assert.equal(left.length, whole.length - ON.flatMap((name) => objectsOf(name)).length);
    assert.equal(await kubectl("-n", NAMESPACE, "get", "externalsecrets,secrets", "-l", "cnpg-credentials/bundle", "-o", "name"), "");
    const { code, text } = await smoke(30);
    assert.equal(code, 0, text);
    assert.match(text, /^Note: the bundle argocd is on and nothing of it is there: it needs the namespace argocd/m);
  });

  it("that one has everything when its namespace exists, as its reader looks for it", async () => {
    await kubectl("create", "namespace", ARGOCD);
    await upWith((config) => {
      withBundles([...ON, ARGOCD])(config);
      config.vault = { ...(config.vault as object), mirror: { mode: "push", services: ["graph"] } };
    });
    saidOfMirror = await ok(smoke(120));
    const now = await everything();
    assert.deepEqual(
      now.filter((line) => !whole.includes(line)),
      [
        ...objectsOf(ARGOCD, ARGOCD),
        `${STORE}.${ARGOCD} is for ${ARGOCD}`,
        `ServiceAccount ${VAULT_NAMESPACE}/${STORE}.${ARGOCD}`,
        `PushSecret ${NAMESPACE}/graph-db-credentials`,
        ...["mirror", "mirror-reader"].map((name) => `ServiceAccount ${VAULT_NAMESPACE}/${STORE}-${name}`),
      ].sort(),
    );
    const found = await kubectl("-n", ARGOCD, "get", "secret", "-l", "app.kubernetes.io/part-of=argocd", "-o", "name");
    assert.equal(found, "secret/argocd-oauth-client");
  });

  it("that namespace reads no path but its own, and through no store but its own", async () => {
    const stolen = async (store: string, path: string, property: string) => {
      const spec = {
        secretStoreRef: { name: store, kind: "ClusterSecretStore" },
        target: { name: "stolen", creationPolicy: "Owner" },
        data: [{ secretKey: "value", remoteRef: { key: path, property } }],
      };
      await apply({ apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", metadata: { name: "thief", namespace: ARGOCD }, spec });
      try {
        await kubectl("-n", ARGOCD, "wait", "externalsecret/thief", "--for=condition=Ready=False", "--timeout=120s");
        assert.equal(await kubectl("-n", ARGOCD, "get", "secret/stolen", "--ignore-not-found", "-o", "name"), "");
      } finally {
        await kubectl("-n", ARGOCD, "delete", "externalsecret/thief");
      }
    };
    await stolen(`${STORE}.${ARGOCD}`, "keycloak/keycloak-bootstrap-admin", "password");
    await stolen(STORE, "argocd/argocd-oauth-client", "client-secret");
    await stolen(`${STORE}-mirror`, `dev/${NAMESPACE}/graph-db-credentials`, "password");
  });

  it("smoke waits for copies, where there is a mirror", () =>
    assert.match(saidOfMirror, new RegExp(`^All there: \\d+ Secrets, 3 stores, 1 copy of stack ${STACK}`, "m")));

  it("turned on again, they have the values that they had", async () => {
    const [login, users] = [await secretData("loki-minio", NAMESPACE), await secretData("minio-service-users", NAMESPACE)];
    assert.deepEqual(login, { "access-key": "loki", "secret-key": users.loki });
    const { "encryption-key": key = "", "s3-secret-access-key": store } = await secretData("langfuse", NAMESPACE);
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(store, users.langfuse);
    const held = await withVault(async (ask) => (await ask("GET", "/v1/secret/data/langfuse/langfuse")).body);
    assert.equal((held as { data: { data: Record<string, string> } }).data.data["encryption-key"], key);
  });

  it("the gate of migrations lets them begin when their four Secrets are there", async () => {
    const { passed, log } = await passGate("5");
    assert.equal(
      log.trim(),
      "All there: graph-db-credentials, transformation-db-credentials, threads-db-credentials, agents-runtime-db-secret",
    );
    assert.equal(passed, true);
  });

  it("the gate holds them up while one lacks a key, and says whose it is, as smoke does of every service's, with how to have it back", async () => {
    const lacks = (service: string, key: string) =>
      `service ${service}: Secret ${NAMESPACE}/${service}-db-credentials has nothing in the key ${key}`;
    for (const [service, key] of [
      ["transformation", "password"],
      ["inference", "uri"],
    ] as const) {
      const patch = JSON.stringify([{ op: "remove", path: `/data/${key}` }]);
      await kubectl("-n", NAMESPACE, "patch", "secret", `${service}-db-credentials`, "--type=json", "-p", patch);
    }
    const { code, text } = await smoke(1);
    assert.equal(code, 1, text);
    for (const line of [lacks("transformation", "password"), lacks("inference", "uri")])
      assert.match(text, new RegExp(`^\\d\\. ${line}$`, "m"));
    assert.match(text, /^2 missing after/m);
    const { passed, log } = await passGate("2");
    assert.equal(passed, false);
    assert.match(log, new RegExp(`^1 of 2: ${lacks("transformation", "password").replace("service transformation: ", "")}$`, "m"));
    assert.match(log, new RegExp(`^1\\. ${lacks("transformation", "password")}$`, "m"));
    assert.doesNotMatch(log, /inference/);
    // As the stack's file has it, without what was turned on above.
    await ok(pulumi("up", "--refresh", "--yes", "--skip-preview"));
    await ok(smoke(30));
    assert.equal((await passGate("2")).passed, true);
  });

  it("the gate may read these four by name, and nothing else", async () => {
    const may = (verb: string, what: string) =>
      kubectl("-n", NAMESPACE, "auth", "can-i", verb, what, `--as=system:serviceaccount:${NAMESPACE}:${GATE}`).then(
        (answer) => answer.trim(),
        () => "no",
      );
    assert.equal(await may("get", "secret/graph-db-credentials"), "yes");
    for (const [verb, what] of [
      ["get", "secret/inference-db-credentials"],
      ["get", "secret/graph-db-role"],
      ["list", "secrets"],
      ["update", "secret/graph-db-credentials"],
      ["get", "externalsecrets/neo4j-auth"],
    ] as const)
      assert.equal(await may(verb, what), "no", `${verb} ${what}`);
  });

  it("leaves nothing of what is turned off in another namespace, nor of a mirror, and a second up would change nothing", async () => {
    await areLeft(whole);
    await ok(pulumi("preview", "--expect-no-changes"));
  });

  // The up gives External Secrets two minutes.
  if (process.env.SOAK)
    it("says so when External Secrets does not let go of what is turned off, and ends it the next time", async () => {
      const operator = (...args: string[]) => kubectl("-n", "external-secrets", ...args);
      const replicas = (count: number) => operator("scale", "deployment", "external-secrets", `--replicas=${count}`);
      await alone(async () => {
        await replicas(0);
        try {
          // Until its pod has ended, it lets go.
          await operator("wait", "--for=delete", "pod", "-l", "app=external-secrets", "--timeout=120s");
          const turnedOff = upWith(withBundles(ON.filter((name) => name !== "neo4j")));
          await assert.rejects(turnedOff, /neo4j-auth.*(timed out|timeout|deletion)/is);
        } finally {
          await replicas(1);
          await operator("rollout", "status", "deployment/external-secrets", "--timeout=120s");
        }
      });
      await upWith(withBundles(ON.filter((name) => name !== "neo4j")));
      await areLeft(without(whole, ["neo4j"]));
      await ok(npm("up"));
      await ok(smoke(120));
    });

  it("smoke names what Vault lacks, with its owner and the remedy, while the Secret keeps what it has", () =>
    withoutSchedule(async () => {
      const held = await secretData("neo4j-auth", NAMESPACE);
      await withVault((ask) => ask("POST", "/v1/secret/data/neo4j/neo4j-auth", { data: { username: "neo4j" } }));
      await fetchNow("neo4j-auth");
      await kubectl("-n", NAMESPACE, "wait", "externalsecret/neo4j-auth", "--for=condition=Ready=False", "--timeout=120s");
      const { code, text } = await smoke(2, "-o", "json");
      const report = json<SmokeReport>(text);
      assert.deepEqual([code, report.clean, report.missing.length], [1, false, 1]);
      const { owner, kind, what, said, remedy } = report.missing[0]!;
      assert.deepEqual([owner, kind, what], ["neo4j", "bundle", `ExternalSecret ${NAMESPACE}/neo4j-auth is not ready`]);
      assert.match(said!, /cannot find secret data for key: "password"/);
      assert.match(remedy, /^see that Vault has neo4j\/neo4j-auth \(username, password\); fetched again at once by kubectl annotate/);
      assert.deepEqual(await secretData("neo4j-auth", NAMESPACE), held);
      for (const value of Object.values(held)) assert.ok(value === "neo4j" || !text.includes(value));

      assert.equal((await runBootstrap()).ok, true);
      await fetchNow("neo4j-auth");
      await ok(smoke(120));
      assert.deepEqual(await secretData("neo4j-auth", NAMESPACE), held);
    }));
});
