import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadStack, type Stack } from "../../config/load";
import { PROJECT, run } from "../support/program";
import { asEngineValues, stackFile } from "../support/stackFiles";

/** Loads the dev stack with these changes, the keys in `secrets` encrypted. */
async function load(changes: Readonly<Record<string, unknown>> = {}, secrets: readonly string[] = []): Promise<Stack> {
  const values = asEngineValues({ ...stackFile("dev"), ...changes });
  const keys = (names: readonly string[]) => names.map((name) => `${PROJECT}:${name}`);
  const program = () => {
    pulumi.runtime.setAllConfig(
      { ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`${PROJECT}:${key}`, value])), "other:key": "x" },
      keys(secrets),
    );
    return loadStack();
  };
  return (await run(program)).result;
}

describe("config/load", () => {
  it("knows the stack by the engine's names and reads only the program's own keys", async () => {
    const { name, fullName, namespace, kubeconfig } = await load();
    assert.deepEqual([name, fullName, namespace, kubeconfig], ["dev", "organization/cnpg-credentials/dev", "ameide-dev", undefined]);
  });

  it("keeps a kubeconfig secret, whether the stack file does or not", async () => {
    for (const secrets of [["kubeconfig"], []]) {
      const { kubeconfig } = await load({ kubeconfig: "/kubeconfig" }, secrets);
      assert.ok(kubeconfig);
      assert.equal(await pulumi.isSecret(kubeconfig), true);
      assert.equal(await new Promise((resolve) => kubeconfig.apply(resolve)), "/kubeconfig");
    }
  });

  it("refuses a secret where none may be, and does not repeat it", async () => {
    const parameters = { password: "hunter2" };
    await assert.rejects(
      load({ cluster: { instances: 1, image: "pg:17", storage: { size: "2Gi" }, parameters }, labels: {} }, ["cluster", "labels"]),
      {
        name: "Error",
        message: [
          "Configuration of stack dev: 2 problems, nothing was changed",
          "  - cluster: holds a secret, and only `kubeconfig` and `vaultValues` may; remove the secret value from Pulumi.dev.yaml; passwords are generated",
          "  - labels: holds a secret, and only `kubeconfig` and `vaultValues` may; remove the secret value from Pulumi.dev.yaml; passwords are generated",
        ].join("\n"),
      },
    );
  });

  it("refuses values for Vault in clear, and takes the empty mapping that the removal of the last one leaves", async () => {
    assert.deepEqual((await load({ vaultValues: {} })).vaultValues, {});
    await assert.rejects(load({ vaultValues: { "a/b#c": "hunter2" } }), (error: Error) => {
      assert.match(error.message, /vaultValues: is in clear/);
      return !error.message.includes("hunter2");
    });
  });

  it("says everything that is wrong at once, as something the operator can mend", async () => {
    const rejection = await load({ namespace: "-", extra: "x" }, ["extra"]).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(pulumi.RunError.isInstance(rejection));
    assert.equal(
      rejection.message,
      [
        "Configuration of stack dev: 3 problems, nothing was changed",
        "  - extra: holds a secret, and only `kubeconfig` and `vaultValues` may; remove the secret value from Pulumi.dev.yaml; passwords are generated",
        "  - namespace: is not a DNS label: lower-case letters, digits and `-`, beginning and ending with a letter or digit; correct it in Pulumi.dev.yaml",
        "  - extra: is not a setting of this program; remove it from Pulumi.dev.yaml, or correct its spelling (docs/configuration.md lists all)",
      ].join("\n"),
    );
  });

  it("says so when the stack has no file", async () => {
    const program = () => {
      pulumi.runtime.setAllConfig({});
      return loadStack();
    };
    await assert.rejects(run(program, { stack: "qa" }), {
      message: [
        "Configuration of stack qa: 1 problem, nothing was changed",
        "  - Pulumi.qa.yaml: has no configuration for this program, or does not exist; copy Pulumi.dev.yaml to Pulumi.qa.yaml and edit it, or select another stack",
      ].join("\n"),
    });
  });
});
