import { policyObjects } from "../catalog/names";
import type { Problem } from "../config/problem";
import type { ClusterFacts, Elsewhere, PreflightRequest } from "./types";
import { NETWORK_POLICY } from "./vault";

/** The policies of the stack's namespace. */
export function policiesIn(namespace: string, { name: cluster, existing }: { name: string; existing?: true | undefined }): Elsewhere {
  const of = { what: "the Cluster", path: "cluster.name" };
  const { clients, gates, ...servers } = policyObjects(cluster);
  const names = [...(existing ? [] : Object.values(servers)), clients, gates];
  return { namespace, objects: names.map((name) => ({ resource: NETWORK_POLICY, name, of })) };
}

/** An operator that policies keep out cannot say how instances are, and takes none of them for ready: a failover would not come. */
export function checkWayOfOperator({ namespace, operatorLetIn }: PreflightRequest, { operators }: ClusterFacts): Problem[] {
  if (operatorLetIn === undefined || operators === "unknown") return [];
  const here = operators.filter((one) => (one.watches?.includes(namespace) ?? true) && one.namespace !== undefined);
  const isLetIn = ({ namespace: where, pods = {} }: (typeof here)[number]) =>
    where === operatorLetIn.namespace && Object.entries(operatorLetIn.pods).every(([key, value]) => pods[key] === value);
  if (here.length === 0 || here.every(isLetIn)) return [];
  const { namespace: where = "", pods = {} } = here.find((one) => !isLetIn(one))!;
  const labels = Object.entries(pods).map(([key, value]) => `${key}: ${value}`);
  return [
    {
      path: "networkPeers.operator",
      message: `lets pods of the namespace ${operatorLetIn.namespace} with the labels ${JSON.stringify(operatorLetIn.pods)} reach the instances, and the operator's are in ${where}, with {${labels.join(", ")}}`,
      remedy: `set \`namespace: ${where}\`, and \`pods\` to labels that they have`,
    },
  ];
}
