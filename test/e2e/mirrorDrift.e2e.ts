import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import type { Ask } from "../../kube/http";
import { sleep } from "./support/clock";
import { npm, transcripts } from "./support/commands";
import { drift, kinds, mend } from "./support/drift";
import { kubectl, NAMESPACE, superuser, target } from "./support/lab";
import {
  applicationSecrets,
  copies,
  copyOf,
  inStep,
  keyOf,
  logIn,
  logsIn,
  mirrored,
  objectsOfStack,
  openVault,
  READER,
  upKeeping,
  WRITER,
  type OpenVault,
} from "./support/mirror";
import { ACCOUNTS, deniedToReader, deniedToWriter, FIRST_VERSION, statusOf } from "./support/mirrorAccounts";
import { STORE, VAULT, VAULT_NAMESPACE } from "./support/vault";
import { apply } from "./support/workloads";

const AGENTS = "agents-db-secret";
const BACKSTAGE = "backstage-db-credentials";
const GRAPH = "graph-db-credentials";
const PLATFORM = "platform-db-credentials";
const THREADS = "threads-db-credentials";
const ALL = [AGENTS, BACKSTAGE, GRAPH, PLATFORM, THREADS];
const BY_HAND = "changed-in-vault";

/** What would read a copy back, through the mirror's own store. */
const thief = (metadata: { name: string; namespace: string }) => ({
  apiVersion: "external-secrets.io/v1",
  kind: "ExternalSecret",
  metadata,
  spec: {
    secretStoreRef: { name: WRITER, kind: "ClusterSecretStore" },
    target: { name: "stolen", creationPolicy: "Owner" },
    data: [{ secretKey: "password", remoteRef: { key: keyOf(PLATFORM), property: "password" } }],
  },
});

