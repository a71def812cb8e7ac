import assert from "node:assert/strict";
import type { Finding } from "../../../cli/drift/types";
import { live, MARK, OWNER, report, world, type World } from "./fixture";

const LOOK =
  'npm run kubectl -- annotate -n apps clusters.postgresql.cnpg.io pg --overwrite cnpg-credentials/reconciliation-requested="$(date +%s)"';
const REWRITE = "npm run pulumi -- --stack dev up --refresh --yes --skip-preview";
const REAPPLY = (plural: string, name: string) =>
  `npm run kubectl -- patch -n apps ${plural}.postgresql.cnpg.io ${name} --subresource=status --type=merge -p '{"status":{"observedGeneration":0}}'`;
const SQL = "npm run kubectl -- exec -n apps pg-1 -c postgres -- psql -Xq -v ON_ERROR_STOP=1";
const DESCRIBE = "npm run kubectl -- describe -n apps clusters.postgresql.cnpg.io pg";

interface Case {
  title: string;
  /** Whether roles are DatabaseRole objects. */
  objects?: true;
  breaks: (facts: World["facts"], world: World) => void;
  finds: [service: string | null, check: Finding["check"], suspect: string, truth: string, mend: string][];
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const roleOf = (facts: World["facts"], name: string) => facts.catalogue!.roles.find((role) => role.name === name)!;
const refused = (facts: World["facts"], code: string | undefined, message: string) => {
  facts.logins[0] = { service: "agents", milliseconds: 5, error: { message, ...(code === undefined ? {} : { code }) } };
};

const cases: Case[] = [
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
  {
    title: "a role that was dropped",
    breaks: (facts) => {
      facts.catalogue!.roles.shift();
      facts.catalogue!.databases[1]!.owner = "postgres";
      refused(facts, "28000", 'pg_hba.conf rejects connection for user "agents"');
    },
    finds: [
      ["agents", "role", "role agents does not exist in Postgres", "the Cluster declares it", LOOK],
      ["agents", "database", "database agents belongs to postgres", "its owner is agents", REAPPLY("databases", "agents")],
      [
        "agents",
        "login",
        'no login as agents with Secret agents-db-secret: pg_hba.conf rejects connection for user "agents"',
        "Postgres accepts what the Secret has once CloudNativePG has applied it",
        LOOK,
      ],
    ],
  },
  {
    title: "attributes that were changed by hand",
    objects: true,
    breaks: (facts) => {
      Object.assign(roleOf(facts, "agents"), {
        login: false,
        superuser: true,
        createrole: true,
        createdb: true,
        bypassrls: true,
        replication: true,
        inherit: false,
        connectionLimit: 3,
        validUntil: "2001-01-01T00:00:00Z",
        expired: true,
        memberOf: ["pg_monitor"],
      });
      roleOf(facts, "platform_b").memberOf = [];
      roleOf(facts, "platform_b").validUntil = "2999-01-01T00:00:00Z";
    },
    finds: [
      [
        "agents",
        "role",
        "role agents in Postgres: NOLOGIN, NOINHERIT, SUPERUSER, CREATEROLE, CREATEDB, BYPASSRLS, REPLICATION, CONNECTION LIMIT 3, VALID UNTIL 2001-01-01T00:00:00Z, which is past, membership of pg_monitor",
        "DatabaseRole agents declares LOGIN, INHERIT, NOSUPERUSER, NOCREATEROLE, NOCREATEDB, NOBYPASSRLS, NOREPLICATION, CONNECTION LIMIT -1, no VALID UNTIL, no membership",
        REAPPLY("databaseroles", "agents"),
      ],
      [
        "platform",
        "role",
        "role platform_b in Postgres: VALID UNTIL 2999-01-01T00:00:00Z, no membership",
        "DatabaseRole platform-b declares no VALID UNTIL, membership of platform",
        REAPPLY("databaseroles", "platform-b"),
      ],
    ],
  },
  {
    title: "a former login that is still there",
    breaks: ({ cluster }, { state }) => {
      const spec = { ...cluster!.spec.managed!.roles![3]!, ensure: "absent" as const };
      cluster!.spec.managed!.roles![3] = spec;
      const declared = state.deployment!.resources!.find(({ type }) => type.endsWith(":Cluster"))!.inputs as {
        spec: { managed: { roles: unknown[] } };
      };
      declared.spec.managed.roles[3] = spec;
    },
    finds: [["platform", "role", "role platform_b is still in Postgres", "the Cluster has it dropped", LOOK]],
  },
  {
    title: "roles that nobody manages",
    breaks: ({ catalogue }) => {
      catalogue!.roles.push(
        live('it\'s "me"', { superuser: true, usedIn: ["agents", "postgres"] }),
        live("old", { login: false, validUntil: "2001-01-01T00:00:00Z", expired: true }),
      );
    },
    finds: [
      [
        null,
        "unmanagedRole",
        'role it\'s "me" (LOGIN, SUPERUSER) is in Postgres, and nobody manages it',
        "roles come from the catalogue",
        `${SQL} -c '\\c "agents"' -c 'REASSIGN OWNED BY "it'\\''s ""me""" TO postgres' -c 'DROP OWNED BY "it'\\''s ""me"""' -c '\\c "postgres"' -c 'REASSIGN OWNED BY "it'\\''s ""me""" TO postgres' -c 'DROP OWNED BY "it'\\''s ""me"""' -c 'DROP ROLE "it'\\''s ""me"""'`,
      ],
      [
        null,
        "unmanagedRole",
        "role old (VALID UNTIL 2001-01-01T00:00:00Z, which is past) is in Postgres, and nobody manages it",
        "roles come from the catalogue",
        `${SQL} -c 'DROP ROLE "old"'`,
      ],
    ],
  },
  {
    title: "more rights for the role of a service that is off, and for another's role",
    breaks: ({ catalogue, roleObjects }) => {
      catalogue!.roles.push(live("graph", { createdb: true, replication: true }), live("theirs", { bypassrls: true, login: false }));
      roleObjects.set("another", { metadata: { name: "another" }, spec: { name: "theirs" } });
    },
    finds: [
      [
        "graph",
        "unmanagedRole",
        "role graph (LOGIN, CREATEDB, REPLICATION) has more than a service gets, and graph is off",
        "it stays for its data, with no rights but those",
        `${SQL} -c 'ALTER ROLE "graph" NOCREATEDB NOREPLICATION'`,
      ],
      [
        null,
        "unmanagedRole",
        "role theirs (BYPASSRLS) is declared by DatabaseRole another, which this stack has not made",
        "no role needs that",
        "npm run kubectl -- delete -n apps databaseroles.postgresql.cnpg.io another",
      ],
    ],
  },
  {
    title: "a Database that was edited, with what CloudNativePG says of it",
    breaks: ({ databases }) => {
      const agents = databases.get("agents")!;
      Object.assign(agents.spec, { extensions: [{ name: "nonesuch", ensure: "present" }] });
      agents.metadata.generation = 2;
      agents.status = {
        applied: false,
        message: "failed database object reconciliation",
        observedGeneration: 1,
        extensions: [{ name: "nonesuch", applied: false, message: "is not available" }],
      };
    },
    finds: [
      [
        "agents",
        "database",
        "Database agents has another spec than Pulumi wrote, which CloudNativePG has not applied: failed database object reconciliation; nonesuch: is not available",
        "the state has it",
        `npm run kubectl -- patch -n apps databases.postgresql.cnpg.io agents --type=merge -p '{"spec":{"cluster":{"name":"pg"},"name":"agents","owner":"agents","databaseReclaimPolicy":"retain","extensions":null}}' && npm run kubectl -- patch -n apps databases.postgresql.cnpg.io agents --subresource=status --type=merge -p '{"status":{"observedGeneration":0,"extensions":null}}'`,
      ],
    ],
  },
  {
    title: "a Database that is not applied, and a database that is gone",
    breaks: ({ databases, catalogue }) => {
      databases.get("agents")!.status = {};
      catalogue!.databases.pop();
    },
    finds: [
      [
        "agents",
        "database",
        "CloudNativePG has not applied Database agents: it has said nothing yet",
        "the object declares the database",
        REAPPLY("databases", "agents"),
      ],
      [
        "platform",
        "database",
        "database platform is gone from Postgres",
        "it is made again, empty: its data is in a backup",
        REAPPLY("databases", "platform"),
      ],
    ],
  },
  {
    title: "a login that works as itself",
    breaks: ({ logins }) => (logins[1]!.worksAs = "platform_a"),
    finds: [
      [
        "platform",
        "session",
        "a session of platform_a works as platform_a",
        "it works as platform, the owner",
        `${SQL} -c 'ALTER ROLE "platform_a" SET role = '\\''platform'\\'''`,
      ],
    ],
  },
  {
    title: "an owner that works as another",
    breaks: ({ logins }) => (logins[0]!.worksAs = "platform"),
    finds: [
      [
        "agents",
        "session",
        "a session of agents works as platform",
        "it works as agents, the owner",
        `${SQL} -c 'ALTER ROLE "agents" RESET role'`,
      ],
    ],
  },
  ...(
    [
      [undefined, "28P01", "Postgres accepts what the Secret has once CloudNativePG has applied it", LOOK],
      [true, "28P01", "Postgres accepts what the Secret has once CloudNativePG has applied it", REAPPLY("databaseroles", "agents")],
      [
        undefined,
        "53300",
        "its sessions are as many as it may have; this ends the idle ones, and the application makes others",
        `${SQL} -c 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\\''agents'\\'' AND state = '\\''idle'\\'''`,
      ],
      [undefined, "3D000", "Database agents declares agents", REAPPLY("databases", "agents")],
      [undefined, undefined, "the primary answers, over TLS", DESCRIBE],
    ] as const
  ).map(([objects, code, truth, mend]): Case => ({
    title: `a login that fails with ${code}${objects ? " where roles are objects" : ""}`,
    ...(objects ? { objects } : {}),
    breaks: (facts) => refused(facts, code, "no"),
    finds: [["agents", "login", "no login as agents with Secret agents-db-secret: no", truth, mend]],
  })),
  {
    title: "a login that pg_hba lines refuse, which were edited",
    breaks: (facts) => {
      facts.cluster!.spec.postgresql!.pg_hba = ["local all all trust"];
      refused(facts, "28000", "no pg_hba.conf entry");
    },
    finds: [
      [null, "cluster", "Cluster pg has another postgresql.pg_hba than Pulumi wrote", "the state has what it wrote", REWRITE],
      [
        "agents",
        "login",
        "no login as agents with Secret agents-db-secret: no pg_hba.conf entry",
        "the Cluster's pg_hba lines, as Pulumi wrote them, let it in",
        REWRITE,
      ],
    ],
  },
  {
    title: "a rotation that is overdue",
    breaks: (_, { state }) => {
      const services = state.deployment!.resources![0]!.outputs!.services as Record<string, { maxAgeDays?: number }>;
      services.agents!.maxAgeDays = 30;
      services.platform!.maxAgeDays = 31;
    },
    finds: [["agents", "rotation", "the password is 30 days old", "it is replaced after 30", "npm run rotate -- --stack dev agents"]],
  },
];

describe("cli/drift/evaluate", () => {
  for (const objects of [false, true]) {
    it(`finds nothing where all is as it was written${objects ? ", roles being objects" : ""}`, () => {
      const { clean, findings, notes, notChecked } = report(world({ objects }));
      assert.deepEqual({ clean, findings, notes, notChecked }, { clean: true, findings: [], notes: [], notChecked: [] });
    });
  }

  for (const { title, objects, breaks, finds } of cases) {
    it(`finds ${title}`, () => {
      const broken = world({ objects: objects ?? false });
      breaks(broken.facts, broken);
      const found = report(broken);
      assert.deepEqual(
        found.findings,
        finds.map(([service, check, suspect, truth, mend]) => ({ service, check, suspect, truth, mend })),
      );
      assert.equal(found.clean, false);
      assert.ok(!JSON.stringify(found).includes(MARK));
    });
  }
});
