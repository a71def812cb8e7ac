import assert from "node:assert/strict";
import { mirrored, namespaceStores, vaultAccess } from "../../vault/access";
import { mirrorPolicy, mirrorReaderPolicy, storePolicy } from "../../vault/policies";
import { EXISTING, vaultConfig } from "../support/vaults";

const FETCHED = { shop: ["shop/login"], argocd: ["argocd/client", "shared/token"] };
const mirrorOf = (mirror: object = {}) => vaultConfig({ ...EXISTING, mirror: { mode: "push", ...mirror } });

describe("vault/access", () => {
  const role = (name: string, namespace: string) => ({
    serviceAccounts: [name],
    namespaces: [namespace],
    audience: "vault",
    policies: [name],
    ttlSeconds: 600,
  });

  it("gives each namespace's store, the mirror and the mirror's reader a role and a policy each, for the one service account of that name", () => {
    const { mounts, policies, roles } = vaultAccess(mirrorOf({ retention: "delete" }), "prod", "shop", FETCHED);
    assert.deepEqual(mounts, {
      secret: { description: "What services fetch" },
      mirror: { description: "Copies of what CloudNativePG owns", checkAndSet: true, versions: 1 },
    });
    assert.deepEqual(policies, {
      "ameide-vault": storePolicy("secret", ["shop/login"]),
      "ameide-vault.argocd": storePolicy("secret", ["argocd/client", "shared/token"]),
      "ameide-vault-mirror": mirrorPolicy("mirror", "prod/shop", true),
      "ameide-vault-mirror-reader": mirrorReaderPolicy("mirror", "prod/shop"),
    });
    const names = ["ameide-vault", "ameide-vault.argocd", "ameide-vault-mirror", "ameide-vault-mirror-reader"];
    assert.deepEqual(roles, Object.fromEntries(names.map((name) => [name, role(name, "shop")])));
  });

  it("lets the mirror delete only what is not to be kept", () => {
    const { policies } = vaultAccess(mirrorOf(), "prod", "shop", {});
    assert.equal(policies["ameide-vault-mirror"], mirrorPolicy("mirror", "prod/shop", false));
  });

  it("takes service accounts of Vault's own namespace, where there is one", () => {
    const { roles } = vaultAccess(vaultConfig({ "mirror.mode": "push" }), "dev", "shop", {});
    assert.deepEqual(roles["ameide-vault-mirror"], role("ameide-vault-mirror", "vault"));
  });

  it("has nothing of a mirror that is off", () => {
    const { mounts, policies, roles } = vaultAccess(mirrorOf({ mode: "none" }), "prod", "shop", {});
    assert.deepEqual([mounts, policies, roles].map(Object.keys), [["secret"], ["ameide-vault"], ["ameide-vault"]]);
  });

  it("has a store for each namespace, whose name is no other store's, whatever the namespace is called", () => {
    const stores = namespaceStores(mirrorOf(), "shop", { ...FETCHED, mirror: [], "mirror-reader": [] });
    const names = stores.map(({ name }) => name);
    assert.deepEqual(names, ["ameide-vault", "ameide-vault.argocd", "ameide-vault.mirror", "ameide-vault.mirror-reader"]);
    assert.deepEqual(stores[1], { name: "ameide-vault.argocd", namespace: "argocd", paths: FETCHED.argocd });
    const { policies } = vaultAccess(mirrorOf(), "prod", "shop", { mirror: [], "mirror-reader": [] });
    assert.equal(Object.keys(policies).length, 5);
  });

  it("keeps as many versions of a copy as it is told", () => {
    const { mounts } = vaultAccess(mirrorOf({ versions: 3 }), "prod", "shop", {});
    assert.equal(mounts.mirror!.versions, 3);
  });

  it("copies all services, or those that are named, or none", () => {
    const on = [{ name: "agents" }, { name: "graph" }];
    assert.deepEqual(mirrored(mirrorOf(), on), on);
    assert.deepEqual(mirrored(mirrorOf({ services: ["graph", "keycloak"] }), on), [on[1]]);
    assert.deepEqual(mirrored(mirrorOf({ services: [] }), on), []);
    assert.deepEqual(mirrored(mirrorOf({ mode: "none" }), on), []);
  });
});
