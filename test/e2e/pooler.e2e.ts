import assert from "node:assert/strict";
import { resolveNames } from "../../catalog/names";
import { agents } from "../../catalog/services/agents";
import { platform } from "../../catalog/services/platform";
import type { Credential } from "../../cli/shared/credential";
import { observe } from "../../cli/shared/observe";
import { staleSessions, type StaleSessions } from "../../cli/rotate/sessions";
import { outputs } from "../../cli/stack/engine";
import { ensurePoolerImage } from "../../lab/images";
import { quiet } from "../support/quiet";
import { startClient, type LoginClient } from "./support/client";
import { holds } from "./support/clock";
import { clean } from "./support/drift";
import { credentials, NAMESPACE, stack, superuser, target, withTunnel, type Configuration, type Connect } from "./support/lab";
import { KUBELET_SECONDS, outages, rates, recovered } from "./support/outages";
import { makePoolers, pooledCredential, poolerPods } from "./support/poolers";
import { stopAtFailure } from "./support/inOrder";
import { refusal, rotate, Turns } from "./support/rotation";
import { holdSession, type Session } from "./support/session";

/** The service that goes through a Pooler of each kind. */
const POOLED = { platform: "pooler-session", agents: "pooler-transaction" } as const;
const NAMES = Object.keys(POOLED) as (keyof typeof POOLED)[];
const OWNERS = { platform: resolveNames(platform).role, agents: resolveNames(agents).role };
/**
 * Logins a second: a third of a processor each in the soak, as those of an application in a hurry.
 */
const OFTEN = process.env.SOAK ? 20 : 5;
/** How many rotations there are while both services' logins take turns. At the second, a login is used anew that a client has had since its turn before. */
const TURNS = process.env.SOAK ? 3 : 2;
/** The login of `agents` that is the previous one after the last turn, and that of `platform`. */
const PREVIOUS = (["agents", "platform"] as const).map((service) => `${service}_${TURNS % 2 === 0 ? "b" : "a"}`);
/** How the names of tables begin that are made through the Poolers. */
const MADE = "pooled_";

const REFUSED = /authentication failed|server login has been failing/;

/** Both services go through their Poolers, whom they prove by their names; a third is content with TLS. */
function pooled(config: Configuration): void {
  const tls = { mode: "verify-full", ca: "/authority/ca.crt" };
  for (const name of NAMES) config.services[name] = { keys: ["pooler"], pooler: POOLED[name], tls };
  config.services.graph = { pooler: POOLED.agents };
}
function alternating(config: Configuration): void {
  pooled(config);
  for (const name of NAMES) config.services[name] = { ...config.services[name], rotation: { strategy: "alternating" } };
}
const turns = new Turns(NAMES);

/** A way to one pod of a service's Pooler. */
async function through<T>(service: keyof typeof POOLED, work: (connect: Connect) => Promise<T>): Promise<T> {
  return withTunnel(work, (await poolerPods(POOLED[service]))[0]);
}

