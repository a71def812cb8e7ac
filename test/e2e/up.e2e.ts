import assert from "node:assert/strict";
import { resolveNames } from "../../catalog/names";
import type { StatusReport } from "../../cli/status/report";
import { json, npm, ok, pulumi } from "./support/commands";
import { hostState, rememberHostState } from "./support/host";
import { credentials, recordsOn } from "./support/lab";

describe("npm run up", () => {
  let made: number | undefined;

  it("makes the lab and every service's login, from nothing", async () => {
    await ok(npm("down"));
    const host = await hostState();
    const text = await ok(npm("up"));
    await rememberHostState(host);
    console.log(text.slice(text.indexOf("SERVICE ")));
    const records = await recordsOn();
    for (const record of records) {
      const { role, database, secret } = resolveNames(record);
      const row = text.split("\n").find((line) => line.startsWith(`${record.name} `));
      assert.match(
        row ?? "",
        new RegExp(`^${record.name} +${database} +${role} +${secret} +ok, TLSv1\\.[23] `),
        `the row of ${record.name}`,
      );
    }
    assert.match(text, /^14 of 14 services logged in over TLS/m);
    // Where Vault was compiled first, the stack came up without it before.
    const [, created, before = "0"] = /^Stack dev: \+ (\d+) created(?:, (\d+) unchanged)?$/m.exec(text) ?? [];
    made = created === undefined ? undefined : Number(created) + Number(before);
  });

  it("changes nothing the second time, and says so; so does a preview", async () => {
    assert.ok(made);
    assert.match(await ok(npm("up")), new RegExp(`^Stack dev: no change \\(${made} unchanged\\)$`, "m"));
    await ok(pulumi("preview", "--expect-no-changes"));
  });

  it("says of every service that it is well, for people and for programs", async () => {
    assert.match(await ok(npm("status")), /^Stack dev: 14 of 14 services are well$/m);
    const { clean, summary, services } = json<StatusReport>(await ok(npm("status", ["-o", "json"])));
    assert.deepEqual([clean, summary.ok, summary.failing], [true, 14, 0]);
    for (const { service, connection, strategy, generation } of services)
      assert.deepEqual([connection?.ok, strategy, typeof generation], [true, "inPlace", "string"], service);
  });

  it("gives every service a password of its own, of 32 characters", async () => {
    const all = await credentials();
    const passwords = Object.values(all).map((credential) => credential.password);
    assert.equal(passwords.length, 14);
    assert.equal(new Set(passwords).size, passwords.length);
    for (const password of passwords) assert.match(password, /^[A-Za-z0-9]{32}$/);
  });
});
