import { LOOK, REWRITE, REAPPLY, DESCRIBE, base64, type Case } from "./case";
import { MARK, OWNER, type World } from "./fixture";

const JOBS = "jobs/agents-db-secret";

/** The Secret of `agents`, in a namespace of applications, too. */
export function copied({ facts, state }: World): NonNullable<ReturnType<World["facts"]["secrets"]["get"]>> {
  const resources = state.deployment!.resources!;
  const isAgents = ({ inputs }: (typeof resources)[number]) =>
    (inputs as { metadata?: { name?: string } }).metadata?.name === "agents-db-secret";
  const one = structuredClone(resources.find((resource) => resource.inputs !== undefined && isAgents(resource))!);
  (one.inputs as { metadata: { namespace?: string } }).metadata.namespace = "jobs";
  // The state has them as they happened to be made.
  resources.unshift(one);
  const live = structuredClone(facts.secrets.get("agents-db-secret")!);
  facts.secrets.set(JOBS, live);
  return live;
}

/** What can be wrong with Kubernetes' objects. */
export const objectCases: Case[] = [
  {
    title: "an application's Secret in another namespace that is gone",
    breaks: ({ secrets }, world) => {
      copied(world);
      secrets.delete(JOBS);
    },
    finds: [["agents", "secret", `Secret ${JOBS}`, "does not exist", REWRITE]],
  },
  {
    title: "an application's Secret in another namespace with another password, a key of somebody's and without a mark",
    breaks: (_, world) => {
      const live = copied(world);
      live.data = { ...live.data, password: base64("another"), more: base64("x") };
      live.annotations = {};
    },
    finds: [
      ["agents", "secret", `Secret ${JOBS}`, "has not the annotation", "annotate -n jobs secret agents-db-secret"],
      ["agents", "secret", `Secret ${JOBS}`, "another value in the key password", REWRITE],
      ["agents", "secret", `Secret ${JOBS}`, "a key that Pulumi did not write: more", "patch -n jobs secret agents-db-secret"],
    ],
  },
  {
    title: "an ExternalSecret that writes into an application's Secret in another namespace",
    breaks: (facts, world) => {
      copied(world);
      facts.externalSecretsElsewhere = new Map([
        ["jobs", [{ name: "theirs", target: "agents-db-secret", stores: [] }]],
        ["web", [{ name: "theirs", target: "agents-db-secret", stores: [] }]],
      ]);
    },
    finds: [
      [
        "agents",
        "externalSecret",
        "ExternalSecret jobs/theirs",
        `writes into Secret ${JOBS}`,
        "delete -n jobs externalsecrets.external-secrets.io theirs",
      ],
    ],
  },
  {
    title: "the operator, stopped",
    breaks: (facts) => (facts.operators = [{ namespace: "cnpg-system", name: "manager", replicas: 0, available: 0 }]),
    finds: [
      [null, "operator", "Deployment cnpg-system/manager", "no running pod of 0", "scale -n cnpg-system deployment manager --replicas=1"],
    ],
  },
  {
    title: "the operator, crashing",
    breaks: (facts) => (facts.operators = [{ namespace: "cnpg-system", name: "manager", replicas: 2, available: 0 }]),
    finds: [
      [null, "operator", "Deployment cnpg-system/manager", "no running pod of 2", "rollout restart -n cnpg-system deployment manager"],
    ],
  },
  {
    title: "a Cluster that is gone",
    breaks: (facts) => {
      delete facts.cluster;
      facts.databases.clear();
    },
    finds: [
      [null, "cluster", "Cluster pg", "does not exist", REWRITE],
      ["agents", "database", "Database agents", "does not exist", REWRITE],
      ["platform", "database", "Database platform", "does not exist", REWRITE],
    ],
  },
  {
    title: "a Cluster that is not ready",
    breaks: (facts) => {
      facts.cluster!.status.conditions = [{ type: "Ready", status: "False" }];
      facts.cluster!.status.phase = "Failing over";
    },
    finds: [[null, "cluster", "Cluster pg", "not ready: Failing over", DESCRIBE]],
  },
  {
    title: "a Cluster that was edited",
    breaks: ({ cluster }) => {
      cluster!.spec.postgresql!.pg_hba!.unshift("host all all all trust");
      cluster!.spec.enableSuperuserAccess = true;
      cluster!.spec.managed!.roles![0]!.createdb = true;
      cluster!.spec.managed!.roles!.push({ ...cluster!.spec.managed!.roles![0]!, name: "more" });
    },
    finds: [
      [
        null,
        "cluster",
        "Cluster pg",
        "another postgresql.pg_hba, enableSuperuserAccess, managed.roles[agents], managed.roles[more] than",
        REWRITE,
      ],
    ],
  },
  {
    title: "an application's Secret that is gone",
    breaks: (facts) => {
      facts.secrets.delete("agents-db-secret");
      facts.logins.shift();
    },
    finds: [["agents", "secret", "Secret agents-db-secret", "does not exist", REWRITE]],
  },
  {
    title: "a role's Secret that is gone",
    breaks: (facts) => facts.secrets.delete("platform-db-role-b"),
    finds: [["platform", "roleSecret", "Secret platform-db-role-b", "does not exist", REWRITE]],
  },
  {
    title: "keys that are gone or empty",
    breaks: ({ secrets }) => {
      delete secrets.get("agents-db-secret")!.data.uri;
      secrets.get("agents-db-secret")!.data.host = "";
    },
    finds: [["agents", "secret", "Secret agents-db-secret", "lacks the keys host, uri;", REWRITE]],
  },
  {
    title: "a value that was changed, a user name too",
    breaks: ({ secrets }) => {
      Object.assign(secrets.get("agents-db-secret")!.data, { password: base64(`${MARK}-by-hand`), username: base64(`${MARK}-swapped`) });
    },
    finds: [["agents", "secret", "Secret agents-db-secret", "another value in the keys username, password than", REWRITE]],
  },
  {
    title: "marks that were taken away",
    breaks: ({ secrets }) => {
      secrets.get("agents-db-role")!.labels = {};
      delete secrets.get("agents-db-secret")!.annotations["cnpg-credentials/owner"];
    },
    finds: [
      [
        "agents",
        "secret",
        "Secret agents-db-secret",
        "the annotation cnpg-credentials/owner that",
        `annotate -n apps secret agents-db-secret --overwrite cnpg-credentials/owner=${OWNER}`,
      ],
      [
        "agents",
        "roleSecret",
        "Secret agents-db-role",
        "the labels cnpg-credentials/service, cnpg-credentials/stack that",
        "label -n apps secret agents-db-role --overwrite cnpg-credentials/service=agents cnpg-credentials/stack=dev",
      ],
    ],
  },
  {
    title: "a role that CloudNativePG cannot reconcile",
    breaks: (facts) => (facts.cluster!.status.managedRolesStatus!.cannotReconcile = { agents: ["it owns too much", "it is busy"] }),
    finds: [["agents", "reconciliation", "role agents", "cannot reconcile role agents: it owns too much; it is busy", LOOK]],
  },
  {
    title: "a role that CloudNativePG has not reconciled",
    breaks: (facts) => facts.cluster!.status.managedRolesStatus!.byStatus!.reconciled!.shift(),
    finds: [["agents", "reconciliation", "role agents", "has not reconciled", LOOK]],
  },
  {
    title: "a Secret's version that is not applied",
    breaks: ({ secrets }) => (secrets.get("platform-db-role-a")!.resourceVersion = "later"),
    finds: [["platform", "reconciliation", "role platform_a", "not applied the present version of Secret platform-db-role-a", LOOK]],
  },
  {
    title: "the same of a DatabaseRole",
    objects: true,
    breaks: ({ secrets }) => (secrets.get("platform-db-role-a")!.resourceVersion = "later"),
    finds: [
      [
        "platform",
        "roleObject",
        "role platform_a",
        "not applied the present version of Secret platform-db-role-a",
        REAPPLY("databaseroles", "platform-a"),
      ],
    ],
  },
  {
    title: "DatabaseRoles that are gone, edited, not applied",
    objects: true,
    breaks: ({ roleObjects }) => {
      roleObjects.delete("agents");
      Object.assign(roleObjects.get("platform")!.spec, { validUntil: "2001-01-01T00:00:00Z" });
      roleObjects.get("platform-a")!.status = { applied: false, message: "no connection" };
    },
    finds: [
      ["agents", "roleObject", "DatabaseRole agents", "does not exist", REWRITE],
      ["platform", "roleObject", "DatabaseRole platform", "another spec", '"disablePassword":true,"validUntil":null}}'],
      [
        "platform",
        "roleObject",
        "DatabaseRole platform-a",
        "not applied DatabaseRole platform-a: no connection",
        REAPPLY("databaseroles", "platform-a"),
      ],
    ],
  },
];
