import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { reviewStack } from "../../cli/review/ask";
import { rules } from "../../policy/rules";
import { ROOT } from "./support/commands";
import { violationsIn } from "./support/policy";
import { makeProject } from "./support/project";
import { LITERAL } from "./policyProgram/breaks";

describe("the policy pack, with the real engine and no cluster", () => {
  let directory: string;
  let env: Record<string, string>;
  const at = (file: string) => path.join(directory, file);

  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-policy-"));
    env = await makeProject(directory, "policyProgram");
    await execa("pulumi", ["stack", "init", "prod"], { cwd: directory, env });
  });

  after(() => fs.rm(directory, { recursive: true }));

  async function preview(
    config: Record<string, string>,
    ...options: string[]
  ): Promise<{ code: number; text: string; violations: string[] }> {
    const given = Object.entries({ directory: at("yaml"), ...config }).flatMap(([key, value]) => [
      "--config",
      `cnpg-credentials:${key}=${value}`,
    ]);
    const { exitCode, all } = await execa(
      "pulumi",
      ["preview", "--stack", "prod", "--non-interactive", "--color=never", ...given, ...options],
      { cwd: directory, env, all: true, reject: false },
    );
    return { code: exitCode ?? -1, text: all, violations: violationsIn(all) };
  }
  const pack = ["--policy-pack", path.join(ROOT, "policy")];

  it("says nothing of a program that keeps to the rules", async () => {
    const { code, text, violations } = await preview({}, ...pack);
    assert.equal(code, 0, text);
    assert.match(text, /✅ cnpg-credentials@v/);
    assert.deepEqual(violations, []);
  });

  it("finds every rule broken, by what breaks it and by nothing else, and repeats no secret", async () => {
    const { code, text, violations } = await preview({ breaks: "true" }, ...pack);
    assert.notEqual(code, 0);
    assert.deepEqual(violations.sort(), rules.map(({ name, level }) => `${level} ${name}: ${name}`).sort(), text);
    assert.match(text, /ConfigMap apps\/no-literal-credential, data\.application\.properties: .+: .+; .+/);
    assert.ok(!text.includes(LITERAL));
  });

  it("goes by other settings and levels for one run", async () => {
    const file = at("policy.json");
    const external = [{ namespace: "apps", name: "nobody-makes-it" }];
    await fs.writeFile(
      file,
      JSON.stringify({ all: "disabled", names: "mandatory", "declared-secrets": { enforcementLevel: "mandatory", external } }),
    );
    const { violations } = await preview({ breaks: "true" }, ...pack, "--policy-pack-config", file);
    assert.deepEqual(violations, ["mandatory names: names"]);
  });

  it("refuses settings that it does not understand", async () => {
    const file = at("policy.json");
    await fs.writeFile(file, JSON.stringify({ "declared-secrets": { external: [{ name: "without-namespace" }] } }));
    const { code, text } = await preview({}, ...pack, "--policy-pack-config", file);
    assert.notEqual(code, 0);
    assert.match(text, /namespace/);
  });

  it("is heard by a review, above everything else", async () => {
    for (const [key, value] of Object.entries({ directory: at("yaml"), breaks: "true" }))
      await execa("pulumi", ["config", "set", key, value, "--stack", "prod"], { cwd: directory, env });
    const request = { cwd: directory, env: { ...process.env, ...env }, policyPack: path.join(ROOT, "policy") };
    const { text, exitCode } = await reviewStack({ stack: "prod", output: "md", all: true }, request);
    assert.equal(exitCode, 2, text);
    assert.match(
      text,
      new RegExp(
        `^## prod: breaks rules of the policy pack\\n\\n.* Policy pack: ${rules.length} violations\\.\\n\\n### Broken rules$`,
        "m",
      ),
    );
    for (const { name, level } of rules) assert.ok(text.includes(`\n- \`${name}\`${level === "mandatory" ? "" : " (advisory)"}: `), name);
    assert.ok(!text.includes(LITERAL));
  });
});
