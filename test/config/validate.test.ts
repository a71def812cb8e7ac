import * as assert from "node:assert/strict";
import { validateStack } from "../../config/validate";
import { problemsOf } from "../support/problems";
import { asEngineValues, set, stackFile, STACKS } from "../support/stackFiles";
import { telling, type Told } from "../support/told";

/** The dev stack with some values changed, by their paths; `undefined` takes one away. */
function changed(changes: Readonly<Record<string, unknown>>): Record<string, string> {
  const values = stackFile("dev");
  for (const [path, value] of Object.entries(changes)) set(values, path.split("."), value);
  return asEngineValues(values);
}

describe("config/validate", () => {
  const tell = telling("configuration", "settings");
  for (const stack of STACKS)
    it(`accepts Pulumi.${stack}.yaml`, () => {
      const result = validateStack(asEngineValues(stackFile(stack)), stack);
      assert.ok("config" in result);
      assert.equal(result.config.namespace, `ameide-${stack}`);
    });

  it("fills in the safe defaults", () => {
    const result = validateStack(
      asEngineValues({
        namespace: "n",
        context: "c",
        cluster: { instances: 1, image: "pg:17", storage: { size: "1Gi" } },
        services: { agents: {} },
      }),
      "dev",
    );
    assert.deepEqual(result, {
      config: {
        namespace: "n",
        context: "c",
        roleApi: "inline",
        cluster: {
          name: "postgres",
          instances: 1,
          image: "pg:17",
          imagePullSecrets: [],
          storage: { size: "1Gi" },
          preloadLibraries: [],
          parameters: {},
          pgHba: [],
          monitoring: "none",
          metricsTls: "disabled",
          superuserAccess: "disabled",
          protection: "protected",
          placement: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname", zones: "any" },
          readyTimeout: "15m",
        },
        services: { agents: { enabled: true, restart: "rollout" } },
        tls: { authorities: [1] },
        rotation: {
          strategy: "inPlace",
          groups: {},
          services: {},
          settleSeconds: 120,
          restartSeconds: 600,
          applySeconds: 120,
          proof: { seconds: 60 },
        },
        labels: {},
        alerts: "none",
        annotations: {},
        bundles: {},
        gates: {},
        network: "none",
        networkPeers: {
          operator: { namespace: "cnpg-system", pods: { "app.kubernetes.io/name": "cloudnative-pg" } },
          externalSecrets: { namespace: "external-secrets", pods: { "app.kubernetes.io/name": "external-secrets" } },
          monitoring: { namespace: "monitoring", pods: {} },
          applications: {},
          postgres: [],
          vault: [],
          apiServer: { ports: [443, 6443] },
          instances: [],
        },
      },
    });
  });

  const POLICIES = { network: "policies" };

  const ENTRY = "rotation.services.agents";
  const WRITE = "`npm run rotate -- --write-explicit --stack dev`";
  const entry = (said: object, strategy = "inPlace") => ({ rotation: { strategy, services: { agents: said } } });
  const rejected: [string, Record<string, unknown>, ...Told[]][] = [
    ["an unknown key", { nmaespace: "x" }, ["nmaespace", "is not a setting of this program"]],
    ["a key named like a property of every object", { constructor: "x" }, ["constructor", "is not a setting of this program"]],
    ["an unknown nested key", { "cluster.storage.sise": 1 }, ["cluster.storage.sise", "is not a setting of this program"]],
    ["an unknown key of a service", { "services.agents.role": "x" }, ["services.agents.role", "is not a setting of this program"]],
    ["an empty key", { "cluster.": "x" }, [`cluster.""`, "is not a setting of this program"]],
    ["text for a number", { "cluster.instances": "3" }, ["cluster.instances", "is a string where a number is expected"]],
    ["a number for text", { "cluster.storage.size": 5 }, ["cluster.storage.size", "is a number where a string is expected"]],
    ["a parameter that is no text", { "cluster.parameters.a": [1] }, ["cluster.parameters.a", "is neither text nor a number"]],
    [
      "libraries as a parameter",
      { "cluster.parameters.shared_preload_libraries": "timescaledb" },
      ["cluster.parameters.shared_preload_libraries", "`cluster.preloadLibraries`"],
    ],
    ["a library with a path", { "cluster.preloadLibraries": ["../evil"] }, ["cluster.preloadLibraries.0", "is not the name of a library"]],
    ["the end of TLS", { "cluster.parameters.ssl": "off" }, ["cluster.parameters.ssl", "is CloudNativePG's to set"]],
    ["no connections at all", { "services.agents.connectionLimit": 0 }, ["services.agents.connectionLimit", "lets nobody log in"]],
    ["a way of limiting the network that is none", { network: "on" }, ["network", "is not one of `none`"]],
    [
      "peers that nothing goes by",
      { "networkPeers.operator.namespace": "operators" },
      ["networkPeers", "without `network: policies` everybody does"],
    ],
    ["a peer that is nobody", { ...POLICIES, "networkPeers.vault": [{}] }, ["networkPeers.vault.0", "names nobody"]],
    [
      "a peer that is a pod and an address",
      { ...POLICIES, "networkPeers.postgres": [{ namespace: "a" }, { pods: { a: "b" }, addresses: ["10.0.0.0/8"] }] },
      ["networkPeers.postgres.1", "names addresses and pods"],
    ],
    [
      "an address that is no range",
      { ...POLICIES, "networkPeers.postgres": [{ addresses: ["10.0.0.1"] }] },
      ["networkPeers.postgres.0.addresses.0", "is not a range of addresses"],
    ],
    [
      "a port beyond all ports",
      { ...POLICIES, "networkPeers.apiServer.ports": [70_000] },
      ["networkPeers.apiServer.ports.0", "is more than 65535"],
    ],
    ["a list for a mapping", { services: [] }, ["services", "is a list where a mapping is expected"]],
    ["a mapping for a list", { "cluster.pgHba": {} }, ["cluster.pgHba", "is a mapping where a list is expected"]],
    ["nothing for a mapping", { cluster: null }, ["cluster", "is empty where a mapping is expected"]],
    ["text for a mapping", { cluster: "large" }, ["cluster", "is text where a mapping is expected"]],
    ["a missing field", { namespace: undefined }, ["namespace", "is missing"]],
    ["a missing nested field", { "cluster.storage.size": undefined }, ["cluster.storage.size", "is missing"]],
    ["a missing mapping", { services: undefined }, ["services", "is missing"]],
    ["no instances", { "cluster.instances": 0 }, ["cluster.instances", "is less than 1"]],
    ["half an instance", { "cluster.instances": 1.5 }, ["cluster.instances", "is a fraction where a whole number is expected"]],
    ["a bad quantity", { "cluster.storage.size": "20GB" }, ["cluster.storage.size", "is not a Kubernetes quantity"]],
    ["a bad namespace", { namespace: "Ameide_Dev" }, ["namespace", "is not a DNS label"]],
    ["a namespace too long", { namespace: "n".repeat(64) }, ["namespace", "is longer than 63 characters"]],
    ["a cluster name too long", { "cluster.name": "n".repeat(51) }, ["cluster.name", "is longer than CloudNativePG's 50 characters"]],
    ["a cluster name that begins with a digit", { "cluster.name": "1pg" }, ["cluster.name", "does not begin with a letter"]],
    ["an empty context", { context: "" }, ["context", "is empty"]],
    ["a choice that is none", { "cluster.protection": "maybe" }, ["cluster.protection", "is not one of `none`"]],
    ["a role interface that is none", { roleApi: "crd" }, ["roleApi", "is not one of `inline`"]],
    [
      "a pg_hba line that is none",
      { "cluster.pgHba": ["all all trust"] },
      ["cluster.pgHba.0", "does not begin with a pg_hba.conf connection type"],
    ],
    [
      "a schedule of five fields",
      { "cluster.backup.schedules.daily.schedule": "0 2 * * *" },
      ["cluster.backup.schedules.daily.schedule", "is not a CloudNativePG schedule"],
    ],
    ["a duration that is none", { "cluster.readyTimeout": "soon" }, ["cluster.readyTimeout", "is not a duration"]],
    ["an empty duration", { "cluster.readyTimeout": "" }, ["cluster.readyTimeout", "is empty"]],
    ["a label key that is none", { "labels.my label": "x" }, ["labels.my label", "the key is not a label or annotation key"]],
    ["a label value that is none", { "labels.team": "a b" }, ["labels.team", "is not a label value"]],
    ["a relative path to the authority", { "tls.ca": "ca.crt" }, ["tls.ca", "is not an absolute path"]],
    ["a connection limit below -1", { "services.agents.connectionLimit": -2 }, ["services.agents.connectionLimit", "is less than -1"]],
    ["a superuser", { "services.agents.attributes": ["superuser"] }, ["services.agents.attributes.0", "is not one of `createdb`"]],
    [
      "a member of what is as good as one",
      { "services.agents.memberOf": ["pg_execute_server_program"] },
      ["services.agents.memberOf.0", "as good as a superuser"],
    ],
    [
      "a member of the operator's role",
      { "services.agents.memberOf": ["streaming_replica"] },
      ["services.agents.memberOf.0", "CloudNativePG's own"],
    ],
    [
      "a setting that is the program's",
      { "services.agents.settings.role": "x" },
      ["services.agents.settings.role", "is set by the program"],
    ],
    [
      "a setting that brings passwords into the log",
      { "services.agents.settings.log_statement": "all" },
      ["services.agents.settings.log_statement", "writes statements to the log"],
    ],
    [
      "a setting of two lines",
      { "services.agents.settings.search_path": "a\nb" },
      ["services.agents.settings.search_path", "the end of a line"],
    ],
    ["what nobody has to give up", { "services.agents.givesUp": ["everything"] }, ["services.agents.givesUp.0", "is none of superuser"]],
    ["a strategy that is none", { "rotation.strategy": "blueGreen" }, ["rotation.strategy", "is not one of `inPlace`"]],
    ["a generation below 0", entry({ generation: -1 }), [`${ENTRY}.generation`, "is not a generation", "a whole number, at least 0"]],
    ["half a generation", entry({ generation: 0.5 }), [`${ENTRY}.generation`, "is not a generation"]],
    ["a generation that is some text", entry({ generation: "latest" }), [`${ENTRY}.generation`, "is not a generation", "`0.1.2`"]],
    ["a generation that is retired", entry({ generation: "retired" }), [`${ENTRY}.generation`, "is not a generation"]],
    ["a login that is some text", entry({ generation: 1, b: "gone" }), [`${ENTRY}.b`, "is neither a generation", "nor `retired`"]],
    ["a login in use that is none", entry({ active: "owner", a: 1 }, "alternating"), [`${ENTRY}.active`, "is not one of `a`"]],
    ["a login that is none", entry({ generation: 1, c: 1 }), [`${ENTRY}.c`, "is not a setting of this program"]],
    [
      "a generation of logins that alternate",
      entry({ generation: 4 }, "alternating"),
      [`${ENTRY}.generation`, "is that of a service in place", "npm run rotate -- --strategy inPlace agents"],
      [`${ENTRY}.active`, "names the login `a`, which has no generation"],
    ],
    [
      "logins in place",
      entry({ active: "a", owner: 1 }),
      [`${ENTRY}.active`, "is that of logins that alternate", "npm run rotate -- --strategy alternating agents"],
      [`${ENTRY}.owner`, "is the login in use"],
    ],
    [
      "a login in use without a generation",
      entry({ active: "b", a: 3 }, "alternating"),
      [`${ENTRY}.active`, "names the login `b`, which has no generation", "write `b`"],
    ],
    [
      "a login in use that is retired",
      entry({ active: "b", a: 3, b: "retired" }, "alternating"),
      [`${ENTRY}.active`, "names the login `b`, which has no generation"],
    ],
    [
      "two logins beside the one in use",
      entry({ active: "a", a: 3, b: 2, owner: 1 }, "alternating"),
      [ENTRY, "lets `owner` and `b` log in beside", "write `retired`"],
    ],
    ["two logins beside the owner", entry({ generation: 5, a: 3, b: 4 }), [ENTRY, "lets `a` and `b` log in beside", "write `retired`"]],
    [
      "an adopted password where none is adopted",
      entry({ active: "a", a: 1, owner: "adopted" }, "alternating"),
      [`${ENTRY}.owner`, "the service adopts none", "`retired`"],
    ],
    ["a number for a service, as it was once", { "rotation.services.agents": 2 }, [ENTRY, "is a number", WRITE]],
    [
      "generations that are added up, as they were once",
      { rotation: { all: 1, groups: { one: { services: ["agents"], generation: 2 } }, retired: { agents: "1.2.0" } } },
      ["rotation.all", "each service says by itself", WRITE],
      ["rotation.groups.one.generation", "each service says by itself", WRITE],
      ["rotation.retired", "says `retired` of the login itself", WRITE],
    ],
    [
      "the older form, with what is wrong beside it",
      { "rotation.all": 1, "rotation.settleSeconds": -1 },
      ["rotation.all", "each service says by itself"],
      ["rotation.settleSeconds", "is less than 0"],
    ],
    ["a group of nobody", { "rotation.groups.one.services": [] }, ["rotation.groups.one.services", "is empty"]],
    ["a group without services", { "rotation.groups.one": {} }, ["rotation.groups.one.services", "is missing"]],
    ["a password that is old at once", { "rotation.maxAgeDays": 0 }, ["rotation.maxAgeDays", "is less than 1"]],
    ["no time to apply a password", { "rotation.applySeconds": 0 }, ["rotation.applySeconds", "is less than 1"]],
    ["no time to prove one", { "rotation.proof.seconds": 0 }, ["rotation.proof.seconds", "is less than 1"]],
    ["less than no time to settle", { "rotation.settleSeconds": -1 }, ["rotation.settleSeconds", "is less than 0"]],
    [
      "a service's generation in the wrong place",
      { "services.agents.rotation.generation": 1 },
      ["services.agents.rotation.generation", "is not a setting of this program"],
    ],
    [
      "a workload of another kind",
      { "services.agents.workloads": [{ kind: "CronJob", name: "x" }] },
      ["services.agents.workloads.0.kind", "is not one of `Deployment`"],
    ],
    ["a restart that is none", { "services.agents.restart": "later" }, ["services.agents.restart", "is not one of `rollout`"]],
    [
      "no image to prove a password with",
      { "cluster.image": undefined },
      ["rotation.proof.image", "neither it nor `cluster.image` says which image has the `psql` that proves a password"],
    ],
    [
      "neither context nor kubeconfig",
      { context: undefined },
      ["context", "neither `context` nor `kubeconfig` says which cluster this stack lives in"],
    ],
    ["an authority twice", { "tls.authorities": [1, "operator", 1] }, ["tls.authorities", "has one of them twice"]],
    ["no authority", { "tls.authorities": [] }, ["tls.authorities", "is empty"]],
    ["an authority of no kind", { "tls.authorities": ["mine"] }, ["tls.authorities.0", "is neither a number nor `operator`"]],
    [
      "pooler keys without a pooler",
      { "services.agents.keys": ["pooler"] },
      ["services.agents.pooler", "the `pooler` keys need the name of a Pooler"],
    ],
    [
      "read-only keys with one instance",
      { "services.agents.keys": ["readOnly"] },
      ["services.agents.keys", "`readOnly` leads to the replicas"],
    ],
    [
      "several instances that may share a node",
      { "cluster.instances": 3, "cluster.placement.antiAffinity": "none" },
      ["cluster.placement", "nothing keeps the 3 instances on different nodes"],
    ],
    [
      "several things at once, all of them named",
      { extra: "x", namespace: "-", cluster: "large" },
      ["cluster", "is text where a mapping is expected"],
      ["namespace", "is not a DNS label"],
      ["extra", "is not a setting of this program"],
    ],
  ];
  for (const [what, changes, ...expected] of rejected)
    it(`rejects ${what}`, () => tell(problemsOf(validateStack(changed(changes), "dev")), expected));

  it("rejects an empty stack file", () =>
    tell(problemsOf(validateStack({}, "qa")), [["Pulumi.qa.yaml", "has no setting of this program"]]));

  it("accepts what each rejected combination lacks", () => {
    const accepted: Record<string, unknown>[] = [
      { "tls.mode": "verify-full", "tls.ca": "/ca.crt" },
      { "tls.mode": "verify-full", "tls.authorities": ["operator", 1] },
      { "tls.ca": "/ca.crt", "services.agents.tls.mode": "verify-ca" },
      { "services.agents.keys": ["pooler"], "services.agents.pooler": "pooler-rw" },
      { "services.agents.keys": ["readOnly"], "cluster.instances": 2 },
      { "cluster.instances": 3, "cluster.placement": { antiAffinity: "none", zones: "spread" } },
      { context: undefined, kubeconfig: "/kubeconfig" },
      { "cluster.image": undefined, "rotation.proof.image": "psql:17" },
      { "cluster.parameters": { max_connections: 100, fsync: true }, "cluster.resources": { requests: { cpu: 2 } } },
    ];
    for (const changes of accepted) assert.ok("config" in validateStack(changed(changes), "dev"), JSON.stringify(changes));
  });
});
