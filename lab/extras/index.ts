import { type Lab, giveImages } from "../cluster";
import { ensureNodeImage } from "../images";
import type { Report } from "../progress";
import { ensureLabVault, type LabVault } from "./vault";

/** Of a stack's file: where its Vault is. */
interface DeployedVault {
  readonly kind: string;
  readonly namespace?: string;
  readonly resources?: Resources;
}

type Resources = Readonly<Partial<Record<"requests" | "limits", Readonly<Record<string, string>>>>>;

/** That of `vault.server.namespace`. */
export const DEFAULT_NAMESPACE = "vault";

/** What a stack's Vault is made of in the lab, where no registry is in reach. */
export interface VaultParts extends LabVault {
  /** For the bootstrap. */
  readonly nodeImage: string;
}

/**
 * The image of Vault in a running lab, beside that of its bootstrap.
 * @throws {FixableError} When there is no Go to build Vault with, or the lab does not run.
 */
export async function ensureVaultParts(report: Report, lab: Lab, nodeImage: string): Promise<VaultParts> {
  return { ...(await ensureLabVault(report, lab)), nodeImage };
}

/** The image of Node in a running lab, for the programs that stacks give to the cluster. */
export async function ensureLabNode(report: Report, lab: Lab): Promise<string> {
  const node = await ensureNodeImage(report);
  await giveImages(report, lab, [node]);
  return node.reference;
}

/** Stacks have a cluster each; in the lab they share one, and what there is one of in a cluster is the first one's. */
const FIRST = "dev";

/** Where the Vault of a stack is in the lab. */
export function labVaultNamespace(stack: string, namespace: string): string {
  return stack === FIRST ? namespace : `${namespace}-${stack}`;
}

/**
 * What a Vault asks for on a machine of two processors that has several of them: with half a
 * processor each, as it is elsewhere, other pods would wait until one of them goes.
 */
function ofTheLab({ requests, limits }: Resources = {}): Resources {
  return { requests: { ...requests, cpu: "50m" }, limits: { ...limits, cpu: "2" } };
}

/** The `vault` of a stack's file, made of them. */
export function withParts(vault: Record<string, unknown>, parts: VaultParts, stack = FIRST): Record<string, unknown> {
  const {
    server,
    configuration,
    store = {},
  } = vault as { server: DeployedVault; configuration: { by: string }; store?: { name?: string } };
  if (server.kind !== "deployed") return vault;
  const kubernetesPlugin = { directory: parts.pluginDirectory, ...parts.kubernetesPlugin };
  const namespace = labVaultNamespace(stack, server.namespace ?? DEFAULT_NAMESPACE);
  return {
    ...vault,
    server: { ...server, namespace, image: parts.image, kubernetesPlugin, resources: ofTheLab(server.resources) },
    store: stack === FIRST ? store : { ...store, name: `${store.name ?? "ameide-vault"}-${stack}` },
    configuration: configuration.by === "cronJob" ? { ...configuration, image: parts.nodeImage } : configuration,
  };
}
