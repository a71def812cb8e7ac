import assert from "node:assert/strict";
import type { DriftReport } from "../../cli/drift/types";
import { clean, drift, runMending } from "./support/drift";
import { credentials, kubectl, NAMESPACE, superuser, withTunnel } from "./support/lab";
import { rotate, rotationFails, Turns, type Rotation } from "./support/rotation";

const turns = new Turns(["platform", "agents"]);
const rotation = (): Rotation => ({ services: turns.services, proof: { seconds: 10 } });
/** Agents alternates from the second part on. */
let isAlternating = false;
const strategies = (config: { services: Record<string, Record<string, unknown> | undefined> }) => {
  config.services.platform = {};
  config.services.agents = isAlternating ? { rotation: { strategy: "alternating" } } : {};
};
const up = () => rotate(rotation(), strategies);
const needsOf = ({ findings }: DriftReport) => findings.filter(({ check }) => check === "needs");

describe("a database that an import has left to others", () => {
  before(async () => {
    await superuser("create role old");
    for (const sql of [
      "create table taken (id serial)",
      "alter table taken owner to old",
      "create schema app authorization old",
      "alter schema public owner to postgres",
      "revoke create on schema public from public",
    ])
      await superuser(sql, "platform");
  });

  it("fails the proof, says what is whose, and keeps no password back", async () => {
    turns.rotate("platform");
    const message = await rotationFails(rotation(), strategies);
    console.log(message);
    for (const line of [
      /platform may not use the schemas of old: app: ALTER SCHEMA app OWNER TO platform/,
      /platform may not use tables, views and sequences of old, 2 in all: public\.taken, public\.taken_id_seq: ALTER TABLE public\.taken OWNER TO platform/,
      /platform may make nothing in the schema public, which belongs to postgres, nor in any other: ALTER SCHEMA public OWNER TO pg_database_owner/,
    ])
      assert.match(message, line);
    await withTunnel(async (connect) => assert.equal(await connect((await credentials()).platform!), "platform@platform"));
  });

  it("is found by drift, whose commands mend it, and then the proof works", async () => {
    const found = needsOf(await drift(1));
    assert.deepEqual(
      found.map(({ service }) => service),
      ["platform", "platform", "platform"],
    );
    await runMending(found);
    const platform = (await credentials()).platform!;
    await withTunnel(async (connect) => {
      await connect(platform, "insert into public.taken default values");
      await connect(platform, "create table public.made (id int)");
      await connect(platform, "create table app.made (id int)");
    });
    await superuser("drop role old");
    await up();
    await clean("after mending");
  });
});

describe("a platform that wants to know how much CPU each pod may have", () => {
  before(() => kubectl("-n", NAMESPACE, "create", "quota", "limits", "--hard=limits.cpu=8"));
  after(() => kubectl("-n", NAMESPACE, "delete", "quota", "limits"));

  it("is told of before a password ends", async () => {
    const before = (await credentials()).platform!;
    turns.rotate("platform");
    assert.match(await rotationFails(rotation(), strategies), /would refuse the pods that prove passwords: .*must specify limits\.cpu/);
    assert.deepEqual((await credentials()).platform, before);
    await withTunnel(async (connect) => assert.equal(await connect(before), "platform@platform"));
  });

  it("has what it wants from the stack's file", async () => {
    await rotate(rotation(), (config) => {
      strategies(config);
      Object.assign(config, { pods: { resources: { limits: { cpu: "200m" } } } });
    });
    const limit = "jsonpath={.spec.template.spec.containers[0].resources.limits.cpu}";
    assert.equal(await kubectl("-n", NAMESPACE, "get", "job", "platform-db-proof", "-o", limit), "200m");
  });
});

describe("logins that alternate", () => {
  it("begin their sessions as the owner's do", async () => {
    await superuser("alter role agents set statement_timeout = '7s'");
    await superuser("alter role agents in database agents set lock_timeout = '3s'");
    isAlternating = true;
    turns.to("alternating", "agents");
    await up();
    const agents = (await credentials()).agents!;
    assert.equal(agents.user, "agents_a");
    await withTunnel(async (connect) => {
      assert.equal(await connect(agents, "show statement_timeout"), "7s");
      assert.equal(await connect(agents, "show lock_timeout"), "3s");
    });
    await clean("with settings that do no harm");
  });

  it("take turns whatever somebody else has made in the database, which drift finds", async () => {
    await superuser("create table backup_by_hand (id int)", "agents");
    turns.rotate("agents");
    await up();
    assert.equal((await credentials()).agents!.user, "agents_b");
    const [found, ...more] = needsOf(await drift(1));
    assert.match(found!.suspect, /agents may not use tables, views and sequences of postgres, 1 in all: public\.backup_by_hand/);
    await runMending([found!, ...more]);
    await clean("after mending");
  });
});
