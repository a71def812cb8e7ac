import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { AZURE, inVault } from "../support/vaultResources";
import { standInForAzure } from "./support/azureStandIn";
import { ROOT } from "./support/commands";
import { resourcesInLab } from "./support/wholeStack";
import { secretNames, stack } from "./support/lab";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState: { readonly protect?: boolean; readonly inputs?: Readonly<Record<string, unknown>> };
}

describe("staging and prod, with a stand-in for Azure's provider", () => {
  let directory: string;
  before(async () => (directory = await fs.mkdtemp(path.join(os.tmpdir(), "azure-"))));
  after(() => fs.rm(directory, { recursive: true }));

  for (const name of ["staging", "prod"] as const) {
    it(`previews ${name} without a token for Vault and without an account in Azure: exactly these resources`, async () => {
      const { env, configFile } = await stack(name);
      const PATH = await standInForAzure(directory, env.PATH);
      const { stdout, stderr, exitCode } = await execa(
        "pulumi",
        ["preview", "--json", "--non-interactive", "--stack", name, "--config-file", configFile],
        { cwd: ROOT, env: { ...env, PATH, VAULT_TOKEN: "" }, reject: false },
      );
      assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
      const { steps } = JSON.parse(stdout) as { steps: Step[] };
      const made = new Map(steps.map((step) => [idOf(step.urn), step]));
      assert.deepEqual([...made.keys()].sort(), resourcesInLab(name));
      for (const { op, urn } of steps) assert.equal(op, "create", urn);
      for (const id of AZURE) assert.equal(made.get(id)!.newState.protect, true, id);
      for (const id of inVault(`ameide-vault-${name}`)) assert.ok(made.get(id)!.newState.inputs, id);
      assert.match(
        stdout + stderr,
        /vault\.configuration\.by: `pulumi` sets up a Vault that runs and has had its ceremony, and this stack has made none yet/,
      );
      assert.deepEqual(await secretNames(`ameide-${name}`), []);
    });
  }
});

/** `type::name`. */
function idOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)}::${name}`;
}
