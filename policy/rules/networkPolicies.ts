import { CNPG } from "../../kube/kinds/groups";
import { podsOf } from "../pods";
import { isKind, namespaceOf, objectName, type Resource } from "../resource";
import { violation, type Settings, type StackRule } from "../rule";
import { at, isObject, objects, text, texts, UNKNOWN, type Properties, type Value } from "../values";

export const networkPolicies: StackRule = {
  name: "network-policies",
  description: "A NetworkPolicy says who reaches the pods of each Cluster and of each workload, and lets in nobody else.",
  level: "mandatory",
  settings: {
    closedStacks: { type: "array", items: { type: "string" }, description: "Stacks, by name, whose network enforces policies." },
  },
  checkStack(resources, settings) {
    const policies = resources.filter((one) => isKind(one, "networking.k8s.io", "NetworkPolicy")).filter(limitsIngress);
    return resources.flatMap((resource) => {
      if (!closedStacks(settings).includes(resource.stack)) return [];
      return labelsOfPods(resource).flatMap((labels) => {
        const selecting = policies.filter(
          (policy) => namespaceOf(policy) === namespaceOf(resource) && selects(at(policy.props, "spec", "podSelector"), labels),
        );
        const open = selecting.find(({ props }) => objects(props, "spec", "ingress").some(isOpen));
        if (selecting.length > 0 && open === undefined) return [];
        const what =
          open === undefined
            ? "has pods that no NetworkPolicy is about: every pod of the cluster reaches them"
            : `has pods that the NetworkPolicy ${objectName(open) ?? open.name} lets everybody reach`;
        return [violation(resource, what, "set `network: policies` in the stack's file, or write a policy for them (docs/network.md)")];
      });
    });
  },
};

function closedStacks({ closedStacks: names = [] }: Settings): readonly string[] {
  return names as readonly string[];
}

/** Kubernetes takes a policy that names no types for one about ingress. */
function limitsIngress({ props }: Resource): boolean {
  const types = at(props, "spec", "policyTypes");
  return types === undefined || types === UNKNOWN || texts(props, "spec", "policyTypes").includes("Ingress");
}

/**
 * The labels of the pods that are made of a resource, of those that CloudNativePG makes its own.
 */
function labelsOfPods(resource: Resource): Value[] {
  if (isKind(resource, CNPG.group, "Cluster")) return [{ "cnpg.io/cluster": objectName(resource) ?? UNKNOWN }];
  return podsOf(resource).map(({ where }) => at(resource.props, ...where.split(".").slice(0, -1), "metadata", "labels") ?? {});
}

/** What is not known yet is taken to match. */
function selects(selector: Value, labels: Value): boolean {
  if (selector === UNKNOWN || labels === UNKNOWN) return true;
  const of = isObject(labels) ? labels : {};
  const wanted = at(selector, "matchLabels");
  const isWanted = Object.entries(isObject(wanted) ? wanted : {}).every(([key, value]) => isSame(of[key], value));
  return isWanted && objects(selector, "matchExpressions").every((one) => matches(one, of));
}

function matches(expression: Properties, labels: Properties): boolean {
  const key = text(expression, "key") ?? "";
  const isOneOf = () => texts(expression, "values").some((value) => isSame(labels[key], value));
  switch (text(expression, "operator")) {
    case "In":
      return isOneOf();
    case "NotIn":
      return labels[key] === UNKNOWN || !isOneOf();
    case "Exists":
      return labels[key] !== undefined;
    case "DoesNotExist":
      return labels[key] === undefined;
    default:
      return true;
  }
}

const isSame = (one: Value, other: Value) => one === UNKNOWN || other === UNKNOWN || one === other;

/** A range with fewer bits is a large part of all addresses: two halves are everywhere, too. */
const LEAST_BITS = { v4: 8, v6: 16 } as const;

/** Whether a rule of a policy lets in every client, from anywhere. */
function isOpen({ from }: Properties): boolean {
  if (from === UNKNOWN) return false;
  const peers = Array.isArray(from) ? (from as readonly Value[]).filter(isObject) : [];
  return peers.length === 0 || peers.some((peer) => isEverywhere(text(peer, "ipBlock", "cidr")) || isEveryPod(peer));
}

function isEverywhere(cidr: string | undefined): boolean {
  const bits = Number(cidr?.split("/")[1] ?? Infinity);
  return bits < (cidr?.includes(":") ? LEAST_BITS.v6 : LEAST_BITS.v4);
}

/**
 * Whether a peer is every pod of every namespace. Without a namespace, it is in the policy's own.
 */
function isEveryPod({ namespaceSelector, podSelector }: Properties): boolean {
  return isEverything(namespaceSelector) && (podSelector === undefined || isEverything(podSelector));
}

/** Every namespace has a label with its name. */
function isEverything(selector: Value): boolean {
  if (!isObject(selector)) return false;
  const { matchLabels } = selector;
  return (
    (matchLabels === undefined || (isObject(matchLabels) && Object.keys(matchLabels).length === 0)) &&
    objects(selector, "matchExpressions").every(
      (one) => text(one, "key") === "kubernetes.io/metadata.name" && text(one, "operator") === "Exists",
    )
  );
}
