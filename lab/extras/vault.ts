import * as path from "node:path";
import { hashFile } from "../artifact";
import { giveImages, type Lab } from "../cluster";
import { ensureProgramImage } from "../images/program";
import type { Report } from "../progress";
import { ensureVault } from "../toolchain";

/** What a stack of the lab's has to know to run Vault in it. */
export interface LabVault {
  /** An image that the node has, with Vault's version as its tag: `vault` on the PATH, user 100, group 1000, as in the vendor's. */
  readonly image: string;
  /** Where the plugins are in the image, and the one for Kubernetes authentication, which this build of Vault does not contain. */
  readonly pluginDirectory: string;
  readonly kubernetesPlugin: { readonly command: string; readonly sha256: string };
}

const PLUGINS = "vault/plugins";

/**
 * Vault's image in a running lab. Built, made and imported when a stack asks for it.
 * @throws {FixableError} When there is no Go to build it with, or the lab does not run.
 */
export async function ensureLabVault(report: Report, lab: Pick<Lab, "name" | "dir">): Promise<LabVault> {
  const { version, vault, kubernetesAuth } = await ensureVault(report);
  const command = path.basename(kubernetesAuth);
  const image = await report.step("Vault image", (update) =>
    ensureProgramImage(
      {
        name: "vault",
        tag: version,
        program: vault,
        file: "bin/vault",
        others: { [`${PLUGINS}/${command}`]: kubernetesAuth },
        config: { User: "100:1000", Env: ["PATH=/bin", "HOME=/tmp"], Entrypoint: ["vault"] },
      },
      update,
    ),
  );
  await giveImages(report, lab, [image]);
  return { image: image.reference, pluginDirectory: `/${PLUGINS}`, kubernetesPlugin: { command, sha256: await hashFile(kubernetesAuth) } };
}
