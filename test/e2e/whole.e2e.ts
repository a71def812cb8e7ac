import assert from "node:assert/strict";
import { catalogue } from "../../catalog/services";
import type { Credential } from "../../cli/shared/credential";
import { credentials, withTunnel } from "./support/lab";
import { refusal, rotate, rotationFails, Turns } from "./support/rotation";

/** An application's Secret that is not changed in place; those of roles end with `-role`. */
const REMOVED = /v1:Secret \S+(?<!-role) (deleted|deleting|replac)/;

const turns = new Turns(catalogue.map(({ name }) => name));

describe("the whole catalogue, rotated once in place", () => {
  let before: Record<string, Credential>;
  let now: Record<string, Credential>;

  it("gives every service another password, and no Secret goes", async () => {
    before = await credentials();
    assert.deepEqual(Object.keys(before).sort(), catalogue.map(({ name }) => name).sort());
    assert.doesNotMatch(await rotate({ services: turns.rotate().services }), REMOVED);
    now = await credentials();
    const passwords = Object.values(now).map(({ password }) => password);
    assert.equal(new Set([...passwords, ...Object.values(before).map(({ password }) => password)]).size, 2 * catalogue.length);
    for (const name of Object.keys(before)) assert.deepEqual({ ...now[name]!, password: "" }, { ...before[name]!, password: "" });
  });

  it("lets each in with the new one, as its database's owner, and not with the old one", async () => {
    await withTunnel(async (connect) => {
      for (const [name, { user, database }] of Object.entries(now)) {
        assert.equal(await connect(now[name]!), `${user}@${database}`);
        assert.match((await refusal(connect(before[name]!))) ?? "", /password authentication failed/, name);
      }
    });
  });

  it("does not go back, which would be another password, and none of then", async () => {
    const message = await rotationFails({});
    for (const { name } of catalogue) assert.match(message, new RegExp(`rotation\\.services\\.${name}: goes back from 1 to 0 for `));
    assert.deepEqual(await credentials(), now);
  });

  it("goes on to a third password for each", async () => {
    await rotate({ services: turns.rotate().services });
    const last = await credentials();
    for (const name of Object.keys(last)) {
      assert.notEqual(last[name]!.password, now[name]!.password, name);
      assert.notEqual(last[name]!.password, before[name]!.password, name);
    }
  });
});
