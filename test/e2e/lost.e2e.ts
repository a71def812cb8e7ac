import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { catalogue } from "../../catalog";
import { roleSecret } from "../../catalog/names";
import { npm } from "./support/commands";
import { credentials, kubectl, NAMESPACE, stack, upWith, withTunnel, type Configuration } from "./support/lab";

// The last but one: the state that the other files share is gone afterwards.
describe("a lost state", () => {
  let mark: string;

  it("costs no password: a new one refuses what the old one made", async () => {
    const { directory } = await stack();
    await fs.rm(path.join(directory, "state"), { recursive: true });
    const { code, text } = await npm("up");
    assert.equal(code, 2);
    mark = /belong to another state \((\S+)\)/.exec(text)![1]!;
  });

  it("is replaced by taking over its objects and adopting its passwords", async () => {
    const before = await credentials();
    const takingOver = (config: Configuration) => {
      config.takeOver = mark;
      for (const record of catalogue) config.services[record.name] = { adopt: { secret: roleSecret(record.name, "owner") } };
    };
    const forgetting = upWith((config) => {
      takingOver(config);
      config.services.agents = {};
    });
    await assert.rejects(forgetting, /services\.agents\.adopt: taking over `agents-db-role` would replace its password/);

    await assert.rejects(upWith(takingOver), /14 Jobs of the state that is taken over are still there, and cannot be changed/);
    await kubectl("-n", NAMESPACE, "delete", "jobs", "-l", "cnpg-credentials/stack=dev");

    await upWith(takingOver);
    assert.deepEqual(await credentials(), before);
    await withTunnel(async (connect) => {
      for (const credential of Object.values(before)) assert.equal(await connect(credential), `${credential.user}@${credential.database}`);
    });
    // From then on the passwords are the new state's, and the mark is no longer needed.
    await upWith((config) => {
      takingOver(config);
      delete config.takeOver;
    });
    assert.deepEqual(await credentials(), before);
  });
});
