import * as assert from "node:assert/strict";
import type { Attempt, FileFacts } from "../../../cli/migrate/types";
import {
  accepted,
  factsOf,
  legacyCluster,
  MARK,
  ourMarks,
  OURS,
  planOf,
  reportOf,
  role,
  SECRET,
  secret,
  stands,
  stepOf,
  writer,
  type World,
} from "../../support/migration";
import { migrationReport } from "../../../cli/migrate/plan";
import { golden } from "../../support/golden";
import { tells } from "../../support/told";

const ADOPTING = { services: { agents: { adopt: { secret: SECRET }, secretType: "Opaque" } } };
const frozen = { ...writer, isFrozen: true };
const free = { writers: [] };
const ours = { ...legacyCluster, mark: OURS, stack: "dev" };
const complete = { ...secret, keys: ["dbname", "host", "jdbc-uri", "password", "pgpass", "port", "uri", "user", "username"] };
const taken: World = { settings: ADOPTING, live: { ...free, cluster: ours, secrets: [complete] }, marks: [ourMarks] };
const change = (world: World, live: World["live"]): World => ({ ...world, live: { ...world.live, ...live } });
const K = "npm run kubectl -- ";

/** A repository with a manifest that feeds the Secret of `agents` from there. */
const namedIn = (source: string): FileFacts => ({
  writers: [{ where: "a.yaml:1 ExternalSecret/agents-login", sources: [source], secret: SECRET, writes: (_, name) => name === SECRET }],
  injections: [],
  files: 1,
  unread: [],
});

