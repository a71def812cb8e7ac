import type * as pulumi from "@pulumi/pulumi";
import type { ExternalSecretSelection } from "../../catalog/externalSecrets";
import type { Stack } from "../../config/load";
import { accountsNamespace } from "../../vault/access";
import { fixtureMap } from "../../vault/fixtureMap";
import { fixturesOf } from "../../vault/fixtures";
import type { Placement } from "../metadata";
import type { AzureKey } from "./azureKey";
import { existingAzureKey } from "./azureKey";
import type { CredentialMirrorArgs } from "./credentialMirror";
import { ExternalSecrets } from "./externalSecrets";
import { SecretStore } from "./secretStore";
import { Vault } from "./vault";

export interface Delivery {
  place: Placement;
  /** What is fetched, and may be: in namespaces that are there. */
  selection: ExternalSecretSelection;
  /** Of every service: what a mirror copies. */
  credentials: CredentialMirrorArgs["credentials"];
}

/** Vault, what is fetched from it, and what is copied into it. Nothing of this is loaded by a stack that has none, and nothing of Azure by one that is not there. */
export async function deliverFromVault(stack: Stack, delivery: Delivery, opts: pulumi.ComponentResourceOptions): Promise<void> {
  const { vault: config, environment, vaultValues } = stack;
  if (config === undefined || environment === undefined) return;
  const { place, selection, credentials } = delivery;
  const { endpoint } = new Vault(
    "vault",
    {
      config,
      environment,
      place,
      protection: stack.cluster.protection,
      azureKey: await azureKey(stack),
      fixtures: fixturesOf(fixtureMap, environment),
      given: vaultValues,
    },
    opts,
  );
  const { name } = config.store;
  const { store } = new SecretStore(
    name,
    {
      vault: endpoint,
      name,
      place: { ...place, namespace: accountsNamespace(config, place.namespace) },
      mount: config.mount,
      authMount: config.kubernetesAuth.mount,
      namespaces: [...new Set([place.namespace, ...selection.plans.map(({ namespace }) => namespace)])],
    },
    opts,
  );
  // After the store: what External Secrets tries in vain, it tries less and less often.
  new ExternalSecrets("external", { plans: selection.plans, place, store: store.metadata.name }, opts);
  if (config.mirror.mode === "push") {
    const { CredentialMirror } = await import("./credentialMirror");
    new CredentialMirror("mirror", { vault: endpoint, config, environment, place, credentials }, opts);
  }
}

/** The key in Azure that unseals Vault, where one does: somebody else's, or made here. */
async function azureKey({ vault, labels }: Stack): Promise<AzureKey | undefined> {
  if (vault?.server.kind !== "deployed" || vault.server.seal.type !== "azurekeyvault") return undefined;
  const { name, namespace, seal } = vault.server;
  const { keyVault } = seal;
  if (keyVault.kind === "existing") return existingAzureKey(seal);
  const [{ AzureSeal }, { azureProvider }] = await Promise.all([import("./azureSeal"), import("../../providers/azure")]);
  const args = { seal, keyVault, serviceAccount: { namespace, name }, tags: labels };
  return new AzureSeal("vault-seal", args, { providers: [azureProvider(seal, keyVault)] }).key;
}
