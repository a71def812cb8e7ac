import assert from "node:assert/strict";
import { holds } from "./support/clock";
import { npm, ok } from "./support/commands";
import { clean } from "./support/drift";
import { refusal, refused } from "./support/rotation";
import { CLUSTER, credentials, exists, kubectl, NAMESPACE, secretNames, STACK, superuser, upWith, withTunnel } from "./support/lab";

const ALL_LOGGED_IN = /^3 of 3 services logged in over TLS/m;

describe("a change of something else", () => {
  it("keeps every password, and so does the way back", async () => {
    const before = await credentials();
    const { changed } = await upWith((config) => {
      config.services.platform = { connectionLimit: 7 };
      // Every object of the stack, each proof once more.
      config.labels = { environment: "dev", added: "by-a-test" };
    });
    assert.equal(changed, true);
    assert.deepEqual(await credentials(), before);
    assert.match(await ok(npm("up")), ALL_LOGGED_IN);
    assert.deepEqual(await credentials(), before);
  });
});

describe("what is changed by hand", () => {
  it("is refused where it is a database or a role", async () => {
    const { platform } = await credentials();
    await superuser("create database by_hand");
    await superuser("create role by_hand login password 'by-hand'");
    await withTunnel(async (connect) => {
      await assert.rejects(connect({ ...platform!, database: "by_hand" }), /pg_hba\.conf rejects/);
      await assert.rejects(connect({ ...platform!, user: "by_hand", password: "by-hand" }), /pg_hba\.conf rejects/);
    });
    await superuser("drop database by_hand");
    await superuser("drop role by_hand");
  });

  it("is reverted by an up that changes nothing else: a password, and rights of a role", async () => {
    const { platform } = await credentials();
    const byHand = { ...platform!, password: "by-hand" };
    // CloudNativePG may be looking just then.
    await holds(async () => {
      await superuser("alter role platform with createdb createrole password 'by-hand'");
      await withTunnel(async (connect) => assert.equal(await connect(byHand), "platform@platform"));
    });
    const text = await ok(npm("up"));
    assert.match(text, new RegExp(`^Stack ${STACK}: no change `, "m"));
    assert.match(text, ALL_LOGGED_IN);
    await withTunnel(async (connect) => assert.match((await refusal(connect(byHand))) ?? "", /password authentication failed/));
    assert.equal(await superuser("select rolcreatedb or rolcreaterole from pg_roles where rolname = 'platform'"), "f");
  });
});

describe("turning services off, the owner of the bootstrap database among them", () => {
  let kept: Awaited<ReturnType<typeof credentials>>;

  it("removes their objects, keeps their databases, closes them, and says so", async () => {
    kept = await credentials();
    await withTunnel((connect) => connect(kept.temporal!, "create table kept as select 42 as answer"));
    const { log } = await upWith((config) => {
      for (const service of ["temporal", "base"]) config.services[service] = { enabled: false };
    });
    for (const service of ["temporal", "base"]) {
      assert.match(
        log,
        new RegExp(`warning: ${service} is off: its Secret and its password go, its database and its role stay in Postgres`),
      );
      assert.equal(await exists("databases", service), false);
    }
    const removed = ["temporal-db-env", "temporal-db-role", "postgres-ameide-auth", "base-db-role"];
    const names = await secretNames();
    assert.deepEqual(
      removed.filter((name) => names.includes(name)),
      [],
    );
    assert.equal(await superuser("select count(*) from pg_database where datname in ('temporal', 'ameide')"), "2");
    await withTunnel(async (connect) => {
      for (const service of ["temporal", "base"]) await refused(() => connect(kept[service]!), /pg_hba\.conf rejects/);
    });
  });

  it("leaves the instance without the owner's Secret, also when it reads everything anew", async () => {
    const pod = `${CLUSTER}-1`;
    const uid = await kubectl("-n", NAMESPACE, "get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
    await kubectl("-n", NAMESPACE, "delete", "pod", pod, "--wait=true");
    await holds(
      async () => {
        const ready = 'jsonpath={.metadata.uid} {.status.conditions[?(@.type=="Ready")].status}';
        const [now, isReady] = (await kubectl("-n", NAMESPACE, "get", "pod", pod, "-o", ready)).split(" ");
        assert.notEqual(now, uid);
        assert.equal(isReady, "True");
      },
      { seconds: 240 },
    );
    const names = await secretNames();
    assert.deepEqual(
      names.filter((name) => ["postgres-ameide-auth", "postgres-ameide-app", "base-db-role"].includes(name)),
      [],
    );
    await clean("with the owner of the first database off");
  });

  it("turned on again, they have other passwords, and the data is there", async () => {
    assert.match(await ok(npm("up")), ALL_LOGGED_IN);
    const again = await credentials();
    for (const service of ["temporal", "base"]) assert.notEqual(again[service]!.password, kept[service]!.password);
    await withTunnel(async (connect) => {
      assert.equal(await connect(again.temporal!, "select answer from kept"), "42");
      for (const service of ["temporal", "base"])
        assert.match((await refusal(connect(kept[service]!))) ?? "", /password authentication failed/);
    });
  });
});
