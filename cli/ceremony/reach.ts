import type { Problem } from "../../config/problem";
import { connect } from "../../kube/http";
import type { ReachedVault } from "../shared/vault";
import type { ConfiguredVault } from "./defaults";

/** A Vault to ask, or why there is none. Close it, or the process does not end. */
export async function reach({ address, tlsServerName, authority, caSecret, cluster }: ConfiguredVault): Promise<ReachedVault | Problem> {
  if (cluster === undefined)
    return {
      ask: (token) =>
        connect({ address, ca: authority, serverName: tlsServerName, headers: () => ({ ...(token && { "x-vault-token": token }) }) }),
      close: () => Promise.resolve(),
    };
  // The Kubernetes client is half of what there is to load.
  const [{ clientConfig }, { addressOf, reachVault, reasonOf }] = await Promise.all([
    import("../../kube/kubeconfig"),
    import("../shared/vault"),
  ]);
  try {
    const config = await clientConfig(cluster);
    return await reachVault(config, await addressOf(config, { address, ca: authority, caSecret }));
  } catch (error) {
    const where = cluster.context === undefined ? "the cluster of the kubeconfig" : `the cluster of the context ${cluster.context}`;
    return {
      path: "--address",
      message: `is not given, and ${address} cannot be reached through ${where}: ${reasonOf(error)}`,
      remedy: "see that kubectl can forward a port to that pod and read the Secret with its certificate; or name an address, and --ca",
    };
  }
}
