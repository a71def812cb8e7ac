import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { VALUES, WHOLE } from "../../catalog/placeholders";
import { readTemplates } from "../../catalog/shapes";
import { templates } from "../../catalog/templates";
import type { TemplateDefinition } from "../../config/schema";
import { lines } from "../support/problems";

const text = fs.readFileSync(path.join(__dirname, "../../docs/templates.md"), "utf8");
const [, own = ""] = text.split("## The program's own\n");
const rows = [...own.split("\n## ")[0]!.matchAll(/^\| (`.+?`) +\| `(.+?)` +\| (.+?) +\|$/gm)];

describe("docs/templates.md", () => {
  it("has every template of the program's own, with its type", () => {
    const said = rows.flatMap(([, names = "", type]) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => `${name} ${type}`));
    assert.deepEqual(said.sort(), Object.entries(templates).map(([name, { type }]) => `${name} ${type}`).sort()); // prettier-ignore
  });

  for (const [, names = "", , keys = ""] of rows.filter(([, name = ""]) => !/pg`$|temporal/.test(name)))
    it(`has the keys of ${names}`, () => {
      const template = templates[names.replaceAll("`", "") as keyof typeof templates];
      for (const key of Object.keys(template.keys).filter((one) => one !== "ca.crt")) assert.ok(keys.includes(`\`${key}\``), key);
    });

  it("has every placeholder", () => {
    const placed = (name: string) => text.includes(`\`{${name}}\``) || /^(prisma|asyncpg|npgsql)Parameters$/.test(name);
    assert.deepEqual(
      [...VALUES, ...Object.keys(WHOLE)].filter((name) => !placed(name)),
      [],
    );
  });

  it("shows templates that are right", () => {
    const shown = [...text.matchAll(/```yaml\n([^]*?)```/g)].flatMap(([, yaml = ""]): Record<string, TemplateDefinition>[] => {
      const document = parse(yaml) as { keys?: object; "cnpg-credentials:templates"?: Record<string, TemplateDefinition> };
      if (document.keys !== undefined) return [{ shown: document as TemplateDefinition }];
      const inStack = document["cnpg-credentials:templates"];
      return inStack === undefined ? [] : [inStack];
    });
    assert.equal(shown.length, 2);
    for (const defined of shown) assert.deepEqual(lines(readTemplates([{ at: "templates", templates: defined }]).problems), []);
  });
});
