import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { parse, stringify } from "yaml";
import { authoritySecret } from "../../catalog/authorities";
import type { RotationEntry } from "../../config/rotation";
import { FixableError } from "../../config/fixableError";
import { asConfig, settingsIn } from "../../config/settings";
import { OWNER_ANNOTATION } from "../../kube/marks";
import { stackFile } from "../../cli/stack/stackFile";
import { startClient, type ClientReport, type LoginClient } from "./support/client";
import { holds } from "./support/clock";
import { npm, ok } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import {
  CLUSTER,
  credentials,
  exists,
  kubectl,
  NAMESPACE,
  STACK,
  stack,
  superuser,
  target,
  upWith,
  withTunnel,
  type Configuration,
} from "./support/lab";
import { refusal, Turns } from "./support/rotation";
import { apply } from "./support/workloads";

const THEIRS = { user: "reporting", password: "theirs-0123456789", database: "shop", host: `${CLUSTER}-rw.${NAMESPACE}.svc`, port: 5432 };
const SERVICES = ["platform", "agents", "threads"];
const RATES = { platform: 10, agents: 10, threads: 5 };
const CLUSTERS = "clusters.postgresql.cnpg.io";

/** The settings of the Cluster in the stack's file, in each of the three times. */
const somebodys = { cluster: { existing: CLUSTER, protection: "none" } };
const ours = async () => ({
  cluster: {
    image: (await target()).overrides.image,
    ...{ name: CLUSTER, instances: 1, storage: { size: "1Gi" }, protection: "protected" },
    pgHba: ["hostssl shop reporting all scram-sha-256"],
    backup: { schedules: { daily: { schedule: "0 0 3 * * *", suspend: true } } },
  },
  roleApi: "databaseRole",
  tls: { mode: "verify-full", authorities: ["operator", 1] },
});

