import assert from "node:assert/strict";
import { operatorSecrets, roleSecret } from "../../catalog/names";
import { fixtureMap } from "../../vault/fixtureMap";
import { refuses, type Case } from "./support/cases";
import { installPrometheusKind, removeKind } from "./support/kinds";
import { configMap, externalSecret, marked, pooler, secret, store, workload } from "./support/objects";
import { objectsOf } from "./support/program";
import { CLUSTER, OTHER_STATE, Stage, STATE } from "./support/stage";
import { here, namespace } from "./support/world";

const PATH = "services.platform.pooler";
/** Clients are told to use TLS, and to go through the Pooler. */
const pooled: Case["settings"] = ({ services }) =>
  void (services.platform = { pooler: "pooler-rw", keys: ["pooler"], tls: { mode: "verify-full", ca: "/authority/ca.crt" } });

describe("the program refuses a Pooler", () => {
  const good = (stage: Stage) => stage.apply(pooler("pooler-rw"));
  const again = async (stage: Stage) => {
    await here().api.remove(stage.placed(pooler("pooler-rw")));
    await good(stage);
  };
  refuses([
    {
      wrong: "that is not there",
      objects: [pooler("pooler-ro")],
      settings: pooled,
      refused: ({ namespace: name }) => ({ [PATH]: `the namespace ${name} has no Pooler \`pooler-rw\`; create it` }),
      remedy: good,
    },
    {
      wrong: "that leads to another Cluster",
      objects: [pooler("pooler-rw", {}, "another")],
      settings: pooled,
      refused: { [PATH]: `leads to the Cluster another; name one of ${CLUSTER}'s` },
      remedy: again,
    },
    {
      wrong: "that takes no TLS",
      objects: [pooler("pooler-rw", { parameters: { client_tls_sslmode: "disable" } })],
      settings: pooled,
      refused: { [PATH]: /takes no TLS from clients, and the Secret tells the application `verify-full`/ },
      remedy: again,
    },
    {
      wrong: "that looks passwords up as a user of its own",
      objects: [
        pooler("pooler-rw", { authQuery: "SELECT usename, passwd FROM pg_shadow WHERE usename=$1", authQuerySecret: { name: "x" } }),
      ],
      settings: pooled,
      refused: { [PATH]: "looks passwords up as a user of its own, whom pg_hba.conf refuses" },
      remedy: ({ settings }) => void (settings.cluster.pgHba = ["hostssl postgres theirs all scram-sha-256"]),
    },
  ]);

  it("and says of one that takes clients without TLS, too, that it does", async () => {
    const stage = await Stage.open();
    pooled(stage.settings, stage);
    await stage.apply(pooler("pooler-rw", { parameters: { client_tls_sslmode: "prefer" } }));
    assert.match((await stage.goesOn()).warnings, /the Pooler pooler-rw lets clients in without TLS, too/);
  });
});

describe("the program refuses to rotate", () => {
  const rotated: Case["settings"] = (settings) => {
    settings.services.platform = { workloads: [{ kind: "Deployment", name: "api" }] };
    settings.rotation = { services: { platform: { generation: 1 } } };
  };
  refuses([
    {
      wrong: "what is read by a workload that is not there",
      up: true,
      objects: [workload("StatefulSet", "api")],
      settings: rotated,
      refused: ({ namespace: name }) => ({
        "services.platform.workloads": `the Deployment ${name}/api, which a rotation restarts, does not exist`,
      }),
      remedy: (stage) => stage.apply(workload("Deployment", "api")),
    },
  ]);

  it("and asks for no workload of a service that stays as it is", async () => {
    const stage = await Stage.open();
    await stage.up();
    rotated(stage.settings, stage);
    stage.settings.rotation = { services: { agents: { generation: 1 } } };
    await stage.goesOn();
  });

  it("a turn that comes round too soon", async () => {
    const stage = await Stage.open();
    stage.settings.rotation = { strategy: "alternating" };
    await stage.up();
    const all = (entry: object) => ({ platform: entry, agents: entry });
    stage.settings.rotation = { strategy: "alternating", services: all({ active: "b", a: 0, b: 1 }) };
    await stage.up();
    const services = all({ active: "a", a: 2, b: 1 });
    stage.settings.rotation = { strategy: "alternating", services, settleSeconds: 120 };
    await stage.refused({ "rotation.services.platform": "which containers may still hold", "rotation.services.agents": "wait until" });
    stage.settings.rotation = { strategy: "alternating", services, settleSeconds: 0 };
    await stage.goesOn();
  });
});

describe("the program refuses what the Prometheus operator is to do", () => {
  const alerts: Case["settings"] = (settings) => void Object.assign(settings, { alerts: "prometheusRule", rotation: { maxAgeDays: 90 } });
  refuses([
    {
      wrong: "where it has no PrometheusRule",
      settings: alerts,
      refused: { alerts: "`prometheusRule` needs the Prometheus operator's PrometheusRule" },
    },
  ]);

  describe("and does it where it is there", () => {
    const KINDS = ["prometheusrules", "podmonitors"];
    before(async () => void (await Promise.all(KINDS.map((plural) => installPrometheusKind(here().api, plural)))));
    after(() => Promise.all(KINDS.map((plural) => removeKind(here().api, `${plural}.monitoring.coreos.com`))));

    it("with a rule that its definition takes", async () => {
      const stage = await Stage.open();
      alerts(stage.settings, stage);
      Object.assign(stage.settings.cluster, { monitoring: "podMonitor" });
      const made = await stage.up();
      assert.deepEqual(
        made.filter(({ kind }) => kind === "PrometheusRule").map(({ metadata }) => metadata.name),
        [`${CLUSTER}-credentials`],
      );
    });

    refuses([
      {
        wrong: "but not over somebody else's queries",
        objects: [configMap(`${CLUSTER}-credential-queries`)],
        settings: alerts,
        refused: { [`ConfigMap/${CLUSTER}-credential-queries`]: "was not made by this program" },
        remedy: (stage) => here().api.remove(stage.placed(configMap(`${CLUSTER}-credential-queries`))),
      },
    ]);
  });
});

