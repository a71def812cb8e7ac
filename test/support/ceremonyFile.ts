import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { asConfig } from "../../config/settings";
import type { Environment } from "../../config/environment";
import type { VaultServer } from "./vaultServer";

/**
 * The file of a stack whose Vault has a ceremony, with a mirror, and with the plugin that this
 * build of Vault has Kubernetes authentication in. Where Vault is, the command line says.
 * @param directory Where the command is run.
 */
export async function writeStackFile(
  directory: string,
  stack: Environment,
  { plugin, ca }: Pick<VaultServer, "plugin" | "ca">,
): Promise<void> {
  const server = {
    kind: "deployed",
    image: "vault:1.21.2",
    replicas: 3,
    storage: { size: "1Gi" },
    seal: { type: "transit", address: "https://kms.example", tokenSecret: "kms" },
    kubernetesPlugin: { directory: "/vault/plugins", ...plugin },
  };
  const config = {
    namespace: `ameide-${stack}`,
    context: "none",
    cluster: { instances: 1, image: "postgresql:17.12", storage: { size: "1Gi" } },
    services: { keycloak: {}, inference: {} },
    bundles: { argocd: {} },
    // Vault looks for that of the cluster beside itself, where there is none.
    vault: { server, configuration: { by: "pulumi" }, kubernetesAuth: { ca, reviewer: "given" }, mirror: { mode: "push" } },
  };
  await fs.writeFile(path.join(directory, `Pulumi.${stack}.yaml`), stringify({ config: asConfig(config) }));
}
