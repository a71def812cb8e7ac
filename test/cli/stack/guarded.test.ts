import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { onStack } from "../../../cli/stack/engine";
import { isGuarded, requireBackend, requireBackendToMake, requireProof } from "../../../cli/stack/guarded";
import { openTargetStack, type Target } from "../../../cli/stack/target";

describe("cli/stack/guarded", () => {
  let home: string;
  before(async () => void (home = await fs.mkdtemp(path.join(os.tmpdir(), "guarded-"))));
  after(() => fs.rm(home, { recursive: true }));

  it("are the stacks of staging and prod", async () =>
    assert.deepEqual(await Promise.all(["dev", "staging", "prod"].map(isGuarded)), [false, true, true]));

  it("are not made where state and passphrase would lie side by side, and are where somebody is logged in", async () => {
    const nobody = { PULUMI_HOME: home };
    await assert.rejects(
      requireBackend("prod", "/data", nobody),
      /passwords of stack prod would be in \/data, beside the passphrase[^]*pulumi login[^]*docs\/state\.md/,
    );
    await requireBackend("prod", "/data", { ...nobody, PULUMI_BACKEND_URL: "azblob://state" });
    await fs.writeFile(path.join(home, "credentials.json"), JSON.stringify({ current: "azblob://state" }));
    await requireBackend("prod", "/data", nobody);
  });

  it("are not made by another command than `up` either, nor is a stack that no file calls one of dev", async () => {
    const directory = path.join(home, "own");
    const target = { kind: "own", directory, kubeconfig: "/none", overrides: { context: "x" } } as unknown as Target;
    const report = { step: assert.fail, note: assert.fail } as never;
    const before = { ...process.env };
    Object.assign(process.env, { PULUMI_HOME: path.join(home, "nobody") });
    delete process.env.PULUMI_BACKEND_URL;
    try {
      for (const stack of ["staging", "prod"]) await assert.rejects(openTargetStack(report, target, stack), /beside the passphrase/);
      // Not so much as the passphrase.
      await assert.rejects(fs.access(directory));
    } finally {
      process.env = before;
    }
    const nobody = { PULUMI_HOME: path.join(home, "nobody") };
    await requireBackendToMake("dev", directory, nobody);
    // A state of former days is reached, to be moved.
    await fs.mkdir(path.join(directory, "state/.pulumi/stacks/cnpg-credentials"), { recursive: true });
    await fs.writeFile(path.join(directory, "state/.pulumi/stacks/cnpg-credentials/prod.json"), "{}");
    await requireBackendToMake("prod", directory, nobody);
    await assert.rejects(requireBackendToMake("staging", directory, nobody), /`environment: dev`/);
  });

  it("are spoken of to no API server that nobody proves, and one of dev is", async () => {
    const proven = { server: "https://a", skipTLSVerify: false };
    for (const [cluster, reason] of [
      [{ ...proven, skipTLSVerify: true }, /KUBECONFIG: `insecure-skip-tls-verify` accepts any server/],
      [{ ...proven, server: "http://a" }, /without TLS/],
    ] as const) {
      for (const stack of ["prod", "staging"]) await assert.rejects(requireProof(stack, cluster, "KUBECONFIG"), reason);
      await requireProof("dev", cluster, "KUBECONFIG");
    }
    await requireProof("prod", proven, "KUBECONFIG");
  });

  it("are judged by the policy pack whenever they are previewed or brought up, unless another one is named", () => {
    const stack = { name: "prod", configFile: "/f.yaml", policyPack: "/policy" };
    const common = ["--stack", "prod", "--config-file", "/f.yaml"];
    for (const command of ["up", "update", "preview", "pre"])
      assert.deepEqual(onStack(stack, [command, "--diff"]), [command, "--diff", ...common, "--policy-pack", "/policy"]);
    assert.deepEqual(onStack(stack, ["up", "--policy-pack", "mine"]), ["up", "--policy-pack", "mine", ...common]);
    assert.deepEqual(onStack(stack, ["destroy"]), ["destroy", ...common]);
    assert.deepEqual(onStack({ ...stack, policyPack: undefined }, ["up"]), ["up", ...common]);
  });
});
