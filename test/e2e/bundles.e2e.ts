import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import type { SmokeReport } from "../../cli/smoke";
import { bundles } from "../../catalog/bundles";
import type { BundleRecord } from "../../catalog/bundles/record";
import { copyProgram } from "../support/copy";
import { createJobFrom, endOf } from "../support/jobs";
import { json, npm, ok, pulumi, ROOT, transcripts, type Ran } from "./support/commands";
import { configure, kubectl, NAMESPACE, stack, upWith, type Configuration } from "./support/lab";
import { removeCopies } from "./support/mirror";
import { runBootstrap, secretData, STORE, withoutSchedule, withVault } from "./support/vault";

/** Those of dev's stack file. */
const ON = ["pgadmin", "langfuse", "minio", "k8s-dashboard", "neo4j", "observability"];
const ARGOCD = "argocd";
const GATE = "secrets-smoke-db-migrations";

const recordOf = (name: string): BundleRecord => bundles.find((bundle) => bundle.name === name)!;
const objectsOf = (name: string, namespace = NAMESPACE) =>
  recordOf(name).externalSecrets.flatMap((record) => [`ExternalSecret ${namespace}/${record.name}`, `Secret ${namespace}/${record.name}`]);
const withBundles = (names: readonly string[]) => (config: Configuration) => {
  config.bundles = Object.fromEntries(names.map((name) => [name, {}]));
};
/** Waits no longer than so many looks, a second apart. */
const smoke = (looks: number, ...args: string[]): Promise<Ran> =>
  npm("smoke", args, { env: { EXTERNALSECRET_WAIT_ATTEMPTS: String(looks), EXTERNALSECRET_WAIT_SLEEP: "1" } });

/** Every object of the kinds that a bundle is made of, and what may use the store. */
async function everything(): Promise<string[]> {
  const form = '-o=jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const objects = await kubectl("get", "externalsecrets,pushsecrets,secrets,configmaps,serviceaccounts", "-A", form);
  const namespaces = await kubectl("get", "clustersecretstore", STORE, "-o", "jsonpath={.spec.conditions[*].namespaces[*]}");
  return [...objects.split("\n").filter((line) => line !== ""), ...namespaces.split(" ").map((one) => `may use the store: ${one}`)].sort();
}

async function fetchNow(name: string): Promise<void> {
  await kubectl("-n", NAMESPACE, "annotate", "externalsecret", name, "--overwrite", `force-sync=${Date.now()}`);
}

