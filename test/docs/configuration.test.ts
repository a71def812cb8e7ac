import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { stackSchema } from "../../config/schema";

/**
 * Every setting that is no mapping of settings, with what the reference must say in its column of
 * defaults; undefined where it may say anything.
 */
function settings(schema: z.core.$ZodType, at: string, fallback?: string): [string, string | undefined][] {
  if (schema instanceof z.ZodOptional) return settings(schema.unwrap(), at, "");
  if (schema instanceof z.ZodDefault) return settings(schema.unwrap(), at, inCode(schema.def.defaultValue));
  if (schema instanceof z.ZodPrefault) return settings(schema.unwrap(), at, "");
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.core.$ZodType>(schema.shape);
    return fields.flatMap(([key, field]) => settings(field, at === "" ? key : `${at}.${key}`));
  }
  // Their settings side by side; what they have in common is there once, as those of a map are.
  if (schema instanceof z.ZodDiscriminatedUnion) return schema.options.flatMap((option) => settings(option, at));
  if (schema instanceof z.ZodRecord && schema.valueType instanceof z.ZodObject)
    return settings(schema.valueType, `${at}.<${{ services: "service", bundles: "bundle", gates: "gate" }[at] ?? "name"}>`);
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject) return settings(schema.element, `${at}[]`);
  return [[at, fallback === "" ? undefined : (fallback ?? "required")]];
}

function inCode(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

describe("docs/configuration.md", () => {
  const text = fs.readFileSync(path.join(__dirname, "../../docs/configuration.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([^`]+)`\s+\| (.+?)\s+\| (.+?)\s+\| (.+?)\s+\|$/gm)];
  const known = new Map(settings(stackSchema, ""));

  it("has every setting of the schema, and no other", () =>
    assert.deepEqual(rows.map(([, setting]) => setting).sort(), [...known.keys()].sort()));

  it("gives each its default", () => {
    for (const [, setting = "", , fallback] of rows) {
      const expected = known.get(setting);
      if (expected === undefined) assert.notEqual(fallback, "required", setting);
      else assert.equal(fallback, expected, setting);
    }
  });
});
