import assert from "node:assert/strict";
import type { Credential } from "../../cli/shared/credential";
import { inParallel } from "../../cli/drift/sessions";
import { npm, ok } from "./support/commands";
import { CLUSTER, credentials, secretNames, withTunnel } from "./support/lab";
import { refusal } from "./support/rotation";

/** Logins at a time. */
const AT_A_TIME = 8;
/** One of each kind: a Secret with the keys of `pg`, one with Temporal's variables, and the owner of the bootstrap database. */
const SOME = ["platform", "temporal", "base"];

describe("who may do what", () => {
  let all: Record<string, Credential>;
  before(async () => {
    all = await credentials();
  });

  it("refuses a wrong password", () =>
    withTunnel(async (connect) => {
      const refusals = await inParallel(Object.values(all), AT_A_TIME, (credential) =>
        refusal(connect({ ...credential, password: `${credential.password}x` })),
      );
      assert.ok(refusals.length >= SOME.length);
      for (const reason of refusals) assert.match(reason ?? "let in", /password authentication failed/);
    }));

  it("lets a service into its own database only", () =>
    withTunnel(async (connect) => {
      const databases = [...Object.values(all).map((credential) => credential.database), "postgres", "template1"];
      const tries = SOME.flatMap((service) => databases.map((database) => ({ own: all[service]!, database })));
      await inParallel(tries, AT_A_TIME, async ({ own, database }) => {
        if (database === own.database) assert.equal(await connect(own), `${own.user}@${database}`);
        else
          assert.match(
            (await refusal(connect({ ...own, database }))) ?? "let in",
            /pg_hba\.conf rejects connection|no pg_hba\.conf entry/,
            `${own.user} in ${database}`,
          );
      });
    }));

  it("refuses a connection without TLS", () =>
    withTunnel(async (connect) => {
      await assert.rejects(connect(all.platform!, "select 1", false), /no encryption/);
    }));

  it("lets a service work in its database, and make neither roles nor databases", () =>
    withTunnel(async (connect) => {
      await inParallel(Object.values(all), AT_A_TIME, async (credential) => {
        await connect(credential, "create table e2e (id int)");
        await connect(credential, "drop table e2e");
        for (const [statement, reason] of [
          ["create database more", /permission denied to create database/],
          ["create role more", /permission denied to create role/],
          ["set role postgres", /permission denied to set role/],
        ] as const)
          assert.match((await refusal(connect(credential, statement))) ?? "done", reason, credential.user);
      });
    }));

  it("has the Secrets that services own and no superuser's", async () => {
    const names = await secretNames();
    assert.ok(!names.includes(`${CLUSTER}-superuser`));
    assert.ok(!names.includes(`${CLUSTER}-app`));
  });

  it("connects as an application does: from a pod, by name, with the Secret as its environment, the server proven", async () => {
    for (const service of ["platform", "temporal"]) {
      const text = await ok(npm("psql", [service, "-XAtc", "select current_user, ssl from pg_stat_ssl where pid = pg_backend_pid()"]));
      assert.match(text, new RegExp(`^${service}\\|t$`, "m"));
    }
  });
});
