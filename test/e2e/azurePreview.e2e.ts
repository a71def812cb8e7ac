import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { AZURE, inVault, vaultResources } from "../support/vaultResources";
import { expectedResources, SERVICES } from "../support/wholeProgram";
import { standInForAzure } from "./support/azureStandIn";
import { ROOT } from "./support/commands";
import { secretNames, stack } from "./support/lab";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState: { readonly protect?: boolean; readonly inputs?: Readonly<Record<string, unknown>> };
}

/** In the lab, which has nothing of its own but the stack's and Vault's namespace. */
const MISSING = ["cert-manager"];
const GATE = [
  "cnpg-credentials:index:Gate::gate-db-migrations",
  "kubernetes:batch/v1:CronJob::gate-db-migrations",
  "kubernetes:core/v1:ConfigMap::gate-db-migrations-files",
  "kubernetes:core/v1:ServiceAccount::gate-db-migrations-account",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::gate-db-migrations-role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::gate-db-migrations-binding",
];

describe("staging and prod, with a stand-in for Azure's provider", () => {
  let directory: string;
  before(async () => (directory = await fs.mkdtemp(path.join(os.tmpdir(), "azure-"))));
  after(() => fs.rm(directory, { recursive: true }));

  for (const name of ["staging", "prod"]) {
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
      const stackItself = `pulumi:pulumi:Stack::cnpg-credentials-${name}`;
      assert.deepEqual(
        [...made.keys()].sort(),
        [stackItself, ...expectedResources(SERVICES), ...GATE, ...vaultResources(`ameide-vault-${name}`, MISSING)].sort(),
      );
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
