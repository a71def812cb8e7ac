// The JSON Schemas of a catalogue's files, from which editors complete and check them. Run as a
// program, it writes them anew beside the schema of the stacks' files.
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { fixtureFileSchema } from "../vault/fixtureFile";
import { bundleRecord, gateRecord, serviceRecord, templateRecord } from "./recordSchema";

type JsonSchema = z.core.JSONSchema.JSONSchema;

const DOCS = path.resolve(__dirname, "../docs");
const HERE = __dirname;

interface Kind {
  readonly schema: z.ZodObject;
  readonly title: string;
  /** The interface whose comments are the sentences that an editor shows. */
  readonly described?: readonly [file: string, name: string];
}

/** By the name of the file in docs/. */
export const RECORD_SCHEMAS: Readonly<Record<string, Kind>> = {
  "service.schema.json": { schema: serviceRecord, title: "A service of a catalogue", described: ["record.ts", "ServiceRecord"] },
  "bundle.schema.json": { schema: bundleRecord, title: "A bundle of a catalogue", described: ["bundles/record.ts", "BundleRecord"] },
  "gate.schema.json": { schema: gateRecord, title: "A gate of a catalogue", described: ["gateRecord.ts", "GateRecord"] },
  "template.schema.json": { schema: templateRecord, title: "A template of Secrets of a catalogue" },
  "fixtures.schema.json": { schema: fixtureFileSchema, title: "What Vault is to hold" },
};

/** @returns JSON Schema, draft 7. A file that has no `name` is called as it is. */
export function recordEditorSchema({ schema, title, described }: Kind): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", target: "draft-7", unrepresentable: "any" });
  const sentences = described === undefined ? new Map<string, string>() : sentencesOf(...described);
  const properties = Object.entries((json.properties ?? {}) as Record<string, JsonSchema>).map(([name, one]) => {
    const sentence = sentences.get(name);
    return [name, sentence === undefined ? one : { description: sentence, ...one }] as const;
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title,
    ...json,
    properties: Object.fromEntries(properties),
    ...(json.required === undefined ? {} : { required: json.required.filter((name) => name !== "name") }),
  };
}

/** The comment above each field of an interface. */
function sentencesOf(file: string, name: string): Map<string, string> {
  const text = fs.readFileSync(path.join(HERE, file), "utf8");
  const [, body = ""] = new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, "s").exec(text) ?? [];
  const fields = body.matchAll(/\/\*\*(.*?)\*\/\s*readonly (\w+)\??:/gs);
  return new Map([...fields].map(([, comment = "", field = ""]) => [field, comment.replace(/\s*\n\s*\*?\s*/g, " ").trim()]));
}

const textOf = (kind: Kind) => `${JSON.stringify(recordEditorSchema(kind), undefined, 2)}\n`;

/** The files whose text has to be written anew. */
export function staleSchemas(): string[] {
  return Object.entries(RECORD_SCHEMAS).flatMap(([file, kind]) => {
    const there = fs.existsSync(path.join(DOCS, file)) ? fs.readFileSync(path.join(DOCS, file), "utf8") : "";
    return there === textOf(kind) ? [] : [file];
  });
}

if (require.main === module)
  for (const [file, kind] of Object.entries(RECORD_SCHEMAS)) fs.writeFileSync(path.join(DOCS, file), textOf(kind));