describe("cli/migrate/plan", () => {
  const states: [string, World, string][] = [
    ["nothing is done yet", {}, "freeze next, mirror done"],
    ["it is frozen", { live: { writers: [frozen] } }, "freeze done, let-go next, mirror done"],
    ["it is let go of", { live: free }, "freeze done, let-go done, adopt next, mirror done"],
    [
      "a repository still has it",
      {
        live: free,
        facts: {
          files: {
            writers: [{ where: "a.yaml:1 ExternalSecret/x", sources: [], secret: SECRET, writes: (_, name) => name === SECRET }],
            injections: [],
            files: 1,
            unread: [],
          },
        },
      },
      "freeze done, let-go next, mirror done",
    ],
    ["the stack's file adopts", { live: free, settings: ADOPTING }, "freeze done, let-go done, adopt done, take-over next, mirror done"],
    [
      "the type is not set",
      { live: free, settings: { services: { agents: { adopt: { secret: SECRET } } } } },
      "freeze done, let-go done, adopt next, mirror done",
    ],
    ["it is taken over", taken, "freeze done, let-go done, adopt done, take-over done, cut-over done, mirror done, retire next"],
    [
      "it is handed over and no up has been",
      { live: free, settings: { ...ADOPTING, takeOver: MARK }, marks: [{ ...ourMarks, owner: MARK }] },
      "freeze done, let-go done, adopt done, take-over next, mirror done",
    ],
    [
      "another stack has it",
      { ...taken, marks: [{ ...ourMarks, stack: "staging" }] },
      "freeze done, let-go done, adopt done, take-over next, mirror done",
    ],
    [
      "Vault still has it",
      {
        ...change(taken, { secrets: [{ ...complete, vaultPaths: ["secret/a"] }] }),
        settings: { services: { agents: { secretType: "Opaque" } } },
      },
      "freeze done, let-go done, adopt done, take-over done, cut-over done, mirror done, retire next",
    ],
    [
      "somebody copies it into Vault",
      change(taken, { pushes: [{ name: "backwards", secret: SECRET, gitOps: [] }] }),
      "freeze done, let-go done, adopt done, take-over done, cut-over done, mirror next",
    ],
    [
      "a login fails after it was taken over",
      { ...taken, facts: { attempts: [{ ...accepted, outcome: "refused" }] } },
      "freeze done, let-go done, adopt done, take-over done, cut-over blocked, mirror done",
    ],
  ];
  for (const [title, world, expected] of states)
    it(`says where a service stands when ${title}`, async () => assert.equal(stands(await reportOf(world)), expected));

  const blocked: [string, Partial<Attempt>, RegExp][] = [
    ["refuses the password", { outcome: "refused" }, /drifted: .*the Secret agents-db-secret .*agents/],
    ["cannot be asked", { outcome: "failed", why: "no route" }, /login as agents with the Secret agents-db-secret: no route$/],
    ["has another user", { namesAnother: true }, /^the Secret agents-db-secret names another user .*agents$/],
  ];
  for (const [title, attempt, expected] of blocked)
    it(`does not go on where Postgres ${title}`, async () => {
      const { state, why } = stepOf(await reportOf({ live: free, facts: { attempts: [{ ...accepted, ...attempt }] } }), "adopt");
      assert.equal(state, "blocked");
      assert.match(why, expected);
      golden("migrate", `what stops a service where Postgres ${title}`, why);
    });

  it("does not go on without a login, without a key, and for a lease", async () => {
    const none = stepOf(await reportOf({ live: free, facts: { attempts: [] } }), "adopt");
    assert.equal(none.state, "blocked");
    assert.match(none.why, /^no login could be tried/);
    const keyless = stepOf(
      await reportOf({ live: free, facts: { attempts: [{ service: "agents", secret: SECRET, outcome: "none" }] } }),
      "adopt",
    );
    assert.match(keyless.items[0]!.yaml!, /key: KEY/);
    const lease = stepOf(await reportOf({ live: { writers: [{ ...frozen, kind: "VaultDynamicSecret" }] } }), "adopt");
    assert.match(lease.items[0]!.text, /REASSIGN OWNED/);
  });

  it("freezes with the fields that External Secrets has, pauses who puts it back, and ends Vault's own rotation", async () => {
    const [pause, resume] = ["none", "automated"].map((policy) => `argocd app set apps --sync-policy ${policy}`) as [string, string];
    const gitOps = [{ by: "Argo CD" as const, name: "apps", pause, resume }];
    const { items } = stepOf(
      await reportOf({
        live: { writers: [{ ...writer, gitOps, sources: ["database/static-creds/agents"] }] },
        facts: { files: namedIn("database/static-creds/agents") },
      }),
      "freeze",
    );
    assert.deepEqual(
      items.flatMap(({ commands = [] }) => commands),
      [
        pause,
        `${K}patch -n ameide-dev externalsecrets.external-secrets.io agents-login --type=merge -p '{"spec":{"refreshPolicy":"CreatedOnce","refreshInterval":"0s"}}'`,
        "vault delete database/static-roles/agents",
      ],
    );
    assert.ok(items.some(({ text }) => text.includes("out of its repository") && text.includes(`\`${resume}\``)));
    const other = stepOf(await reportOf({ live: { writers: [{ ...writer, kind: "VaultStaticSecret" }] } }), "freeze");
    assert.match(other.items[0]!.text, /has no setting to wait.*secret\/legacy\/agents/);
  });

  it("lets go of the object and not of the Secret, and the stack's file keeps in mind where Vault has it", async () => {
    const commands = async (live: World["live"]) => stepOf(await reportOf({ live }), "let-go").items.flatMap((one) => one.commands ?? []);
    const yaml = async (settings: World["settings"] = {}) =>
      stepOf(await reportOf({ live: { writers: [frozen] }, settings }), "let-go").items.flatMap((one) => one.yaml ?? []);
    assert.deepEqual(await yaml(), [
      "config:\n  cnpg-credentials:services:\n    agents:\n      formerVaultPaths:\n        - secret/legacy/agents",
    ]);
    assert.deepEqual(await yaml({ services: { agents: { formerVaultPaths: ["secret/legacy/agents"] } } }), []);
    assert.deepEqual(await commands({ writers: [frozen] }), [
      `${K}patch -n ameide-dev externalsecrets.external-secrets.io agents-login --type=merge -p '{"spec":{"target":{"deletionPolicy":"Retain"}}}'`,
      `${K}delete -n ameide-dev externalsecrets.external-secrets.io agents-login --cascade=orphan`,
    ]);
    assert.equal(
      (await commands({ writers: [{ ...frozen, kind: "VaultStaticSecret" }] })).at(-1),
      `${K}delete -n ameide-dev vaultstaticsecrets.secrets.hashicorp.com agents-login --cascade=orphan`,
    );
    const made = stepOf(await reportOf({ live: { writers: [{ ...frozen, maker: "ClusterExternalSecret/all" }] } }), "let-go");
    assert.ok(made.items.some(({ text }) => /^ClusterExternalSecret\/all makes ExternalSecret\/agents-login anew/.test(text)));
  });

  it("where logins take turns: the adopted one is the owner's, beside the first of them", async () => {
    const byTurns = { services: { agents: { rotation: { strategy: "alternating" } } } };
    const adopt = async (settings: World["settings"] = {}) => stepOf(await reportOf({ live: free, settings }), "adopt");
    const [item] = (await adopt(byTurns)).items;
    assert.match(item!.yaml!, /cnpg-credentials:rotation:\n {4}services:\n {6}agents:\n {8}active: a\n {8}a: 1\n {8}owner: adopted$/);
    const { agents } = byTurns.services;
    const services = { agents: { ...agents, ...ADOPTING.services.agents } };
    assert.equal((await adopt({ services })).state, "next");
    const rotation = { services: { agents: { active: "a", a: 1, owner: "adopted" } } };
    assert.equal((await adopt({ services, rotation })).state, "done");
  });

  it("takes the Secret that works, says under which key, and which type cannot be changed", async () => {
    const yaml = async (world: World) => stepOf(await reportOf(world), "adopt").items.map((one) => one.yaml);
    assert.deepEqual(await yaml({ live: free }), [
      "config:\n  cnpg-credentials:services:\n    agents:\n      adopt:\n        secret: agents-db-secret\n      secretType: Opaque",
    ]);
    const old = { ...secret, name: "old", keys: ["pw_password"] };
    const cluster = { ...legacyCluster, spec: { managed: { roles: [role("agents", "old")] } } };
    const attempts: Attempt[] = [
      { ...accepted, outcome: "refused" },
      { ...accepted, secret: "old", key: "pw_password" },
    ];
    const world: World = { live: { ...free, cluster, secrets: [secret, old] }, facts: { attempts } };
    assert.deepEqual(await yaml(world), [
      "config:\n  cnpg-credentials:services:\n    agents:\n      adopt:\n        secret: old\n        key: pw_password",
    ]);
    const handedOver = stepOf(await reportOf(world), "take-over").items[0]!;
    assert.match(handedOver.text, /^the Secret agents-db-secret is handed over.* of old$/);
  });

  it("has what has drifted mended with no password in an argument, and the Secret let go of first", async () => {
    const { items } = stepOf(
      await reportOf({ live: { writers: [frozen] }, facts: { attempts: [{ ...accepted, outcome: "refused" }] } }),
      "adopt",
    );
    const [ask, first, put] = items;
    assert.match(ask!.commands![0]!, /exec -n ameide-dev postgres-ameide-1 -c postgres -- env .* psql .*pg_stat_activity where usename/);
    assert.match(first!.text, /^let go of the Secret first/);
    assert.match(
      put!.commands![0]!,
      /^read -rs PASSWORD && printf .* \| npm run kubectl -- patch -n ameide-dev secret agents-db-secret --type=merge --patch-file=\/dev\/stdin; unset PASSWORD$/,
    );
  });

  it("hands objects over by name, and has those of another name go without what they are of", async () => {
    const objects = (name: string, mark?: string) => [
      { kind: "Database" as const, name, of: "agents", owner: "old_owner", gitOps: [], ...(mark === undefined ? {} : { mark }) },
      { kind: "DatabaseRole" as const, name: "agents", of: "agents", gitOps: [] },
    ];
    const items = async (name: string, mark?: string) =>
      stepOf(await reportOf({ live: { ...free, objects: objects(name, mark) }, settings: ADOPTING }), "take-over").items;
    const alike = (await items("agents")).flatMap(({ commands = [] }) => commands);
    assert.deepEqual(alike.slice(0, 3), [
      `${K}annotate -n ameide-dev databases.postgresql.cnpg.io agents --overwrite cnpg-credentials/owner=${MARK}`,
      `${K}patch -n ameide-dev databaseroles.postgresql.cnpg.io agents --type=merge -p '{"spec":{"databaseRoleReclaimPolicy":"retain"}}'`,
      `${K}delete -n ameide-dev databaseroles.postgresql.cnpg.io agents`,
    ]);
    assert.deepEqual(alike.slice(3), ["npm run pulumi -- --stack dev preview", "npm run up -- --stack dev"]);
    assert.equal((await items("agents", MARK)).flatMap(({ commands = [] }) => commands)[0], alike[1]);
    const [other] = await items("agents-database");
    assert.deepEqual(other!.commands, [
      `${K}patch -n ameide-dev databases.postgresql.cnpg.io agents-database --type=merge -p '{"spec":{"databaseReclaimPolicy":"retain"}}'`,
      `${K}delete -n ameide-dev databases.postgresql.cnpg.io agents-database`,
    ]);
    assert.ok((await items("agents")).some(({ text }) => text.startsWith("the database agents belongs to old_owner")));
  });

  it("hands the Cluster over, by a mark of the stack's file", async () => {
    const { whole } = await reportOf();
    assert.deepEqual(
      whole.before.map(({ yaml, commands }) => yaml ?? commands),
      [
        [
          `config:\n  cnpg-credentials:takeOver: ${MARK}\n  cnpg-credentials:tls:`,
          ...["mode: require", "authorities:", "  - operator", "  - 1"].map((line) => `    ${line}`),
        ].join("\n"),
        [`${K}annotate -n ameide-dev clusters.postgresql.cnpg.io postgres-ameide --overwrite cnpg-credentials/owner=${MARK}`],
      ],
    );
    const after = await reportOf({ settings: { takeOver: "mine" }, live: { cluster: { ...legacyCluster, mark: "mine" } } });
    assert.deepEqual(after.whole.before, []);
    // A refusal of an earlier version has printed the mark with the stack's name before it.
    const [mark, longer] = ["0123456789abcdef", "organization/cnpg-credentials/old/0123456789abcdef"];
    const same = await reportOf({ settings: { takeOver: longer }, live: { cluster: { ...legacyCluster, mark } } });
    assert.deepEqual(same.whole.before, []);
    const elsewhere = await reportOf({}, { kubeconfig: "k.yaml", context: "c" });
    assert.match(elsewhere.whole.before[1]!.commands![0]!, /^npm run kubectl -- --kubeconfig k\.yaml --context c annotate /);
  });

  it("hands over by a mark that nobody knows before, and stays with one that is begun with", async () => {
    const facts = await factsOf();
    const marks = [1, 2].map(() => /takeOver: (\S+)/.exec(JSON.stringify(migrationReport(facts).whole.before))![1]!.replace(/\\n.*/, ""));
    for (const mark of marks) assert.match(mark, /^legacy\/postgres-ameide-[0-9a-f]{8}$/);
    assert.notEqual(marks[0], marks[1]);
    // The Cluster has it, and the stack's file does not name it yet.
    const begun = await factsOf({ live: { cluster: { ...legacyCluster, mark: marks[0]! } } });
    const { whole } = migrationReport(begun);
    assert.equal(whole.before.length, 1);
    assert.match(whole.before[0]!.yaml!, new RegExp(`takeOver: ${marks[0]!}\n`));
  });

  it("hands backups over that the stack has, too", async () => {
    const objects = ["daily", "weekly"].map((name) => ({ kind: "ScheduledBackup" as const, name, of: name, gitOps: [] }));
    const schedules = { daily: { schedule: "0 0 3 * * *" }, hourly: { schedule: "0 0 * * * *" } };
    const cluster = { name: "postgres-ameide", instances: 1, image: "i:1", storage: { size: "2Gi" }, backup: { schedules } };
    const { whole } = await reportOf({ live: { objects }, settings: { cluster } });
    assert.deepEqual(
      whole.before.slice(2).map(({ commands }) => commands),
      [[`${K}annotate -n ameide-dev scheduledbackups.postgresql.cnpg.io daily --overwrite cnpg-credentials/owner=${MARK}`]],
    );
  });

  describe("who shares a login, and what nobody keeps up to date", () => {
    const reads = (name: string, ...keys: string[]) => ({ who: `Deployment ameide-dev/${name}`, secret: SECRET, keys });
    const shared = async (
      readers: ReturnType<typeof reads>[],
      services: Record<string, unknown> = { agents: { adopt: { secret: SECRET } } },
    ) => stepOf(await reportOf({ ...change(taken, { readers }), settings: { services } }), "cut-over");

    it("takes the only one that reads it for its own", async () => assert.equal((await shared([reads("a")])).state, "done"));
    it("names each of several that nobody names", async () => {
      const { state, items } = await shared([reads("a"), reads("b")]);
      assert.equal(state, "next");
      assert.deepEqual(
        items.slice(0, 2).map(({ text }) => text.slice(0, 40)),
        ["Deployment ameide-dev/a reads the Secret", "Deployment ameide-dev/b reads the Secret"],
      );
    });
    it("leaves those out that are the service's own workloads", async () => {
      const workloads = ["a", "b"].map((name) => ({ kind: "Deployment", name }));
      assert.equal((await shared([reads("a"), reads("b")], { agents: { workloads } })).state, "done");
    });
    it("says whose another is, and what its own Secret is called", async () => {
      const { items } = await shared([reads("t")], { agents: {}, threads: { workloads: [{ kind: "Deployment", name: "t" }] } });
      assert.match(items[0]!.text, /^Deployment ameide-dev\/t .*threads's.* the Secret agents-db-secret.* threads-db-credentials$/);
    });
    it("names stale keys, who reads them, and how they go", async () => {
      const keys = { ...complete, keys: [...complete.keys, "DATABASE_URL"] };
      const text = async (...readers: ReturnType<typeof reads>[]) => {
        const world = change(taken, { secrets: [keys], readers });
        return stepOf(await reportOf(world), "cut-over").items[0]!;
      };
      assert.match((await text()).text, /^the key DATABASE_URL of the Secret agents-db-secret .*nobody here reads it/);
      assert.match((await text(reads("a", "DATABASE_URL"))).text, /Deployment ameide-dev\/a reads it\./);
      assert.match((await text(reads("a"))).text, /Deployment ameide-dev\/a may read it\./);
      assert.deepEqual((await text()).commands, [
        `${K}patch -n ameide-dev secret agents-db-secret --type=json -p '[{"op":"remove","path":"/data/DATABASE_URL"}]'`,
      ]);
    });
  });

  describe("retiring", () => {
    const commands = async (world: World) => stepOf(await reportOf(world), "retire").items.flatMap((one) => one.commands ?? []);
    const paths = ["secret/legacy/agents", "database/static-creds/agents"];
    const inVault = change(taken, { secrets: [{ ...complete, vaultPaths: paths }] });
    const remembering = { services: { agents: { ...ADOPTING.services.agents, formerVaultPaths: paths } } };

    it("removes what Vault has, in its way, and forgets where it was", async () => {
      assert.deepEqual((await commands({ ...inVault, settings: remembering })).slice(0, 3), [
        "vault kv metadata delete -mount=secret legacy/agents",
        "vault delete database/static-roles/agents",
        `${K}annotate -n ameide-dev secret agents-db-secret cnpg-credentials/former-vault-paths-`,
      ]);
      const { items } = stepOf(await reportOf({ ...taken, settings: remembering }), "retire");
      assert.match(items[0]!.text, /`legacy\/agents` of the mount `secret`/);
      assert.match(items.at(-1)!.text, /`adopt` and `formerVaultPaths` go out of `services\.agents`/);
    });
    it("has no command of what an object of the cluster alone says, and one where a manifest of the repository says so, too", async () => {
      const ofVault = (lines: readonly string[]) => lines.filter((line) => line.startsWith("vault "));
      const { items } = stepOf(await reportOf(inVault), "retire");
      assert.deepEqual(ofVault(items.flatMap((one) => one.commands ?? [])), []);
      const texts = items.map(({ text }) => text).join("\n");
      assert.match(texts, /`legacy\/agents` of the mount `secret` is named by an object of the cluster alone/);
      const named = await commands({ ...inVault, facts: { ...inVault.facts, files: namedIn("legacy/agents") } });
      assert.deepEqual(ofVault(named), ["vault kv metadata delete -mount=secret legacy/agents"]);
    });
    it("replaces the password, by turns or in place", async () =>
      assert.deepEqual(await commands(taken), [
        "npm run rotate -- --stack dev --strategy alternating agents",
        "npm run retire -- --stack dev agents",
        "npm run rotate -- --stack dev agents",
      ]));
    it("ends the one that still lets somebody in", async () =>
      assert.deepEqual(await commands({ ...taken, marks: [{ ...ourMarks, login: "agents_a", previous: "agents" }] }), [
        "npm run retire -- --stack dev agents",
      ]));
    it("is over with a rotated password once `adopt` is gone", async () => {
      const marks = [{ ...ourMarks, generation: "0.0.1" }];
      assert.deepEqual(await commands({ ...taken, marks }), []);
      const { items } = stepOf(await reportOf({ ...taken, marks }), "retire");
      assert.equal(items.length, 1);
      assert.match(items[0]!.text, /`adopt` goes out of `services\.agents`.*`secretType` stays/);
      const over = await reportOf({ ...taken, marks, settings: { services: { agents: { secretType: "Opaque" } } } });
      assert.deepEqual([over.clean, planOf(over).isMigrated], [true, false]);
    });
  });

  it("names roles that would be shut out, by who looks after them, until a line lets them in", async () => {
    const cluster = { ...legacyCluster, spec: { managed: { roles: [role("agents", SECRET), role("reports", "reports-login")] } } };
    const live = {
      cluster,
      writers: [{ ...writer, name: "reports", secret: "reports-login" }],
      objects: [{ kind: "DatabaseRole" as const, name: "etl-role", of: "etl", gitOps: [] }],
    };
    const postgres = {
      roles: ["agents", "agents_a", "postgres", "pg_monitor", "streaming_replica", "byhand", "nologin", "reports"].map((name) => ({
        name,
        login: name !== "nologin",
        usedIn: name === "byhand" ? ["agents", "orders"] : [],
      })),
      databases: [],
    };
    const texts = async (pgHba: string[]) => {
      const cluster_ = { name: "postgres-ameide", instances: 1, image: "i:1", storage: { size: "2Gi" }, pgHba };
      const { whole } = await reportOf({ live, settings: { cluster: cluster_ }, facts: { postgres } });
      return whole.before.slice(2).map(({ text }) => text);
    };
    const said = await texts([]);
    assert.equal(said.length, 3);
    assert.match(said[0]!, /^the role byhand .*by hand, .*agents/);
    assert.match(said[1]!, /^the role etl .*DatabaseRole etl-role/);
    assert.match(said[2]!, /^the role reports .*the Cluster; .* by reports/);
    golden("migrate", "roles that would be shut out", said.join("\n"));
    const { whole: open } = await reportOf({ live, facts: { postgres } });
    assert.match(JSON.stringify(open.before.slice(2)[0]), /hostssl agents,orders byhand all scram-sha-256/);
    assert.deepEqual(await texts(["hostssl agents byhand,etl all scram-sha-256", 'hostssl agents "reports" all cert']), []);
    assert.deepEqual((await reportOf({ ...taken, facts: { postgres } })).whole.before, []);
  });

  it("lists logins for Postgres that are no service's: of objects, of files, of Vault's agent", async () => {
    const isPostgres = "it reads from Vault's database engine";
    const injections = [{ where: "Deployment/app", path: "database/creds/app" }];
    const files = {
      writers: [{ where: "b.yaml:3 ExternalSecret/z", sources: [], isPostgres, secret: "z", writes: () => true }],
      injections: [{ where: "c.yaml:9 Deployment/x", path: "database/creds/x" }],
      files: 2,
      unread: ["d.yaml:1: unexpected end"],
    };
    const world: World = {
      ...taken,
      live: { ...taken.live, writers: [{ ...writer, secret: "other", isPostgres }], injections },
      facts: { files },
    };
    const report = await reportOf(world);
    assert.equal(report.clean, false);
    // That of b.yaml may be the service's, whose step names it.
    const texts = report.whole.before.map(({ text }) => text);
    tells(texts, [
      ["ExternalSecret/agents-login writes the Secret other", "database engine"],
      ["Deployment/app", "database/creds/app"],
      ["c.yaml:9 Deployment/x", "database/creds/x"],
    ]);
    golden("migrate", "logins that are no service's", texts.join("\n"));
    const [roles, files_, unread, ...more] = report.notes;
    assert.match(roles!, /roles .*not known/);
    assert.match(files_!, /^2 files /);
    assert.deepEqual([unread, more], ["not read: d.yaml:1: unexpected end", []]);
  });

  it("has nothing to say of a stack that has nothing to move", async () => {
    const nothing: World = {
      settings: { services: { agents: {} } },
      live: { writers: [], secrets: [], cluster: ours },
      facts: { attempts: [] },
    };
    const { clean, services, whole, changes } = await reportOf(nothing);
    assert.deepEqual([clean, services.map(({ isMigrated }) => isMigrated), whole, changes], [true, [false], { before: [], after: [] }, []]);
    const { notes } = await reportOf({ ...nothing, live: { ...nothing.live, cluster: undefined } });
    tells(notes, [["there is no Cluster postgres-ameide in ameide-dev", "`cluster.name`"]]);
  });

  it("has `takeOver` go last of all", async () => {
    const marks = [{ ...ourMarks, generation: "0.0.1" }];
    const settings = { takeOver: MARK, services: { agents: { secretType: "Opaque" } } };
    const { clean, whole } = await reportOf({ ...taken, marks, settings });
    assert.deepEqual([clean, whole.before, whole.after.length], [false, [], 1]);
  });

  it("is the same for the same", async () => {
    const facts = await factsOf();
    assert.deepEqual(migrationReport(facts, {}, "a"), migrationReport(facts, {}, "a"));
  });
});
