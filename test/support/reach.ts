// What Kubernetes' documentation says of NetworkPolicies, in the order in which it says it: for
// tests of who may reach whom. No network enforces them here.
import type { PolicyPeer, PolicyPort, PolicySpec, Selector } from "../../components/network/policies";
import type { Registration } from "./program";

/** A pod, or with an address alone what is none. */
export interface End {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly address?: string;
}

export interface Policy {
  readonly namespace: string;
  readonly spec: PolicySpec;
}

/** Those that a program has registered. */
export function policiesOf(registrations: readonly Registration[]): Policy[] {
  return registrations
    .filter(({ id }) => id.startsWith("kubernetes:networking.k8s.io/v1:NetworkPolicy::"))
    .map(({ inputs }) => ({ namespace: (inputs.metadata as { namespace: string }).namespace, spec: inputs.spec as PolicySpec }));
}

/** Whether a connection comes about: who opens it may go out, and who is to take it lets it in. */
export function reaches(policies: readonly Policy[], from: End, to: End, port: number, protocol: PolicyPort["protocol"] = "TCP"): boolean {
  return passes(policies, "Egress", from, to, { port, protocol }) && passes(policies, "Ingress", to, from, { port, protocol });
}

function passes(policies: readonly Policy[], direction: "Ingress" | "Egress", end: End, other: End, wanted: PolicyPort): boolean {
  const about = policies.filter(
    ({ namespace, spec }) => namespace === end.namespace && spec.policyTypes.includes(direction) && selects(spec.podSelector, end.labels),
  );
  if (about.length === 0) return true;
  return about.some(({ namespace, spec }) => {
    const rules =
      direction === "Ingress"
        ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
    return rules.some(
      ({ peers, ports }) =>
        ports.some(({ port, protocol }) => port === wanted.port && protocol === wanted.protocol) &&
        (peers === undefined || peers.some((peer) => isPeer(peer, namespace, other))),
    );
  });
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: PolicyPeer, own: string, other: End): boolean {
  if (ipBlock !== undefined) return other.address !== undefined && within(other.address, ipBlock.cidr);
  if (other.namespace === undefined) return false;
  const isNamespace =
    namespaceSelector === undefined
      ? other.namespace === own
      : selects(namespaceSelector, { "kubernetes.io/metadata.name": other.namespace });
  return isNamespace && (podSelector === undefined || selects(podSelector, other.labels));
}

/** An empty one selects everything. */
function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>> = {}): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
      }
    })
  );
}

function within(address: string, cidr: string): boolean {
  const [net = "", bits = "32"] = cidr.split("/");
  const number = (text: string) => text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(net) / size);
}
