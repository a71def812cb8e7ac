import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { ok, pulumi } from "./support/commands";
import { violationsIn } from "./support/policy";

describe("the policy pack, on stack dev as it is up", () => {
  it("finds nothing", async () => {
    const text = await ok(pulumi("preview", "--policy-pack", "policy"));
    assert.match(text, /✅ cnpg-credentials@v/);
    assert.deepEqual(violationsIn(text), []);
  });

  it("finds dev's bootstrap of Vault as soon as dev is no stack of dev, with everything that belongs to it", async () => {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-policy-"));
    try {
      const settings = path.join(directory, "settings.json");
      await fs.writeFile(settings, JSON.stringify({ "dev-bootstrap": { devStacks: ["sandbox"] } }));
      const { code, text } = await pulumi("preview", "--policy-pack", "policy", "--policy-pack-config", settings);
      assert.notEqual(code, 0);
      const found = violationsIn(text);
      assert.ok(found.includes("mandatory dev-bootstrap: vault-bootstrap"), text);
      assert.deepEqual(
        found.filter((one) => !/^mandatory dev-bootstrap: vault-bootstrap(-[-\w]+)?$/.test(one)),
        [],
      );
    } finally {
      await fs.rm(directory, { recursive: true });
    }
  });
});