describe("the mirror in Vault, with its retention `keep`", () => {
  let vault: OpenVault;
  let without: string[];
  const secrets = new Set([BY_HAND]);
  const remember = async () => {
    for (const data of Object.values(await applicationSecrets()))
      for (const [key, value] of Object.entries(data)) if (/password|uri|pgpass|PASSWORD|PWD/.test(key)) secrets.add(value);
  };

  const version = async (name: string) => (await copyOf(vault, name))?.version;
  const inVault = async (method: string, path: string, body?: object) => {
    const answer = await vault.root(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const agentsInPostgres = () => superuser("select rolpassword from pg_authid where rolname = 'agents'");

  before(async () => {
    without = await objectsOfStack();
    vault = await openVault();
    await upKeeping(mirrored({}));
    await inStep(vault, ALL);
    await remember();
  });
  after(() => vault.close());

  describe("its accounts", () => {
    async function tokenOf(role: string): Promise<Ask> {
      const login = await logIn(vault, role);
      assert.ok("ask" in login, `no login as ${role}`);
      return login.ask;
    }

    it("write below its own path, by versions, and nowhere else", async () => {
      const ask = await tokenOf(WRITER);
      const key = `mirror/data/${keyOf("tried")}`;
      assert.equal(await statusOf(ask, "POST", key, FIRST_VERSION), 200);
      assert.equal(await statusOf(ask, "POST", key, FIRST_VERSION), 400, "a version that is not the last");
      assert.equal(await statusOf(ask, "POST", key, { data: {} }), 400, "no version at all");
      assert.equal(await statusOf(ask, "GET", key), 200);
      for (const [method, path, body] of deniedToWriter(AGENTS, "tried"))
        assert.equal(await statusOf(ask, method, path, body), 403, `${method} ${path}`);
      await inVault("DELETE", `/v1/mirror/metadata/${keyOf("tried")}`);
    });

    it("read below its own path, change nothing, and see nothing else", async () => {
      const ask = await tokenOf(READER);
      assert.equal(await statusOf(ask, "GET", `mirror/data/${keyOf(AGENTS)}`), 200);
      assert.equal(await statusOf(ask, "GET", `mirror/metadata/dev/${NAMESPACE}?list=true`), 200);
      for (const [method, path, body] of deniedToReader(AGENTS))
        assert.equal(await statusOf(ask, method, path, body), 403, `${method} ${path}`);
    });

    it("are nobody else's: no application, no account of that name elsewhere, no token for another audience", async () => {
      for (const name of ACCOUNTS) {
        await kubectl("-n", NAMESPACE, "create", "serviceaccount", name);
        const refused = [
          await logIn(vault, name, { namespace: NAMESPACE }),
          await logIn(vault, name, { namespace: NAMESPACE, account: "default" }),
          await logIn(vault, name, { account: STORE }),
          await logIn(vault, name, { audience: "https://kubernetes.default.svc" }),
        ];
        for (const answer of refused) assert.ok("status" in answer && answer.status >= 400 && answer.status < 500, JSON.stringify(answer));
        await kubectl("-n", NAMESPACE, "delete", "serviceaccount", name);
      }
    });

    it("work for the stack's namespace alone", async () => {
      const metadata = { name: "intruder", namespace: "default" };
      await apply({ apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "of-an-intruder" } });
      await apply({
        apiVersion: "external-secrets.io/v1alpha1",
        kind: "PushSecret",
        metadata,
        spec: {
          secretStoreRefs: [{ name: WRITER, kind: "ClusterSecretStore" }],
          selector: { secret: { name: "intruder" } },
          refreshInterval: "1h",
          data: [{ match: { remoteRef: { remoteKey: keyOf(AGENTS) } } }],
        },
      });
      try {
        await kubectl("-n", "default", "wait", "pushsecret/intruder", "--for=condition=Ready=False", "--timeout=120s");
        const message = await kubectl("-n", "default", "get", "pushsecret/intruder", "-o", "jsonpath={.status.conditions[0].message}");
        assert.match(message, /not allowed from namespace|is denied|denied/);
        await inStep(vault, [AGENTS]);
      } finally {
        await kubectl("-n", "default", "delete", "pushsecret/intruder", "secret/intruder");
      }
    });
  });

  describe("what is changed in Vault by hand", () => {
    it("reaches neither Secret nor Postgres", async () => {
      const [former, verifier] = [await applicationSecrets(), await agentsInPostgres()];
      const { data, version: cas } = (await copyOf(vault, AGENTS))!;
      await inVault("POST", `/v1/mirror/data/${keyOf(AGENTS)}`, { data: { ...data, password: BY_HAND }, options: { cas } });
      // Whatever might carry it back is asked to.
      await kubectl("-n", NAMESPACE, "annotate", "secret", AGENTS, "looked=now", "--overwrite");
      await sleep(5_000);
      assert.deepEqual(await applicationSecrets(), former);
      assert.equal(await agentsInPostgres(), verifier);
      await logsIn(former[AGENTS]!);
      await assert.rejects(logsIn({ ...former[AGENTS]!, password: BY_HAND }), /password authentication failed/);
    });

    it("is not looked at with --no-vault", async () => {
      assert.deepEqual((await drift(0, ["--no-vault"])).notChecked, [{ what: "copies in Vault", reason: "--no-vault", asked: true }]);
    });

    it("is suspect, as is what is deleted, destroyed, removed or somebody else's; drift has each Secret pushed again", async () => {
      await inVault("DELETE", `/v1/mirror/data/${keyOf(BACKSTAGE)}`);
      await inVault("POST", `/v1/mirror/destroy/${keyOf(GRAPH)}`, { versions: [await version(GRAPH)] });
      await inVault("DELETE", `/v1/mirror/metadata/${keyOf(PLATFORM)}`);
      await inVault("DELETE", `/v1/mirror/metadata/${keyOf(THREADS)}`);
      await inVault("POST", `/v1/mirror/data/${keyOf(THREADS)}`, { data: { password: BY_HAND }, options: { cas: 0 } });
      await kubectl("-n", NAMESPACE, "annotate", "pushsecret", THREADS, "looked=now", "--overwrite");
      await kubectl("-n", NAMESPACE, "wait", "pushsecret", THREADS, "--for=condition=Ready=False", "--timeout=120s");
      const { findings } = await drift(1);
      const copy = (name: string) => `Vault's copy mirror/${keyOf(name)}`;
      const gone = "and a version that is not there cannot be replaced";
      assert.deepEqual(findings.map(({ service, check, suspect }) => `${service} ${check}: ${suspect}`).sort(), [
        `agents mirror: ${copy(AGENTS)} is not Secret ${AGENTS} in the key password`,
        `backstage mirror: ${copy(BACKSTAGE)} was deleted, ${gone}`,
        `graph mirror: ${copy(GRAPH)} was destroyed, ${gone}`,
        `platform mirror: Vault has no copy mirror/${keyOf(PLATFORM)}`,
        `threads mirror: ${copy(THREADS)} was made by something else: External Secrets does not replace it`,
      ]);
      assert.equal(
        findings.find(({ service }) => service === "agents")!.truth,
        `Secret ${AGENTS}: no application reads the copy, and nothing takes it back`,
      );
      await mend(findings, vault.environment);
      await inStep(vault, ALL);
    });

    it("finds a PushSecret that was edited or is gone", async () => {
      const patch = { spec: { deletionPolicy: "Delete" } };
      await kubectl("-n", NAMESPACE, "patch", "pushsecret", AGENTS, "--type=merge", "-p", JSON.stringify(patch));
      await kubectl("-n", NAMESPACE, "delete", "pushsecret", PLATFORM);
      const { findings } = await drift(1);
      assert.deepEqual(kinds(findings).sort(), ["agents mirror", "platform mirror"]);
      await mend(findings);
      await inStep(vault, [AGENTS, PLATFORM]);
    });
  });

  describe("what must not be", () => {
    it("finds an ExternalSecret that writes into a Secret of CloudNativePG's; no up goes past it; it goes, and the Secret stays", async () => {
      const core = (await target()).config.makeApiClient(CoreV1Api);
      const uid = async () => (await core.readNamespacedSecret({ namespace: NAMESPACE, name: PLATFORM })).metadata!.uid;
      const made = await uid();
      await apply({
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name: "former", namespace: NAMESPACE },
        spec: {
          secretStoreRef: { name: STORE, kind: "ClusterSecretStore" },
          target: { name: PLATFORM, creationPolicy: "Owner", deletionPolicy: "Delete" },
          data: [{ secretKey: "password", remoteRef: { key: "neo4j/neo4j-auth", property: "username" } }],
        },
      });
      await kubectl("-n", NAMESPACE, "wait", "externalsecret/former", "--for=condition=Ready", "--timeout=120s");
      const { code, text } = await npm("pulumi", ["preview"]);
      assert.notEqual(code, 0, text);
      assert.match(text, /ExternalSecret\/former: writes into the Secret platform-db-credentials, whose values come from CloudNativePG/);
      const { findings } = await drift(1);
      assert.equal(kinds(findings)[0], "platform externalSecret");
      await mend(findings);
      assert.equal(await uid(), made);
      await logsIn((await applicationSecrets())[PLATFORM]!);
    });

    it("finds an ExternalSecret that reads copies back; no up goes past it; it goes, with what it has fetched", async () => {
      const metadata = { name: "thief", namespace: NAMESPACE };
      await apply(thief(metadata));
      const { code, text } = await npm("pulumi", ["preview"]);
      assert.notEqual(code, 0, text);
      assert.match(
        text,
        /ExternalSecret\/thief: reads copies of databases' credentials through the store \S+-mirror into the Secret stolen/,
      );
      const { findings } = await drift(1);
      assert.deepEqual(
        findings.map(({ check, suspect }) => [check, suspect.includes("ExternalSecret thief reads copies")]),
        [["externalSecret", true]],
      );
      await mend(findings);
      assert.equal(await kubectl("-n", NAMESPACE, "get", "externalsecret/thief", "secret/stolen", "--ignore-not-found", "-o", "name"), "");
    });

    it("is read by nobody from another namespace", async () => {
      const metadata = { name: "thief", namespace: "default" };
      await apply(thief(metadata));
      try {
        await kubectl("-n", "default", "wait", "externalsecret/thief", "--for=condition=Ready=False", "--timeout=120s");
        assert.equal(await kubectl("-n", "default", "get", "secret/stolen", "--ignore-not-found", "-o", "name"), "");
      } finally {
        await kubectl("-n", "default", "delete", "externalsecret/thief");
      }
    });

    it("looks for roles of Vault's on managed roles with a token, and says what that token may not", async () => {
      assert.equal((await npm("drift", ["--vault-roles"])).code, 2);
      const asRoot = { VAULT_TOKEN: vault.environment.VAULT_TOKEN };
      assert.deepEqual((await drift(0, ["--vault-roles"], asRoot)).notChecked, []);
      const { notChecked } = await drift(2, ["--vault-roles"], { VAULT_TOKEN: "not-a-token" });
      assert.equal(notChecked[0]?.what, "database roles in Vault");
      assert.match(notChecked[0]?.reason ?? "", /^Vault does not give sys\/mounts \(403/);
    });
  });

  describe("what is left", () => {
    it("is the copy of a service that goes, which drift says; it is taken up when the service is back", async () => {
      const kept = await copyOf(vault, BACKSTAGE);
      await upKeeping(({ services }) => delete services.backstage);
      assert.ok(kept);
      assert.deepEqual(await copyOf(vault, BACKSTAGE), kept);
      const { notes } = await drift(0);
      assert.deepEqual(
        notes.filter(({ check }) => check === "mirror").map(({ text }) => text),
        [`Vault keeps mirror/${keyOf(BACKSTAGE)}, which nothing is copied to any more`],
      );
      await upKeeping(({ services }) => (services.backstage = {}));
      await inStep(vault, [BACKSTAGE]);
      assert.equal(await version(BACKSTAGE), kept.version + 1);
    });

    it("is every copy and no object when the mirror is switched off", async () => {
      await upKeeping((config) => delete (config.vault as { mirror?: object }).mirror);
      assert.deepEqual((await copies(vault)).sort(), ALL);
      assert.deepEqual(await objectsOfStack(), without);
    });

    it("is no password in an output, an object, an event or a log", async () => {
      await remember();
      const seen = [
        ...transcripts,
        await kubectl("get", "pushsecrets,externalsecrets,clustersecretstores,events,configmaps,jobs,pods", "-A", "-o", "json"),
        await kubectl("-n", "external-secrets", "logs", "deployment/external-secrets"),
        await kubectl("-n", VAULT_NAMESPACE, "logs", `${VAULT}-0`),
      ].join("\n");
      assert.ok(secrets.size > 2 * ALL.length, `${secrets.size}`);
      for (const secret of secrets)
        for (const text of [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")]) assert.ok(!seen.includes(text));
    });
  });
});
