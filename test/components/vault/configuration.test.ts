import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { VaultConfiguration } from "../../../components/vault/configuration";
import { run, type Run } from "../../support/program";
import { VAULT_KINDS } from "../../support/providerKinds";
import { REPLICATED, vaultConfig } from "../../support/vaults";

const COMPONENT = "cnpg-credentials:index:VaultConfiguration::vault";
const LOGIN = "vault:kv/secretV2:SecretV2::vault-fixture-shop-login";
const CLIENT = "vault:kv/secretV2:SecretV2::vault-fixture-shop-client";
interface Case {
  preview?: boolean;
}

function make({ preview = false }: Case = {}): Promise<Run<VaultConfiguration>> {
  const config = vaultConfig(REPLICATED);
  return run(
    () => {
      const secret = (value: string) => pulumi.secret(value);
      const fixtures = {
        "shop/login": { username: { value: secret("shop") }, password: { value: secret(`p"<`) } },
        "shop/client": { secret: { value: secret("first"), initial: true as const } },
      };
      const hook = new pulumi.ResourceHook("asks", () => undefined);
      return new VaultConfiguration("vault", { config, fixtures, hooks: { beforeCreate: [hook], beforeUpdate: [hook] } });
    },
    { preview, kinds: VAULT_KINDS },
  );
}
describe("components/vault/configuration", () => {
  it("writes fixtures, and nothing that gives a right; the same in a preview and in an update, each a child of the component", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make({ preview });
      const children = resources.filter(({ id }) => id !== COMPONENT);
      assert.deepEqual(
        children.map(({ id }) => id),
        [CLIENT, LOGIN],
      );
      for (const { id, parent } of children) assert.equal(parent, COMPONENT, id);
    }
  });

  it("takes nothing away from Vault, and has every write looked at first", async () => {
    for (const { id, options } of (await make()).resources) {
      if (id === COMPONENT) continue;
      assert.equal(options.retainOnDelete, true, id);
      assert.deepEqual(options.hooks, ["asks"], id);
    }
  });

  it("writes each path whole, as a secret", async () => {
    const { inputs, secrets, options } = (await make()).get(LOGIN);
    assert.deepEqual(inputs, {
      mount: "secret",
      name: "shop/login",
      dataJson: `{"password":"p\\"<","username":"shop"}`,
    });
    assert.deepEqual(secrets, ["dataJson"]);
    assert.equal(options.ignoreChanges, undefined);
  });

  it("leaves to a service what it has begun with", async () =>
    assert.deepEqual((await make()).get(CLIENT).options.ignoreChanges, ["dataJson"]));

  it("says what has to be there before Vault is of use", async () => {
    const { result } = await make();
    const urns = await Promise.all(result.resources.map(({ urn }) => new Promise<string>((resolve) => urn.apply(resolve))));
    assert.deepEqual(urns.map((urn) => urn.split("::").at(-1)).sort(), ["vault-fixture-shop-client", "vault-fixture-shop-login"]);
  });
});
