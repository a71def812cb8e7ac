import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { ManagedStack } from "../../cli/stack/engine";
import { sleep } from "./support/clock";
import { npm, ok, transcripts } from "./support/commands";
import { startClient, type LoginClient } from "./support/client";
import { stopAtFailure } from "./support/inOrder";
import { kubectl, stack, target } from "./support/lab";
import {
  inVault,
  LEGACY,
  makeLegacyWorld,
  removeLegacyWorld,
  SERVICES,
  superuserIn,
  workload,
  WORLD,
  writeToVault,
  type LegacyService,
  type Passwords,
  inSession,
  letsIn,
} from "./support/legacy";
import { MigrationDesk, uid } from "./support/migrationDesk";
import { KUBELET_SECONDS, rates } from "./support/outages";
import { secretData } from "./support/vault";

const { namespace, cluster } = LEGACY;
/** Logins a second. The soak's are those of an application in a hurry. */
const OFTEN = process.env.SOAK ? 20 : 5;
const data = (secret: string) => secretData(secret, namespace);

describe("from Vault-authored credentials to CloudNativePG, by what the plan says", () => {
  stopAtFailure();
  let desk: MigrationDesk;
  let made: Passwords;
  let client: LoginClient;
  let first: { cluster: string; pod: string; secrets: Record<string, string> };
  let said: number;
  let opened: ManagedStack | undefined;

  before(async () => {
    said = transcripts.length;
    made = await makeLegacyWorld();
    const { image } = (await target()).overrides;
    desk = await MigrationDesk.open({
      namespace,
      context: "named-by-the-lab",
      cluster: {
        name: cluster,
        instances: 1,
        image,
        storage: { size: "1Gi" },
        parameters: { max_connections: "100" },
        protection: "none",
      },
      rotation: { settleSeconds: 0, applySeconds: 60 },
      // What it shares is to be its own.
      services: {
        threads: { workloads: [{ kind: "Deployment", name: "threads" }] },
        workflows: { workloads: [{ kind: "Deployment", name: "workflows" }] },
      },
    });
    // What Postgres answers is what counts: a machine that many use may take its time.
    client = await startClient("legacy-client", { platform: OFTEN }, { timeoutMs: 30_000, place: { namespace, cluster } });
    first = {
      cluster: await uid("clusters.postgresql.cnpg.io", cluster),
      pod: await uid("pod", `${cluster}-1`),
      secrets: await secretUids(),
    };
  });
  after(async () => {
    await client?.stop();
    await removeLegacyWorld();
    if (opened !== undefined) await ok(npm("pulumi", ["--stack", LEGACY.stack, "stack", "rm", "--force", "--yes"]));
    await desk?.close();
  });

  async function secretUids(): Promise<Record<string, string>> {
    return Object.fromEntries(
      await Promise.all(SERVICES.map(async (service) => [service, await uid("secret", WORLD[service].secret)] as const)),
    );
  }

  /** What a session of the role's begins with. */
  const sessionsBeginWith = (user: string, password: string): Promise<string> =>
    inSession({ user, password, database: "platform" }, async (session) => {
      const settings = "select concat(current_setting('search_path'), ' ', current_setting('statement_timeout')) as said";
      return (await session.query<{ said: string }>(settings)).rows[0]!.said;
    });

  async function makeAlike(): Promise<void> {
    // Both have had it since the last look: a role that was made by hand, and what Vault has of it.
    assert.equal(await letsIn("graph", made.drifted, "graph"), true);
    assert.equal(await letsIn("graph", made.graph, "graph"), false);
  }

  it("the plan says what there is: four to move, one of them drifted, a shared Secret, a stale key, and a stranger", async () => {
    await makeAlike();
    const report = await desk.plan();
    assert.deepEqual(
      report.services.filter(({ isMigrated }) => isMigrated).map(({ service }) => service),
      ["platform", "agents", "graph", "workflows"],
    );
    const text = JSON.stringify(report);
    assert.match(text, /Deployment ameide-legacy\/threads is threads's and reads the Secret workflows-db-secret/);
    assert.match(text, /the key DATABASE_URL of the Secret agents-db-secret is none that the program writes/);
    assert.match(text, /the role reporting is no service's \(made by hand, with something in platform\)/);
    const fields = report.changes.map(({ field }) => field);
    assert.ok(fields.includes("managed.roles") && fields.includes("postgresql.pg_hba"));
    for (const { field, cost } of report.changes) assert.doesNotMatch(cost, /is restarted, one after the other/, field);
    assert.match(await desk.check(1), /^platform +next: freeze$/m);
  });

  it("the plan says what a role would lose, and the settings that keep it or give it up", async () => {
    const { whole } = await desk.plan();
    const of = (service: string) =>
      whole.before.find(({ text }) => text.startsWith(`${service}: roles that are in Postgres already`))?.text ?? "";
    assert.match(of("platform"), /This keeps platform: its setting search_path \(app, public\)/);
    assert.match(
      of("graph"),
      /This keeps .*CREATEDB.*membership of pg_monitor \(granted by postgres\).*membership of readers.*CONNECTION LIMIT 30/,
    );
    assert.match(of("graph"), /This gives up graph: VALID UNTIL 2099-01-01T00:00:00Z/);
    assert.deepEqual([of("agents"), of("workflows")], ["", ""]);
  });

  it("freezes: what Vault gets is fetched no more", async () => {
    const stands = await desk.do(SERVICES, "freeze");
    for (const service of SERVICES) assert.deepEqual(stands[service], ["freeze done", "let-go next", "mirror done"], service);
    const held = await data(WORLD.platform.secret);
    await writeToVault("platform", "another-password-in-vault");
    // Three of the intervals at which it was fetched.
    await sleep(6_000);
    assert.deepEqual(await data(WORLD.platform.secret), held);
  });

  it("lets go: the ExternalSecrets are gone, and every Secret is the one that it was", async () => {
    const stands = await desk.do(SERVICES, "let-go");
    for (const service of SERVICES) assert.deepEqual(stands[service]!.slice(0, 2), ["freeze done", "let-go done"], service);
    assert.equal(await kubectl("-n", namespace, "get", "externalsecrets", "-o", "name"), "");
    await sleep(5_000);
    assert.deepEqual(await secretUids(), first.secrets);
    assert.equal((await data(WORLD.platform.secret)).password, made.platform);
  });

  it("has what has drifted mended before it is adopted: the truth is what logs in", async () => {
    const { steps } = await desk.service("graph");
    const adopt = steps.find(({ id }) => id === "adopt")!;
    assert.equal(adopt.state, "blocked");
    assert.match(adopt.why, /they have drifted: Postgres refuses what the Secret graph-db-credentials says for graph/);
    for (const item of adopt.items) await desk.follow(item, `${made.drifted}\n`);
    assert.equal((await data(WORLD.graph.secret)).password, made.drifted);
    assert.deepEqual(await desk.stands("graph"), ["freeze done", "let-go done", "adopt next", "mirror done"]);
  });

  it("adopts: the stack's file names the Secrets", async () => {
    const stands = await desk.do(SERVICES, "adopt");
    for (const service of SERVICES)
      assert.deepEqual(stands[service]!.slice(0, 4), ["freeze done", "let-go done", "adopt done", "take-over next"], service);
  });

  it("takes over: an up with the passwords that there are, the Cluster is not made anew, and nothing restarts", async () => {
    const { whole, refusals, services } = await desk.plan();
    assert.ok(refusals.some(({ path }) => path === `Cluster/${cluster}`));
    for (const item of whole.before) await desk.follow(item);
    const due = services.filter(({ isMigrated }) => isMigrated).map(({ steps }) => steps.find(({ id }) => id === "take-over")!.items);
    for (const items of due) for (const item of items.slice(0, -1)) await desk.follow(item);
    assert.deepEqual((await desk.plan()).refusals, []);
    // The up is the last of each, and everybody's.
    await desk.follow(due[0]!.at(-1)!);
    opened = await stack(LEGACY.stack);
    assert.deepEqual(await secretUids(), first.secrets);
    assert.equal(await uid("clusters.postgresql.cnpg.io", cluster), first.cluster);
    assert.equal(await uid("pod", `${cluster}-1`), first.pod);
    for (const service of ["platform", "agents", "workflows"] as const)
      assert.equal((await data(WORLD[service].secret)).password, made[service]);
    assert.equal((await data(WORLD.graph.secret)).password, made.drifted);
    assert.deepEqual((await desk.plan()).whole.before, []);
  });

  it("keeps what roles had, in Postgres and in their sessions, but what was given up", async () => {
    const has = await superuserIn(
      "graph",
      `select rolcreatedb, rolconnlimit, rolvaliduntil, array(select pg_get_userbyid(roleid) from pg_auth_members where member = r.oid order by 1)
       from pg_roles r where rolname = 'graph'`,
    );
    assert.equal(has, "t|30|infinity|{pg_monitor,readers}");
    assert.equal(await sessionsBeginWith("platform", made.platform), "app, public 7s");
  });

  it("has every table, with its rows, belong to whom it belonged", async () => {
    for (const service of SERVICES) {
      assert.equal(await superuserIn(service, "select count(*) from kept"), "100");
      assert.equal(await superuserIn(service, "select tableowner from pg_tables where tablename = 'kept'"), service);
    }
  });

  it("lets a role in that only a line of pg_hba.conf has, which is a note of drift's, and no finding", async () => {
    assert.equal(await letsIn("reporting", made.reporting, "platform"), true);
    const { code, text } = await npm("drift", ["--stack", LEGACY.stack]);
    assert.equal(code, 0, text);
    assert.match(text, /^Note: role reporting \(LOGIN\) is let into platform by a line of `cluster\.pgHba`, and is no service's$/m);
    await superuserIn("platform", "drop owned by reporting", "drop role reporting");
  });

  it("is not driven by Vault any more", async () => {
    await writeToVault("agents", "yet-another-password-in-vault");
    await sleep(5_000);
    assert.equal((await data(WORLD.agents.secret)).password, made.agents);
    assert.equal(await letsIn("agents", made.agents, "agents"), true);
  });

  /** Of cutting over. */
  const left = async (service: string) => (await desk.service(service)).steps.find(({ id }) => id === "cut-over")!.items;

  it("cuts over: each application with a Secret of its own, and no key that nobody keeps up to date", async () => {
    assert.deepEqual(await desk.stands("platform"), [
      ...["freeze done", "let-go done", "adopt done", "take-over done", "cut-over done", "mirror done"],
      "retire next",
    ]);
    const applied = await desk.items("workflows", "cut-over");
    assert.match(applied[0]!.text, /then let it read threads-db-credentials/);
    await kubectl(
      "-n",
      namespace,
      "patch",
      "deployment",
      "threads",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: (workload("threads", "threads-db-credentials") as { spec: object }).spec }),
    );
    assert.deepEqual(await left("workflows"), []);
    await desk.do(["agents"], "cut-over");
    assert.deepEqual(await left("agents"), []);
    assert.ok(!("DATABASE_URL" in (await data(WORLD.agents.secret))));
    assert.deepEqual(await left("graph"), []);
  });

  it("retires what Vault had, and replaces the passwords; of two logins that take turns, no application sees anything", async () => {
    const items = await desk.items("platform", "retire");
    // The file, the up and the retiring; the other way, in place, is for the others.
    const [fromVault, staged] = items;
    await desk.follow(fromVault!);
    assert.equal(await inVault("platform"), false);
    const [up, retire] = staged!.commands!;
    await desk.follow({ ...staged!, commands: [up!] });
    await client.sees({ platform: "platform_a" }, KUBELET_SECONDS);
    const { username, password } = await data(WORLD.platform.secret);
    assert.equal(username, "platform_a");
    assert.equal(await sessionsBeginWith("platform_a", password!), "app, public 7s");
    assert.equal(await letsIn("platform", made.platform, "platform"), true);
    await desk.follow({ text: "", commands: [retire!] });
    assert.equal(await letsIn("platform", made.platform, "platform"), false);
    for (const service of ["agents", "workflows", "graph"] as const) {
      const [vaultItem, , inPlace] = await desk.items(service, "retire");
      await desk.follow(vaultItem!);
      await desk.follow(inPlace!);
      assert.equal(await letsIn(service, service === "graph" ? made.drifted : made[service], service), false);
      assert.equal(await letsIn(service, (await data(WORLD[service].secret)).password!, service), true);
    }
  });

  it("is done when nothing of the way is left in the stack's file; the next up changes no password", async () => {
    assert.match(await desk.check(1), /^platform +next: retire$/m);
    const passwords = await now();
    const withoutAdopt = (config: Record<string, unknown>) => {
      const services = config["cnpg-credentials:services"] as Record<string, { adopt?: object; formerVaultPaths?: string[] }>;
      for (const one of Object.values(services)) {
        delete one.adopt;
        delete one.formerVaultPaths;
      }
    };
    await desk.edit(withoutAdopt);
    await desk.shell(`npm run up -- --stack ${LEGACY.stack}`);
    assert.deepEqual(await now(), passwords);
    assert.match(await desk.check(1), /^Left: `takeOver` goes out of the stack's file/m);
    await desk.edit((config) => delete config["cnpg-credentials:takeOver"]);
    await desk.shell(`npm run up -- --stack ${LEGACY.stack}`);
    assert.deepEqual(await now(), passwords);
    assert.match(await desk.check(0), /^Nothing is left of Vault-authored credentials: 5 services of stack legacy$/m);
    assert.match(await ok(npm("drift", ["--stack", LEGACY.stack])), /^Clean/m);
  });

  async function now(): Promise<Record<string, string | undefined>> {
    return Object.fromEntries(
      await Promise.all(SERVICES.map(async (service: LegacyService) => [service, (await data(WORLD[service].secret)).password] as const)),
    );
  }

  it("has had not one login of the application fail", async () => {
    const report = await client.report();
    console.log(rates(report));
    assert.deepEqual(report.failures.slice(0, 5), []);
    assert.ok(report.services.platform!.ok / report.seconds > OFTEN / 2);
    assert.equal(await uid("pod", `${cluster}-1`), first.pod);
  });

  it("has no password in what it said, nor in the state", async () => {
    const fresh = Object.values(await now()).map(String);
    const secrets = [...Object.values(made), ...fresh];
    const text = transcripts.slice(said).join("\n");
    const states = await fs.readdir(path.join(opened!.directory, "state"), { recursive: true, withFileTypes: true });
    for (const entry of states) {
      if (!entry.isFile() || !entry.name.includes(LEGACY.stack)) continue;
      const state = await fs.readFile(path.join(entry.parentPath, entry.name), "utf8");
      for (const secret of secrets) assert.ok(!state.includes(secret), entry.name);
    }
    for (const secret of secrets) assert.ok(!text.includes(secret) && !text.includes(Buffer.from(secret).toString("base64")));
  });
});
