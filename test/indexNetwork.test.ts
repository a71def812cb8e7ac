import * as assert from "node:assert/strict";
import { policiesOf, reaches, type End } from "./support/reach";
import type { Run } from "./support/program";
import { stackFile } from "./support/stackFiles";
import { ids, wholeProgram } from "./support/wholeProgram";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const SET = "kubernetes:apps/v1:StatefulSet::vault-server";
const FIRST_RUN = "kubernetes:batch/v1:Job::vault-bootstrap-first-run";
const [NAMESPACE, VAULT_NAMESPACE] = ["ameide-dev", "vault"];

interface Template {
  template: { metadata: { labels: Record<string, string> } };
}

describe("index, who may reach whom", () => {
  const { up } = wholeProgram();
  const { vault, bundles, gates, services } = stackFile("dev") as Record<string, Record<string, unknown>>;
  const elsewhere = [{ kind: "Deployment", name: "keycloak", namespace: "identity" }];
  const all = {
    ...{ vault, bundles, gates, network: "policies", alerts: "prometheusRule" },
    services: { ...services, platform: { pooler: "pooler-rw", namespaces: ["web"] }, keycloak: { workloads: elsewhere } },
  };
  const made = (change: object = {}, stack = "dev") => up(stack, { ...all, ...change });

  /** The pods that the program makes have the labels of its own manifests; others those that their makers document. */
  async function pods(run: Run<unknown>): Promise<Readonly<Record<string, End>>> {
    const { get } = run;
    const template = (id: string, at: (spec: Record<string, unknown>) => unknown = (spec) => spec): Readonly<Record<string, string>> =>
      (at(get(id).inputs.spec as Record<string, unknown>) as Template).template.metadata.labels;
    const cronJob = (spec: Record<string, unknown>) => (spec.jobTemplate as { spec: unknown }).spec;
    const here = (labels: Readonly<Record<string, string>>): End => ({ namespace: NAMESPACE, labels });
    const { psqlArguments } = await import("../cli/psql/arguments");
    const custom = { getNamespacedCustomObject: () => Promise.resolve({ spec: { imageName: "postgresql:17" } }) };
    const output = { secret: "s", credentialKeys: { host: "h", port: "p", user: "u", password: "w", database: "d" } };
    const words = await psqlArguments(
      { makeApiClient: () => custom } as never,
      `${NAMESPACE}/postgres-ameide`,
      "platform",
      output as never,
      [],
      false,
      "dev",
    );
    const psql = Object.fromEntries(words[words.indexOf("--labels") + 1]!.split(",").map((pair) => pair.split("=") as [string, string]));
    const cluster = { "cnpg.io/cluster": "postgres-ameide" };
    return {
      instance: here({ ...cluster, "cnpg.io/podRole": "instance", "cnpg.io/instanceName": "postgres-ameide-1" }),
      replica: here({ ...cluster, "cnpg.io/podRole": "instance", "cnpg.io/instanceName": "postgres-ameide-2" }),
      joining: here({ ...cluster, "cnpg.io/jobRole": "join" }),
      pooler: here({ ...cluster, "cnpg.io/podRole": "pooler", "cnpg.io/poolerName": "pooler-rw" }),
      proof: here(template("kubernetes:batch/v1:Job::platform-proof")),
      psql: here(psql),
      gate: here(template("kubernetes:batch/v1:CronJob::gate-db-migrations", cronJob)),
      application: here({ app: "platform" }),
      elsewhere: { namespace: "identity", labels: { app: "keycloak" } },
      read: { namespace: "web", labels: { app: "platform" } },
      stranger: { namespace: "default", labels: { app: "platform" } },
      // Whoever makes a pod gives it what labels they like, and not another namespace.
      disguised: { namespace: "default", labels: { ...psql, ...cluster, "app.kubernetes.io/name": "cloudnative-pg" } },
      operator: { namespace: "cnpg-system", labels: { "app.kubernetes.io/name": "cloudnative-pg" } },
      prometheus: { namespace: "monitoring", labels: { app: "prometheus" } },
      externalSecrets: { namespace: "external-secrets", labels: { "app.kubernetes.io/name": "external-secrets" } },
      vault: { namespace: VAULT_NAMESPACE, labels: template(SET) },
      bootstrap: { namespace: VAULT_NAMESPACE, labels: template(FIRST_RUN) },
      bootstrapLater: { namespace: VAULT_NAMESPACE, labels: template("kubernetes:batch/v1:CronJob::vault-bootstrap", cronJob) },
      besideVault: { namespace: VAULT_NAMESPACE, labels: { app: "else" } },
      apiServer: { address: "10.0.0.1" },
      internet: { address: "203.0.113.7" },
      nameServer: { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
    };
  }

  /** Each line is one that may, and whom at which ports; every other pair of the table's may not. */
  const MAY: readonly [from: string, to: string, ...ports: number[]][] = [
    ...["instance", "joining", "pooler"].flatMap((to) =>
      ["application", "elsewhere", "read", "proof", "psql"].map((from): [string, string, number] => [from, to, 5432]),
    ),
    ...["instance", "joining"].flatMap((to): [string, string, ...number[]][] => [
      ["pooler", to, 5432],
      ["operator", to, 5432, 8000],
      ["prometheus", to, 9187],
    ]),
    ["prometheus", "pooler", 9127],
    ["externalSecrets", "vault", 8200],
    ["bootstrap", "vault", 8200],
    ["bootstrapLater", "vault", 8200],
  ];
  const PORTS = [80, 443, 5432, 6443, 8000, 8200, 8201, 9127, 9187];
  const [TARGETS, SOURCES] = [
    ["instance", "pooler", "joining", "proof", "psql", "gate", "vault", "bootstrap", "bootstrapLater"],
    ["application", "elsewhere", "read", "stranger", "disguised", "operator", "prometheus", "externalSecrets", "besideVault", "internet"],
  ];

  it("writes them for the stack's namespace and for Vault's, the same in a preview, and none where the stack does not ask", async () => {
    const expected = [
      ...["network-clients", "network-gates", "network-instances", "network-poolers"],
      ...["vault-network-bootstrap", "vault-network-opened-clients", "vault-network-server"],
    ].map((name) => `${POLICY}::${name}`);
    for (const preview of [false, true]) {
      const { resources } = await up("dev", all, preview);
      assert.deepEqual(
        ids(resources).filter((id) => id.startsWith(POLICY)),
        expected,
      );
    }
    assert.deepEqual(policiesOf((await made({ network: "none" })).resources), []);
  });

  it("lets nobody in but who is in the table, at its ports", async () => {
    const run = await made();
    const [policies, ends] = [policiesOf(run.resources), await pods(run)];
    const wrong: string[] = [];
    for (const to of TARGETS)
      for (const from of [...SOURCES, ...TARGETS, "replica"]) {
        const allowed = MAY.flatMap(([one, other, ...ports]) => (one === from && other === to ? ports : []));
        // Instances among themselves, whichever they are; replicas of Vault.
        const isPeer = [from, to].every((end) => ["instance", "joining", "replica"].includes(end));
        const expected = isPeer ? [5432, 8000] : from === "vault" && to === "vault" ? [8200, 8201] : allowed;
        const found = PORTS.filter((port) => reaches(policies, ends[from]!, ends[to]!, port));
        if (String(found) !== String(expected)) wrong.push(`${from} → ${to}: ${found.join(", ")}, and not ${expected.join(", ")}`);
      }
    assert.deepEqual(wrong, []);
  });

  it("lets what it makes reach what it needs: names, the API server, Postgres, Vault; and nothing else", async () => {
    const run = await made();
    const [policies, ends] = [policiesOf(run.resources), await pods(run)];
    for (const from of ["instance", "pooler", "proof", "psql", "gate", "vault", "bootstrap"]) {
      for (const protocol of ["UDP", "TCP"] as const) assert.ok(reaches(policies, ends[from]!, ends.nameServer!, 53, protocol), from);
      const toApi = PORTS.filter((port) => reaches(policies, ends[from]!, ends.apiServer!, port));
      assert.deepEqual(toApi, ["proof", "psql"].includes(from) ? [] : [443, 6443], from);
      // What steals a password in one of them has nowhere to bring it over a port of its own.
      for (const port of [80, 8080, 9000]) assert.ok(!reaches(policies, ends[from]!, ends.internet!, port), `${from} ${port}`);
      assert.ok(!reaches(policies, ends[from]!, ends.application!, 8080), from);
    }
    for (const from of ["proof", "psql", "gate"]) assert.ok(!reaches(policies, ends[from]!, ends.vault!, 8200), from);
    for (const from of ["gate", "bootstrap"]) assert.ok(!reaches(policies, ends[from]!, ends.instance!, 5432), from);
  });

  it("takes no other pod for one of its own, and nobody's labels for a namespace", async () => {
    const run = await made();
    const [policies, { instance, application, stranger }] = [policiesOf(run.resources), await pods(run)];
    const named = { namespace: NAMESPACE, labels: { "cnpg.io/cluster": "postgres-ameide-2" } };
    assert.ok(!reaches(policies, named, instance!, 8000));
    // An application's own pods are no concern of these policies.
    assert.ok(reaches(policies, stranger!, application!, 8080) && reaches(policies, application!, stranger!, 8080));
  });

  it("closes Vault before it is there, and opens it to its clients only when it is set up", async () => {
    const { get, resources } = await made();
    assert.ok(get(SET).dependsOn.includes(`${POLICY}::vault-network-server`));
    assert.ok(get(`${POLICY}::vault-network-opened-clients`).dependsOn.includes(FIRST_RUN));
    for (const { id, dependsOn } of resources.filter((one) => one.id.startsWith(POLICY) && !one.id.endsWith("opened-clients")))
      assert.ok(!dependsOn.some((other) => /vault-server$|StatefulSet|Job/.test(other)), id);
  });

  it("opens a Vault that has not had its ceremony to nobody, unless the stack's file names them", async () => {
    const hand = {
      ...vault,
      server: { ...(vault!.server as object), seal: { type: "transit", address: "https://kms.example:8300", tokenSecret: "t" } },
      configuration: { by: "hand" },
    };
    const closed = await made({ vault: hand });
    assert.ok(!ids(closed.resources).includes(`${POLICY}::vault-network-opened-clients`));
    const server: End = { namespace: VAULT_NAMESPACE, labels: (closed.get(SET).inputs.spec as Template).template.metadata.labels };
    const externalSecrets = { namespace: "external-secrets", labels: { "app.kubernetes.io/name": "external-secrets" } };
    const policies = policiesOf(closed.resources);
    const sources: End[] = [
      externalSecrets,
      { namespace: VAULT_NAMESPACE, labels: { "cnpg-credentials/pod": "vault-bootstrap", "cnpg-credentials/stack": "dev" } },
    ];
    for (const from of sources) assert.ok(!reaches(policies, from, server, 8200));
    assert.ok(reaches(policies, server, { address: "198.51.100.1" }, 8300), "what unseals it");
    const named = await made({ vault: hand, networkPeers: { vault: [{ namespace: "external-secrets" }] } });
    assert.ok(reaches(policiesOf(named.resources), externalSecrets, server, 8200));
  });

  it("goes by what the stack's file says of its cluster", async () => {
    const networkPeers = {
      operator: { namespace: "operators", pods: { app: "cnpg" } },
      externalSecrets: { namespace: "eso", pods: {} },
      monitoring: { namespace: "observability", pods: { app: "prometheus" } },
      applications: { database: "yes" },
      postgres: [{ namespace: "reports" }, { pods: { app: "pgadmin" } }, { addresses: ["192.0.2.0/24"] }],
      vault: [{ namespace: "ci", pods: { app: "runner" } }],
      apiServer: { addresses: ["10.0.0.0/28"], ports: [8443] },
      instances: [{ addresses: ["198.51.100.0/24"], ports: [9000] }],
    };
    const run = await made({ networkPeers });
    const [policies, ends] = [policiesOf(run.resources), await pods(run)];
    const pod = (namespace: string, labels: Record<string, string> = {}): End => ({ namespace, labels });
    const may: [End, End, number][] = [
      [pod("operators", { app: "cnpg" }), ends.instance!, 8000],
      [pod("eso"), ends.vault!, 8200],
      [pod("observability", { app: "prometheus" }), ends.instance!, 9187],
      [pod(NAMESPACE, { database: "yes" }), ends.instance!, 5432],
      [pod("identity", { database: "yes" }), ends.instance!, 5432],
      [pod("reports"), ends.pooler!, 5432],
      [pod(NAMESPACE, { app: "pgadmin" }), ends.instance!, 5432],
      [{ address: "192.0.2.9" }, ends.instance!, 5432],
      [pod("ci", { app: "runner" }), ends.vault!, 8200],
      [ends.gate!, { address: "10.0.0.3" }, 8443],
      [ends.instance!, { address: "198.51.100.7" }, 9000],
      // Its own do not need the label.
      [ends.proof!, ends.instance!, 5432],
      [ends.pooler!, ends.instance!, 5432],
    ];
    for (const [from, to, port] of may) assert.ok(reaches(policies, from, to, port), JSON.stringify([from, to, port]));
    const mayNot: [End, End, number][] = [
      [ends.operator!, ends.instance!, 8000],
      [ends.externalSecrets!, ends.vault!, 8200],
      [ends.prometheus!, ends.instance!, 9187],
      [pod("observability", { app: "grafana" }), ends.instance!, 9187],
      [ends.application!, ends.instance!, 5432],
      [pod("pgadmin", { app: "pgadmin" }), ends.instance!, 5432],
      [{ address: "192.0.3.9" }, ends.instance!, 5432],
      [ends.gate!, ends.apiServer!, 6443],
      [ends.gate!, { address: "10.0.0.16" }, 8443],
      [ends.pooler!, { address: "198.51.100.7" }, 9000],
    ];
    for (const [from, to, port] of mayNot) assert.ok(!reaches(policies, from, to, port), JSON.stringify([from, to, port]));
  });

  it("lets nobody at metrics that nobody scrapes, and instances at the store of their backups", async () => {
    const backup = { configuration: { barmanObjectStore: { endpointURL: "http://minio.minio.svc:9000" } } };
    const { cluster } = stackFile("dev") as Record<string, object>;
    const run = await made({ alerts: "none", cluster: { ...cluster, backup } });
    const [policies, { prometheus, instance, pooler }] = [policiesOf(run.resources), await pods(run)];
    assert.ok(!reaches(policies, prometheus!, instance!, 9187) && !reaches(policies, prometheus!, pooler!, 9127));
    assert.ok(reaches(policies, instance!, { namespace: "minio", labels: {} }, 9000));
  });

  it("tells of the ends of certificates where alerts are on, Postgres's and Vault's", async () => {
    const { get } = await made();
    const known = (name: string) =>
      (
        get(`kubernetes:monitoring.coreos.com/v1:PrometheusRule::${name}`).inputs.spec as {
          groups: { rules: { record?: string; labels?: { certificate?: string } }[] }[];
        }
      ).groups
        .flatMap(({ rules }) => rules)
        .filter(({ record }) => record?.startsWith("cnpg_credentials_certificate_ends"))
        .map(({ labels }) => labels?.certificate);
    assert.deepEqual([known("alerts"), known("vault-certificate-alert")], [["Postgres"], ["Vault"]]);
  });
});
