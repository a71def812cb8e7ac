import assert from "node:assert/strict";
import { npm, ok } from "./support/commands";
import { refused } from "./support/rotation";
import { credentials, exists, kubectl, NAMESPACE, secretNames, superuser, upWith, withTunnel } from "./support/lab";

describe("turning a service off", () => {
  it("removes its objects, keeps its database, closes it, and says so; turned on again, the data is there", async () => {
    const { plausible } = await credentials();
    await withTunnel((connect) => connect(plausible!, "create table if not exists kept as select 42 as answer"));

    const { log } = await upWith((config) => {
      config.services.plausible = { enabled: false };
    });
    assert.match(log, /warning: plausible is off: its Secret and its password go, its database and its role stay in Postgres/);
    assert.ok(!(await secretNames()).includes("plausible-db-credentials"));
    assert.equal(await exists("databases", "plausible"), false);
    assert.equal(await superuser("select count(*) from pg_database where datname = 'plausible'"), "1");
    await withTunnel((connect) => refused(() => connect(plausible!), /pg_hba\.conf rejects/));

    await ok(npm("up"));
    const again = (await credentials()).plausible!;
    assert.notEqual(again.password, plausible!.password);
    await withTunnel(async (connect) => {
      assert.equal(await connect(again, "select answer from kept"), "42");
      await assert.rejects(connect(plausible!), /password authentication failed/);
      await connect(again, "drop table kept");
    });
  });

  it("works for the owner of the bootstrap database too", async () => {
    await upWith((config) => {
      config.services.base = { enabled: false };
    });
    // The instance reads the owner's Secret again and again; a restart makes it read everything anew.
    await kubectl("-n", NAMESPACE, "delete", "pod", "postgres-ameide-1", "--wait=true");
    await kubectl("-n", NAMESPACE, "wait", "--for=create", "pod/postgres-ameide-1", "--timeout=120s");
    await kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "pod/postgres-ameide-1", "--timeout=180s");
    assert.ok(!(await secretNames()).some((name) => ["postgres-ameide-auth", "postgres-ameide-app"].includes(name)));
    const text = await ok(npm("up"));
    assert.match(text, /^14 of 14 services logged in over TLS/m);
  });
});
