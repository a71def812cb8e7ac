import * as assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../../../lab/paths";

const NAME = "cnpg-credentials";

/**
 * The package as `npm pack` makes it, in another company's directory, beside the packages that npm
 * would install with it and no other: those come from this clone, so that no registry is asked.
 */
describe("the packed package", function () {
  this.timeout(300_000);
  let directory: string;
  const at = (...parts: string[]) => path.join(directory, ...parts);

  before(() => {
    directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "packed-")));
    const env = shellOf();
    const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", directory], { cwd: REPOSITORY, env, encoding: "utf8" });
    const installed = at("acme/node_modules", NAME);
    fs.mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", at(packed.trim()), "-C", installed, "--strip-components=1"]);
    for (const name of installedWith()) {
      fs.mkdirSync(path.dirname(at("acme/node_modules", name)), { recursive: true });
      fs.symlinkSync(path.join(REPOSITORY, "node_modules", name), at("acme/node_modules", name));
    }
    fs.mkdirSync(at("acme/node_modules/.bin"));
    fs.symlinkSync(`../${NAME}/cli/bin.cjs`, at("acme/node_modules/.bin", NAME));
    // As `npm install ../cnpg-credentials-0.1.0.tgz` leaves an empty directory.
    fs.writeFileSync(at("acme/package.json"), JSON.stringify({ dependencies: { [NAME]: `file:../${packed.trim()}` } }));
  });
  after(() => fs.rmSync(directory, { recursive: true, force: true }));

  /** The packages that npm installs with it: all but those that this clone's own tests need. */
  function installedWith(): string[] {
    const lock = JSON.parse(fs.readFileSync(path.join(REPOSITORY, "package-lock.json"), "utf8")) as {
      packages: Record<string, { dev?: true; devOptional?: true }>;
    };
    return Object.entries(lock.packages)
      .filter(([place, { dev, devOptional }]) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(place) && !dev && !devOptional)
      .map(([place]) => place.slice("node_modules/".length))
      .filter((name) => fs.existsSync(path.join(REPOSITORY, "node_modules", name)));
  }

  /** With nothing of this process, and a home in which nothing is. */
  function shellOf(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|PULUMI_|XDG_|KUBECONFIG$|INIT_CWD$|NODE_)/.test(name));
    return { ...Object.fromEntries(kept), HOME: at("home"), npm_config_cache: at("home/.npm") };
  }
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: at("acme"), env: shellOf(), encoding: "utf8" });
    return { code: status, out: stdout, said: stdout + stderr };
  };
  const command = (...args: string[]) => run(process.execPath, at("acme/node_modules", NAME, "cli/bin.cjs"), ...args);

  it("has what it runs with, and nothing that only this clone's tests read", () => {
    const has = (file: string) => fs.existsSync(at("acme/node_modules", NAME, file));
    for (const file of ["LICENSE", "README.md", "Pulumi.yaml", "docs/stack.schema.json", "policy/PulumiPolicy.yaml", "lab/cluster.ts"])
      assert.ok(has(file), file);
    for (const file of ["test", "node_modules", "package-lock.json", "policy/node_modules", "Pulumi.dev.yaml", "docs/inventory", ".github"])
      assert.ok(!has(file), file);
  });

  it("says its version and its help, and where no project is, how one is made", () => {
    assert.match(command("--version").out, /^\d+\.\d+\.\d+\n$/);
    assert.match(command("status", "--help").out, /^Usage: cnpg-credentials status/);
    const { code, said } = command("doctor");
    assert.equal(code, 1, said);
    assert.match(said, /cnpg-credentials init --company <name>/);
    assert.doesNotMatch(said, /^\s+at /m);
  });

  it("makes a project for acme whose `npm test` passes, with the package that it was installed from", () => {
    const made = command("init", "--company", "acme");
    assert.equal(made.code, 0, made.said);
    const { dependencies, scripts } = JSON.parse(fs.readFileSync(at("acme/package.json"), "utf8")) as Record<
      string,
      Record<string, string>
    >;
    assert.match(dependencies![NAME]!, /^file:\.\.\/cnpg-credentials-\d+\.\d+\.\d+\.tgz$/);
    assert.match(scripts!.test!, /inventory --stack prod --check/);
    const tested = run("npm", "test");
    assert.equal(tested.code, 0, tested.said);
    const written = fs.readdirSync(at("acme"), { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    for (const { parentPath, name } of written.filter((one) => !one.parentPath.includes("node_modules")))
      assert.doesNotMatch(fs.readFileSync(path.join(parentPath, name), "utf8"), /ameide/i, name);
  });

  it("prints what a cluster needs for it", () => {
    const { code, out, said } = command("prepare", "--print");
    assert.equal(code, 0, said);
    assert.match(out, /kind: Namespace\nmetadata:\n {2}name: acme-dev$/m);
  });

  it("finds what the program and the policy pack load", () => {
    for (const file of ["index.ts", "policy/main.cjs"]) {
      const tried = run(
        process.execPath,
        "-e",
        `const { createRequire } = require("node:module"); const find = createRequire(process.argv[1]);
         for (const name of ["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/policy", "sucrase"]) find.resolve(name);`,
        at("acme/node_modules", NAME, file),
      );
      assert.equal(tried.code, 0, tried.said);
    }
  });
});
