import * as assert from "node:assert/strict";
import { violationsOf } from "../support/policy";
import { set, stackFile, type StackName } from "../support/stackFiles";
import { wholeProgram } from "../support/wholeProgram";

describe("policy: this program", () => {
  const { up } = wholeProgram();

  async function violations(stack: StackName, change: Record<string, unknown> = {}, preview = false): Promise<string[]> {
    const { vault, vaultValues, bundles, gates } = stackFile(stack);
    // The pack's own settings say that prod's network enforces policies.
    const network = stack === "prod" ? "policies" : undefined;
    const all = { vault, vaultValues, bundles, gates, network, ...change };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const { resources } = await up(stack, given, preview);
    return violationsOf(resources, stack);
  }

  // Those of the clone are in test/clone.
  for (const preview of [true, false])
    it(`breaks no rule in prod${preview ? ", when nothing of it is there yet" : ""}`, async () => {
      assert.deepEqual(await violations("prod", {}, preview), []);
    });

  it("breaks none with everything that a stack can have", async () => {
    const config = structuredClone(stackFile("dev"));
    set(config, ["vault", "mirror"], { mode: "push" });
    set(config, ["bundles", "argocd"], {});
    const { vault, bundles, cluster } = config;
    const services = { ...(config.services as object), platform: { namespaces: ["web", "jobs"] } };
    const all = {
      vault,
      bundles,
      cluster,
      services,
      rotation: { strategy: "alternating" },
      roleApi: "databaseRole",
      alerts: "prometheusRule",
    };
    assert.deepEqual(await violations("dev", all), []);
  });

  it("breaks one with a superuser that has a password, unless the pack's settings name the stack", async () => {
    const config = structuredClone(stackFile("dev"));
    set(config, ["cluster", "superuserAccess"], "enabled");
    const broken = await violations("dev", { cluster: config.cluster });
    assert.equal(broken.length, 1, broken.join("\n"));
    assert.match(broken[0]!, /^Cluster ameide-dev\/postgres-ameide, spec\.enableSuperuserAccess: .*superuserStacks/);
  });
});
