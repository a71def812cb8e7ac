import * as assert from "node:assert/strict";
import { Commands } from "../../../cli/shared/shellCommands";
import type { ServiceFacts } from "../../../cli/migrate/services";
import { retire } from "../../../cli/migrate/steps/retire";
import type { Context } from "../../../cli/migrate/steps/step";
import { madeUp } from "../../support/madeUp";

const context = { commands: new Commands({ stack: "test", namespace: "apps", cluster: "pg" }) } as Context;
/** With the mark that an earlier version of the program has left. */
const FED = { secret: { name: "shop-db-auth", type: "Opaque", keys: [], vaultPaths: ["secret/shop"] } };
const MARKS = { name: "shop-db-auth", login: "shop", generation: "0.0.0", first: "0.0.0" };

/** What the step says of a service that was taken over and rotated, with what is otherwise. */
function step(change: Partial<ServiceFacts> = {}) {
  const rotated = { ...MARKS, generation: "0.0.1" };
  const facts = { service: madeUp(), vaultPaths: [], fileWriters: [], isTaken: true, isMigrated: true, marks: rotated, ...change };
  const { isDone, items } = retire(facts as unknown as ServiceFacts, context);
  return { isDone, commands: items.flatMap(({ commands = [] }) => commands), texts: items.map(({ text }) => text) };
}

describe("migrate, what is retired", () => {
  const paths: [string, path: string, command: string][] = [
    ["a secret, with all its versions", "secret/legacy/shop", "vault kv metadata delete -mount=secret legacy/shop"],
    ["what makes a login of its own for each reader", "database/creds/shop", "vault delete database/roles/shop"],
    ["what changes the password of one login", "database/static-creds/shop", "vault delete database/static-roles/shop"],
    ["a role that is named itself", "database/static-roles/shop", "vault delete database/static-roles/shop"],
  ];
  for (const [what, path, command] of paths)
    it(`in Vault: ${what}`, () => {
      const service = madeUp({}, { formerVaultPaths: [path] });
      const { isDone, commands } = step({ service, marks: { ...MARKS, generation: "0.0.1" } });
      assert.deepEqual([isDone, commands], [false, [command]]);
      const marked = step({ ...FED, service, vaultPaths: [path] });
      assert.equal(marked.commands[0], command);
      assert.match(marked.commands[1]!, /annotate .* secret shop-db-auth .*-$/);
      assert.equal(marked.commands.length, 2);
    });

  it("in Postgres: the password that was Vault's, by two logins or in place", () => {
    const first = { marks: MARKS, vaultPaths: ["secret/shop"] };
    assert.deepEqual(step({ ...first, service: madeUp({}, { rotation: { strategy: "alternating" } }) }).commands, [
      "npm run rotate -- --stack test shop",
    ]);
    const { commands, texts } = step(first);
    assert.deepEqual(commands.slice(-3), [
      "npm run rotate -- --stack test --strategy alternating shop",
      "npm run retire -- --stack test shop",
      "npm run rotate -- --stack test shop",
    ]);
    assert.match(texts.at(-1)!, /in place: .*fails to log in until/);
  });

  it("in Postgres: the login that was Vault's and is still let in, and nobody else's", () => {
    const previous = { ...MARKS, login: "shop_a", previous: "shop" };
    assert.deepEqual(step({ marks: previous, vaultPaths: ["secret/shop"] }).commands, ["npm run retire -- --stack test shop"]);
    assert.deepEqual(step({ marks: { ...previous, previous: undefined }, vaultPaths: ["secret/shop"] }).commands, []);
  });

  it("nothing, where nothing of Vault's is left; `adopt` is", () => {
    assert.deepEqual(step(), { isDone: true, commands: [], texts: [] });
    const adopting = madeUp({}, { adopt: { secret: "old", key: "password" } });
    const { isDone, texts } = step({ service: adopting });
    assert.deepEqual([isDone, texts.length], [false, 1]);
    assert.match(texts[0]!, /`adopt` goes out of `services\.shop`/);
  });
});
