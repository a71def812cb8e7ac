import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { bundleProgram } from "../../components/bundle";

describe("components/bundle", () => {
  const directory = path.resolve(__dirname, "../../node_modules/.cache/bundle.test");
  const program = path.join(directory, "main.ts");
  const write = (file: string, text: string) => fs.writeFileSync(path.join(directory, file), text);
  beforeEach(() => {
    fs.mkdirSync(directory, { recursive: true });
    write("main.ts", 'import { said } from "./said";\nconsole.log(said satisfies string);\n');
    write("said.ts", 'export const said = "one";\n');
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  it("gives the same text for the same sources, and another as soon as one of them is changed", () => {
    const first = bundleProgram(program);
    assert.match(first, /"one"/);
    assert.equal(bundleProgram(program), first);
    write("said.ts", 'export const said = "two";\n');
    const second = bundleProgram(program);
    assert.match(second, /"two"/);
    write("said.ts", 'export const said = "one";\n');
    assert.equal(bundleProgram(program), first);
  });

  it("loads no bundler for what it has made before", () => {
    const text = bundleProgram(program);
    const bundler = require.resolve("esbuild");
    const module = require.cache[bundler];
    require.cache[bundler] = { id: bundler, loaded: true, exports: {} } as NodeJS.Module;
    try {
      assert.equal(bundleProgram(program), text);
      write("said.ts", 'export const said = "two";\n');
      assert.throws(() => bundleProgram(program));
    } finally {
      if (module) require.cache[bundler] = module;
      else delete require.cache[bundler];
    }
  });
});
