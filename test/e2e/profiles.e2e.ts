import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { withProfiles } from "../../catalog/profiles";
import type { ServiceRecord } from "../../catalog/record";
import { agents } from "../../catalog/services/agents";
import { platform } from "../../catalog/services/platform";
import type { Credential } from "../../cli/shared/credential";
import type { DriftReport } from "../../cli/drift/types";
import { startClient, type LoginClient } from "./support/client";
import { holds } from "./support/clock";
import { npm, ok } from "./support/commands";
import { clean, drift, runMending } from "./support/drift";
import { stopAtFailure } from "./support/inOrder";
import { credentials, superuser, withTunnel, type Configuration, type Connect } from "./support/lab";
import { KUBELET_SECONDS, rates } from "./support/outages";
import { refusal, rotate, Turns, type Rotation } from "./support/rotation";

/** The records that the services have had until now, with profiles. */
const RECORDS: readonly ServiceRecord[] = [{ ...platform, profiles: { migrator: {}, writer: {}, reader: {} } }, agents];
const ALL = withProfiles(RECORDS);
const ON = ["platform", "agents", "platform-migrator", "platform-writer", "platform-reader"];

const turns = new Turns(ON);
const rotation = (): Rotation => ({ services: turns.services });
let alternating: readonly string[] = [];
let directory: string;
const profiles = (config: Configuration) => {
  config.catalog = directory;
  config.services = Object.fromEntries(
    ON.map((name) => [name, alternating.includes(name) ? { rotation: { strategy: "alternating" } } : {}]),
  );
};
const up = () => rotate(rotation(), profiles);
const grantsOf = ({ findings }: DriftReport) => findings.filter(({ check }) => check === "grants");

