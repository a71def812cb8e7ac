import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { writeProject } from "../../../cli/init/command";
import { filesIn, TEMPLATE, templateFiles } from "../../../cli/init/template";
import { version } from "../../../package.json";

/** The files that the engine 3.259 makes of a template (CopyTemplateFiles of `pulumi new`). */
function asTheEngine(files: ReadonlyMap<string, string>, name: string, description: string): Map<string, string> {
  const put = (text: string, [one, other]: readonly [string, string]) =>
    text.replaceAll("${PROJECT}", one).replaceAll("${DESCRIPTION}", other);
  return new Map(
    [...files].map(([file, text]) => [
      put(file, [name, ""]),
      put(text, file.endsWith(".yaml") ? [`${name}\n`, `${description}\n`] : [name, description]),
    ]),
  );
}

describe("the template of `pulumi new`", function () {
  this.timeout(60_000);

  it("is what is made anew", async () =>
    assert.deepEqual(
      Object.fromEntries(await filesIn(TEMPLATE)),
      Object.fromEntries(await templateFiles()),
      "write it anew with `node cli/run.cjs cli/init/template.ts`",
    ));

  it("makes the project that `init` makes, but for where the program is", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "init-"));
    try {
      await writeProject(directory, { name: "acme", service: "orders", package: version });
      const made = Object.fromEntries(await filesIn(directory));
      const news = Object.fromEntries(asTheEngine(await filesIn(TEMPLATE), "acme", "Credentials of acme"));
      const differing = Object.keys({ ...made, ...news }).filter((file) => made[file] !== news[file]);
      assert.deepEqual(differing.sort(), ["Pulumi.yaml", "package.json"]);
      const { main, ...manifest } = JSON.parse(news["package.json"]!) as Record<string, unknown>;
      assert.deepEqual([main, manifest], ["node_modules/cnpg-credentials/index.ts", JSON.parse(made["package.json"]!)]);
      const { name, runtime, template } = parse(news["Pulumi.yaml"]!) as Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
      assert.equal(name, "acme");
      assert.match((runtime as { options: { nodeargs: string } }).options.nodeargs, /--require \.\/node_modules\/cnpg-credentials\/cli\//);
      const { description, config } = template as { description: string; config: Record<string, { default?: string }> };
      assert.ok(description);
      for (const [key, { default: value }] of Object.entries(config)) assert.ok(key.startsWith("cnpg-credentials:") && value, key);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it("names no other company", async () => {
    for (const [file, text] of await filesIn(TEMPLATE)) assert.doesNotMatch(text, /ameide/i, file);
  });
});