describe("a Cluster that is there already", () => {
  stopAtFailure();
  const turns = new Turns(SERVICES).to("alternating");
  let client: LoginClient | undefined;

  /** Writes the stack's file: what it says of the Cluster, and the logins as they are by now. */
  async function write(of: Record<string, unknown>): Promise<void> {
    const file = parse(await fs.readFile(stackFile(STACK), "utf8")) as { config: Record<string, unknown> };
    const { cluster: _, roleApi: __, tls: ___, takeOver: ____, ...kept } = settingsIn(file.config);
    const rotation: { strategy: string; settleSeconds: number; services: Readonly<Record<string, RotationEntry>> } = {
      strategy: "alternating",
      settleSeconds: 0,
      services: turns.services,
    };
    await fs.writeFile(
      stackFile(STACK),
      stringify({ ...file, config: asConfig({ ...kept, tls: { mode: "verify-full" }, rotation, ...of }) }),
    );
  }
  const up = async (of: Record<string, unknown>, change: (config: Configuration) => void = () => undefined) => {
    await write(of);
    return upWith(change);
  };
  /** Why an `up` of these is refused. */
  async function refused(of: Record<string, unknown>): Promise<string> {
    try {
      await up(of);
    } catch (error) {
      if (error instanceof FixableError) return error.message;
      throw error;
    }
    throw new Error("the up was not refused");
  }
  const passwords = async () =>
    Object.fromEntries(Object.entries(await credentials()).map(([name, { user, password }]) => [name, { user, password }]));
  const cluster = async () =>
    JSON.parse(await kubectl("-n", NAMESPACE, "get", CLUSTERS, CLUSTER, "-o", "json", "--show-managed-fields")) as {
      metadata: {
        uid: string;
        generation: number;
        annotations?: Record<string, string>;
        managedFields: { manager: string; subresource?: string }[];
      };
      spec: { postgresql: { pg_hba?: string[] } };
    };
  function assertNoneFailed({ services, failures }: ClientReport): void {
    assert.deepEqual(failures, []);
    for (const name of SERVICES) assert.ok((services[name]?.ok ?? 0) > 20, `${name}: ${JSON.stringify(services[name])}`);
  }

  before(async () => {
    // With the stack, its namespace.
    await stack();
    await apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "reporting", namespace: NAMESPACE },
      type: "kubernetes.io/basic-auth",
      stringData: { username: THEIRS.user, password: THEIRS.password },
    });
    const { image } = (await target()).overrides;
    await apply({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: CLUSTER, namespace: NAMESPACE },
      spec: {
        instances: 1,
        ...(image === undefined ? {} : { imageName: image }),
        storage: { size: "1Gi" },
        bootstrap: { initdb: { database: "shop", owner: "shop" } },
        postgresql: { parameters: { max_connections: "100" } },
        managed: { roles: [{ name: THEIRS.user, login: true, passwordSecret: { name: "reporting" } }] },
      },
    });
    await kubectl("-n", NAMESPACE, "wait", `${CLUSTERS}/${CLUSTER}`, "--for=condition=Ready", "--timeout=300s");
    await superuser("create table kept as select generate_series(1, 100) as one", "shop");
    await superuser("grant select on kept to reporting", "shop");
  });
  after(async () => {
    await client?.stop();
  });

  it("has three services in it, and is not written to: no field of it has another manager", async () => {
    const before = await cluster();
    const { warnings } = await up(somebodys);
    await withTunnel(async (connect) => {
      for (const credential of Object.values(await credentials()))
        assert.equal(await connect(credential), `${credential.user.replace(/_[ab]$/, "")}@${credential.database}`);
    });
    const after = await cluster();
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual(
      after.metadata.managedFields.filter(({ manager }) => /pulumi/i.test(manager)),
      [],
    );
    assert.equal(after.metadata.annotations?.[OWNER_ANNOTATION], undefined);
    const said = warnings.find((warning) => warning.includes("nothing in its pg_hba.conf keeps these services' logins")) ?? "";
    // Whoever owns the Cluster puts the printed lines into its manifest.
    const [, printed] = /`pg_hba: (\[.*?\])`/.exec(said) ?? [];
    assert.notEqual(printed, undefined, warnings.join("\n"));
    const lines = JSON.parse(printed!) as string[];
    const into = (host: string[]) =>
      kubectl(
        "-n",
        NAMESPACE,
        "patch",
        CLUSTERS,
        CLUSTER,
        "--type=merge",
        "-p",
        JSON.stringify({ spec: { postgresql: { pg_hba: host } } }),
      );
    const { platform } = await credentials();
    const asShop = { ...platform!, database: "shop" };
    assert.equal(await withTunnel((connect) => connect(asShop, "select current_database()")), "shop");
    await into(lines);
    await holds(async () => assert.match((await withTunnel((connect) => refusal(connect(asShop)))) ?? "let in", /pg_hba\.conf rejects/));
  });

  it("keeps services from each other, and its owner's users from services", async () => {
    const { platform, agents } = await credentials();
    await withTunnel(async (connect) => {
      const refusedTo = async (credential: Parameters<typeof connect>[0], sql?: string) =>
        (await refusal(connect(credential, sql))) ?? "it was let in";
      assert.match(await refusedTo({ ...platform!, database: agents!.database }), /pg_hba\.conf rejects|permission denied for database/);
      assert.match(await refusedTo({ ...THEIRS, database: platform!.database }), /permission denied for database/);
      assert.match(await refusedTo({ ...platform!, database: "postgres" }), /pg_hba\.conf rejects/);
      for (const attack of [
        "set role agents",
        "create role mine",
        "alter role agents password 'mine'",
        "grant agents to platform",
        "create database mine",
      ])
        assert.match(await refusedTo(platform!, attack), /permission denied|must|not permitted|only roles/i, attack);
      assert.equal(await connect(THEIRS, "select count(*) from kept"), "100");
    });
    // Without the lines, the databases themselves keep everybody else out.
    const rights =
      "select count(*) from pg_database, aclexplode(datacl) a where datname in ('platform', 'agents', 'threads') and a.grantee = 0";
    assert.equal(await superuser(rights), "0");
  });

  it("rotates in turns without a login that fails, and drift finds nothing", async () => {
    client = await startClient("steady", RATES);
    const before = await passwords();
    turns.rotate();
    await up(somebodys);
    const after = await passwords();
    for (const name of SERVICES) assert.notEqual(after[name]!.user, before[name]!.user);
    await client.sees(Object.fromEntries(SERVICES.map((name) => [name, after[name]!.user])), 180);
    assertNoneFailed(await client.report());
    assert.match(await ok(npm("drift")), /^Clean/m);
    assert.match(await ok(npm("status")), /3 of 3|3 services/);
  });

  it("changes nothing when nothing has changed, and refuses another name, and a role that the Cluster has in its list", async () => {
    const { changed, summary } = await up(somebodys);
    assert.equal(changed, false, summary);
    assert.match(await refused({ cluster: { existing: "another" } }), new RegExp(`no Cluster .another.*there are ${CLUSTER}`, "s"));
    const roles = [
      { name: THEIRS.user, login: true, passwordSecret: { name: "reporting" } },
      { name: "agents", login: false },
    ];
    const listed = (all: object[]) =>
      kubectl("-n", NAMESPACE, "patch", CLUSTERS, CLUSTER, "--type=merge", "-p", JSON.stringify({ spec: { managed: { roles: all } } }));
    await listed(roles);
    assert.match(await refused(somebodys), /has `agents` in its own `spec\.managed\.roles`/);
    await listed(roles.slice(0, 1));
  });

  let mark = "";
  it("is taken over whole, without a login that fails and with every password as it was", async () => {
    const before = await passwords();
    const { metadata } = await cluster();
    await write(await ours());
    const plan = await npm("migrate", ["plan"]);
    [, mark = ""] = new RegExp(`takeOver: ["']?(legacy/${CLUSTER}-[0-9a-f]{8})`).exec(plan.text) ?? [];
    assert.notEqual(mark, "", plan.text);
    await kubectl("-n", NAMESPACE, "annotate", CLUSTERS, CLUSTER, `${OWNER_ANNOTATION}=${mark}`);
    await up({ ...(await ours()), takeOver: mark });
    // A role of somebody's goes out of the Cluster's list, and stays in Postgres as it is.
    const list = [{ op: "remove", path: "/spec/managed/roles" }];
    await kubectl("-n", NAMESPACE, "patch", CLUSTERS, CLUSTER, "--type=json", "-p", JSON.stringify(list));
    const taken = await cluster();
    assert.equal(taken.metadata.uid, metadata.uid);
    assert.equal(taken.spec.postgresql.pg_hba?.at(-1), "host all all all reject");
    assert.deepEqual(await passwords(), before);
    assertNoneFailed(await client!.report());
    assert.match(await ok(npm("drift")), /^Clean/m);
    assert.equal(await exists("scheduledbackups", "daily"), true);
  });

  it("is not given back under another name: the up would delete it", async () =>
    assert.match(await refused({ cluster: { existing: `${CLUSTER}-copy` } }), /this stack has made the Cluster .*would delete that/s));

  it("is given back by one change: it stays as it is, with its backups and its authority, and no login fails", async () => {
    const [before, { metadata, spec }] = [await passwords(), await cluster()];
    await write(somebodys);
    // It ends with 1, as the key of the authority goes out of the state.
    const { text: review } = await npm("review");
    assert.match(review, /Cluster .*left as it is, and not managed any more/);
    await up(somebodys);
    const after = await cluster();
    assert.equal(after.metadata.uid, metadata.uid);
    assert.deepEqual(after.spec, spec);
    assert.equal(await exists("scheduledbackups", "daily"), true);
    assert.notEqual(await kubectl("-n", NAMESPACE, "get", "secret", authoritySecret(CLUSTER), "-o", "name"), "");
    assert.deepEqual(await passwords(), before);
    // And stays so, when nothing of it is in the state any more.
    await up(somebodys);
    assert.equal((await cluster()).metadata.uid, metadata.uid);
    assertNoneFailed(await client!.report());
    assert.match(await ok(npm("drift")), /^Clean/m);
    await withTunnel(async (connect) => {
      for (const credential of Object.values(await credentials()))
        assert.equal(await connect(credential), `${credential.user.replace(/_[ab]$/, "")}@${credential.database}`);
    });
  });

  it("wants its authority taken over with it, should it become the stack's own once more", async () => {
    const first = await passwords();
    const message = await refused(await ours());
    const [, its] = /takeOver: (\S+?)`/.exec(message) ?? [];
    assert.notEqual(its, undefined, message);
    await up({ ...(await ours()), takeOver: its });
    assert.deepEqual(await passwords(), first);
    const last = await client!.stop();
    client = undefined;
    assertNoneFailed(last);
  });
});
