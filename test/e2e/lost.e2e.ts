import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { roleSecret } from "../../catalog/names";
import { npm } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { credentials, kubectl, NAMESPACE, recordsOn, STACK, upWith, withTunnel, type Configuration } from "./support/lab";
import { stateDirectory } from "./support/ownStack";

// The procedure of docs/runbooks/lost-state.md.
describe("a lost state", () => {
  stopAtFailure();
  let before: Awaited<ReturnType<typeof credentials>>;
  let takingOver: (config: Configuration) => void;

  it("costs no password: a new one refuses what the old one made, and names its mark", async () => {
    before = await credentials();
    await fs.rm(stateDirectory(), { recursive: true });
    await fs.mkdir(stateDirectory());
    const { code, text } = await npm("up");
    assert.equal(code, 2, text);
    const [, mark] = /belong to another state \((\S+)\)/.exec(text) ?? [];
    assert.ok(mark, text);
    const adopted = (await recordsOn()).map(({ name }) => [name, { adopt: { secret: roleSecret(name, "owner") } }] as const);
    takingOver = (config) => {
      config.takeOver = mark;
      config.services = Object.fromEntries(adopted);
    };
  });

  it("is replaced by taking over its objects and adopting its passwords", async () => {
    await kubectl("-n", NAMESPACE, "delete", "jobs", "-l", `cnpg-credentials/stack=${STACK}`);
    await upWith(takingOver);
    assert.deepEqual(await credentials(), before);
    await withTunnel(async (connect) => {
      for (const credential of Object.values(before)) assert.equal(await connect(credential), `${credential.user}@${credential.database}`);
    });
  });

  it("is not needed any more once that is done: the passwords are the new one's", async () => {
    await upWith((config) => {
      takingOver(config);
      delete config.takeOver;
    });
    assert.deepEqual(await credentials(), before);
  });
});
