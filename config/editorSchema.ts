// The JSON Schema of a stack's file, from which editors complete and check it. Run as a program, it
// writes `docs/stack.schema.json` anew; the files of the stacks name that in their first line.
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { existingClusterSchema, stackSchema } from "./schema";

type JsonSchema = z.core.JSONSchema.JSONSchema;

const PREFIX = "cnpg-credentials:";
const DOCS = path.resolve(__dirname, "../docs");
export const EDITOR_SCHEMA = path.join(DOCS, "stack.schema.json");
const REFERENCE = path.join(DOCS, "configuration.md");

/** A value that Pulumi has encrypted. */
const SECURE: JsonSchema = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
};
/** Settings that `pulumi config set --secret` encrypts. */
const SECRETS = new Set(["kubeconfig", "vaultValues"]);

/**
 * @param reference docs/configuration.md: the sentences that an editor shows beside each setting
 * @returns JSON Schema, draft 7, which every editor's YAML server takes
 */
export function editorSchema(reference = fs.readFileSync(REFERENCE, "utf8")): JsonSchema {
  const options = { io: "input", target: "draft-7", unrepresentable: "any" } as const;
  const { properties = {}, required = [] } = z.toJSONSchema(stackSchema, options);
  const { $schema: _, ...existing } = z.toJSONSchema(existingClusterSchema, options);
  properties.cluster = { anyOf: [properties.cluster as JsonSchema, existing] };
  describe({ type: "object", properties }, "", sentences(reference));
  const settings = Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]): [string, JsonSchema] => [
    `${PREFIX}${name}`,
    SECRETS.has(name)
      ? { description: schema.description!, anyOf: [schema, SECURE, { type: "object", additionalProperties: SECURE }] }
      : schema,
  ]);
  const others = Object.keys(properties).join("|");
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A stack of cnpg-credentials",
    type: "object",
    required: ["config"],
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(settings),
        // Other packages' settings are theirs to check.
        patternProperties: { [`^${PREFIX}(?!(${others})$)`]: false },
        required: required.map((name) => `${PREFIX}${name}`),
      },
    },
  };
}

/** What the reference says of each setting, by its path. */
function sentences(reference: string): Map<string, string> {
  const rows = reference.matchAll(/^\| `([^`]+)`\s+\| (.+?)\s+\| (.+?)\s+\| (.+?)\s+\|$/gm);
  return new Map([...rows].map(([, setting = "", , , meaning = ""]) => [setting, meaning.replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")]));
}

/** Gives every setting below a path its sentence. */
function describe(schema: JsonSchema, at: string, sentences: ReadonlyMap<string, string>): void {
  const sentence = sentences.get(at);
  if (sentence !== undefined) schema.description = sentence;
  for (const [key, below] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>))
    describe(below, at === "" ? key : `${at}.${key}`, sentences);
  for (const option of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) describe(option, at, sentences);
  if (typeof schema.additionalProperties === "object") describe(schema.additionalProperties, `${at}.<${KEYS[at] ?? "name"}>`, sentences);
  if (typeof schema.items === "object" && !Array.isArray(schema.items)) describe(schema.items, `${at}[]`, sentences);
}

/** How the reference calls the keys of maps. */
const KEYS: Readonly<Record<string, string>> = { services: "service", bundles: "bundle", gates: "gate" };

if (require.main === module) fs.writeFileSync(EDITOR_SCHEMA, `${JSON.stringify(editorSchema(), undefined, 2)}\n`);
