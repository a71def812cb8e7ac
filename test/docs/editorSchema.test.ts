import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { EDITOR_SCHEMA, editorSchema } from "../../config/editorSchema";

const ROOT = path.resolve(__dirname, "../..");

describe("docs/stack.schema.json", () => {
  const schema = editorSchema();
  const judge = z.fromJSONSchema(schema);
  const minimal = () => ({
    config: {
      "cnpg-credentials:namespace": "shop",
      "cnpg-credentials:context": "kind-kind",
      "cnpg-credentials:cluster": { instances: 1, image: "localhost/postgresql:17", storage: { size: "1Gi" } },
      "cnpg-credentials:services": { platform: {} },
    } as Record<string, unknown>,
  });

  it("is what the configuration's schema and its reference say", () =>
    assert.equal(
      fs.readFileSync(EDITOR_SCHEMA, "utf8"),
      `${JSON.stringify(schema, undefined, 2)}\n`,
      "write it anew with `node cli/run.cjs config/editorSchema.ts`",
    ));

  it("takes a stack with the fewest settings, and settings of other packages and of the engine", () => {
    const stack = { encryptionsalt: "v1:x", ...minimal() };
    stack.config["kubernetes:context"] = "kind-kind";
    stack.config["cnpg-credentials:vaultValues"] = { "apps/login#key": { secure: "v1:x" } };
    assert.deepEqual(judge.safeParse(stack).error?.issues ?? [], []);
  });

  const wrong: readonly [what: string, change: (config: Record<string, unknown>) => void][] = [
    ["a setting that there is not", (config) => (config["cnpg-credentials:servces"] = {})],
    ["a misspelt setting of a service", (config) => (config["cnpg-credentials:services"] = { platform: { rotaton: {} } })],
    ["another type", (config) => (config["cnpg-credentials:namespace"] = 5)],
    ["a missing setting", (config) => delete config["cnpg-credentials:namespace"]],
  ];
  for (const [what, change] of wrong)
    it(`refuses ${what}`, () => {
      const stack = minimal();
      change(stack.config);
      assert.equal(judge.safeParse(stack).success, false);
    });

  it("has a sentence for every setting of the reference", () => {
    const reference = fs.readFileSync(path.join(ROOT, "docs/configuration.md"), "utf8");
    const settings = [...reference.matchAll(/^\| `([^`]+)`\s+\|/gm)].length;
    const said = [...JSON.stringify(schema).matchAll(/"description":/g)].length;
    assert.ok(said >= settings, `${said} sentences for ${settings} settings`);
  });
});
