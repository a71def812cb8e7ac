import assert from "node:assert/strict";
import { npm, ok } from "./support/commands";
import { kubectl, NAMESPACE, upWith } from "./support/lab";
import { VAULT_NAMESPACE } from "./support/vault";

/** The lab's network enforces no policies: here, that everything works with them. Whom they let in is judged in test/indexNetwork.test.ts. */
describe("policies for the network", () => {
  const names = async (namespace: string) =>
    (await kubectl("-n", namespace, "get", "networkpolicies", "-o", "jsonpath={.items[*].metadata.name}"))
      .split(" ")
      .filter(Boolean)
      .sort();

  it("are there, for the stack's namespace and for Vault's, and change no password", async () => {
    const { changed } = await upWith((config) => {
      config.network = "policies";
      // Where the lab has the operator of External Secrets, and under which labels.
      config.networkPeers = { externalSecrets: { namespace: "external-secrets", pods: { app: "external-secrets" } } };
    });
    assert.equal(changed, true);
    assert.deepEqual(await names(NAMESPACE), ["postgres-ameide-clients", "postgres-ameide-instances"]);
    assert.deepEqual(await names(VAULT_NAMESPACE), ["foundation-vault-bootstrap", "vault", "vault-clients"]);
  });

  it("select the pods that they are about", async () => {
    const selected = async (namespace: string, policy: string) => {
      const text = await kubectl("-n", namespace, "get", "networkpolicy", policy, "-o", "jsonpath={.spec.podSelector.matchLabels}");
      const labels = Object.entries(JSON.parse(text) as Record<string, string>).map(([key, value]) => `${key}=${value}`);
      return (await kubectl("-n", namespace, "get", "pods", "-l", labels.join(","), "-o", "name")).split("\n");
    };
    assert.ok((await selected(NAMESPACE, "postgres-ameide-instances")).includes("pod/postgres-ameide-1"));
    assert.deepEqual(await selected(VAULT_NAMESPACE, "vault"), ["pod/vault-0"]);
  });

  it("everything goes on: logins, what is fetched, psql, and a second up that changes nothing", async () => {
    assert.match(await ok(npm("status")), /services are well/);
    assert.match(await ok(npm("smoke")), /^All there: /m);
    assert.equal((await ok(npm("psql", ["platform", "-XAtc", "select 42"]))).trim(), "42");
  });

  it("go when the stack's file does not ask for them any more", async () => {
    await upWith((config) => {
      config.network = "none";
      delete config.networkPeers;
    });
    for (const namespace of [NAMESPACE, VAULT_NAMESPACE]) assert.deepEqual(await names(namespace), []);
  });
});