describe("the program refuses an ExternalSecret of somebody else's", () => {
  const targets = ["platform-db-credentials", roleSecret("platform", "a"), ...operatorSecrets(CLUSTER)];
  refuses(
    targets.map((target) => ({
      wrong: `that writes into ${target}`,
      objects: [externalSecret("former", target)],
      refused: { "ExternalSecret/former": `writes into the Secret ${target}, whose values come from CloudNativePG` },
      remedy: (stage) => here().api.remove(stage.placed(externalSecret("former"))),
    })),
  );

  it("and leaves one alone that writes into a Secret of its own", async () => {
    const stage = await Stage.open();
    await stage.apply(externalSecret("theirs"));
    await stage.goesOn();
  });
});

describe("the program refuses a bundle", () => {
  const on: Case["settings"] = (settings) => void (settings.bundles = { neo4j: {} });
  refuses([
    {
      wrong: "whose fixtures the environment does not have",
      vault: true,
      settings: (settings) => void (settings.bundles = { "cert-manager": {} }),
      refused: {
        "ExternalSecret/azure-dns.client-id": "Vault has no `cert-manager/azure-dns` here; add it to the fixture map",
        "ExternalSecret/azure-dns.client-secret": "Vault has no `cert-manager/azure-dns` here; add it to the fixture map",
      },
    },
    {
      wrong: "over a Secret of nobody it knows",
      vault: true,
      objects: [secret("neo4j-auth", { password: "by-hand" })],
      settings: on,
      refused: { "Secret/neo4j-auth": "was not made by this program: External Secrets would empty it for the bundle neo4j" },
      remedy: (stage) => here().api.remove(stage.placed(secret("neo4j-auth"))),
    },
    {
      wrong: "over a Secret of the stack's own, with something else in it",
      vault: true,
      objects: [marked(secret("neo4j-auth", { password: "by-hand" }), STATE)],
      settings: on,
      refused: { "Secret/neo4j-auth": "is this stack's own, with something else in it" },
    },
    {
      wrong: "over an ExternalSecret of nobody it knows",
      vault: true,
      objects: [externalSecret("neo4j-auth")],
      settings: on,
      refused: { "ExternalSecret/neo4j-auth": "was not made by this program" },
      remedy: (stage) => here().api.remove(stage.placed(externalSecret("neo4j-auth"))),
    },
  ]);

  it("without a key of the fixtures that a service needs", async () => {
    const stage = await Stage.open({ vault: true });
    const [at, key] = ["inference/inference-api-credentials", "OPENAI_API_KEY"];
    const keys = fixtureMap.shared[at] as Record<string, unknown>;
    const former = keys[key];
    assert.ok(delete keys[key]);
    try {
      await stage.refused({ [`ExternalSecret/inference-api-credentials.${key}`]: `Vault's \`${at}\` has no key \`${key}\` here` });
    } finally {
      keys[key] = former;
    }
    await stage.goesOn();
  });

  it("in a namespace that does not exist never: it is left out, with a warning, until it does", async () => {
    const stage = await Stage.open({ vault: true });
    const name = `argocd-of-${stage.namespace}`;
    stage.settings.bundles = { argocd: { namespace: name } };
    const inIt = (objects: ReturnType<typeof objectsOf>) =>
      objects.filter(({ metadata }) => metadata.namespace === name).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const { warnings, made } = await stage.goesOn();
    assert.match(warnings, new RegExp(`the bundle argocd needs the namespace ${name}, which does not exist`));
    assert.deepEqual(inIt(objectsOf(made)), []);
    await here().api.apply(namespace(name));
    assert.deepEqual(inIt(await stage.up()), ["ExternalSecret argocd-oauth-client"]);
  });
});

describe("the program refuses a Vault", () => {
  const foreign = "was not made by this program";
  refuses([
    {
      wrong: "in a namespace that does not exist",
      vault: true,
      settings: (settings) => void ((settings.vault as { server: { namespace: string } }).server.namespace = "nowhere"),
      refused: { "Namespace/nowhere": "does not exist; kubectl create namespace nowhere, or correct `vault.server.namespace`" },
    },
  ]);

  it("over objects of nobody it knows, of Vault's namespace and of the cluster, and over those of another state", async () => {
    const stage = await Stage.open({ vault: true });
    const there = { namespace: stage.vaultNamespace! };
    const set = workload("StatefulSet", "vault");
    const own = store(`store-of-${stage.vaultNamespace!}`);
    await here().api.apply({ ...set, metadata: { ...set.metadata, ...there } }, own);
    await stage.refused({ "StatefulSet/vault": foreign, [`ClusterSecretStore/${own.metadata.name}`]: foreign });
    await here().api.apply(marked(own, OTHER_STATE));
    await here().api.remove({ ...set, metadata: { ...set.metadata, ...there } });
    await stage.refused({ [`ClusterSecretStore/${own.metadata.name}`]: `belongs to another state (${OTHER_STATE})` });
    await here().api.remove(own);
    await stage.goesOn();
  });
});