describe("bundles, smoke and gates", () => {
  after(async () => {
    await ok(npm("up"));
    await kubectl("delete", "namespace", ARGOCD, "--ignore-not-found");
  });

  it("smoke is clean once dev is up", async () => {
    const text = await ok(smoke(60));
    assert.match(text, /^All there: 33 Secrets, 1 store of stack dev, after [\d.]+ s$/m);
  });

  it("each bundle that is turned off leaves no object, and takes none of the others'", async () => {
    let [on, before] = [ON, await everything()];
    for (const name of ON) {
      on = on.filter((one) => one !== name);
      const { changed } = await upWith(withBundles(on));
      const now = await everything();
      assert.equal(changed, true);
      assert.deepEqual(
        now,
        before.filter((line) => !objectsOf(name).includes(line)),
        name,
      );
      assert.equal(now.length, before.length - objectsOf(name).length, name);
      assert.match(await ok(smoke(10)), /^All there: /m);
      before = now;
    }
    assert.equal(await kubectl("get", "externalsecrets,secrets", "-A", "-l", "cnpg-credentials/bundle", "-o", "name"), "");
  });

  it("turned on again, they have the values that they had, and a second up changes nothing", async () => {
    await ok(npm("up"));
    await ok(smoke(60));
    const [login, users] = [await secretData("loki-minio", NAMESPACE), await secretData("minio-service-users", NAMESPACE)];
    assert.deepEqual(login, { "access-key": "loki", "secret-key": users.loki });
    const { "encryption-key": key = "", "s3-secret-access-key": store } = await secretData("langfuse", NAMESPACE);
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(store, users.langfuse);
    const held = await withVault(async (ask) => (await ask("GET", "/v1/secret/data/langfuse/langfuse")).body);
    assert.equal((held as { data: { data: Record<string, string> } }).data.data["encryption-key"], key);
    await ok(pulumi("preview", "--expect-no-changes"));
  });

  describe("a namespace that does not exist", () => {
    it("is warned of, breaks nothing, and leaves nothing", async () => {
      const before = await everything();
      const { log } = await upWith(withBundles([...ON, ARGOCD]));
      assert.match(log, /warning: the bundle argocd needs the namespace argocd, which does not exist/);
      assert.deepEqual(await everything(), before);
      const { code, text } = await smoke(10);
      assert.equal(code, 0, text);
      assert.match(text, /^Note: the bundle argocd is on and nothing of it is there: it needs the namespace argocd/m);
    });

    it("gets everything when it does, as its reader looks for it", async () => {
      const before = await everything();
      await kubectl("create", "namespace", ARGOCD);
      await upWith(withBundles([...ON, ARGOCD]));
      await ok(smoke(60));
      const now = (await everything()).filter((line) => !/argocd\/(default|kube-root-ca\.crt)$/.test(line));
      assert.deepEqual(
        now.filter((line) => !before.includes(line)),
        [...objectsOf(ARGOCD, ARGOCD), `may use the store: ${ARGOCD}`].sort(),
      );
      const found = await kubectl("-n", ARGOCD, "get", "secret", "-l", "app.kubernetes.io/part-of=argocd", "-o", "name");
      assert.equal(found, "secret/argocd-oauth-client");
      await upWith(withBundles(ON));
      assert.deepEqual(
        (await everything()).filter((line) => !/argocd\/(default|kube-root-ca\.crt)$/.test(line)),
        before,
      );
    });
  });

  describe("refused by a preview, by name", () => {
    async function refused(change: (config: Configuration) => void, expected: RegExp, cwd = ROOT): Promise<void> {
      const opened = await stack();
      await configure(opened, change);
      const args = ["preview", "--non-interactive", "--color", "never", "--stack", opened.name, "--config-file", opened.configFile];
      const run = await execa("pulumi", args, { cwd, env: opened.env, all: true, reject: false });
      transcripts.push(run.all);
      assert.notEqual(run.exitCode, 0, run.all);
      assert.match(run.all, expected);
      assert.match(run.all, /nothing was changed/);
    }

    it("a bundle whose fixtures dev does not have", () =>
      refused(
        withBundles([...ON, "cert-manager"]),
        /ExternalSecret\/azure-dns\.client-secret: Vault has no `cert-manager\/azure-dns` here; add it to the fixture map/,
      ));

    it("a fixture that is removed, which a service needs", async () => {
      const copy = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-e2e-"));
      try {
        await copyProgram(copy);
        const file = path.join(copy, "vault/fixtureMap.ts");
        const [text, line] = [await fs.readFile(file, "utf8"), "      OPENAI_API_KEY: external,\n"];
        assert.ok(text.includes(line));
        await fs.writeFile(file, text.replace(line, ""));
        const expected =
          /ExternalSecret\/inference-api-credentials\.OPENAI_API_KEY: Vault's `inference\/inference-api-credentials` has no key `OPENAI_API_KEY` here/;
        await refused(() => undefined, expected, copy);
      } finally {
        await fs.rm(copy, { recursive: true });
      }
    });

    it("a Secret of somebody else's, which stays as it is", async () => {
      await upWith(withBundles(ON.filter((name) => name !== "neo4j")));
      await kubectl("-n", NAMESPACE, "create", "secret", "generic", "neo4j-auth", "--from-literal=password=by-hand");
      try {
        await refused(
          withBundles(ON),
          /Secret\/neo4j-auth: exists in ameide-dev and was not made by this program: External Secrets would empty it/,
        );
        assert.deepEqual(await secretData("neo4j-auth", NAMESPACE), { password: "by-hand" });
      } finally {
        await kubectl("-n", NAMESPACE, "delete", "secret", "neo4j-auth");
      }
      await ok(npm("up"));
      await ok(smoke(60));
    });
  });

  it("says so when External Secrets does not let go of what is turned off, and ends it the next time", async () => {
    const operator = (...args: string[]) => kubectl("-n", "external-secrets", ...args);
    const replicas = (count: number) => operator("scale", "deployment", "external-secrets", `--replicas=${count}`);
    const before = await everything();
    await replicas(0);
    try {
      // Until its pod has ended, it lets go.
      await operator("wait", "--for=delete", "pod", "-l", "app=external-secrets", "--timeout=120s");
      await assert.rejects(upWith(withBundles(ON.filter((name) => name !== "neo4j"))), /neo4j-auth.*(timed out|timeout|deletion)/is);
    } finally {
      await replicas(1);
      await operator("rollout", "status", "deployment/external-secrets", "--timeout=120s");
    }
    await upWith(withBundles(ON.filter((name) => name !== "neo4j")));
    assert.deepEqual(
      await everything(),
      before.filter((line) => !objectsOf("neo4j").includes(line)),
    );
    await ok(npm("up"));
    await ok(smoke(60));
  });

  it("smoke names what Vault lacks, with its owner and the remedy, while the Secret keeps what it has", () =>
    withoutSchedule(async () => {
      const held = await secretData("neo4j-auth", NAMESPACE);
      await withVault((ask) => ask("POST", "/v1/secret/data/neo4j/neo4j-auth", { data: { username: "neo4j" } }));
      await fetchNow("neo4j-auth");
      const { code, text } = await smoke(20, "-o", "json");
      const report = json<SmokeReport>(text);
      assert.deepEqual([code, report.clean, report.missing.length], [1, false, 1]);
      const { owner, kind, what, said, remedy } = report.missing[0]!;
      assert.deepEqual([owner, kind, what], ["neo4j", "bundle", "ExternalSecret ameide-dev/neo4j-auth is not ready"]);
      assert.match(said!, /cannot find secret data for key: "password"/);
      assert.match(remedy, /^see that Vault has neo4j\/neo4j-auth \(username, password\); fetched again at once by kubectl annotate/);
      assert.deepEqual(await secretData("neo4j-auth", NAMESPACE), held);
      for (const value of Object.values(held)) assert.ok(value === "neo4j" || !text.includes(value));

      assert.equal((await runBootstrap()).ok, true);
      await fetchNow("neo4j-auth");
      await ok(smoke(30));
      assert.deepEqual(await secretData("neo4j-auth", NAMESPACE), held);
    }));

  it("smoke names a key that a database's Secret has lost, and how to have it back", async () => {
    const patch = JSON.stringify([{ op: "remove", path: "/data/uri" }]);
    await kubectl("-n", NAMESPACE, "patch", "secret", "agents-db-secret", "--type=json", "-p", patch);
    const { code, text } = await smoke(1);
    assert.equal(code, 1, text);
    assert.match(text, /^1\. service agents: Secret ameide-dev\/agents-db-secret has nothing in the key uri$/m);
    assert.match(text, /^1 missing after/m);
    await ok(pulumi("up", "--refresh", "--yes", "--skip-preview"));
    await ok(smoke(1));
  });

  it("smoke waits for copies, where there is a mirror", async () => {
    await upWith((config) => {
      config.vault = { ...(config.vault as object), mirror: { mode: "push", services: ["agents"] } };
    });
    assert.match(await ok(smoke(60)), /^All there: 33 Secrets, 2 stores, 1 copy of stack dev/m);
    await ok(npm("up"));
    await withVault((root) => removeCopies({ root }));
  });

  describe("the gate of migrations", () => {
    /** Has it run as a pipeline does, and returns what it said. */
    async function run(looks: string): Promise<{ passed: boolean; log: string }> {
      const name = `gate-${Date.now()}`;
      await createJobFrom(kubectl, NAMESPACE, { name, cronJob: GATE }, (job) => {
        for (const one of job.spec.template.spec.containers[0]!.env!) one.value = one.name.endsWith("ATTEMPTS") ? looks : "1";
      });
      const { ok: passed, log } = await endOf(kubectl, NAMESPACE, name, 120);
      return { passed, log };
    }

    it("lets them begin when their four Secrets are there", async () => {
      const { passed, log } = await run("5");
      assert.equal(
        log.trim(),
        "All there: graph-db-credentials, transformation-db-credentials, threads-db-credentials, agents-runtime-db-secret",
      );
      assert.equal(passed, true);
    });

    it("holds them up while one lacks a key, and says whose it is", async () => {
      const patch = JSON.stringify([{ op: "remove", path: "/data/password" }]);
      await kubectl("-n", NAMESPACE, "patch", "secret", "graph-db-credentials", "--type=json", "-p", patch);
      const { passed, log } = await run("2");
      assert.equal(passed, false);
      assert.match(log, /^1 of 2: Secret ameide-dev\/graph-db-credentials has nothing in the key password$/m);
      assert.match(log, /^1\. service graph: Secret ameide-dev\/graph-db-credentials has nothing in the key password$/m);
      await ok(pulumi("up", "--refresh", "--yes", "--skip-preview"));
      assert.equal((await run("2")).passed, true);
    });

    it("may read these four by name, and nothing else", async () => {
      const may = (verb: string, what: string) =>
        kubectl("-n", NAMESPACE, "auth", "can-i", verb, what, `--as=system:serviceaccount:${NAMESPACE}:${GATE}`).then(
          (answer) => answer.trim(),
          () => "no",
        );
      assert.equal(await may("get", "secret/graph-db-credentials"), "yes");
      for (const [verb, what] of [
        ["get", "secret/platform-db-credentials"],
        ["get", "secret/graph-db-role"],
        ["list", "secrets"],
        ["update", "secret/graph-db-credentials"],
        ["get", "externalsecrets/neo4j-auth"],
      ] as const)
        assert.equal(await may(verb, what), "no", `${verb} ${what}`);
    });
  });
});
