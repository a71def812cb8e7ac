import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { execa } from "execa";
import { openTunnel, type Tunnel } from "../../preflight/postgres/tunnel";
import { PORT } from "../../vault/names";
import { hashFile } from "../../lab/artifact";
import type { ManagedStack } from "../../cli/stack/engine";
import { up, type UpResult } from "../../cli/stack/stackUp";
import { ensureVault } from "../../lab/toolchain";
import { connect, type Ask } from "../../kube/http";
import type { Record as CeremonyRecord } from "../../cli/ceremony/record";
import { makeHolders, type Holder } from "../support/holders";
import { quiet } from "../support/quiet";
import { eventually, timedUp } from "./support/clock";
import { ROOT, transcripts } from "./support/commands";
import { startKeyServiceInLab, type KeyServiceInLab } from "./support/keyServiceInLab";
import { configure, kubectl, stack, target, type Configuration } from "./support/lab";
import { removeObjects, useOwnState } from "./support/ownStack";
import { secretData } from "./support/vault";

const NAMESPACE = "vault-staging";
const APPS = "ameide-staging";
const STORE = "ameide-vault-staging";
const PODS = ["vault-0", "vault-1", "vault-2"];
const PEOPLE = ["alice", "bob", "carol", "dave"] as const;
const within = (what: string) => ({ seconds: 180, everyMs: 500, expired: () => new Error(`${what}, after 180 s`) });

/** What the token of the ceremony may not do, and a root token may. */
const DENIED: readonly (readonly [method: string, question: string, body?: object])[] = [
  ["PUT", "sys/policies/acl/cnpg-credentials-bootstrap", { policy: 'path "*" { capabilities = ["sudo"] }' }],
  ["PUT", "sys/policies/acl/another", { policy: "" }],
  ["POST", "auth/token/create", {}],
  ["POST", "sys/auth/userpass", { type: "userpass" }],
  ["POST", "sys/mounts/another", { type: "kv" }],
  ["DELETE", "sys/mounts/secret"],
  ["DELETE", "secret/metadata/neo4j/neo4j-auth"],
  ["GET", "sys/audit"],
  ["PUT", "sys/seal", {}],
  ["GET", "sys/storage/raft/snapshot"],
  ["PUT", "sys/plugins/catalog/auth/any", { command: "any", sha256: "00" }],
];

