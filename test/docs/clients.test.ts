import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { possibleKeys, templates, type OptionalKeys, type TemplateName } from "../../catalog/templates";

const text = fs.readFileSync(path.join(__dirname, "../../docs/clients.md"), "utf8");
/** Each example, with what its first line says of the Secret that it reads. */
const examples = [...text.matchAll(/```yaml\n# Secret (\S+); template (\S+?)(?:; keys (\S+))?\n([^]*?)```/g)].map(
  ([, secret = "", template = "", keys = "", yaml = ""]) => ({ secret, template: template as TemplateName, keys, yaml }),
);

/** Every reference to a key of a Secret in a document. */
function references(value: unknown): { name: string; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const { secretKeyRef } = value as { secretKeyRef?: { name: string; key: string } };
  return [...(secretKeyRef === undefined ? [] : [secretKeyRef]), ...Object.values(value).flatMap(references)];
}

describe("docs/clients.md", () => {
  it("says of every example which Secret it reads", () => assert.equal(examples.length, [...text.matchAll(/```yaml/g)].length));

  for (const { secret, template, keys, yaml } of examples)
    it(`reads no key of ${secret} that it has not`, () => {
      const documents = parseAllDocuments(yaml).map((document) => document.toJS() as unknown);
      const known = possibleKeys(templates[template], keys === "" ? [] : (keys.split(",") as OptionalKeys[]));
      const named = documents.flatMap(references);
      const variables = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, key]) => ({ name: secret, key: key! }));
      assert.ok(named.length + variables.length > 3 || keys !== "" || secret.startsWith("plausible"), "the example reads too little");
      for (const reference of [...named, ...variables])
        assert.ok(reference.name === secret && known.includes(reference.key), JSON.stringify(reference));
    });

  it("names every group of keys that is for a client", () => {
    for (const group of ["node", "prisma", "asyncpg", "npgsql"] as const) {
      assert.ok(text.includes(`\`keys: [${group}]\``), group);
      for (const key of Object.keys(templates.pg.optional[group]!).filter((one) => !one.endsWith("-pooler")))
        assert.ok(text.includes(`\`${key}\``), key);
    }
  });
});
