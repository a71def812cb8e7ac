import assert from "node:assert/strict";
import { catalogue } from "../../catalog/services";
import type { Credential } from "../../cli/shared/credential";
import { startClient, type LoginClient } from "./support/client";
import { credentials, recordsOn, superuser, withTunnel, type Connect } from "./support/lab";
import { KUBELET_SECONDS, outages, rates, recovered } from "./support/outages";
import { stopAtFailure } from "./support/inOrder";
import { refusal, rotate, Turns } from "./support/rotation";

/**
 * Logins a second: in the soak, those of an application in a hurry, which take a third of a
 * processor.
 */
const OFTEN = process.env.SOAK ? 20 : 5;
/**
 * One of each kind of Secret. The soak has the whole catalogue: three services at a time in a
 * hurry, and the others once a second.
 */
const GROUPS = process.env.SOAK
  ? catalogue.flatMap((_, index) => (index % 3 === 0 ? [catalogue.slice(index, index + 3).map(({ name }) => name)] : []))
  : [["platform", "temporal", "base"]];
/** One of each kind: of the bootstrap database, too. */
const WITH_TABLES = ["platform", "base"];
/** After two, a login is used anew. */
const TURNS = process.env.SOAK ? [1, 2, 3] : [1, 2];
/** In which turns they are made: each costs some logins. */
const TURNS_WITH_TABLES = process.env.SOAK ? TURNS : [1];
/** How their names begin: another group's are there, too. */
const MADE = `made_${Date.now()}_`;

/** An application's Secret that is not changed in place; those of roles end with `-role`. */
const REMOVED = /v1:Secret \S+(?<!-role) (deleted|deleting|replac)/;

let turns: Turns | undefined;
let turn = 0;

for (const group of GROUPS) {
  describe(`rotations while ${group.join(", ")} log in ${OFTEN} times a second`, () => {
    // A turn that was not waited for would be the next one's failure.
    stopAtFailure();
    let client: LoginClient;
    let first: Record<string, Credential>;
    let previous: Record<string, Credential>;
    let logins: Turns;
    before(async () => {
      logins = turns ??= new Turns((await recordsOn()).map(({ name }) => name));
      first = await credentials();
      const rate = (name: string) => (group.includes(name) ? OFTEN : 1);
      client = await startClient("rotation-e2e", Object.fromEntries((await recordsOn()).map(({ name }) => [name, rate(name)])));
    });
    after(() => client.stop());

    it("from in place to alternating: the owner's login is the previous one, and stays valid", async () => {
      const log = await rotate({ strategy: "alternating", services: logins.to("alternating").services });
      assert.doesNotMatch(log, REMOVED);
      await withTunnel(async (connect) => {
        for (const credential of Object.values(first)) await connect(credential);
      });
      await sees(client);
    });

    for (const which of TURNS) {
      it(`staged rotation ${which} of all services: both logins work, as the owner`, async () => {
        const before = await credentials();
        const make = TURNS_WITH_TABLES.includes(which) ? makeTables : () => Promise.resolve();
        await withTunnel((connect) => make(connect, before, `before_${turn}`));
        turn++;
        const log = await rotate({ strategy: "alternating", services: logins.rotate().services });
        assert.doesNotMatch(log, REMOVED);
        const now = await credentials();
        previous = before;
        await withTunnel(async (connect) => {
          for (const name of Object.keys(first)) {
            assert.notEqual(now[name]!.user, before[name]!.user);
            assert.notEqual(now[name]!.password, before[name]!.password);
            for (const credential of [now[name]!, before[name]!])
              assert.equal(await connect(credential), `${first[name]!.user}@${credential.database}`);
          }
          await make(connect, before, `previous_${turn}`);
          await make(connect, now, `now_${turn}`);
        });
        await sees(client);
      });
    }

    it("not one login has failed", async () => {
      const report = await client.report();
      console.log(rates(report));
      assert.deepEqual(report.failures.slice(0, 5), []);
      // The figures say how often it was. A machine that is busy with other things too does a part of it.
      for (const service of group) {
        const { ok: succeeded } = report.services[service]!;
        assert.ok(succeeded / report.seconds > OFTEN / 10, `${service}: ${(succeeded / report.seconds).toFixed(1)} a second`);
      }
    });

    it("every table belongs to the owner, whoever made it, and either login uses and changes it", async () => {
      const now = await credentials();
      await withTunnel(async (connect) => {
        for (const service of WITH_TABLES) {
          const { user: owner } = first[service]!;
          const tables = (
            await superuser(`select tablename, tableowner from pg_tables where tablename ~ '^${MADE}'`, now[service]!.database)
          ).split("\n");
          assert.equal(tables.length, 3 * TURNS_WITH_TABLES.length);
          for (const table of tables) {
            const [name, tableOwner] = table.split("|");
            assert.equal(tableOwner, owner, table);
            for (const credential of [previous[service]!, now[service]!]) {
              await connect(credential, `insert into ${name} values (2)`);
              await connect(credential, `alter table ${name} add column by_${credential.user} int`);
            }
            await connect(now[service]!, `drop table ${name}`);
          }
        }
      });
    });

    it("the previous credential works until it is retired, and then no more; others' are left alone", async () => {
      const now = await credentials();
      await rotate({ strategy: "alternating", services: logins.retire("platform").services });
      assert.deepEqual(await credentials(), now);
      await withTunnel(async (connect) => {
        assert.match((await refusal(connect(previous.platform!))) ?? "", /password authentication failed/);
        for (const credential of [now.platform!, previous.temporal!, now.temporal!]) await connect(credential);
      });
    });

    it("back to in place, and nobody notices", async () => {
      await rotate({ services: logins.to("inPlace").services });
      await sees(client);
      assert.deepEqual((await client.report()).failures.slice(0, 5), []);
      assert.equal((await credentials()).platform!.user, first.platform!.user);
    });

    it("in place: the old password is refused at once, and an application fails until kubelet gives it the new one", async () => {
      const [old, from] = [await credentials(), Date.now()];
      turn++;
      await rotate({ services: logins.rotate().services });
      const now = await credentials();
      await withTunnel(async (connect) => {
        for (const name of Object.keys(first)) {
          assert.match((await refusal(connect(old[name]!))) ?? "", /password authentication failed/, name);
          await connect(now[name]!);
        }
      });
      const failures = (await recovered(client)).failures.filter(({ at }) => at > from);
      console.log(`In place:\n${outages(failures)}`);
      assert.ok(failures.length > 0);
      for (const failure of failures) assert.equal(failure.code, "28P01", failure.message);
    });
  });
}

/** Waits until kubelet has given the client what the Secrets say now. */
async function sees(client: LoginClient): Promise<void> {
  const users = Object.entries(await credentials()).map(([name, { user }]) => [name, user] as const);
  await client.sees(Object.fromEntries(users), KUBELET_SECONDS);
}

async function makeTables(connect: Connect, by: Readonly<Record<string, Credential>>, name: string): Promise<void> {
  for (const service of WITH_TABLES) await connect(by[service]!, `create table ${MADE}${name} as select 1 as one`);
}
