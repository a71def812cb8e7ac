import { LOOK, REWRITE, REAPPLY, SQL, DESCRIBE, roleOf, refused, type Case } from "./case";
import { live } from "./fixture";

/** What can be wrong in Postgres, and with its Database objects. */
export const postgresCases: Case[] = [
  {
    title: "a role that was dropped",
    breaks: (facts) => {
      facts.catalogue!.roles.shift();
      facts.catalogue!.databases[1]!.owner = "postgres";
      refused(facts, "28000", 'pg_hba.conf rejects connection for user "agents"');
    },
    finds: [
      ["agents", "role", "role agents", "does not exist", LOOK],
      ["agents", "database", "database agents", "belongs to postgres", REAPPLY("databases", "agents")],
      ["agents", "login", "login as agents with Secret agents-db-secret", 'pg_hba.conf rejects connection for user "agents"', LOOK],
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
        "role agents",
        "NOLOGIN, NOINHERIT, SUPERUSER, CREATEROLE, CREATEDB, BYPASSRLS, REPLICATION, CONNECTION LIMIT 3, VALID UNTIL 2001",
        REAPPLY("databaseroles", "agents"),
      ],
      ["platform", "role", "role platform_b", "VALID UNTIL 2999-01-01T00:00:00Z, no membership", REAPPLY("databaseroles", "platform-b")],
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
    finds: [["platform", "role", "role platform_b", "still in Postgres", LOOK]],
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
        'role it\'s "me"',
        "(LOGIN, SUPERUSER) is in Postgres",
        `-c 'DROP OWNED BY "it'\\''s ""me"""' -c 'DROP ROLE "it'\\''s ""me"""'`,
      ],
      [null, "unmanagedRole", "role old", "VALID UNTIL 2001-01-01T00:00:00Z", `${SQL} -c 'DROP ROLE "old"'`],
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
        "role graph",
        "(LOGIN, CREATEDB, REPLICATION) has more",
        `${SQL} -c 'ALTER ROLE "graph" NOCREATEDB NOREPLICATION'`,
      ],
      [
        null,
        "unmanagedRole",
        "role theirs",
        "(BYPASSRLS) is declared by DatabaseRole another",
        "delete -n apps databaseroles.postgresql.cnpg.io another",
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
        "Database agents",
        "not applied: failed database object reconciliation; nonesuch: is not available",
        `"databaseReclaimPolicy":"retain","extensions":null}}' && npm run kubectl -- patch`,
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
      ["agents", "database", "Database agents", "has not applied", REAPPLY("databases", "agents")],
      ["platform", "database", "database platform", "gone", REAPPLY("databases", "platform")],
    ],
  },
  {
    title: "a login that works as itself",
    breaks: ({ logins }) => (logins[1]!.worksAs = "platform_a"),
    finds: [
      [
        "platform",
        "session",
        "session of platform_a",
        "works as platform_a;",
        `${SQL} -c 'ALTER ROLE "platform_a" SET role = '\\''platform'\\'''`,
      ],
    ],
  },
  {
    title: "an owner that works as another",
    breaks: ({ logins }) => (logins[0]!.worksAs = "platform"),
    finds: [["agents", "session", "session of agents", "works as platform;", `${SQL} -c 'ALTER ROLE "agents" RESET role'`]],
  },
  ...(
    [
      [undefined, "28P01", "Postgres accepts", LOOK],
      [true, "28P01", "Postgres accepts", REAPPLY("databaseroles", "agents")],
      [
        undefined,
        "53300",
        "sessions",
        `${SQL} -c 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\\''agents'\\'' AND state = '\\''idle'\\'''`,
      ],
      [undefined, "3D000", "Database agents declares agents", REAPPLY("databases", "agents")],
      [undefined, undefined, "the primary answers", DESCRIBE],
    ] as const
  ).map(([objects, code, truth, mend]): Case => ({
    title: `a login that fails with ${code}${objects ? " where roles are objects" : ""}`,
    ...(objects ? { objects } : {}),
    breaks: (facts) => refused(facts, code, "no"),
    finds: [["agents", "login", "login as agents with Secret agents-db-secret", truth, mend]],
  })),
  {
    title: "a login that pg_hba lines refuse, which were edited",
    breaks: (facts) => {
      facts.cluster!.spec.postgresql!.pg_hba = ["local all all trust"];
      refused(facts, "28000", "no pg_hba.conf entry");
    },
    finds: [
      [null, "cluster", "Cluster pg", "another postgresql.pg_hba than", REWRITE],
      ["agents", "login", "login as agents with Secret agents-db-secret", "no pg_hba.conf entry", REWRITE],
    ],
  },
  {
    title: "once, that nobody reaches Postgres",
    breaks: (facts) => {
      for (const [index, { service }] of facts.logins.entries())
        facts.logins[index] = { service, milliseconds: 5, error: { code: "EPIPE", message: "write EPIPE" } };
    },
    finds: [[null, "login", "Postgres cannot be reached", "write EPIPE", DESCRIBE]],
  },
  {
    title: "a rotation that is overdue",
    breaks: (_, { state }) => {
      const services = state.deployment!.resources![0]!.outputs!.services as Record<string, { maxAgeDays?: number }>;
      services.agents!.maxAgeDays = 30;
      services.platform!.maxAgeDays = 31;
    },
    finds: [["agents", "rotation", "password", "30 days old", "npm run rotate -- --stack dev agents"]],
  },
];
