import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { VaultConfiguration, type VaultConfigurationArgs } from "../../../components/vault/configuration";
import { vaultAccess } from "../../../vault/access";
import { run, type Run } from "../../support/program";
import { VAULT_KINDS } from "../../support/providerKinds";
import { REPLICATED, vaultConfig } from "../../support/vaults";

const COMPONENT = "cnpg-credentials:index:VaultConfiguration::vault";
const ENGINE = "vault:index/mount:Mount::vault-engine";
const SETTINGS = "vault:kv/secretBackendV2:SecretBackendV2::vault-engine";
const METHOD = "vault:index/authBackend:AuthBackend::vault-kubernetes";
const REVIEWER = "vault:kubernetes/authBackendConfig:AuthBackendConfig::vault-kubernetes-config";
const ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole::vault-role";
const POLICY = "vault:index/policy:Policy::vault-policy";
const LOGIN = "vault:kv/secretV2:SecretV2::vault-fixture-shop-login";
const CLIENT = "vault:kv/secretV2:SecretV2::vault-fixture-shop-client";
const STORE = ["ameide-vault"];
const STORES = ["ameide-vault", "ameide-vault-mirror", "ameide-vault-mirror-reader"];

interface Case {
  changes?: Readonly<Record<string, unknown>>;
  found?: VaultConfigurationArgs["found"];
  preview?: boolean;
}

function make({ changes = {}, found = { mounts: [], auth: false }, preview = false }: Case = {}): Promise<Run<VaultConfiguration>> {
  const config = vaultConfig({ ...REPLICATED, ...changes });
  const access = vaultAccess(config, "prod", "apps");
  return run(
    () => {
      const secret = (value: string) => pulumi.secret(value);
      const fixtures = {
        "shop/login": { username: { value: secret("shop") }, password: { value: secret(`p"<`) } },
        "shop/client": { secret: { value: secret("first"), initial: true as const } },
      };
      const hook = new pulumi.ResourceHook("asks", () => undefined);
      return new VaultConfiguration("vault", { config, access, fixtures, found, hooks: { beforeCreate: [hook], beforeUpdate: [hook] } });
    },
    { preview, kinds: VAULT_KINDS },
  );
}
const everything = (mounts: readonly string[], stores: readonly string[]) =>
  [
    ...mounts.flatMap((mount) => [`${ENGINE}-${mount}`, `${SETTINGS}-${mount}-settings`]),
    ...stores.flatMap((name) => [`${POLICY}-${name}`, `${ROLE}-${name}`]),
    ...[METHOD, REVIEWER, LOGIN, CLIENT],
  ].sort();

describe("components/vault/configuration", () => {
  it("makes the same in a preview and in an update, each a child of the component", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make({ preview });
      const children = resources.filter(({ id }) => id !== COMPONENT);
      assert.deepEqual(
        children.map(({ id }) => id),
        everything(["secret"], STORE),
      );
      for (const { id, parent } of children) assert.equal(parent, COMPONENT, id);
    }
  });

  it("makes the mirror's where there is one", async () => {
    const { resources, get } = await make({ changes: { "mirror.mode": "push" } });
    assert.deepEqual(
      resources.map(({ id }) => id).filter((id) => id !== COMPONENT),
      everything(["mirror", "secret"], STORES),
    );
    assert.deepEqual(get(`${SETTINGS}-mirror-settings`).inputs, { mount: "mirror", casRequired: true });
  });

  it("takes nothing away from Vault, and has every write looked at first", async () => {
    for (const { id, options } of (await make()).resources) {
      if (id === COMPONENT) continue;
      assert.equal(options.retainOnDelete, true, id);
      assert.deepEqual(options.hooks, ["asks"], id);
    }
  });

  it("makes engines of version 2", async () => {
    const { get } = await make();
    assert.deepEqual(get(`${ENGINE}-secret`).inputs, {
      path: "secret",
      type: "kv",
      options: { version: "2" },
      description: "What services fetch",
    });
    assert.deepEqual(get(`${SETTINGS}-secret-settings`).inputs, { mount: "secret", casRequired: false });
  });

  it("takes over what is mounted already, and nothing else", async () => {
    const imports = async (found: VaultConfigurationArgs["found"]) =>
      (await make({ found, changes: { "mirror.mode": "push" } })).resources.flatMap(({ id, options }) =>
        options.import ? [[id, options.import]] : [],
      );
    assert.deepEqual(await imports({ mounts: [], auth: false }), []);
    assert.deepEqual(await imports({ mounts: ["secret"], auth: true }), [
      [METHOD, "kubernetes"],
      [`${ENGINE}-secret`, "secret"],
    ]);
  });

  it("has Vault review tokens with those of its own pod, or as one that is none", async () => {
    assert.deepEqual((await make()).get(REVIEWER).inputs, {
      backend: "kubernetes",
      kubernetesHost: "https://kubernetes.default.svc",
      disableLocalCaJwt: false,
    });
    const ca = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    const { get } = await make({ changes: { kubernetesAuth: { mount: "k8s", host: "https://api.example:6443", ca } } });
    assert.deepEqual(get(METHOD).inputs, { path: "k8s", type: "kubernetes" });
    assert.deepEqual(get(REVIEWER).inputs, {
      backend: "k8s",
      kubernetesHost: "https://api.example:6443",
      disableLocalCaJwt: true,
      kubernetesCaCert: ca,
    });
  });

  it("lets the store's account in, for as little and as short as it takes", async () => {
    assert.deepEqual((await make()).get(`${ROLE}-ameide-vault`).inputs, {
      backend: "kubernetes",
      roleName: "ameide-vault",
      boundServiceAccountNames: ["ameide-vault"],
      boundServiceAccountNamespaces: ["vault"],
      audience: "vault",
      tokenPolicies: ["ameide-vault"],
      tokenTtl: 600,
      tokenMaxTtl: 600,
      tokenNoDefaultPolicy: true,
    });
  });

  it("writes each path whole, as a secret, once its engine is ready", async () => {
    const { inputs, secrets, dependsOn, options } = (await make()).get(LOGIN);
    assert.deepEqual(inputs, {
      mount: "secret",
      name: "shop/login",
      dataJson: `{"password":"p\\"<","username":"shop"}`,
    });
    assert.deepEqual(secrets, ["dataJson"]);
    assert.ok(dependsOn.includes(`${SETTINGS}-secret-settings`));
    assert.equal(options.ignoreChanges, undefined);
  });

  it("leaves to a service what it has begun with", async () =>
    assert.deepEqual((await make()).get(CLIENT).options.ignoreChanges, ["dataJson"]));

  it("says what has to be there before Vault is of use", async () => {
    const { result } = await make();
    const urns = await Promise.all(result.resources.map(({ urn }) => new Promise<string>((resolve) => urn.apply(resolve))));
    assert.deepEqual(urns.map((urn) => urn.split("::").at(-1)).sort(), [
      "vault-engine-secret-settings",
      "vault-fixture-shop-client",
      "vault-fixture-shop-login",
      "vault-kubernetes-config",
      "vault-policy-ameide-vault",
      "vault-role-ameide-vault",
    ]);
  });
});
