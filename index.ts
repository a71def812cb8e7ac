import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { present, summarise, type StackSummary, type VaultSummary } from "./catalog/outputs";
import { problemsBeside, select } from "./catalog/select";
import { enterPlaceOfProgram } from "./config/enginePlaces";
import { loadStack } from "./config/load";
import { refuse } from "./config/refuse";
import { makeCredentials } from "./fromPostgres";
import { kubernetesProvider } from "./kube/provider";
import { preflight } from "./preflight";
import { planRotations } from "./rotation/plan";

// Stack traces as V8 has them. The SDK takes several of every resource and has each of their frames looked up in a source map: a third of the
// time of a large preview, for nothing, as sucrase leaves every line where it is.
delete (Error as Partial<ErrorConstructor>).prepareStackTrace;

/**
 * Before 3.208 an engine makes no new password for a new generation and marks the Secret with it all the same; before 3.226 it also makes one that
 * nobody asked for. Pulumi.yaml says the same, which engines from before 3.219 do not read.
 */
const OLDEST_ENGINE = ">=3.226.0";

/**
 * Configuration, the services that are on, the cluster asked. Then passwords and the Secrets of their roles; the Cluster that reads them, its roles and databases;
 * what applications read, once Postgres accepts it; and the restarts of those that were rotated. Last, Vault and what is fetched from it.
 */
export = async (): Promise<StackSummary> => {
  await pulumi.requirePulumiVersion(OLDEST_ENGINE);
  if (!pulumi.runtime.isDryRun()) await enterPlaceOfProgram();
  const file = await loadStack(problemsBeside);
  const selected = await select(file);
  if ("problems" in selected) return refuse(`Services of stack ${file.name}`, selected.problems);

  // Tells this state's objects from those of any other, a lost one of the same name included.
  const state = new random.RandomId("state", { byteLength: 8 }, { protect: file.cluster.protection === "protected" });
  const owner = state.hex;
  const planned = planRotations(selected.services);
  const { session, missingNamespaces, ...found } = await preflight(file, planned, owner, selected);
  // Of a Cluster that is somebody else's, the file has the name.
  const { existing } = found;
  const stack = existing === undefined ? file : { ...file, cluster: { ...file.cluster, ...existing.settings } };
  const services = existing?.services ?? planned;

  const opts = { providers: [kubernetesProvider(stack)] };
  const place = {
    namespace: stack.namespace,
    stack: stack.name,
    owner,
    labels: stack.labels,
    annotations: stack.annotations,
    pods: stack.pods,
  };

  if (stack.network === "policies") {
    const { limitNetwork } = await import("./components/network/networkPolicies");
    limitNetwork(stack, { services: selected.services, gates: selected.gates.length > 0, place }, opts);
  }
  const credentials = makeCredentials(stack, { services, place, ...found }, opts);

  // Third parties' keys. Nothing above waits for Vault, and nothing of it is loaded where there is none.
  const { fetched, gates } = selected;
  let vault: VaultSummary | undefined;
  if (fetched) {
    const { deliverFromVault } = await import("./fromVault");
    vault = await deliverFromVault(stack, { place, session, selection: present(fetched, missingNamespaces), credentials }, opts);
  }
  if (gates.length > 0) (await import("./components/gate/gate")).makeGates(gates, place, opts);

  return {
    cluster: `${stack.namespace}/${stack.cluster.name}`,
    ...(existing === undefined ? {} : { clusterIs: "existing" as const }),
    owner,
    ...(vault === undefined ? {} : { vault }),
    ...(stack.pods === undefined ? {} : { pods: stack.pods }),
    services: Object.fromEntries(credentials.map(({ service, summary }) => [service.name, summary])),
    ...(fetched === undefined ? {} : { externalSecrets: summarise(fetched, missingNamespaces) }),
  };
};
