import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { projectFiles } from "../../../cli/init/files";
import { REPOSITORY } from "../../../lab/paths";

interface Ran {
  readonly code: number | null;
  readonly said: string;
}

describe("cli/init", function () {
  this.timeout(300_000);
  let directory: string;
  beforeEach(() => (directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "acme-")))));
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  /** With nothing of this process: as somebody's own shell would run it. */
  async function run(program: string, args: readonly string[], cwd = directory): Promise<Ran> {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(npm_|PULUMI_|KUBECONFIG$|INIT_CWD$|NODE_OPTIONS$)/.test(name)),
    );
    const child = spawn(program, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"], env });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { code, said: out + err };
  }
  const init = (...args: string[]) => run(process.execPath, [path.join(REPOSITORY, "cli/bin.cjs"), "init", ...args]);

  /** As npm does with a package that is a directory. */
  function link(): void {
    fs.mkdirSync(path.join(directory, "node_modules/.bin"), { recursive: true });
    fs.symlinkSync(REPOSITORY, path.join(directory, "node_modules/cnpg-credentials"));
    fs.symlinkSync("../cnpg-credentials/cli/bin.cjs", path.join(directory, "node_modules/.bin/cnpg-credentials"));
  }
  const written = () =>
    fs
      .readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
      .map((entry) => path.join(entry.parentPath, entry.name));

  it("has Postgres write down who comes and goes in staging and prod, and lets no query fill the volume", () => {
    const files = projectFiles({ name: "acme", service: "orders", package: "x" });
    for (const stack of ["staging", "prod"]) {
      const { config } = parse(files.get(`Pulumi.${stack}.yaml`)!) as { config: Record<string, { parameters: Record<string, string> }> };
      const { parameters } = config["cnpg-credentials:cluster"]!;
      assert.deepEqual([parameters.log_connections, parameters.log_disconnections], ["on", "on"]);
      assert.match(parameters.temp_file_limit ?? "", /^\d+GB$/);
      if (stack === "prod") assert.equal(parameters["pgaudit.log"], "ddl, role");
    }
  });

  it("makes a project for acme whose `npm test` passes, and in which no other company is named", async () => {
    const made = await init("--company", "acme");
    assert.equal(made.code, 0, made.said);
    for (const file of written()) assert.doesNotMatch(fs.readFileSync(file, "utf8"), /ameide/i, file);
    link();
    const tested = await run("npm", ["test"]);
    assert.equal(tested.code, 0, tested.said);
    // A problem of a record fails it, with the line.
    fs.appendFileSync(path.join(directory, "catalog/services/orders.yaml"), "databse: x\n");
    const broken = await run("npm", ["test"]);
    assert.notEqual(broken.code, 0);
    assert.match(broken.said, /catalog\/services\/orders\.yaml:3 catalog\.orders\.databse: .*did you mean `database`\?/);
  });

  it("leaves a directory alone that has one of its files, and names no file that is not in the way", async () => {
    fs.writeFileSync(path.join(directory, "README.md"), "mine\n");
    const made = await init("--company", "acme");
    assert.equal(made.code, 2);
    assert.match(made.said, /has already: README\.md\nRemedy: /);
    assert.deepEqual(fs.readdirSync(directory), ["README.md"]);
  });

  it("refuses a name that no namespace can have", async () => {
    const made = await init("--company", "Acme Inc");
    assert.deepEqual([made.code, fs.readdirSync(directory)], [2, []]);
    assert.match(made.said, /--company Acme Inc is not made of/);
  });

  it("has the engine load the program from the package, as its own project", () => {
    const files = projectFiles({ name: "acme", service: "orders", package: "1.0.0" });
    const { name, main, runtime } = parse(files.get("Pulumi.yaml")!) as { name: string; main: string; runtime: { options: object } };
    const own = parse(fs.readFileSync(path.join(REPOSITORY, "Pulumi.yaml"), "utf8")) as { name: string; requiredPulumiVersion: string };
    assert.deepEqual([name, main], [own.name, "node_modules/cnpg-credentials"]);
    assert.deepEqual(runtime.options, { typescript: false, nodeargs: "--require ./cli/typescript.cjs" });
    assert.equal((parse(files.get("Pulumi.yaml")!) as typeof own).requiredPulumiVersion, own.requiredPulumiVersion);
  });
});
