import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

/** As much of Ajv 6 as is used. */
interface Ajv {
  addMetaSchema(schema: object): Ajv;
  compile(schema: object): Validate;
}
interface Validate {
  (value: unknown): boolean;
  errors?: readonly { dataPath: string; message?: string; params: object }[] | null;
}
type Constructor = new (options: { schemaId: "auto"; allErrors: boolean; unknownFormats: "ignore"; logger: false }) => Ajv;

const SCHEMA = path.join(__dirname, "sarif/sarif-2.1.0-rtm.5.schema.json");
let validate: Validate | undefined;

/** Problems of a log by the schema of SARIF 2.1.0, a line each: test/support/sarif/README.md */
export function sarifErrors(log: unknown): string[] {
  validate ??= compile();
  if (validate(log)) return [];
  const errors = validate.errors ?? [];
  return errors.map(({ dataPath, message, params }) => [`log${dataPath}`, message, JSON.stringify(params)].join(" "));
}

/** By the validator that ESLint has: the schema is of draft 4, which Ajv knows up to 6. */
function compile(): Validate {
  const ofLinter = createRequire(require.resolve("eslint/package.json"));
  const Ajv = ofLinter("ajv") as Constructor;
  const draft = ofLinter("ajv/lib/refs/json-schema-draft-04.json") as object;
  const ajv = new Ajv({ schemaId: "auto", allErrors: true, unknownFormats: "ignore", logger: false });
  return ajv.addMetaSchema(draft).compile(JSON.parse(fs.readFileSync(SCHEMA, "utf8")) as object);
}
