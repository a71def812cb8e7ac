import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { catalogue } from "../../catalog";
import { roleSecret } from "../../catalog/names";
import { standInForAzure } from "./support/azureStandIn";
import { ok, npm, ROOT } from "./support/commands";
import { configure, kubectl, secretNames, stack } from "./support/lab";
import { resourcesInLab } from "./support/wholeStack";

describe("staging and prod, with their own configuration", () => {
  let directory: string;
  before(async () => (directory = await fs.mkdtemp(path.join(os.tmpdir(), "azure-"))));
  after(() => fs.rm(directory, { recursive: true }));

  for (const name of ["staging", "prod"] as const) {
    it(`previews ${name}: three instances, protected, no superuser, and no rule of the policy pack broken`, async () => {
      const env = { PATH: await standInForAzure(directory, process.env.PATH) };
      const text = await ok(npm("pulumi", ["--stack", name, "preview", "--diff", "--policy-pack", "policy"], { env }));
      assert.match(text, /^Policy Packs run:\n.*\n +cnpg-credentials\|local\|policy /m);
      assert.doesNotMatch(text, /^Policy Violations:/m);
      // azurePreview has the list itself.
      assert.match(text, new RegExp(`\\+ ${resourcesInLab(name).length} to create$`, "m"));
      assert.match(text, /enableSuperuserAccess\s*: false/);
      assert.match(text, /instances\s*: 3/);
      assert.match(text, /topology\.kubernetes\.io\/zone/);
      assert.match(text, new RegExp(`namespace\\s*: "ameide-${name}"`));
      assert.deepEqual(await secretNames(`ameide-${name}`), []);
    });
  }

  it("makes passwords that differ in all three", async () => {
    const passwords = [await passwordsIn("ameide-dev")];
    for (const name of ["staging", "prod"]) {
      const opened = await stack(name);
      // Nothing will apply them: the `up` says so, and fails, when they are made.
      await configure(opened, (config) => {
        const cluster = { ...config.cluster, protection: "none" };
        Object.assign(config, { cluster, rotation: { applySeconds: 40 }, vault: undefined, bundles: undefined });
      });
      const pulumi = (...args: string[]) =>
        execa("pulumi", [...args, "--stack", name, "--config-file", opened.configFile, "--yes", "--skip-preview", "--non-interactive"], {
          cwd: ROOT,
          env: opened.env,
          reject: false,
        });
      // One node cannot hold three instances that must not meet: of these stacks, only passwords and Secrets are made here.
      const urn = (rest: string) => ["--target", `urn:pulumi:${name}::cnpg-credentials::${rest}`];
      await pulumi("up", ...urn("cnpg-credentials:index:RoleLogin**"), ...urn("random:index/randomId:RandomId::state"));
      passwords.push(await passwordsIn(`ameide-${name}`));
      assert.equal((await pulumi("destroy")).exitCode, 0);
    }
    for (const { name } of catalogue) assert.equal(new Set(passwords.map((one) => one[name])).size, 3, name);
  });
});

async function passwordsIn(namespace: string): Promise<Record<string, string>> {
  const entries = catalogue.map(async (record) => {
    const encoded = await kubectl("-n", namespace, "get", "secret", roleSecret(record.name, "owner"), "-o", "jsonpath={.data.password}");
    return [record.name, Buffer.from(encoded, "base64").toString("utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
