import assert from "node:assert/strict";
import { catalogue } from "../../catalog";
import { resolveNames } from "../../catalog/names";
import { npm, ok, pulumi } from "./support/commands";
import { credentials, upWith } from "./support/lab";

describe("npm run up", () => {
  let made: string | undefined;

  it("makes the lab and every service's login, from nothing", async () => {
    await ok(npm("down"));
    const text = await ok(npm("up"));
    console.log(text.slice(text.indexOf("SERVICE ")));
    for (const record of catalogue) {
      const { role, database, secret } = resolveNames(record);
      const row = text.split("\n").find((line) => line.startsWith(`${record.name} `));
      assert.match(
        row ?? "",
        new RegExp(`^${record.name} +${database} +${role} +${secret} +ok, TLSv1\\.[23] `),
        `the row of ${record.name}`,
      );
    }
    assert.match(text, /^14 of 14 services logged in over TLS/m);
    made = /^Stack dev: \+ (\d+) created$/m.exec(text)?.[1];
  });

  it("changes nothing the second time, and says so; so does a preview", async () => {
    assert.ok(made);
    assert.match(await ok(npm("up")), new RegExp(`^Stack dev: no change \\(${made} unchanged\\)$`, "m"));
    await ok(pulumi("preview", "--expect-no-changes"));
  });

  it("keeps every password when something else changes", async () => {
    const before = await credentials();
    const { changed } = await upWith((config) => {
      config.services.platform = { connectionLimit: 7 };
      // Every object of the stack, each proof once more.
      config.labels = { environment: "dev", added: "by-a-test" };
    });
    assert.equal(changed, true);
    assert.deepEqual(await credentials(), before);
    await ok(npm("up"));
    assert.deepEqual(await credentials(), before);
  });

  it("gives every service a password of its own, of 32 characters", async () => {
    const passwords = Object.values(await credentials()).map((credential) => credential.password);
    assert.equal(new Set(passwords).size, catalogue.length);
    for (const password of passwords) assert.match(password, /^[A-Za-z0-9]{32}$/);
  });
});
