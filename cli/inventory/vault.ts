import { BOOTSTRAP, FIXTURES_KEY, FIXTURES_SECRET, KEYS_SECRET, tlsSecret, type DeployedVault } from "../../vault/names";
import { ROOT_TOKEN, UNSEAL_KEY } from "../../vault/bootstrap/credentials";
import type { Scope } from "./scope";
import { distinct } from "../shared/sort";
import type { InventoryKey, InventorySecret } from "./types";

/** Whose Vault's own Secrets are. */
export const VAULT_OWNER = "vault";

const plain = (...names: string[]): InventoryKey[] => names.map((name) => ({ name, origin: "plain" }));

/**
 * The Secrets that a Vault of the stack's own has: its certificate, what unseals it, and where dev
 * keeps its keys.
 */
export function vaultSecrets(scope: Scope): InventorySecret[] {
  const { vault } = scope.stack;
  if (vault?.server.kind !== "deployed") return [];
  const { server, configuration } = vault;
  return [
    certificate(scope, server, configuration.by === "cronJob"),
    ...(server.seal.type === "transit" ? [transitToken(server, server.seal)] : []),
    ...(configuration.by === "cronJob" ? [fixtures(scope, server), keys(server)] : []),
  ];
}

const own = ({ namespace }: DeployedVault) => ({ namespace, owner: VAULT_OWNER, ownerKind: "vault", checks: [] }) as const;
const bootstrap = ({ namespace }: DeployedVault) => `CronJob ${namespace}/${BOOTSTRAP}`;

function certificate({ stack, setUp }: Scope, server: DeployedVault, hasBootstrap: boolean): InventorySecret {
  const isMade = server.tls.kind === "generated";
  const origin = isMade ? "generated" : "external";
  const readers = [
    ...(isMade ? [] : (setUp?.stores ?? []).map(({ name }) => `ClusterSecretStore ${name}`)),
    ...(hasBootstrap ? [bootstrap(server)] : []),
  ];
  return {
    ...own(server),
    name: tlsSecret(server),
    ...(isMade ? { type: "kubernetes.io/tls" } : { moreKeys: true }),
    purpose: "Vault's certificate",
    origins: [origin],
    authority: isMade ? `the state of stack ${stack.name}` : "the writer of that Secret, such as cert-manager",
    producer: { kind: isMade ? "Pulumi" : "outside" },
    consumers: [`StatefulSet ${server.namespace}/${server.name}`, ...readers],
    keys: [...plain("ca.crt", "tls.crt"), { name: "tls.key", origin }],
    rotation: { policy: isMade ? "by the first `up` in each thirty days; it is good for ninety" : "the writer of that Secret renews it" },
  };
}

function transitToken(server: DeployedVault, seal: Extract<DeployedVault["seal"], { type: "transit" }>): InventorySecret {
  return {
    ...own(server),
    name: seal.tokenSecret,
    purpose: `what Vault is unsealed with by ${seal.address}`,
    origins: ["external"],
    authority: `the Vault at ${seal.address}`,
    producer: { kind: "outside" },
    consumers: [`StatefulSet ${server.namespace}/${server.name}`],
    keys: [{ name: "token", origin: "external" }],
    moreKeys: true,
    rotation: { policy: "ask its issuer for a new token" },
  };
}

function fixtures({ stack, setUp }: Scope, server: DeployedVault): InventorySecret {
  const origins = distinct((setUp?.planned ?? []).flatMap(({ source: { kind } }) => ORIGINS[kind]));
  return {
    ...own(server),
    name: FIXTURES_SECRET,
    type: "Opaque",
    purpose: "what the bootstrap writes into Vault",
    origins,
    authority: `the state and the configuration of stack ${stack.name}`,
    producer: { kind: "Pulumi" },
    consumers: [bootstrap(server)],
    keys: [{ name: FIXTURES_KEY, origin: origins[0] ?? "plain" }],
    rotation: { policy: "follows the values that it is made of" },
  };
}

/** Of a value that the bootstrap writes, by where it has it from. */
const ORIGINS = { random: ["generated"], given: ["external"], plain: [] } as const;

function keys(server: DeployedVault): InventorySecret {
  return {
    ...own(server),
    name: KEYS_SECRET,
    type: "Opaque",
    purpose: "Vault's unseal key and root token, which are in the cluster in dev and nowhere else",
    origins: ["service"],
    authority: "Vault, which says them once, when it is initialised",
    producer: { kind: "CronJob", object: `${server.namespace}/${BOOTSTRAP}` },
    consumers: [bootstrap(server)],
    keys: [
      { name: ROOT_TOKEN, origin: "service" },
      { name: UNSEAL_KEY, origin: "service" },
    ],
    rotation: { policy: "none: they are that Vault's, and end with it" },
  };
}
