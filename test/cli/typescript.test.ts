import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { REPOSITORY } from "../../lab/paths";

/** The output of a process that begins with the loader. */
const loaded = (script: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ["--require", path.join(REPOSITORY, "cli/typescript.cjs"), "--eval", script], {
      cwd: REPOSITORY,
      encoding: "utf8",
    }),
  );

const SDK = `const pulumi = require("@pulumi/pulumi");`;
const PACKAGES = `[...new Set(Object.keys(require.cache).map((file) => /.*node_modules.((?:@[^/\\\\]+.)?[^/\\\\]+)/.exec(file)?.[1]))].filter(Boolean)`;

describe("cli/typescript", () => {
  it("loads Pulumi's SDK without the compiler and npm's resolver", () => {
    const packages = loaded(`${SDK} console.log(JSON.stringify(${PACKAGES}))`) as string[];
    assert.ok(packages.includes("@pulumi/pulumi"));
    assert.deepEqual(
      packages.filter((name) => /^(typescript|@npmcli\/|normalize-package-data|pacote)/.test(name)),
      [],
    );
  });

  it("loads them for a program that has functions serialized, to which they are as ever", () => {
    const script = `${SDK} const { runtime } = pulumi;
      Promise.all([runtime.serializeFunction((x) => x + 1), runtime.computeCodePaths()])
        .then(([{ text }, paths]) => console.log(JSON.stringify([text.includes("x + 1"), [...paths.keys()].some((name) => name.includes("zod"))])))`;
    assert.deepEqual(loaded(script), [true, true]);
  });
});