describe("a Pooler in between", () => {
  // A turn that was not waited for would be the next one's failure.
  stopAtFailure();
  let client: LoginClient;
  /** A client that keeps its connection from the first login to that login's next turn, while it has no session. */
  let outliving: Session;
  /** A client with what is the previous login after the last turn. */
  let previous: Session;

  after(async () => {
    await outliving?.end();
    await previous?.end();
  });

  // Where it cannot be pulled, it is compiled.
  before(async function () {
    this.timeout(40 * 60_000);
    await ensurePoolerImage(quiet);
  });

  it("lets a service in under its name, which the certificate has, and a new password is proven through it", async () => {
    await makePoolers([
      { name: POOLED.platform, poolMode: "session", instances: 1 },
      { name: POOLED.agents, poolMode: "transaction", instances: 2 },
    ]);
    await rotate({}, pooled);
    for (const name of NAMES) {
      const credential = await pooledCredential(name);
      assert.equal(credential.host, `${POOLED[name]}.${NAMESPACE}.svc`);
      await through(name, async (connect) => {
        assert.equal(await connect(credential), `${OWNERS[name]}@${credential.database}`);
        assert.match((await refusal(connect(credential, "select 1", false))) ?? "", /TLS required|SSL required/i);
      });
    }
    client = await startClient("pooler-e2e", Object.fromEntries(NAMES.map((name) => [name, OFTEN])), { pooled: true });
  });

  it("lets nobody into another's database", async () => {
    const [one, other] = [await pooledCredential("agents"), await pooledCredential("platform")];
    await through("agents", async (connect) => {
      for (const database of [other.database, "postgres"])
        assert.match((await refusal(connect({ ...one, database }))) ?? "", /pg_hba\.conf rejects connection/);
      assert.match((await refusal(connect({ ...one, password: `${one.password}x` }))) ?? "", /authentication failed/);
    });
  });

  it("is nothing that drift would find fault with", () => clean("with Poolers"));

  it("from in place to alternating", async () => {
    await rotate({ services: turns.to("alternating").services }, alternating);
    await sees(client);
    outliving = await hold();
    assert.deepEqual(await works(outliving), { works: "agents", login: "agents_a" });
  });

  for (let turn = 1; turn <= TURNS; turn++) {
    it(`staged rotation ${turn}: both logins work through it as the owner, and what they make is the owner's`, async () => {
      const before = await everyCredential();
      if (turn === TURNS) previous = await hold();
      await rotate({ services: turns.rotate().services }, alternating);
      const now = await everyCredential();
      // Its password is another by now. Whoever asks for a session for it must not keep those out who have the new one.
      if (turn === 2) await outlives();
      for (const name of NAMES)
        await through(name, async (connect) => {
          for (const [index, credential] of [before[name], now[name], before[name]].entries()) {
            assert.equal(await connect(credential), `${OWNERS[name]}@${credential.database}`);
            await connect(credential, `create table ${MADE}${turn}_${index} as select 1 as one`);
          }
        });
      await sees(client);
    });
  }

  /** A client of the Pooler in transaction mode that stays. */
  async function hold(): Promise<Session> {
    return holdSession(await pooledCredential("agents"), { pod: (await poolerPods(POOLED.agents))[0]! });
  }

  /** The client that has been there since its login's turn before. */
  async function outlives(): Promise<void> {
    // As PgBouncer itself does with sessions that are old, or have nothing to do for a while.
    await superuser("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'agents_a'");
    assert.deepEqual(await works(outliving), { works: "agents", login: "agents_a" });
    await outliving.end();
  }

  it("not one login has failed", async () => {
    const report = await client.report();
    console.log(rates(report));
    assert.deepEqual(report.failures.slice(0, 5), []);
    // Enough to have met every turn, however slow the machine.
    for (const name of NAMES) assert.ok(report.services[name]!.ok > 10 * OFTEN, name);
  });

  it("every table belongs to the owner", async () => {
    for (const name of NAMES) {
      const sql = `select distinct tableowner, count(*) from pg_tables where tablename ~ '^${MADE}' group by 1`;
      assert.equal(await superuser(sql, (await pooledCredential(name)).database), `${OWNERS[name]}|${3 * TURNS}`);
    }
  });

  it("clients that share sessions in transaction mode work as the owner, whatever the one before has discarded", async () => {
    const now = await pooledCredential("agents");
    const pod = (await poolerPods(POOLED.agents))[0]!;
    const sessions = await Promise.all(Array.from({ length: 6 }, () => holdSession(now, { pod })));
    try {
      const pids = new Set<unknown>();
      for (const statement of ["discard all", "reset role", "reset all", "set session authorization default"]) {
        for (const session of sessions) {
          assert.deepEqual(await works(session), { works: "agents", login: now.user }, statement);
          const [row] = (await session.query("select pg_backend_pid() as pid")) as { pid: unknown }[];
          pids.add(row!.pid);
          await session.query(statement);
        }
      }
      assert.ok(pids.size < sessions.length, `${pids.size} sessions`);
    } finally {
      for (const session of sessions) await session.end();
    }
  });

  it("a credential is in use while a client has it, and not for the sessions that a Pooler keeps for nobody", async () => {
    for (const role of PREVIOUS)
      assert.notEqual(await superuser(`select count(*) from pg_stat_activity where usename = '${role}'`), "0", role);
    await holds(async () => assert.deepEqual(await stale(), [{ service: "agents", role: PREVIOUS[0], count: 1 }]));
    await previous.end();
    await holds(async () => assert.deepEqual(await stale(), []));
  });

  it("back to in place, and nobody notices", async () => {
    await rotate({ services: turns.to("inPlace").services }, pooled);
    await sees(client);
    assert.deepEqual((await client.report()).failures.slice(0, 5), []);
  });

  it("in place: an application fails until kubelet gives it the new password, and then no more", async () => {
    const [from, before] = [Date.now(), await everyCredential()];
    await rotate({ services: turns.rotate().services }, pooled);
    for (const name of NAMES)
      await through(name, async (connect) => assert.match((await refusal(connect(before[name]))) ?? "let in", REFUSED, name));
    await sees(client);
    const failures = (await recovered(client)).failures.filter(({ at }) => at > from);
    console.log(`In place, through a Pooler (${Object.values(POOLED).join(", ")}):\n${outages(failures)}`);
    for (const failure of failures) assert.match(failure.message, REFUSED);
  });

  it("is let go of, and the service logs in without it", async () => {
    await client.stop();
    await rotate({ services: turns.services });
    const now = await credentials();
    await withTunnel(async (connect) => {
      for (const name of NAMES) assert.equal(await connect(now[name]!), `${OWNERS[name]}@${now[name]!.database}`);
    });
    for (const name of NAMES) await assert.rejects(pooledCredential(name), /has no host-pooler/);
  });
});

/** Waits until kubelet has given the client what the Secrets say now. */
async function sees(client: LoginClient): Promise<void> {
  const now = await everyCredential();
  await client.sees(Object.fromEntries(NAMES.map((name) => [name, now[name].user])), KUBELET_SECONDS);
}

async function everyCredential(): Promise<Record<keyof typeof POOLED, Credential>> {
  const entries = NAMES.map(async (name) => [name, await pooledCredential(name)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<keyof typeof POOLED, Credential>;
}

async function works(session: Session): Promise<unknown> {
  const [row] = await session.query("select current_user as works, session_user as login");
  return row;
}

/** What `npm run rotate` and `npm run retire` refuse for. */
async function stale(): Promise<StaleSessions[]> {
  const { config } = await target();
  const { cluster, services } = await outputs(await stack());
  const { primary } = await observe(config, cluster, services);
  return staleSessions(config, cluster, primary!, Object.entries(services));
}
