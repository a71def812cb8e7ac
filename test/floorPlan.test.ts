import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  importsOf,
  judgeCircles,
  judgeRooms,
  MOST_FOLDERS,
  productFiles,
  ROOMS,
  visibleFolders,
  WITHOUT_CODE,
  type Import,
} from "./support/floorPlan";

const ROOT = path.dirname(__dirname);
const FILES = productFiles(ROOT);
const KNOWN = new Set(FILES);
const READ = new Map(FILES.map((file) => [file, importsOf(file, fs.readFileSync(path.join(ROOT, file), "utf8"), KNOWN)]));
const IMPORTS = [...READ.values()].flatMap(({ files }) => files);
const FOLDERS = visibleFolders(ROOT);

/** The files that run along with one. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { to, onlyTypes } of READ.get(file)!.files) if (!onlyTypes) closure(to, seen);
  return seen;
}

describe("the floor plan", () => {
  it("every import goes down, and every folder is in the table", () => {
    assert.ok(IMPORTS.length > 500, "the imports of the product were not found");
    assert.deepEqual(judgeRooms(IMPORTS, FOLDERS), []);
  });

  it("no file needs, by way of others, itself", () => {
    assert.deepEqual(judgeCircles(IMPORTS), []);
  });

  it("every room of the table is there, and is one of the folders that docs/architecture.md explains, in this order", () => {
    for (const { name } of ROOMS) assert.ok(fs.existsSync(path.join(ROOT, name)), name);
    const [, section = ""] = fs.readFileSync(path.join(ROOT, "docs/architecture.md"), "utf8").split("## Folders\n");
    const explained = [...section.matchAll(/^\| `([\w.]+)\/?` +\|/gm)].map(([, name]) => name);
    assert.deepEqual(explained, [...ROOMS.map(({ name }) => name), ...WITHOUT_CODE]);
  });

  it("what runs in the cluster, as one file for plain Node, brings no package along", () => {
    for (const program of ["vault/bootstrap/main.ts", "components/gate/program.ts"]) {
      const needed = [...closure(program)].flatMap((file) => READ.get(file)!.packages.map((name) => `${file} imports ${name}`));
      assert.deepEqual(
        needed.filter((one) => !one.includes(" imports node:")),
        [],
        program,
      );
    }
  });

  describe("refuses", () => {
    const refused = (from: string, to: string) => judgeRooms([{ from, to }], []);

    it("a component that asks preflight, a record that knows a component, a lab that knows a command: each with its room's sentence", () => {
      assert.match(refused("components/roles.ts", "preflight/rights.ts")[0]!, /components may not know preflight: resources,.*asks nobody/);
      assert.match(refused("catalog/gates.ts", "components/gate/types.ts")[0]!, /catalog may not know components: records.*makes nothing/);
      assert.match(refused("lab/cluster.ts", "cli/main.ts")[0]!, /lab may not know cli: the throw-away cluster/);
      assert.deepEqual(refused("cli/main.ts", "lab/cluster.ts"), []);
    });

    it("what only a path names: the entry point of a bundle", () => {
      const text = 'bundleProgram(path.join(path.dirname(__dirname), "cli", "main.ts"));';
      const { files } = importsOf("components/bundle.ts", text, KNOWN);
      assert.deepEqual(files, [{ from: "components/bundle.ts", to: "cli/main.ts" }]);
      assert.equal(judgeRooms(files, []).length, 1);
    });

    it("a folder that nobody has given a room, and one too many", () => {
      assert.match(judgeRooms([], ["helpers"])[0]!, /helpers\/ is in no table/);
      const folders = Array.from({ length: MOST_FOLDERS + 1 }, () => "docs");
      assert.match(judgeRooms([], folders)[0]!, /14 folders: 13 are allowed/);
    });

    it("a circle, told as the way around", () => {
      const around = (...files: string[]): Import[] => files.map((from, index) => ({ from, to: files[(index + 1) % files.length]! }));
      assert.deepEqual(judgeCircles([...around("vault/a.ts", "vault/b.ts", "vault/c.ts"), { from: "vault/d.ts", to: "vault/a.ts" }]), [
        "a circle: vault/a.ts → vault/b.ts → vault/c.ts → vault/a.ts",
      ]);
    });
  });

  describe("reads", () => {
    const read = (text: string) => importsOf("cli/review/ask.ts", text, KNOWN);

    it("imports of every form, types included, and of templates none", () => {
      const { files } = read(
        [
          'import { run } from "../shared/command";',
          'export type { Stack } from "../../config/load";',
          'const { judge } = await import("../../components/gate/judge");',
          'require("../run.cjs");',
          'type T = import("../../index").T;',
          'const text = `import { x } from "../../lab/cluster";`;',
        ].join("\n"),
      );
      const to = ["cli/shared/command.ts", "config/load.ts", "components/gate/judge.ts", "cli/run.cjs", "index.ts"];
      assert.deepEqual(
        files.map((one) => one.to),
        to,
      );
    });

    it("packages that are there when it runs", () => {
      const { packages } = read(
        'import type { Client } from "pg";\nimport { type Pool } from "pg";\nimport * as fs from "node:fs";\nimport "zod";',
      );
      assert.deepEqual(packages, ["node:fs", "zod"]);
    });
  });
});