describe("staging's Vault in the lab, unsealed by another Vault in Azure's place", () => {
  let opened: ManagedStack;
  let service: KeyServiceInLab;
  let tunnel: Tunnel;
  let ca: string;
  let desk: string;
  let people: Record<(typeof PEOPLE)[number], Holder>;
  let bootstrap: string;
  /** What must be in no Secret, and in no output. */
  const known: Record<string, string> = {};

  const ask = (token?: string): Ask =>
    connect({ address: `https://localhost:${tunnel.port}`, ca, headers: () => ({ ...(token && { "x-vault-token": token }) }) });
  const state = () => path.join(desk, "state");
  const record = async () => JSON.parse(await fs.readFile(path.join(desk, "vault-ceremony-staging.json"), "utf8")) as CeremonyRecord;

  /** Staging, with one instance of Postgres and two services: databases are not what this is about. What the lab has no two of, zones and Azure, is left out. */
  function staging(by: "hand" | "pulumi") {
    return (config: Configuration) => {
      const vault = config.vault as { server: Record<string, unknown>; configuration: unknown };
      vault.server = {
        ...vault.server,
        seal: service.seal,
        placement: {},
        storage: { size: "1Gi" },
        // Three halves of a processor more than dev's are not to be had on two.
        resources: { requests: { cpu: "50m" } },
      };
      vault.configuration = by === "hand" ? { by } : { by, address: `https://localhost:${tunnel.port}` };
      const { name, image } = config.cluster;
      config.cluster = { name, image, instances: 1, storage: { size: "1Gi" }, protection: "none" };
      config.services = { keycloak: {} };
      config.bundles = { neo4j: {} };
      delete config.gates;
    };
  }
  async function upWith(by: "hand" | "pulumi", token?: string): Promise<UpResult> {
    opened = await stack("staging");
    await configure(opened, staging(by));
    opened.env = { ...opened.env, VAULT_TOKEN: token ?? "" };
    return timedUp(() => up(opened, () => undefined));
  }

  /** The command, told no more than whose Vault it is about. */
  async function ceremony(args: readonly string[], input = ""): Promise<string> {
    const loader = path.join(ROOT, "node_modules/sucrase/register/ts.js");
    const { all, exitCode } = await execa(
      process.execPath,
      ["--require", loader, path.join(ROOT, "cli/ceremony/command.ts"), "--stack", "staging", ...args],
      { cwd: desk, input, all: true, reject: false, env: { HOME: desk, VAULT_TOKEN: undefined, KUBECONFIG: (await target()).kubeconfig } },
    );
    transcripts.push(all);
    assert.equal(exitCode, 0, all);
    return all;
  }

  /** Something of each replica's pod, in their order. */
  const ofPods = (jsonPath: string) =>
    kubectl("-n", NAMESPACE, "get", "pods", "-l", "app.kubernetes.io/name=vault", "-o", `jsonpath=${jsonPath}`);
  const allReady = () =>
    eventually(within("three pods that are not ready"), async () =>
      (await ofPods("{.items[*].status.containerStatuses[0].ready}")) === "true true true" ? true : undefined,
    );
  /** Vault's answer, once there is one: what listens may be on its way, and replicas that choose the first among them say 500. */
  const answered = (...[asking, ...question]: [Ask, ...Parameters<Ask>]) =>
    eventually(within("a Vault that does not answer"), async () => {
      const answer = await asking(...question).catch(() => undefined);
      return answer === undefined || answer.status >= 500 ? undefined : answer;
    });
  /** The fixture, once it is served: while replicas choose the first among them anew, they are ready and answer with 500. */
  const serving = () =>
    eventually(within("a Vault that does not serve"), async () =>
      (await ask(bootstrap)("GET", "/v1/secret/data/neo4j/neo4j-auth")).status === 200 ? true : undefined,
    );
  const restarted = async (pods: readonly string[]): Promise<string> => {
    const started = performance.now();
    const seconds = () => ((performance.now() - started) / 1000).toFixed(0);
    await kubectl("-n", NAMESPACE, "delete", "pod", ...pods, "--wait");
    await allReady();
    const ready = seconds();
    await serving();
    return `ready after ${ready} s, serving after ${seconds()} s`;
  };

  before(async () => {
    desk = await fs.mkdtemp(path.join(os.tmpdir(), "ceremony-"));
    people = await makeHolders(desk, PEOPLE);
    await fs.mkdir(state());
    useOwnState(state());
    // Makes the namespaces, too.
    opened = await stack("staging");
    service = await startKeyServiceInLab(NAMESPACE);
    known["key service's"] = service.token;
    tunnel = await openTunnel((await target()).config, NAMESPACE, "vault-0", PORT);
  });

  after(async () => {
    // Nothing has been made without it.
    if (service === undefined) return;
    await tunnel?.close();
    await service.remove();
    await removeObjects("staging", [NAMESPACE, APPS]);
    // It has the salt of a state that is gone.
    await fs.rm(opened.configFile, { force: true });
    await fs.rm(desk, { recursive: true });
  });

  it("is not set up before it is there, by whatever token", async () => {
    await assert.rejects(
      upWith("pulumi"),
      /vault\.configuration\.by: `pulumi` sets up a Vault that runs and has had its ceremony, and this stack has made none yet; use `hand`/,
    );
  });

  it("is deployed: three replicas that run, sealed, and that no client is led to", async () => {
    await upWith("hand");
    await eventually(within("three pods that do not run"), async () =>
      (await ofPods("{.items[*].status.phase}")) === "Running Running Running" ? true : undefined,
    );
    ca = (await secretData("vault-tls", NAMESPACE))["ca.crt"]!;
    const { status, body } = await answered(ask(), "GET", "/v1/sys/seal-status");
    assert.equal(status, 200);
    const { initialized, sealed, type } = body as Record<string, unknown>;
    assert.deepEqual([initialized, sealed, type], [false, true, "transit"]);
    assert.equal(
      await kubectl(
        "-n",
        NAMESPACE,
        "get",
        "endpointslices",
        "-l",
        "kubernetes.io/service-name=vault",
        "-o",
        "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses}",
      ),
      "",
    );
  });

  it("is refused by the program before its ceremony", async () => {
    await assert.rejects(
      upWith("pulumi", "hvs.any"),
      /vault\.configuration\.address: the Vault at https:\/\/localhost:\d+ is not initialised; hold its ceremony/,
    );
  });

  it("has its ceremony: three replicas unsealed by nobody's hand", async () => {
    const { alice, bob, carol, dave } = people;
    await fs.copyFile(opened.configFile, path.join(desk, "Pulumi.staging.yaml"));
    await ceremony(["--pgp-key", alice.file, bob.file, carol.file, "--root-token-pgp-key", dave.file]);
    await allReady();
    const { recoveryShares, rootToken } = (await record()).keys!;
    known.root = await dave.decrypt(rootToken.message);
    for (const [index, person] of [alice, bob, carol].entries())
      known[`share ${index}`] = await person.decrypt(recoveryShares[index]!.message);
    // This build of Vault has Kubernetes authentication as a plugin, which only the root may register.
    const { kubernetesAuth } = await ensureVault(quiet);
    const plugin = { command: path.basename(kubernetesAuth), sha256: await hashFile(kubernetesAuth) };
    assert.equal((await answered(ask(known.root), "PUT", "/v1/sys/plugins/catalog/auth/kubernetes", plugin)).status, 204);
    await assert.rejects(upWith("pulumi", known.root), /VAULT_TOKEN: is a root token/);
    await ceremony([], known.root);
    bootstrap = await dave.decrypt((await record()).bootstrapToken!.message);
    known.bootstrap = bootstrap;
    assert.match(await ceremony(["--check"]), /Done: the ceremony of stack staging/);
  });

  it("knows its root token no more", async () => {
    assert.equal((await ask(known.root)("GET", "/v1/auth/token/lookup-self")).status, 403);
    await assert.rejects(upWith("pulumi", known.root), /VAULT_TOKEN: the Vault at \S+ does not accept it/);
  });

  it("is set up with the token of the ceremony; a second up changes nothing, and needs no token", async () => {
    await assert.rejects(
      upWith("pulumi"),
      /VAULT_TOKEN: is not set, and Vault changes: kv engine secret, Kubernetes authentication kubernetes, /,
    );
    assert.equal((await upWith("pulumi", bootstrap)).changed, true);
    for (const token of [bootstrap, undefined]) {
      const { changed, summary } = await upWith("pulumi", token);
      assert.equal(changed, false, summary);
    }
  });

  it("lets that token do its work, and nothing else", async () => {
    assert.equal((await ask(bootstrap)("GET", "/v1/secret/data/neo4j/neo4j-auth")).status, 200);
    for (const [method, question, body] of DENIED)
      assert.equal((await ask(bootstrap)(method, `/v1/${question}`, body)).status, 403, `${method} ${question}`);
  });

  it("gives a namespace what it may have", async () => {
    // External Secrets has tried in vain since the first `up`, less and less often: the runbook has it try at once.
    await kubectl("annotate", "clustersecretstore", STORE, "--overwrite", "force-sync=1");
    await kubectl("wait", `clustersecretstore/${STORE}`, "--for=condition=Ready", "--timeout=180s");
    await kubectl("-n", APPS, "annotate", "externalsecret", "--all", "--overwrite", "force-sync=1");
    await kubectl("-n", APPS, "wait", "externalsecret/neo4j-auth", "--for=condition=Ready", "--timeout=180s");
    const { username, password } = await secretData("neo4j-auth", APPS);
    assert.equal(username, "neo4j");
    assert.match(password!, /^[A-Za-z0-9]{32}$/);
    known.fixture = password!;
  });

  for (const [what, pods] of [
    ["a standby", ["vault-2"]],
    ["the first", ["vault-0"]],
    ...(process.env.SOAK ? [["every", PODS] as const] : []),
  ] as const)
    it(`unseals itself after the end of ${what} pod, with no key in the cluster`, async () => {
      console.log(`      ${await restarted(pods)}`);
    });

  it("does not open while its key service refuses, and does when that lets it", async () => {
    await service.refuse();
    await kubectl("-n", NAMESPACE, "delete", "pod", "vault-1", "--wait");
    const status = () =>
      kubectl(
        "-n",
        NAMESPACE,
        "get",
        "pod",
        "vault-1",
        "--ignore-not-found",
        "-o",
        "jsonpath={.status.containerStatuses[0].state}{.status.containerStatuses[0].lastState}",
      );
    await eventually(within("a pod that opens"), async () => (/"exitCode":1,/.test(await status()) ? true : undefined));
    assert.equal((await ask()("GET", "/v1/sys/health?standbyok=true")).status, 200);
    await service.allow();
    await restarted(["vault-1"]);
  });

  it("leaves none of its keys in a Secret, and nothing secret in ConfigMaps, pods, events, logs, states and outputs", async () => {
    const core = (await target()).config.makeApiClient(CoreV1Api);
    const { items } = await core.listSecretForAllNamespaces();
    assert.ok(items.length > 10);
    const secrets = items.map(({ metadata, data = {} }) => ({
      name: `${metadata!.namespace}/${metadata!.name}`,
      text: Object.values(data)
        .map((value) => Buffer.from(value, "base64").toString("utf8"))
        .join("\n"),
    }));
    const holding = (value: string) =>
      secrets.filter(({ text }) => text.includes(value) || text.includes(Buffer.from(value).toString("base64"))).map(({ name }) => name);
    const { "key service's": token, fixture, ...keys } = known;
    for (const [name, key] of Object.entries(keys)) assert.deepEqual(holding(key), [], name);
    // What may be there, is: the search would find a key.
    assert.deepEqual(holding(token!), [`${NAMESPACE}/key-service`]);
    assert.deepEqual(holding(fixture!), [`${APPS}/neo4j-auth`]);
    const logs = await Promise.all(PODS.map((pod) => kubectl("-n", NAMESPACE, "logs", pod)));
    const exported = await fs.readFile(path.join(state(), ".pulumi/stacks/cnpg-credentials/staging.json"), "utf8");
    const seen = [
      ...transcripts,
      ...logs,
      exported,
      await fs.readFile(opened.log, "utf8"),
      await kubectl("get", "pods,configmaps,events,statefulsets", "-A", "-o", "json"),
    ];
    for (const [name, value] of Object.entries(known)) for (const text of seen) assert.equal(text.includes(value), false, name);
  });
});
