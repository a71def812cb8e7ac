import assert from "node:assert/strict";
import { observe, requestReconciliation } from "../../cli/shared/observe";
import { outputs } from "../../cli/stack/engine";
import { holds, sleep } from "./support/clock";
import { npm, ok } from "./support/commands";
import { CLUSTER, credentials, exists, NAMESPACE, superuser, target, upWith, withTunnel } from "./support/lab";
import { refusal } from "./support/rotation";

/** On for as long as roles are objects, and off with the `up` that ends that. */
const GOES = "agents";
// Inline roles are reverted within one or two; `services` shows that.
const LONG_ENOUGH_MS = 15_000;

describe("roleApi: databaseRole", () => {
  it("takes the roles over from the Cluster without changing a password, and gives them back", async () => {
    const before = await credentials();
    const { stack: changed } = await upWith((config) => {
      config.roleApi = "databaseRole";
      config.services[GOES] = {};
    });
    assert.equal(await exists("databaseroles", "platform"), true);
    assert.deepEqual(await credentials(), before);
    const { cluster, services } = await outputs(changed);
    const { config } = await target();
    await holds(async () => {
      const { services: reconciliations } = await observe(config, cluster, services);
      assert.deepEqual(
        reconciliations.filter((one) => one.waiting.length > 0),
        [],
      );
    });
    await withTunnel(async (connect) => {
      for (const credential of Object.values(before)) assert.equal(await connect(credential), `${credential.user}@${credential.database}`);
    });
  });

  it("leaves a password that was changed by hand, as its documentation says, until the object changes", async () => {
    const { platform } = await credentials();
    await superuser("alter role platform password 'by-hand'");
    const { config } = await target();
    await requestReconciliation(config, `${NAMESPACE}/${CLUSTER}`);
    await sleep(LONG_ENOUGH_MS);
    const reason = await withTunnel((connect) => refusal(connect(platform!)));
    assert.match(reason ?? "the Secret's password works again", /password authentication failed/);
  });

  it("is put right by going back to inline roles", async () => {
    assert.match(await ok(npm("up")), /^3 of 3 services logged in over TLS/m);
    assert.equal(await exists("databaseroles", "platform"), false);
    assert.equal(await superuser("select count(*) from pg_roles where rolname = 'platform' and rolcanlogin"), "1");
  });

  it("lets nobody log in as a service that went off with the objects", async () => {
    await holds(async () =>
      assert.equal(await superuser(`select rolcanlogin or rolpassword is not null from pg_authid where rolname = '${GOES}'`), "f"),
    );
  });
});
