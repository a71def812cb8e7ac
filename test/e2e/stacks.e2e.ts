import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { roleSecret } from "../../catalog/names";
import { readPreview, type Preview, type Step } from "../../cli/review/preview";
import { CLUSTER } from "../support/wholeProgram";
import { AZURE, FIXTURES } from "../support/vaultResources";
import { standInForAzure } from "./support/azureStandIn";
import { ROOT, transcripts } from "./support/commands";
import { configure, kubectl, secretNames, stack } from "./support/lab";
import { useOwnState } from "./support/ownStack";
import { resourcesInLab } from "./support/wholeStack";

/** One of each kind is enough to see that nothing is shared. */
const SERVICES = ["platform", "temporal", "base"];

describe("staging and prod, with their own configuration", () => {
  let directory: string;
  const configFiles = new Set<string>();
  const open = async (name: string) => {
    const opened = await stack(name);
    configFiles.add(opened.configFile);
    return opened;
  };

  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "stacks-"));
    useOwnState(directory);
  });
  after(async () => {
    // They have the salts of states that are gone.
    for (const file of configFiles) await fs.rm(file);
    await fs.rm(directory, { recursive: true });
  });

  for (const name of ["staging", "prod"] as const)
    describe(`a preview of ${name}, without a token for Vault and with a stand-in for Azure's provider`, () => {
      let preview: Preview;
      let text: string;
      let made: Map<string, Step>;

      before(async () => {
        const { env, configFile } = await open(name);
        const PATH = await standInForAzure(path.join(directory, "plugins"), env.PATH);
        const log = path.join(directory, `${name}.json`);
        const { stdout, stderr, exitCode } = await execa(
          "pulumi",
          [
            ...["preview", "--json", "--non-interactive", "--stack", name, "--config-file", configFile],
            ...["--policy-pack", "policy", "--event-log", log],
          ],
          { cwd: ROOT, env: { ...env, PATH, VAULT_TOKEN: "", PULUMI_DEBUG_COMMANDS: "true" }, reject: false },
        );
        text = `${stdout}\n${stderr}`;
        transcripts.push(text);
        assert.equal(exitCode, 0, text);
        preview = readPreview(stdout, await fs.readFile(log, "utf8"));
        made = new Map(preview.steps.map((step) => [idOf(step.urn), step]));
      });

      it("makes exactly these resources, and nothing of them yet", async () => {
        assert.deepEqual([...made.keys()].sort(), resourcesInLab(name));
        for (const { op, urn } of preview.steps) assert.equal(op, "create", urn);
        for (const id of FIXTURES) assert.ok(made.get(id)!.newState!.inputs, id);
        assert.deepEqual(await secretNames(`ameide-${name}`), []);
      });

      it("has three instances in several zones, protected, and no superuser; what is in Azure is protected, too", () => {
        for (const id of [CLUSTER, ...AZURE]) assert.equal(made.get(id)!.newState!.protect, true, id);
        const { metadata, spec } = made.get(CLUSTER)!.newState!.inputs as {
          metadata: { namespace: string };
          spec: Record<string, unknown>;
        };
        assert.equal(metadata.namespace, `ameide-${name}`);
        assert.deepEqual([spec.instances, spec.enableSuperuserAccess], [3, false]);
        assert.deepEqual(
          (spec.topologySpreadConstraints as { topologyKey: string }[]).map(({ topologyKey }) => topologyKey),
          ["topology.kubernetes.io/zone"],
        );
      });

      it("breaks no rule of the policy pack", () => assert.deepEqual(preview.violations, []));

      it("says that Vault has to have its ceremony first", () =>
        assert.match(
          text,
          /vault\.configuration\.by: `pulumi` sets up a Vault that runs and has had its ceremony, and this stack has made none yet/,
        ));
    });

  describe("ups that make passwords and nothing else", () => {
    it("make such that differ in all three", async () => {
      const passwords = [await passwordsIn("ameide-dev")];
      for (const name of ["staging", "prod"]) {
        const opened = await open(name);
        // Nothing will apply them: the `up` says so, and fails, when they are made.
        await configure(opened, (config) => {
          config.cluster.protection = "none";
          config.services = Object.fromEntries(SERVICES.map((service) => [service, {}]));
          config.rotation = { applySeconds: 5 };
          for (const key of ["vault", "bundles", "gates"]) delete config[key];
        });
        const pulumi = async (...args: string[]) => {
          const options = ["--stack", name, "--config-file", opened.configFile, "--yes", "--skip-preview", "--non-interactive"];
          const { all, exitCode } = await execa("pulumi", [...args, ...options], { cwd: ROOT, env: opened.env, all: true, reject: false });
          transcripts.push(all);
          return { all, exitCode };
        };
        // One node cannot hold three instances that must not meet: of these stacks, only passwords and Secrets are made here.
        const urn = (rest: string) => ["--target", `urn:pulumi:${name}::cnpg-credentials::${rest}`];
        await pulumi("up", ...urn("cnpg-credentials:index:RoleLogin**"), ...urn("random:index/randomId:RandomId::state"));
        passwords.push(await passwordsIn(`ameide-${name}`));
        const { all, exitCode } = await pulumi("destroy");
        assert.equal(exitCode, 0, all);
      }
      for (const service of SERVICES) assert.equal(new Set(passwords.map((one) => one[service])).size, 3, service);
    });
  });
});

/** `type::name`. */
function idOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)}::${name}`;
}

async function passwordsIn(namespace: string): Promise<Record<string, string>> {
  const entries = SERVICES.map(async (service) => {
    const encoded = await kubectl("-n", namespace, "get", "secret", roleSecret(service, "owner"), "-o", "jsonpath={.data.password}");
    assert.ok(encoded.length > 0, `${namespace}: ${service}`);
    return [service, encoded] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
