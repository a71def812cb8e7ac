import * as assert from "node:assert/strict";
import { rules } from "../../policy/rules";
import settings from "../../policy/settings.json";
import type { Rule, Settings } from "../../policy/rule";
import { judge, resourcesOf } from "../support/policy";
import { set, stackFile, STACKS, type StackName } from "../support/stackFiles";
import { wholeProgram } from "../support/wholeProgram";

const settingsOf = ({ name }: Rule): Settings => (settings as Readonly<Record<string, Settings>>)[name] ?? {};

describe("policy: this program", () => {
  const { up } = wholeProgram();

  async function violations(stack: StackName, change: Record<string, unknown> = {}, preview = false): Promise<string[]> {
    const { vault, vaultValues, bundles, gates } = stackFile(stack);
    const all = { vault, vaultValues, bundles, gates, ...change };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const { resources } = await up(stack, given, preview);
    return rules.flatMap((rule) => judge(rule, resourcesOf(resources, stack), settingsOf(rule)));
  }

  for (const stack of STACKS)
    for (const preview of [true, false])
      it(`breaks no rule in ${stack}${preview ? ", when nothing of it is there yet" : ""}`, async () => {
        assert.deepEqual(await violations(stack, {}, preview), []);
      });

  it("breaks none with everything that a stack can have", async () => {
    const config = structuredClone(stackFile("dev"));
    set(config, ["vault", "mirror"], { mode: "push" });
    set(config, ["bundles", "argocd"], {});
    set(config, ["cluster", "superuserAccess"], "enabled");
    const { vault, bundles, cluster } = config;
    const all = { vault, bundles, cluster, rotation: { strategy: "alternating" }, roleApi: "databaseRole", alerts: "prometheusRule" };
    assert.deepEqual(await violations("dev", all), []);
  });
});
