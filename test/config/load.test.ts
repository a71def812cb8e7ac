import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadStack, type Stack } from "../../config/load";
import { golden } from "../support/golden";
import { PROJECT, run } from "../support/program";
import { asEngineValues, stackFile } from "../support/stackFiles";
import { tells } from "../support/told";

/** Loads the dev stack with these changes, the keys in `secrets` encrypted. */
async function load(
  changes: Readonly<Record<string, unknown>> = {},
  secrets: readonly string[] = [],
  { project = PROJECT, other = {} }: { project?: string; other?: Readonly<Record<string, string>> } = {},
): Promise<Stack> {
  const values = asEngineValues({ ...stackFile("dev"), ...changes });
  const keys = (names: readonly string[]) => names.map((name) => `${PROJECT}:${name}`);
  const program = () => {
    pulumi.runtime.setAllConfig(
      { ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`${PROJECT}:${key}`, value])), "other:key": "x", ...other },
      keys(secrets),
    );
    return loadStack();
  };
  return (await run(program, { project })).result;
}

describe("config/load", () => {
  it("knows the stack by the engine's names and reads only the program's own keys", async () => {
    const { name, fullName, namespace, kubeconfig } = await load();
    assert.deepEqual([name, fullName, namespace, kubeconfig], ["dev", "organization/cnpg-credentials/dev", "ameide-dev", undefined]);
  });

  it("reads the same keys in a project of another name, and refuses that project's own", async () => {
    const { fullName, namespace } = await load({}, [], { project: "acme" });
    assert.deepEqual([fullName, namespace], ["organization/acme/dev", "ameide-dev"]);
    await assert.rejects(
      load({}, [], { project: "acme", other: { "acme:namespace": "x" } }),
      /- acme:namespace: has another project before it than `cnpg-credentials`; write `cnpg-credentials:namespace`/,
    );
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
      (error: Error) => {
        assert.match(
          error.message,
          /^Configuration of stack dev: 2 problems.*\n {2}- cluster: holds a secret.*\n {2}- labels: holds a secret/,
        );
        return error.name === "Error" && !error.message.includes("hunter2");
      },
    );
  });

  it("refuses values for Vault in plain text, and takes the empty mapping that the removal of the last one leaves", async () => {
    assert.deepEqual((await load({ vaultValues: {} })).vaultValues, {});
    await assert.rejects(load({ vaultValues: { "a/b#c": "hunter2" } }), (error: Error) => {
      assert.match(error.message, /vaultValues: is in plain text/);
      return !error.message.includes("hunter2");
    });
  });

  it("says everything that is wrong at once, as something the operator can fix", async () => {
    const rejection = await load({ namespace: "-", extra: "x" }, ["extra"]).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(pulumi.RunError.isInstance(rejection));
    const [title, ...problems] = rejection.message.split("\n");
    assert.match(title!, /^Configuration of stack dev: 3 problems/);
    tells(problems, [
      ["  - extra", "holds a secret"],
      ["  - namespace", "is not a DNS label"],
      ["  - extra", "is not a setting"],
    ]);
    golden("configuration", "three problems", rejection.message);
  });

  it("says so when the stack has no file", async () => {
    const program = () => {
      pulumi.runtime.setAllConfig({});
      return loadStack();
    };
    await assert.rejects(run(program, { stack: "qa" }), {
      message: /^Configuration of stack qa: 1 problem.*\n {2}- Pulumi\.qa\.yaml: has no setting of this program/,
    });
  });
});
