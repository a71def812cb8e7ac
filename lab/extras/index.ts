import type { Lab } from "../cluster";
import { giveImages } from "../cluster";
import { ensureNodeImage } from "../images";
import type { Report } from "../progress";
import { ensureLabVault, type LabVault } from "./vault";

/** What a stack's Vault is made of in the lab, where no registry is in reach. */
export interface VaultParts extends LabVault {
  /** For the bootstrap. */
  readonly nodeImage: string;
}

/**
 * The image of Vault in a running lab, beside that of its bootstrap.
 * @throws {LabError} When there is no Go to build Vault with, or the lab does not run.
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

/** The `vault` of a stack's file, made of them. */
export function withParts(vault: Record<string, unknown>, parts: VaultParts): Record<string, unknown> {
  const { server, configuration } = vault as { server: object; configuration: { by: string } };
  const kubernetesPlugin = { directory: parts.pluginDirectory, ...parts.kubernetesPlugin };
  return {
    ...vault,
    server: { ...server, image: parts.image, kubernetesPlugin },
    configuration: configuration.by === "cronJob" ? { ...configuration, image: parts.nodeImage } : configuration,
  };
}
