import { tlsSecret, podAddress } from "../../vault/names";
import type { VaultConfig } from "../../config/schema";
import type { StackFile } from "./stackFile";

/** What a ceremony goes by where its command line says nothing. */
export interface CeremonyDefaults {
  /** The file of the record. */
  readonly record: string;
  /** Where the audit devices write. */
  readonly audit: string;
  /** How long the bootstrap token lives. */
  readonly tokenTtl: string;
}

/** How Vault is reached, as a stack's file says. */
export interface ConfiguredVault {
  readonly address: string;
  /** The name in its certificate, where that is not the address. */
  readonly tlsServerName?: string;
  /** Authority of its certificate, PEM. Neither of both: those that this machine trusts. */
  readonly authority?: string;
  /** A Secret that has it in `ca.crt`. */
  readonly caSecret?: { readonly name: string; readonly namespace: string };
  /** The address is a name that only this cluster knows. */
  readonly cluster?: { readonly kubeconfig?: string; readonly context?: string };
}

/** What a stack's configuration has, or would have by default. */
export function ceremonyDefaults(stack: string, vault?: Pick<VaultConfig, "audit">): CeremonyDefaults {
  return { record: `vault-ceremony-${stack}.json`, tokenTtl: "30m", audit: vault?.audit ?? "stdout" };
}

/**
 * Of a Vault of the stack's own: its first pod, since what is not initialised is behind no service,
 * and the other ones join that one.
 */
export function configuredVault({ config, isKubeconfigSealed }: StackFile): ConfiguredVault | undefined {
  if (config?.vault === undefined) return undefined;
  const { vault, kubeconfig, context } = config;
  const { server, configuration } = vault;
  const given = configuration.by === "pulumi" ? configuration : undefined;
  const authority = (ca: string | undefined) => (ca === undefined ? {} : { authority: ca });
  if (server.kind === "existing")
    return {
      address: given?.address ?? server.address,
      ...(given?.tlsServerName === undefined ? {} : { tlsServerName: given.tlsServerName }),
      ...authority(given?.ca ?? server.ca),
    };
  if (isKubeconfigSealed) return undefined;
  return {
    address: podAddress(server, 0),
    ...(given?.ca === undefined ? { caSecret: { name: tlsSecret(server), namespace: server.namespace } } : authority(given.ca)),
    cluster: { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
  };
}
