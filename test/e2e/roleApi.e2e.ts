import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { observe, requestReconciliation } from "../../cli/observe";
import { outputs } from "../../lab/engine";
import { npm, ok } from "./support/commands";
import { CLUSTER, credentials, exists, NAMESPACE, superuser, target, upWith, withTunnel } from "./support/lab";

// Inline roles are reverted within one or two; `access` shows that.
const LONG_ENOUGH_MS = 15_000;

describe("roleApi: databaseRole", () => {
  it("takes the roles over from the Cluster without changing a password, and gives them back", async () => {
    const before = await credentials();
    const { stack: changed } = await upWith((config) => {
      config.roleApi = "databaseRole";
    });
    assert.equal(await exists("databaseroles", "agents"), true);
    assert.deepEqual(await credentials(), before);
    const { cluster, services } = await outputs(changed);
    const { services: reconciliations } = await observe((await target()).config, cluster, services);
    assert.deepEqual(
      reconciliations.filter((one) => one.waiting.length > 0),
      [],
    );
    await withTunnel(async (connect) => {
      for (const credential of Object.values(before)) assert.equal(await connect(credential), `${credential.user}@${credential.database}`);
    });
  });

  it("leaves a password that was changed by hand, as its documentation says, until the object changes", async () => {
    const { agents } = await credentials();
    await superuser("alter role agents password 'by-hand'");
    const { config } = await target();
    await requestReconciliation(config, `${NAMESPACE}/${CLUSTER}`);
    await sleep(LONG_ENOUGH_MS);
    await withTunnel((connect) => assert.rejects(connect(agents!), /password authentication failed/));
  });

  it("is put right by going back to inline roles", async () => {
    const text = await ok(npm("up"));
    assert.match(text, /^14 of 14 services logged in over TLS/m);
    assert.equal(await exists("databaseroles", "agents"), false);
    assert.equal(await superuser("select count(*) from pg_roles where rolname = 'agents' and rolcanlogin"), "1");
  });
});
