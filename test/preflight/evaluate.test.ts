import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { policiesIn } from "../../preflight/network";
import { vaultElsewhere } from "../../preflight/vault";
import type { ClusterFacts, PreflightReport, PreflightRequest } from "../../preflight/types";
import { clusterFacts, OWNER, preflightRequest } from "../support/cluster";
import { golden } from "../support/golden";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";
import { vaultConfig } from "../support/vaults";

type Change = (request: PreflightRequest, facts: ClusterFacts) => unknown;

function judge(change: Change): PreflightReport {
  const [request, facts] = [preflightRequest(), clusterFacts()];
  change(request, facts);
  facts.elsewhere = request.elsewhere.map(() => ({ namespaceExists: true, marks: {}, missing: [], forbidden: [] }));
  return evaluate(request, facts);
}

const SERVER = "https://localhost:6443";
const FOREIGN = "organization/cnpg-credentials/other/ffffffffffffffff";
const protectedSecret = (name: string, service: string) => ({ name, owner: OWNER, service, isProtected: true as const });
const UNMADE = { agents: { generations: {} }, temporal: { generations: {} } };

describe("preflight/evaluate", () => {
  const tell = telling("preflight", "what is in the way");
  it("lets a stack be made where nothing is in its way", () =>
    assert.deepEqual(
      judge(() => undefined),
      {
        problems: [],
        notes: [],
        missingNamespaces: [],
        adopted: {},
        credentials: UNMADE,
        held: { agents: {}, temporal: {} },
        authorities: {},
      },
    ));

  it("warns of a Postgres that has faults which a newer minor release has not", () => {
    const notes = (image?: string) => judge((request) => Object.assign(request, { image })).notes;
    assert.match(
      notes("pg:17.6-standard-bookworm").join(),
      /^cluster\.image is Postgres 17\.6, and 17\.12 has fixed .* use 17\.12 or later$/,
    );
    assert.deepEqual([notes("pg:17.12"), notes("pg:18.99"), notes("pg:17"), notes()], [[], [], [], []]);
  });

  it("refuses a catalogue of images that is not there, or has no image of that major; one that it may not read is CloudNativePG's to find", () => {
    const told = (catalog: ClusterFacts["catalog"]) =>
      judge((request, facts) => {
        request.imageCatalog = { kind: "ClusterImageCatalog", name: "postgresql", major: 17 };
        if (catalog !== undefined) facts.catalog = catalog;
      }).problems.map(({ path, message }) => `${path}: ${message}`);
    assert.deepEqual(told("missing"), ["cluster.spec.imageCatalogRef: the cluster has no ClusterImageCatalog `postgresql`"]);
    assert.deepEqual(told([15, 16]), [
      "cluster.spec.imageCatalogRef: the ClusterImageCatalog `postgresql` has no image of Postgres 17: it has 15, 16",
    ]);
    assert.deepEqual([told([17]), told("unknown"), told(undefined)], [[], [], []]);
  });

  const rejected: [string, Change, ...Told[]][] = [
    [
      "two of its own that would be one object",
      (request) => {
        const vault = vaultConfig({ "server.name": "ameide-vault" });
        request.elsewhere = [...vaultElsewhere(vault, "apps", [], {}, "policies"), policiesIn("vault", { name: "ameide-vault" })];
      },
      ["vault.server.name", "a store (vault.store.name) and Vault's server would both be the object `ServiceAccount vault/ameide-vault`"],
      [
        "cluster.name",
        "Vault's server (vault.server.name) and the Cluster would both be the object `NetworkPolicy vault/ameide-vault-clients`",
      ],
    ],
    [
      "a service that is off and whose Secret is protected",
      (_, facts) => (facts.objects.secrets = [protectedSecret("graph-db-credentials", "graph")]),
      [
        "services.graph",
        "is off, and its Secret `graph-db-credentials` is protected",
        "`protection: none` there and run `pulumi up`; then turn it off",
      ],
    ],
    [
      "a protected Secret under another name",
      (_, facts) => (facts.objects.secrets = [protectedSecret("agents-old", "agents")]),
      [
        "services.agents",
        "has the Secret `agents-db-secret` now, and the former one, `agents-old`, is protected",
        "take the new name back",
      ],
    ],
    [
      "a namespace that is not there",
      (_, facts) => (facts.namespaceExists = false),
      ["Namespace/apps", `does not exist in ${SERVER}`, "create namespace apps"],
    ],
    [
      "a namespace and an operator that are not there",
      (_, facts) => Object.assign(facts, { namespaceExists: false, cnpgKinds: [] }),
      ["Namespace/apps", `does not exist in ${SERVER}`, "create namespace apps"],
      ["CloudNativePG", `${SERVER} has no kinds`, "1.30"],
    ],
    ["a cluster without the operator", (_, facts) => (facts.cnpgKinds = []), ["CloudNativePG", `${SERVER} has no kinds`, "1.30"]],
    [
      "an operator without databases",
      (_, facts) => (facts.cnpgKinds = ["clusters", "databaseroles"]),
      ["CloudNativePG", "older than 1.30"],
    ],
    [
      "an operator without database roles",
      (_, facts) => (facts.cnpgKinds = ["clusters", "databases"]),
      ["CloudNativePG", "older than 1.30"],
    ],
    [
      "an operator whose kinds are newer than it is",
      (_, facts) => (facts.operators = [{ version: "1.29.4", available: 1 }]),
      ["CloudNativePG", "is 1.29.4, older than 1.30"],
    ],
    [
      "an operator that does not run",
      (_, facts) => (facts.operators = [{ version: "1.30.0", available: 0 }]),
      ["CloudNativePG", "no running pod"],
    ],
    [
      "an account without rights, a line a kind",
      (_, facts) => (facts.forbidden = ["create secrets", "patch secrets", "create clusters"]),
      ["Namespace/apps", "may not create, patch secrets;"],
      ["Namespace/apps", "may not create clusters;"],
    ],
    [
      "storage that shrinks",
      (_, facts) => (facts.liveCluster = { mark: "1", storageSize: "4Gi" }),
      ["cluster.storage.size", "2Gi is less than", "4Gi", "never shrink"],
    ],
    [
      "WAL storage that shrinks",
      (request, facts) => {
        request.cluster.walStorageSize = "1Gi";
        facts.liveCluster = { mark: "1", storageSize: "2Gi", walStorageSize: "2Gi" };
      },
      ["cluster.walStorage.size", "1Gi is less than", "2Gi", "never shrink"],
    ],
    [
      "a storage class that is not there",
      (request) => (request.cluster.storageClasses = ["fast"]),
      ["cluster.storage.class", "no StorageClass `fast`", "(standard)"],
    ],
    [
      "no storage class, and none by default",
      (_, facts) => (facts.storageClasses = [{ name: "slow", isDefault: false }]),
      ["cluster.storage.class", "is not set", "(slow)"],
    ],
    ["no storage class at all", (_, facts) => (facts.storageClasses = []), ["cluster.storage.class", "is not set", "(none)"]],
    ["a PodMonitor without its kind", (request) => (request.podMonitor = true), ["cluster.monitoring", "`podMonitor` needs"]],
    [
      "an image pull Secret that is not there",
      (request) => (request.imagePullSecrets = ["registry"]),
      ["cluster.imagePullSecrets", "apps has no Secret `registry`"],
    ],
    [
      "a Secret that somebody else made",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-secret" }]),
      ["Secret/agents-db-secret", "not made by this program", "adopt.secret"],
    ],
    [
      "a role's Secret that somebody else made",
      (_, facts) => (facts.objects.secrets = [{ name: "temporal-db-role" }]),
      ["Secret/temporal-db-role", "not made by this program", "adopt.secret"],
    ],
    [
      "a Secret of another state",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-secret", owner: FOREIGN }]),
      ["Namespace/apps", `Secret/agents-db-secret belongs to another state (${FOREIGN})`],
    ],
    [
      "a Secret of another state, with the name that its stack had",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-secret", owner: "ffffffffffffffff", stack: "former" }]),
      ["Namespace/apps", "Secret/agents-db-secret belongs to another state (ffffffffffffffff) of the stack former"],
    ],
    [
      "objects with a mark, when this state has made nothing yet",
      (request, facts) => {
        delete request.owner;
        facts.objects.secrets = [{ name: "agents-db-secret", owner: OWNER }];
      },
      ["Namespace/apps", `Secret/agents-db-secret belongs to another state (${OWNER})`],
    ],
    [
      "a Cluster that somebody else made",
      (_, facts) => (facts.objects.clusters = [{ name: "pg" }]),
      ["Cluster/pg", "not made by this program", "npm run migrate"],
    ],
    [
      "a Database that somebody else made",
      (_, facts) => (facts.objects.databases = [{ name: "agents" }]),
      ["Database/agents", "not made by this program", "npm run migrate"],
    ],
    [
      "a proof that somebody else made",
      (_, facts) => (facts.objects.jobs = [{ name: "temporal-db-proof" }]),
      ["Job/temporal-db-proof", "not made by this program"],
    ],
    [
      "a login's Secret that somebody else made, before logins alternate",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-role-b" }]),
      ["Secret/agents-db-role-b", "not made by this program", "adopt.secret"],
    ],
    [
      "a login's DatabaseRole that somebody else made",
      (request, facts) => {
        request.databaseRoles = true;
        request.services[0]!.roleObjects = ["agents", "agents-a", "agents-b"];
        facts.objects.databaseroles = [{ name: "agents-b" }];
      },
      ["DatabaseRole/agents-b", "not made by this program", "npm run migrate"],
    ],
    [
      "a DatabaseRole that somebody else made",
      (request, facts) => {
        request.databaseRoles = true;
        facts.objects.databaseroles = [{ name: "temporal" }];
      },
      ["DatabaseRole/temporal", "not made by this program", "npm run migrate"],
    ],
    [
      "a ScheduledBackup that somebody else made",
      (request, facts) => {
        request.scheduledBackups = ["daily"];
        facts.objects.scheduledbackups = [{ name: "daily" }];
      },
      ["ScheduledBackup/daily", "not made by this program", "npm run migrate"],
    ],
    [
      "several things at once, all of them named",
      (request, facts) => {
        request.podMonitor = true;
        facts.forbidden = ["delete databases"];
        facts.objects.clusters = [{ name: "pg" }];
      },
      ["Namespace/apps", "may not delete databases;"],
      ["cluster.monitoring", "`podMonitor` needs"],
      ["Cluster/pg", "not made by this program", "npm run migrate"],
    ],
  ];
  for (const [what, change, ...expected] of rejected) it(`refuses ${what}`, () => tell(lines(judge(change).problems), expected));

  const accepted: [string, Change][] = [
    [
      "its own objects, of an interrupted run",
      (_, facts) => (facts.objects = { secrets: [{ name: "agents-db-secret", owner: OWNER }], clusters: [{ name: "pg", owner: OWNER }] }),
    ],
    [
      "its own objects, from when the stack had another name",
      (_, facts) => {
        const owner = `organization/cnpg-credentials/former/${OWNER}`;
        facts.objects = { secrets: [{ name: "agents-db-secret", owner, stack: "former" }], jobs: [{ name: "agents-db-proof", owner }] };
      },
    ],
    ["its own proof, of an interrupted run", (_, facts) => (facts.objects.jobs = [{ name: "agents-db-proof", owner: OWNER }])],
    ["other objects under other names", (_, facts) => (facts.objects.secrets = [{ name: "unrelated" }, { name: "pg-ca", owner: FOREIGN }])],
    ["somebody else's DatabaseRole, where it makes none", (_, facts) => (facts.objects.databaseroles = [{ name: "agents" }])],
    ["storage that grows", (_, facts) => (facts.liveCluster = { mark: "1", storageSize: "1Gi" })],
    [
      "a missing storage class, where the volumes are there already",
      (_, facts) => Object.assign(facts, { storageClasses: [], liveCluster: { mark: "1", storageSize: "2Gi" } }),
    ],
    [
      "what the account may not ask",
      (_, facts) => Object.assign(facts, { namespaceExists: "unknown", operators: "unknown", storageClasses: "unknown" }),
    ],
    ["an operator found nowhere, with its kinds there", (_, facts) => (facts.operators = [])],
    ["an operator without a version, built by hand", (_, facts) => (facts.operators = [{ version: "main", available: 1 }])],
    ["a later operator", (_, facts) => (facts.operators = [{ version: "2.0.1", available: 2 }])],
    [
      "a PodMonitor and an image pull Secret that are there",
      (request, facts) => {
        Object.assign(request, { podMonitor: true, imagePullSecrets: ["registry"] });
        facts.podMonitors = true;
        facts.objects.secrets = [{ name: "registry" }];
      },
    ],
  ];
  for (const [what, change] of accepted)
    it(`accepts ${what}`, () => {
      const { problems, notes, adopted } = judge(change);
      assert.deepEqual([problems, notes, adopted], [[], [], {}]);
    });

  it("lets a service be turned off whose Secret is not protected, another state's, or not a service's", () => {
    const { problems } = judge((_, facts) => {
      facts.objects.secrets = [
        { name: "graph-db-credentials", owner: OWNER, service: "graph" },
        { ...protectedSecret("threads-db-credentials", "threads"), owner: FOREIGN },
        { name: "by-hand", isProtected: true },
        protectedSecret("agents-db-secret", "agents"),
      ];
    });
    assert.deepEqual(problems, []);
  });

  it("says what becomes of a service that is off now", () => {
    const report = judge((_, facts) => {
      facts.objects.databases = [
        { name: "agents", owner: OWNER, service: "agents" },
        { name: "graph", owner: OWNER, service: "graph" },
        { name: "threads", owner: FOREIGN, service: "threads" },
        { name: "unrelated" },
      ];
    });
    assert.deepEqual([report.problems, report.notes.length], [[], 1]);
    assert.match(report.notes[0]!, /^graph is off: .*turned on again.*new password$/);
    golden("preflight", "a service that is off now", report.notes.join("\n"));
  });
});
