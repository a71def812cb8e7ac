import assert from "node:assert/strict";
import type { Credential } from "../../cli/credential";
import { npm, ok } from "./support/commands";
import { CLUSTER, credentials, secretNames, superuser, withTunnel } from "./support/lab";

describe("who may do what", () => {
  let all: Record<string, Credential>;
  before(async () => {
    all = await credentials();
  });

  it("refuses a wrong password", () =>
    withTunnel(async (connect) => {
      for (const credential of Object.values(all)) {
        await assert.rejects(connect({ ...credential, password: `${credential.password}x` }), /password authentication failed/);
      }
    }));

  it("lets a service into its own database only", () =>
    withTunnel(async (connect) => {
      const databases = [...Object.values(all).map((credential) => credential.database), "postgres", "template1"];
      for (const credential of Object.values(all)) {
        for (const database of databases) {
          if (database === credential.database) assert.equal(await connect(credential), `${credential.user}@${database}`);
          else
            await assert.rejects(
              connect({ ...credential, database }),
              /pg_hba\.conf rejects connection|no pg_hba\.conf entry/,
              `${credential.user} in ${database}`,
            );
        }
      }
    }));

  it("refuses a database and a role that were made by hand", async () => {
    await superuser("create database by_hand");
    await superuser("create role by_hand login password 'by-hand'");
    try {
      await withTunnel(async (connect) => {
        await assert.rejects(connect({ ...all.agents!, database: "by_hand" }), /pg_hba\.conf rejects/);
        await assert.rejects(connect({ ...all.agents!, user: "by_hand", password: "by-hand" }), /pg_hba\.conf rejects/);
      });
    } finally {
      await superuser("drop database by_hand");
      await superuser("drop role by_hand");
    }
  });

  it("refuses a connection without TLS", () =>
    withTunnel(async (connect) => {
      await assert.rejects(connect(all.platform!, "select 1", false), /no encryption/);
    }));

  it("lets a service work in its database, and make neither roles nor databases", () =>
    withTunnel(async (connect) => {
      for (const credential of Object.values(all)) {
        await connect(credential, "create table e2e (id int); ");
        await connect(credential, "drop table e2e");
        await assert.rejects(connect(credential, "create database more"), /permission denied to create database/);
        await assert.rejects(connect(credential, "create role more"), /permission denied to create role/);
        await assert.rejects(connect(credential, "set role postgres"), /permission denied to set role/);
      }
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

  it("reverts what is changed by hand, at its next look at the cluster", async () => {
    const { agents } = all as { agents: Credential };
    await superuser("alter role agents with createdb createrole password 'by-hand'");
    await withTunnel(async (connect) => assert.equal(await connect({ ...agents, password: "by-hand" }), "agents@agents"));
    assert.match(await ok(npm("up")), /^14 of 14 services logged in over TLS/m);
    await withTunnel((connect) => assert.rejects(connect({ ...agents, password: "by-hand" }), /password authentication failed/));
    assert.equal(await superuser("select rolcreatedb or rolcreaterole from pg_roles where rolname = 'agents'"), "f");
  });
});
