import * as pulumi from "@pulumi/pulumi";
import { certificateEnd, VAULT_NOTICE_DAYS } from "./catalog/authorities";
import type { ExternalSecretSelection } from "./catalog/externalSecrets";
import type { Stack } from "./config/load";
import type { VaultConfig } from "./config/schema";
import type { VaultSession } from "./vault/session";
import { accountsNamespace } from "./vault/access";
import { outside } from "./vault/fixtureWriters";
import { vaultSetUp } from "./vault/setUp";
import type { Placement } from "./components/metadata";
import { type AzureKey, existingAzureKey } from "./components/vault/azureKey";
import type { VaultConfigurationArgs } from "./components/vault/configuration";
import type { CredentialMirrorArgs } from "./components/vault/credentialMirror";
import { ExternalSecrets } from "./components/vault/externalSecrets";
import { SecretStore } from "./components/vault/secretStore";
import { Vault } from "./components/vault/vault";
import type { VaultSummary } from "./catalog/outputs";

export interface Delivery {
  place: Placement;
  /** Of a Vault that this program sets up. */
  session: VaultSession | undefined;
  /** What is fetched, and may be: in namespaces that are there. */
  selection: ExternalSecretSelection;
  /** Of every service: what a mirror copies. */
  credentials: CredentialMirrorArgs["credentials"];
}

/** Vault, what is fetched from it, and what is copied into it. Nothing of this is loaded by a stack that has none, and nothing of Azure by one that is not there. */
export async function deliverFromVault(
  stack: Stack,
  delivery: Delivery,
  opts: { providers: pulumi.ProviderResource[] },
): Promise<VaultSummary | undefined> {
  const { vault: config, environment, vaultValues } = stack;
  const setUp = vaultSetUp(stack, delivery.selection.paths);
  if (config === undefined || environment === undefined || setUp === undefined) return undefined;
  const { place, session, selection, credentials } = delivery;
  const through = session && (await reach(stack.name, config, session));
  const isolation = await isolate(stack, config, place, opts);
  const { endpoint, configuration } = new Vault(
    "vault",
    {
      config,
      environment,
      place,
      protection: stack.cluster.protection,
      azureKey: await azureKey(stack),
      setUp,
      ...(isolation === undefined ? {} : { closedBy: isolation.closed }),
      hooks: through?.hooks,
      given: vaultValues,
    },
    through === undefined ? opts : { providers: [...opts.providers, through.provider] },
  );
  // A Vault that this program sets up has had its ceremony: what writes into it may come by way of its clients.
  isolation?.open(config.configuration.by === "cronJob" ? endpoint.ready : []);
  if (stack.alerts === "prometheusRule" && hasOwnCertificate(config)) {
    const { VaultCertificateAlert } = await import("./components/alerts/credentialAlerts");
    const certificate = {
      certificate: "Vault" as const,
      endsAt: pulumi.output(endpoint.ca!).apply(certificateEnd),
      noticeDays: VAULT_NOTICE_DAYS,
    };
    new VaultCertificateAlert("vault-certificate-alert", { cluster: stack.cluster.name, place, certificate }, opts);
  }
  const accounts = { ...place, namespace: accountsNamespace(config, place.namespace) };
  const stores = new Map(
    setUp.stores
      .filter(({ name }) => selection.stores.some((one) => one.name === name))
      .map(({ name, namespace }) => {
        const args = { vault: endpoint, name, place: accounts, mount: config.mount, authMount: config.kubernetesAuth.mount, namespace };
        return [namespace, new SecretStore(name, args, opts).store.metadata.name] as const;
      }),
  );
  // After the stores: what External Secrets tries in vain, it tries less and less often.
  new ExternalSecrets("external", { plans: selection.plans, place, stores }, opts);
  if (config.mirror.mode === "push") {
    const { CredentialMirror } = await import("./components/vault/credentialMirror");
    new CredentialMirror("mirror", { vault: endpoint, config, environment, place, credentials }, opts);
  }
  const made = configuration && session && pulumi.all(configuration.resources.map(({ id }) => id)).apply(() => session.wanted);
  return {
    address: endpoint.address,
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
    // Digests of secret values are among it.
    ...(made === undefined ? {} : { applied: pulumi.secret(made), fromOutside: outside(setUp.fromOutside) }),
  };
}

/** Whether this program issues Vault's certificate. */
const hasOwnCertificate = ({ server }: VaultConfig) => server.kind === "deployed" && server.tls.kind === "generated";

/** Vault of the stack's own is closed to everybody before it is there, and opened to its clients when it is initialised. */
async function isolate(
  { name, network, networkPeers }: Stack,
  { server, ...config }: VaultConfig,
  stackPlace: Placement,
  opts: pulumi.ComponentResourceOptions,
): Promise<{ closed: readonly pulumi.Resource[]; open: (ready: readonly pulumi.Resource[]) => void } | undefined> {
  if (network === "none" || server.kind !== "deployed") return undefined;
  const [{ NetworkPolicies }, { vaultClients, vaultPolicies }] = await Promise.all([
    import("./components/network/networkPolicies"),
    import("./components/network/policies"),
  ]);
  const place = { ...stackPlace, namespace: server.namespace };
  const { policies: closed } = new NetworkPolicies(
    "vault-network",
    { place, policies: vaultPolicies({ server, ...config }, name, networkPeers) },
    opts,
  );
  const clients = vaultClients({ server, ...config }, networkPeers);
  return {
    closed,
    open: (ready) => {
      if (clients !== undefined) new NetworkPolicies("vault-network-opened", { place, policies: [clients], after: ready }, opts);
    },
  };
}

/** Vault's provider, and what its resources go by. */
async function reach(
  stack: string,
  { server }: VaultConfig,
  session: VaultSession,
): Promise<{ provider: pulumi.ProviderResource; hooks: VaultConfigurationArgs["hooks"] }> {
  const { requireToken, vaultProvider } = await import("./vault/provider");
  const hook = requireToken();
  const expectsCa = session.ca !== undefined || (server.kind === "deployed" && server.tls.kind === "generated");
  return {
    provider: vaultProvider(stack, session, expectsCa),
    hooks: { beforeCreate: [hook], beforeUpdate: [hook] },
  };
}

/** The key in Azure that unseals Vault, where one does: somebody else's, or made here. */
async function azureKey({ vault, labels }: Stack): Promise<AzureKey | undefined> {
  if (vault?.server.kind !== "deployed" || vault.server.seal.type !== "azurekeyvault") return undefined;
  const { name, namespace, seal } = vault.server;
  const { keyVault } = seal;
  if (keyVault.kind === "existing") return existingAzureKey(seal);
  const [{ AzureSeal }, { azureProvider }] = await Promise.all([import("./components/vault/azureSeal"), import("./vault/azureProvider")]);
  const args = { seal, keyVault, serviceAccount: { namespace, name }, tags: labels };
  return new AzureSeal("vault-seal", args, { providers: [azureProvider(seal, keyVault)] }).key;
}
