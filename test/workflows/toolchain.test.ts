import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import packageJson from "../../package.json";

const ROOT = path.join(__dirname, "../..");
const { dependencies } = packageJson;
const PROVIDERS = ["azure-native", "kubernetes", "random", "vault"] as const;
const versionOf = (name: (typeof PROVIDERS)[number]) => dependencies[`@pulumi/${name}`];
const ENGINE = `pulumi-v${dependencies.pulumi}-linux-x64.tar.gz`;
const FILES = [ENGINE, ...PROVIDERS.map((name) => `pulumi-resource-${name}-v${versionOf(name)}-linux-amd64.tar.gz`)];

describe("what pull requests fetch of Pulumi", () => {
  let directory: string;
  const at = (...file: string[]) => path.join(directory, ...file);
  const sums = new Map<string, string>();

  /** A clone with the script, a `gh` that copies from `released`, and archives there. */
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "toolchain-"));
    for (const place of [".github/toolchain", "bin", "released", "tree/pulumi"]) await fs.mkdir(at(place), { recursive: true });
    for (const file of [".github/toolchain/fetch.sh", "package.json"]) await fs.copyFile(path.join(ROOT, file), at(file));
    await fs.writeFile(at("tree/pulumi/pulumi"), "the engine");
    await fs.writeFile(at("tree/program"), "a provider");
    for (const file of FILES) {
      await execa("tar", ["-czf", at("released", file), "-C", at("tree"), file === ENGINE ? "pulumi" : "program"]);
      sums.set(
        file,
        createHash("sha256")
          .update(await fs.readFile(at("released", file)))
          .digest("hex"),
      );
    }
    const gh = `#!/bin/sh\necho "$3 $5 $7" >> "${at("asked")}"\nfor file in "${at("released")}"/$7; do cp "$file" "$9" || exit 1; done\n`;
    await fs.writeFile(at("bin/gh"), gh, { mode: 0o755 });
  });
  afterEach(() => fs.rm(directory, { recursive: true }));

  const record = (change: Readonly<Record<string, string | undefined>> = {}) =>
    fs.writeFile(
      at(".github/toolchain/SHA256SUMS"),
      `# of the test\n${FILES.flatMap((file) => (file in change && change[file] === undefined ? [] : [`${change[file] ?? sums.get(file)}  ${file}\n`])).join("")}`,
    );
  const fetch = (...args: string[]) =>
    execa(at(".github/toolchain/fetch.sh"), args, { env: { PATH: `${at("bin")}:${process.env.PATH}` }, reject: false, all: true });
  const asked = () => fs.readFile(at("asked"), "utf8").catch(() => "");

  it("is the engine and the providers of package.json, where the engine looks for them", async () => {
    await record();
    assert.equal((await fetch(at("home"))).exitCode, 0);
    assert.equal((await fetch("--unpack", at("home"))).exitCode, 0);
    assert.equal(await fs.readFile(at("home/versions", dependencies.pulumi, "bin/pulumi"), "utf8"), "the engine");
    for (const name of PROVIDERS)
      assert.equal(await fs.readFile(at("home/plugins", `resource-${name}-v${versionOf(name)}`, "program"), "utf8"), "a provider");
    const lines = (await asked()).trim().split("\n");
    assert.equal(lines[0], `v${dependencies.pulumi} pulumi/pulumi ${ENGINE}`);
    assert.equal(lines.length, FILES.length);
  });

  for (const [index, file] of FILES.entries())
    it(`is nothing at all where ${file.replace(/-v.*/, "")} has no checksum, or another`, async () => {
      await record({ [file]: undefined });
      const without = await fetch(at("home"));
      assert.equal(without.exitCode, 1, without.all);
      assert.match(without.all, new RegExp(`has no checksum of ${file.replaceAll(".", "\\.")} .*--record`));
      assert.equal((await asked()).includes(file), false);
      await record({ [file]: "0".repeat(64) });
      assert.notEqual((await fetch(at("home"))).exitCode, 0);
      await fs.cp(at("released"), at("other"), { recursive: true });
      const { exitCode } = await fetch("--unpack", at("other"));
      assert.notEqual(exitCode, 0, String(index));
      assert.deepEqual((await fs.readdir(at("other"))).sort(), [...FILES].sort());
    });

  it("is recorded with what the vendor's release says, and said where that says nothing", async () => {
    await fs.writeFile(at(".github/toolchain/SHA256SUMS"), "# of the test\n");
    await fs.writeFile(at("released/some-checksums.txt"), `${sums.get(ENGINE)}  ${ENGINE}\n`);
    const { exitCode, all } = await fetch("--record");
    assert.equal(exitCode, 0, all);
    assert.equal(all.includes(`${ENGINE}: the release`), false);
    for (const file of FILES.slice(1)) assert.ok(all.includes(`${file}: the release has no such checksum; compare ${sums.get(file)}`), all);
    const recorded = await fs.readFile(at(".github/toolchain/SHA256SUMS"), "utf8");
    assert.equal(recorded, `# of the test\n${FILES.map((file) => `${sums.get(file)}  ${file}\n`).join("")}`);
  });
});
