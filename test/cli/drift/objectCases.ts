import { LOOK, REWRITE, REAPPLY, DESCRIBE, base64, type Case } from "./case";
import { MARK, OWNER } from "./fixture";

/** What can be wrong with Kubernetes' objects. */
export const objectCases: Case[] = [
  {
    title: "the operator, stopped",
    breaks: (facts) => (facts.operators = [{ namespace: "cnpg-system", name: "manager", replicas: 0, available: 0 }]),
    finds: [
      [
        null,
        "operator",
        "CloudNativePG does not run: Deployment cnpg-system/manager has no running pod of 0",
        "without it no Secret that changes is applied, and what was reported before it stopped still stands",
        "npm run kubectl -- scale -n cnpg-system deployment manager --replicas=1 && npm run kubectl -- rollout status -n cnpg-system deployment manager --timeout=120s",
      ],
    ],
  },
  {
    title: "the operator, crashing",
    breaks: (facts) => (facts.operators = [{ namespace: "cnpg-system", name: "manager", replicas: 2, available: 0 }]),
    finds: [
      [
        null,
        "operator",
        "CloudNativePG does not run: Deployment cnpg-system/manager has no running pod of 2",
        "without it no Secret that changes is applied, and what was reported before it stopped still stands",
        "npm run kubectl -- rollout restart -n cnpg-system deployment manager && npm run kubectl -- rollout status -n cnpg-system deployment manager --timeout=120s",
      ],
    ],
  },
  {
    title: "a Cluster that is gone",
    breaks: (facts) => {
      delete facts.cluster;
      facts.databases.clear();
    },
    finds: [
      [null, "cluster", "Cluster pg does not exist", "the state has it; its data is in its volumes, or in a backup", REWRITE],
      ["agents", "database", "Database agents does not exist", "the state has it; its data stays in Postgres", REWRITE],
      ["platform", "database", "Database platform does not exist", "the state has it; its data stays in Postgres", REWRITE],
    ],
  },
  {
    title: "a Cluster that is not ready",
    breaks: (facts) => {
      facts.cluster!.status.conditions = [{ type: "Ready", status: "False" }];
      facts.cluster!.status.phase = "Failing over";
    },
    finds: [[null, "cluster", "Cluster pg is not ready: Failing over", "it is ready", DESCRIBE]],
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
        "Cluster pg has another postgresql.pg_hba, enableSuperuserAccess, managed.roles[agents], managed.roles[more] than Pulumi wrote",
        "the state has what it wrote",
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
    finds: [
      [
        "agents",
        "secret",
        "Secret agents-db-secret does not exist",
        "the application reads its credential there; the state has it",
        REWRITE,
      ],
    ],
  },
  {
    title: "a role's Secret that is gone",
    breaks: (facts) => facts.secrets.delete("platform-db-role-b"),
    finds: [
      [
        "platform",
        "roleSecret",
        "Secret platform-db-role-b does not exist",
        "CloudNativePG reads the role's password there; the state has it",
        REWRITE,
      ],
    ],
  },
  {
    title: "keys that are gone or empty",
    breaks: ({ secrets }) => {
      delete secrets.get("agents-db-secret")!.data.uri;
      secrets.get("agents-db-secret")!.data.host = "";
    },
    finds: [
      [
        "agents",
        "secret",
        "Secret agents-db-secret lacks the keys host, uri",
        "it has the keys username, user, password, host, port, dbname, uri, jdbc-uri, pgpass",
        REWRITE,
      ],
    ],
  },
  {
    title: "a value that was changed, a user name too",
    breaks: ({ secrets }) => {
      Object.assign(secrets.get("agents-db-secret")!.data, { password: base64(`${MARK}-by-hand`), username: base64(`${MARK}-swapped`) });
    },
    finds: [
      [
        "agents",
        "secret",
        "Secret agents-db-secret has another value in the keys username, password than Pulumi wrote",
        "the state has the values",
        REWRITE,
      ],
    ],
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
        "Secret agents-db-secret has not the annotation cnpg-credentials/owner that Pulumi wrote",
        `cnpg-credentials/owner=${OWNER}`,
        `npm run kubectl -- annotate -n apps secret agents-db-secret --overwrite cnpg-credentials/owner=${OWNER}`,
      ],
      [
        "agents",
        "roleSecret",
        "Secret agents-db-role has not the labels cnpg-credentials/service, cnpg-credentials/stack that Pulumi wrote",
        "cnpg-credentials/service=agents, cnpg-credentials/stack=dev",
        "npm run kubectl -- label -n apps secret agents-db-role --overwrite cnpg-credentials/service=agents cnpg-credentials/stack=dev",
      ],
    ],
  },
  {
    title: "a role that CloudNativePG cannot reconcile",
    breaks: (facts) => (facts.cluster!.status.managedRolesStatus!.cannotReconcile = { agents: ["it owns too much", "it is busy"] }),
    finds: [
      [
        "agents",
        "reconciliation",
        "CloudNativePG cannot reconcile role agents: it owns too much; it is busy",
        "the Cluster declares the role",
        LOOK,
      ],
    ],
  },
  {
    title: "a role that CloudNativePG has not reconciled",
    breaks: (facts) => facts.cluster!.status.managedRolesStatus!.byStatus!.reconciled!.shift(),
    finds: [["agents", "reconciliation", "CloudNativePG has not reconciled role agents", "the Cluster declares the role", LOOK]],
  },
  {
    title: "a Secret's version that is not applied",
    breaks: ({ secrets }) => (secrets.get("platform-db-role-a")!.resourceVersion = "later"),
    finds: [
      [
        "platform",
        "reconciliation",
        "CloudNativePG has not applied the present version of Secret platform-db-role-a to role platform_a",
        "the Secret has the role's password",
        LOOK,
      ],
    ],
  },
  {
    title: "the same of a DatabaseRole",
    objects: true,
    breaks: ({ secrets }) => (secrets.get("platform-db-role-a")!.resourceVersion = "later"),
    finds: [
      [
        "platform",
        "roleObject",
        "CloudNativePG has not applied the present version of Secret platform-db-role-a to role platform_a",
        "the Secret has the role's password",
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
      ["agents", "roleObject", "DatabaseRole agents does not exist", "the state has it", REWRITE],
      [
        "platform",
        "roleObject",
        "DatabaseRole platform has another spec than Pulumi wrote",
        "the state has it",
        `npm run kubectl -- patch -n apps databaseroles.postgresql.cnpg.io platform --type=merge -p '{"spec":{"cluster":{"name":"pg"},"databaseRoleReclaimPolicy":"retain","name":"platform","login":false,"connectionLimit":-1,"superuser":false,"createdb":false,"createrole":false,"replication":false,"bypassrls":false,"inherit":true,"disablePassword":true,"validUntil":null}}'`,
      ],
      [
        "platform",
        "roleObject",
        "CloudNativePG has not applied DatabaseRole platform-a: no connection",
        "the object declares the role",
        REAPPLY("databaseroles", "platform-a"),
      ],
    ],
  },
];