describe("profiles in a database", () => {
  stopAtFailure();
  let application: LoginClient;
  let all: Record<string, Credential>;
  const take = async () => (all = await credentials(ALL));
  const as = (name: string) => all[`platform${name === "" ? "" : `-${name}`}`]!;
  /** Why somebody may not do something there. */
  const denied = async (connect: Connect, name: string, sql: string) => (await refusal(connect(as(name), sql))) ?? "done";

  before(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "profiles-"));
    fs.mkdirSync(path.join(directory, "services"));
    for (const { name, ...record } of RECORDS) fs.writeFileSync(path.join(directory, "services", `${name}.yaml`), stringify(record));
    all = await credentials();
    await withTunnel(async (connect) => {
      await connect(as(""), "create table yesterday (id serial, what text)");
      await connect(as(""), "insert into yesterday (what) values ('old')");
    });
    application = await startClient("application", { platform: 10, agents: 2 });
  });

  it("come to a service whose owner is its application by one `up`, in which no login of its fails", async () => {
    const before = { ...all };
    await up();
    await take();
    for (const service of ["platform", "agents"]) assert.deepEqual(all[service], before[service]);
    await withTunnel(async (connect) => {
      assert.equal(await connect(as("reader")), "platform_reader@platform");
      assert.equal(await connect(as("writer")), "platform_writer@platform");
      assert.equal(await connect(as("migrator")), "platform@platform");
    });
    await clean("with profiles");
  });

  it("see what the owner has made before, and what the migrator makes afterwards: in schemas of afterwards, too", () =>
    withTunnel(async (connect) => {
      await connect(as("migrator"), "create table tomorrow (id serial, what text)");
      await connect(as("migrator"), "create schema later");
      await connect(as(""), "create table later.tomorrow (id int generated always as identity, what text)");
      for (const table of ["yesterday", "tomorrow", "later.tomorrow"]) {
        await connect(as("writer"), `insert into ${table} (what) values ('written')`);
        await connect(as("writer"), `update ${table} set what = 'changed' where what = 'written'`);
        assert.equal(await connect(as("reader"), `select count(*) from ${table} where what = 'changed'`), "1", table);
        await connect(as("writer"), `delete from ${table} where what = 'changed'`);
        for (const sql of [`insert into ${table} (what) values ('x')`, `update ${table} set what = 'x'`, `delete from ${table}`])
          assert.match(await denied(connect, "reader", sql), /permission denied/, sql);
        for (const name of ["reader", "writer"])
          for (const sql of [`alter table ${table} add more int`, `drop table ${table}`, `truncate ${table}`])
            assert.match(await denied(connect, name, sql), /permission denied|must be owner/, `${name}: ${sql}`);
      }
      for (const name of ["reader", "writer"])
        for (const sql of ["create table own (id int)", "create schema own", "create temp table own (id int)", "set role platform"])
          assert.match(await denied(connect, name, sql), /permission denied/, `${name}: ${sql}`);
      // The owner has it, whichever login has made it.
      assert.equal(
        await connect(as(""), "select string_agg(distinct tableowner, ',') from pg_tables where tablename = 'tomorrow'"),
        "platform",
      );
    }));

  it("are let into that database alone, and others' logins are not", () =>
    withTunnel(async (connect) => {
      for (const name of ["reader", "writer", "migrator"])
        for (const database of ["agents", "postgres"])
          assert.match((await refusal(connect({ ...as(name), database }))) ?? "let in", /pg_hba\.conf rejects/, `${name} in ${database}`);
      assert.match((await refusal(connect({ ...all.agents!, database: "platform" }))) ?? "let in", /pg_hba\.conf rejects/);
      // Postgres itself lets none in, either.
      assert.equal(await superuser("select has_database_privilege('agents', 'platform', 'connect')"), "f");
      assert.equal(await superuser("select has_database_privilege('platform_reader', 'platform', 'connect')"), "t");
    }));

  it("take the application over without a login that fails", async () => {
    const moved = await startClient("moved", { "platform-writer": 10 }, { records: ALL });
    await holds(async () => {
      const { ok: done = 0 } = (await moved.report()).services["platform-writer"] ?? {};
      assert.ok(done > 20, `${done} logins`);
    });
    const report = await moved.stop();
    console.log(rates(report));
    assert.deepEqual(report.failures, []);
  });

  it("whose rights somebody takes away, or adds to, by hand: drift finds it, and its commands put it back", async () => {
    for (const sql of [
      "revoke select on yesterday from platform_reader",
      "revoke usage on schema later from platform_writer",
      "grant insert (what), truncate on tomorrow to platform_reader",
      "alter default privileges for role platform revoke select on tables from platform_reader",
      "alter default privileges for role platform in schema later grant update on tables to platform_reader",
      "grant create on schema public to platform_writer",
      "grant delete on tomorrow to public",
    ])
      await superuser(sql, "platform");
    const found = await drift(1);
    const grants = grantsOf(found);
    console.log(grants.map(({ service, suspect }) => `${service}: ${suspect}`).join("\n"));
    assert.deepEqual(found.findings, grants);
    for (const [service, phrase] of [
      ["reader", "platform_reader lacks SELECT on TABLE public.yesterday, tables of tomorrow"],
      ["reader", "platform_reader has INSERT, TRUNCATE on TABLE public.tomorrow"],
      ["reader", "platform_reader has UPDATE on tables of tomorrow"],
      ["reader", "everybody has DELETE on TABLE public.tomorrow"],
      ["writer", "platform_writer lacks USAGE on SCHEMA later"],
      ["writer", "platform_writer has CREATE on SCHEMA public"],
    ] as const)
      assert.ok(
        grants.some((one) => one.service === `platform-${service}` && one.suspect.includes(phrase)),
        `nothing of ${phrase}`,
      );
    await runMending(grants);
    await clean("after mending");
    await withTunnel(async (connect) => {
      assert.equal(await connect(as("reader"), "select count(*) from yesterday where what = 'old'"), "1");
      assert.match(await denied(connect, "reader", "insert into tomorrow (what) values ('x')"), /permission denied/);
    });
  });

  it("rotate by themselves, and a proof gives back what was taken away", async () => {
    const before = { ...all };
    await superuser("revoke select on yesterday from platform_reader", "platform");
    turns.rotate("platform-reader");
    await up();
    await take();
    assert.notEqual(as("reader").password, before["platform-reader"]!.password);
    for (const name of ["", "writer", "migrator"])
      assert.equal(as(name).password, before[`platform${name === "" ? "" : `-${name}`}`]!.password);
    await withTunnel(async (connect) => {
      assert.equal(await connect(as("reader"), "select count(*) from yesterday where what = 'old'"), "1");
      assert.match((await refusal(connect(before["platform-reader"]!))) ?? "let in", /password authentication failed/);
    });
    await clean("after a rotation");
  });

  it("an owner that nobody logs in as gives rights by the login whose turn it is; a reader takes turns, too", async () => {
    alternating = ["platform", "platform-reader", "platform-migrator"];
    turns.to("alternating", ...alternating);
    await up();
    await take();
    assert.deepEqual(
      [as("").user, as("reader").user, as("migrator").user, as("writer").user],
      ["platform_a", "platform_reader_a", "platform_migrator_a", "platform_writer"],
    );
    await application.sees({ platform: "platform_a" }, KUBELET_SECONDS);
    turns.retire("platform").rotate("platform-reader");
    await superuser("revoke select on yesterday from platform_reader", "platform");
    await up();
    await take();
    assert.equal(await superuser("select rolcanlogin from pg_roles where rolname = 'platform'"), "f");
    await withTunnel(async (connect) => {
      assert.equal(await connect(as("reader")), "platform_reader@platform");
      assert.equal(as("reader").user, "platform_reader_b");
      assert.equal(await connect(as("reader"), "select count(*) from yesterday where what = 'old'"), "1");
      assert.equal(await connect(as("migrator")), "platform@platform");
    });
    await clean("with an owner that does not log in");
    assert.match(await ok(npm("status")), /platform-reader\b.*\bplatform_reader_b\b/);
  });

  it("not one login of the application has failed", async () => {
    const report = await application.stop();
    console.log(rates(report));
    assert.deepEqual(report.failures.slice(0, 5), []);
    assert.ok(report.services.platform!.ok > 100, JSON.stringify(report.services));
  });
});
