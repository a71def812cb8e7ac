import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import type { ClusterFacts, PreflightReport, PreflightRequest } from "../../preflight/types";
import { clusterFacts, OWNER, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";

type Change = (request: PreflightRequest, facts: ClusterFacts) => unknown;

function judge(change: Change): PreflightReport {
  const [request, facts] = [preflightRequest(), clusterFacts()];
  change(request, facts);
  return evaluate(request, facts);
}

const SERVER = "https://localhost:6443";
const FOREIGN = "organization/cnpg-credentials/other/ffffffffffffffff";
const UNMADE = { agents: { generations: {} }, temporal: { generations: {} } };

describe("preflight/evaluate", () => {
  it("lets a stack be made where nothing is in its way", () =>
    assert.deepEqual(
      judge(() => undefined),
      { problems: [], notes: [], missingNamespaces: [], adopted: {}, credentials: UNMADE },
    ));

  const rejected: [string, Change, ...string[]][] = [
    [
      "a namespace that is not there",
      (_, facts) => (facts.namespaceExists = false),
      `Namespace/apps: does not exist in ${SERVER}; kubectl create namespace apps, or correct \`namespace\``,
    ],
    [
      "a namespace and an operator that are not there",
      (_, facts) => Object.assign(facts, { namespaceExists: false, cnpgKinds: [] }),
      `Namespace/apps: does not exist in ${SERVER}; kubectl create namespace apps, or correct \`namespace\``,
      `CloudNativePG: ${SERVER} has no kinds of postgresql.cnpg.io/v1; install CloudNativePG 1.30 or later`,
    ],
    [
      "a cluster without the operator",
      (_, facts) => (facts.cnpgKinds = []),
      `CloudNativePG: ${SERVER} has no kinds of postgresql.cnpg.io/v1; install CloudNativePG 1.30 or later`,
    ],
    [
      "an operator without databases",
      (_, facts) => (facts.cnpgKinds = ["clusters", "databaseroles"]),
      "CloudNativePG: the operator is older than 1.30; upgrade it to 1.30 or later",
    ],
    [
      "an operator without database roles",
      (_, facts) => (facts.cnpgKinds = ["clusters", "databases"]),
      "CloudNativePG: the operator is older than 1.30; upgrade it to 1.30 or later",
    ],
    [
      "an operator whose kinds are newer than it is",
      (_, facts) => (facts.operators = [{ version: "1.29.4", available: 1 }]),
      "CloudNativePG: the operator is 1.29.4, older than 1.30; upgrade it to 1.30 or later",
    ],
    [
      "an operator that does not run",
      (_, facts) => (facts.operators = [{ version: "1.30.0", available: 0 }]),
      "CloudNativePG: the operator's Deployment has no running pod; see its events and logs; nothing would be reconciled",
    ],
    [
      "an account without rights, a line a kind",
      (_, facts) => (facts.forbidden = ["create secrets", "patch secrets", "create clusters"]),
      "Namespace/apps: this account may not create, patch secrets; grant it a Role that allows that, or use another context",
      "Namespace/apps: this account may not create clusters; grant it a Role that allows that, or use another context",
    ],
    [
      "storage that shrinks",
      (_, facts) => (facts.liveCluster = { storageSize: "4Gi" }),
      "cluster.storage.size: 2Gi is less than the living cluster's 4Gi, and volumes never shrink; set at least 4Gi",
    ],
    [
      "WAL storage that shrinks",
      (request, facts) => {
        request.cluster.walStorageSize = "1Gi";
        facts.liveCluster = { storageSize: "2Gi", walStorageSize: "2Gi" };
      },
      "cluster.walStorage.size: 1Gi is less than the living cluster's 2Gi, and volumes never shrink; set at least 2Gi",
    ],
    [
      "a storage class that is not there",
      (request) => (request.cluster.storageClasses = ["fast"]),
      "cluster.storage.class: the cluster has no StorageClass `fast`; set one that it has (standard)",
    ],
    [
      "no storage class, and none by default",
      (_, facts) => (facts.storageClasses = [{ name: "slow", isDefault: false }]),
      "cluster.storage.class: is not set, and the cluster has no default StorageClass; set one that it has (slow)",
    ],
    [
      "no storage class at all",
      (_, facts) => (facts.storageClasses = []),
      "cluster.storage.class: is not set, and the cluster has no default StorageClass; set one that it has (none)",
    ],
    [
      "a PodMonitor without its kind",
      (request) => (request.podMonitor = true),
      "cluster.monitoring: `podMonitor` needs the Prometheus operator's PodMonitor, which the cluster does not have; install it, or set `none`",
    ],
    [
      "an image pull Secret that is not there",
      (request) => (request.imagePullSecrets = ["registry"]),
      "cluster.imagePullSecrets: the namespace apps has no Secret `registry`; create it, or correct the name",
    ],
    [
      "a Secret that somebody else made",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-secret" }]),
      "Secret/agents-db-secret: exists in apps and was not made by this program; remove it or rename it; to keep its password, set `services.<service>.adopt.secret` to its name",
    ],
    [
      "a role's Secret that somebody else made",
      (_, facts) => (facts.objects.secrets = [{ name: "temporal-db-role" }]),
      "Secret/temporal-db-role: exists in apps and was not made by this program; remove it or rename it; to keep its password, set `services.<service>.adopt.secret` to its name",
    ],
    [
      "a Secret of another state",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-secret", owner: FOREIGN }]),
      `Namespace/apps: Secret/agents-db-secret belongs to another state (${FOREIGN}); use that state; if it is lost, see "Lost state" in the README`,
    ],
    [
      "objects with a mark, when this state has made nothing yet",
      (request, facts) => {
        delete request.owner;
        facts.objects.secrets = [{ name: "agents-db-secret", owner: OWNER }];
      },
      `Namespace/apps: Secret/agents-db-secret belongs to another state (${OWNER}); use that state; if it is lost, see "Lost state" in the README`,
    ],
    [
      "a Cluster that somebody else made",
      (_, facts) => (facts.objects.clusters = [{ name: "pg" }]),
      "Cluster/pg: exists in apps and was not made by this program; remove it or rename it; to have it taken over as it is, see `npm run migrate -- plan`",
    ],
    [
      "a Database that somebody else made",
      (_, facts) => (facts.objects.databases = [{ name: "agents" }]),
      "Database/agents: exists in apps and was not made by this program; remove it or rename it; to have it taken over as it is, see `npm run migrate -- plan`",
    ],
    [
      "a proof that somebody else made",
      (_, facts) => (facts.objects.jobs = [{ name: "temporal-db-proof" }]),
      "Job/temporal-db-proof: exists in apps and was not made by this program; remove it or rename it",
    ],
    [
      "a login's Secret that somebody else made, before logins alternate",
      (_, facts) => (facts.objects.secrets = [{ name: "agents-db-role-b" }]),
      "Secret/agents-db-role-b: exists in apps and was not made by this program; remove it or rename it; to keep its password, set `services.<service>.adopt.secret` to its name",
    ],
    [
      "a login's DatabaseRole that somebody else made",
      (request, facts) => {
        request.databaseRoles = true;
        request.services[0]!.roleObjects = ["agents", "agents-a", "agents-b"];
        facts.objects.databaseroles = [{ name: "agents-b" }];
      },
      "DatabaseRole/agents-b: exists in apps and was not made by this program; remove it or rename it; to have it taken over as it is, see `npm run migrate -- plan`",
    ],
    [
      "a DatabaseRole that somebody else made",
      (request, facts) => {
        request.databaseRoles = true;
        facts.objects.databaseroles = [{ name: "temporal" }];
      },
      "DatabaseRole/temporal: exists in apps and was not made by this program; remove it or rename it; to have it taken over as it is, see `npm run migrate -- plan`",
    ],
    [
      "a ScheduledBackup that somebody else made",
      (request, facts) => {
        request.scheduledBackups = ["daily"];
        facts.objects.scheduledbackups = [{ name: "daily" }];
      },
      "ScheduledBackup/daily: exists in apps and was not made by this program; remove it or rename it; to have it taken over as it is, see `npm run migrate -- plan`",
    ],
    [
      "several things at once, all of them named",
      (request, facts) => {
        request.podMonitor = true;
        facts.forbidden = ["delete databases"];
        facts.objects.clusters = [{ name: "pg" }];
      },
      "Namespace/apps: this account may not delete databases; grant it a Role that allows that, or use another context",
      "cluster.monitoring: `podMonitor` needs the Prometheus operator's PodMonitor, which the cluster does not have; install it, or set `none`",
      "Cluster/pg: exists in apps and was not made by this program; remove it or rename it; to have it taken over as it is, see `npm run migrate -- plan`",
    ],
  ];
  for (const [what, change, ...expected] of rejected)
    it(`refuses ${what}`, () => assert.deepEqual(lines(judge(change).problems), expected));

  const accepted: [string, Change][] = [
    [
      "its own objects, of an interrupted run",
      (_, facts) => (facts.objects = { secrets: [{ name: "agents-db-secret", owner: OWNER }], clusters: [{ name: "pg", owner: OWNER }] }),
    ],
    ["its own proof, of an interrupted run", (_, facts) => (facts.objects.jobs = [{ name: "agents-db-proof", owner: OWNER }])],
    ["other objects under other names", (_, facts) => (facts.objects.secrets = [{ name: "unrelated" }, { name: "pg-ca", owner: FOREIGN }])],
    ["somebody else's DatabaseRole, where it makes none", (_, facts) => (facts.objects.databaseroles = [{ name: "agents" }])],
    ["storage that grows", (_, facts) => (facts.liveCluster = { storageSize: "1Gi" })],
    [
      "a missing storage class, where the volumes are there already",
      (_, facts) => Object.assign(facts, { storageClasses: [], liveCluster: { storageSize: "2Gi" } }),
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

  it("says what becomes of a service that is off now", () => {
    const report = judge((_, facts) => {
      facts.objects.databases = [
        { name: "agents", owner: OWNER, service: "agents" },
        { name: "graph", owner: OWNER, service: "graph" },
        { name: "threads", owner: FOREIGN, service: "threads" },
        { name: "unrelated" },
      ];
    });
    assert.deepEqual(
      [report.problems, report.notes],
      [
        [],
        [
          "graph is off: its Secret and its password go, its database and its role stay in Postgres, where nobody can connect to them; turned on again, it gets them back with a new password",
        ],
      ],
    );
  });
});
