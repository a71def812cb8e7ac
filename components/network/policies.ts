import type { Service } from "../../catalog/service";
import { poolersProvenByName } from "../../catalog/service";
import { policyObjects } from "../../catalog/names";
import type { NetworkPeers, Peer } from "../../config/network";
import type { Choices } from "../../config/choices";
import type { VaultConfig } from "../../config/schema";
import { POD_LABEL, STACK_LABEL, type PodKind } from "../../kube/marks";
import { CLUSTER_PORT, PORT as VAULT_PORT, vaultLabels, vaultPolicyObjects, type DeployedVault } from "../../vault/names";

// Who may reach whom: Kubernetes' NetworkPolicies, as data. What a policy selects reaches nobody and is reached by nobody but as its policies say.
// kubelet's probes and port-forwards come from the pod's own node, which no policy keeps out.

export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: "In" | "NotIn" | "Exists" | "DoesNotExist"; values?: string[] }[];
}

export interface PolicyPeer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string };
}

export interface PolicyPort {
  protocol: "TCP" | "UDP";
  port: number;
}

export interface PolicySpec {
  podSelector: Selector;
  policyTypes: ("Ingress" | "Egress")[];
  ingress?: { from?: PolicyPeer[]; ports: PolicyPort[] }[];
  egress?: { to?: PolicyPeer[]; ports: PolicyPort[] }[];
}

/** A policy of a namespace. */
export interface PolicyPlan {
  /** Of the resource: what it is for. */
  readonly key: string;
  /** Of the object. */
  readonly name: string;
  readonly spec: PolicySpec;
}

const POSTGRES = 5432;
/** Where an instance's manager says how it is, and is told what to do: the operator's, and the other instances' when they ask whether they are cut off. */
const STATUS = 8000;
const METRICS = 9187;
const POOLER_METRICS = 9127;
const HTTPS = 443;

const CLUSTER_LABEL = "cnpg.io/cluster";
const POOLER_LABEL = "cnpg.io/poolerName";
/** Kubernetes puts it on every namespace. */
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

const tcp = (...ports: readonly number[]) => [...new Set(ports)].map((port): PolicyPort => ({ protocol: "TCP", port }));
/** Anywhere: a name server may be a pod, an address of the node, or behind another port of its service. */
const DNS = { ports: [{ protocol: "UDP", port: 53 } as const, ...tcp(53)] };

/** Instances, and the Jobs that make them. A Pooler's pods may have the Cluster's label, too. */
function instancesOf(cluster: string): Selector {
  return { matchLabels: { [CLUSTER_LABEL]: cluster }, matchExpressions: [{ key: POOLER_LABEL, operator: "DoesNotExist" }] };
}

const poolersOf = (names: readonly string[]): Selector => ({
  matchExpressions: [{ key: POOLER_LABEL, operator: "In", values: [...names] }],
});

function ownPods(stack: string, ...kinds: readonly PodKind[]): Selector {
  return { matchLabels: { [STACK_LABEL]: stack }, matchExpressions: [{ key: POD_LABEL, operator: "In", values: [...kinds] }] };
}

function podsIn(namespace: string, labels: Readonly<Record<string, string>>): PolicyPeer {
  return { namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } }, podSelector: { matchLabels: { ...labels } } };
}

/** @param own The namespace that is meant where none is named. */
function peersOf({ namespace, pods, addresses }: Peer, own: string): PolicyPeer[] {
  return addresses?.map((cidr) => ({ ipBlock: { cidr } })) ?? [podsIn(namespace ?? own, pods ?? {})];
}

/** The API server is no pod, and what is let through to its service is judged behind it: by its own addresses and ports. */
function apiServer({ apiServer: { addresses, ports } }: NetworkPeers): NonNullable<PolicySpec["egress"]>[number] {
  return { ...(addresses === undefined ? {} : { to: addresses.map((cidr) => ({ ipBlock: { cidr } })) }), ports: tcp(...ports) };
}

/** What of a stack they are made of. */
export type ReachableStack = Pick<Choices, "name" | "namespace" | "cluster" | "alerts" | "networkPeers">;

/** Those of the stack's namespace: instances, Poolers that services are led to, and the pods that this program makes. */
export function stackPolicies(
  stack: ReachableStack,
  services: readonly Pick<Service, "pooler" | "workloads" | "namespaces">[],
  { gates }: { gates: boolean },
): PolicyPlan[] {
  const { name, namespace, cluster, networkPeers: peers } = stack;
  const names = policyObjects(cluster.name);
  const poolers = poolersProvenByName(services);
  const instances = instancesOf(cluster.name);
  const [toInstances, toPoolers] = [{ podSelector: instances }, poolers.length === 0 ? [] : [{ podSelector: poolersOf(poolers) }]];
  const clients = [
    ...applications(stack, services),
    { podSelector: ownPods(name, "proof", "psql") },
    ...peers.postgres.flatMap((peer) => peersOf(peer, namespace)),
  ];
  const metrics = (port: number) =>
    cluster.monitoring === "none" && stack.alerts === "none"
      ? []
      : [{ from: [podsIn(peers.monitoring.namespace, peers.monitoring.pods)], ports: tcp(port) }];
  const both: PolicySpec["policyTypes"] = ["Ingress", "Egress"];
  const servers: PolicyPlan[] = [
    {
      key: "instances",
      name: names.instances,
      spec: {
        podSelector: instances,
        policyTypes: both,
        ingress: [
          { from: [...clients, toInstances, ...toPoolers], ports: tcp(POSTGRES) },
          { from: [toInstances], ports: tcp(STATUS) },
          { from: [podsIn(peers.operator.namespace, peers.operator.pods)], ports: tcp(STATUS, POSTGRES) },
          ...metrics(METRICS),
        ],
        egress: [
          DNS,
          apiServer(peers),
          { to: [toInstances], ports: tcp(POSTGRES, STATUS) },
          ...backups(cluster.backup),
          ...peers.instances.map(({ ports, ...peer }) => ({ to: peersOf(peer, namespace), ports: tcp(...ports) })),
        ],
      },
    },
    ...(poolers.length === 0
      ? []
      : [
          {
            key: "poolers",
            name: names.poolers,
            spec: {
              podSelector: poolersOf(poolers),
              policyTypes: both,
              ingress: [{ from: clients, ports: tcp(POSTGRES) }, ...metrics(POOLER_METRICS)],
              egress: [DNS, apiServer(peers), { to: [toInstances], ports: tcp(POSTGRES) }],
            },
          },
        ]),
  ];
  return [
    // Whoever else reaches instances that are somebody else's, nobody here knows: a policy would keep them out.
    ...(cluster.existing ? [] : servers),
    {
      key: "clients",
      name: names.clients,
      spec: {
        podSelector: ownPods(name, "proof", "psql"),
        policyTypes: both,
        egress: [DNS, { to: [toInstances, ...toPoolers], ports: tcp(POSTGRES) }],
      },
    },
    ...(gates
      ? [
          {
            key: "gates",
            name: names.gates,
            spec: { podSelector: ownPods(name, "gate"), policyTypes: both, egress: [DNS, apiServer(peers)] },
          },
        ]
      : []),
  ];
}

/** Pods of the stack's namespace, and of those that services' Secrets or workloads are in. */
function applications(
  { namespace, networkPeers }: ReachableStack,
  services: readonly Pick<Service, "workloads" | "namespaces">[],
): PolicyPeer[] {
  const namespaces = new Set([
    namespace,
    ...services.flatMap((service) => [...(service.namespaces ?? []), ...service.workloads.flatMap((one) => one.namespace ?? [])]),
  ]);
  return [...namespaces].map((one) => podsIn(one, networkPeers.applications));
}

/** Where the stack's file says that backups go. A plugin's object store is not in it; most answer at this port. */
function backups(backup: Choices["cluster"]["backup"]): NonNullable<PolicySpec["egress"]> {
  const { configuration, plugins = [] } = backup ?? {};
  const store = configuration?.barmanObjectStore as { endpointURL?: unknown } | undefined;
  if (store === undefined && plugins.length === 0) return [];
  const at = typeof store?.endpointURL === "string" ? portOf(store.endpointURL) : undefined;
  return [{ ports: tcp(at ?? HTTPS) }];
}

function portOf(address: string): number | undefined {
  if (!URL.canParse(address)) return undefined;
  const { port, protocol } = new URL(address);
  return port === "" ? (protocol === "http:" ? 80 : HTTPS) : Number(port);
}

/**
 * Those of Vault's namespace. The first are there before Vault is: until it is set up, any client that reaches it could make itself its root.
 * @param stack The name of the stack.
 */
export function vaultPolicies(
  { server, configuration, kubernetesAuth }: Pick<VaultConfig, "configuration" | "kubernetesAuth"> & { server: DeployedVault },
  stack: string,
  peers: NetworkPeers,
): PolicyPlan[] {
  const names = vaultPolicyObjects(server);
  const itself = { podSelector: { matchLabels: vaultLabels(server) } };
  const bootstrap = ownPods(stack, "vault-bootstrap");
  const review = portOf(kubernetesAuth.host);
  const withReview = {
    ...peers,
    apiServer: { ...peers.apiServer, ports: [...peers.apiServer.ports, ...(review === undefined ? [] : [review])] },
  };
  return [
    {
      key: "server",
      name: names.server,
      spec: {
        podSelector: itself.podSelector,
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          { from: [itself], ports: tcp(VAULT_PORT, CLUSTER_PORT) },
          ...(configuration.by === "cronJob" ? [{ from: [{ podSelector: bootstrap }], ports: tcp(VAULT_PORT) }] : []),
        ],
        egress: [DNS, apiServer(withReview), { to: [itself], ports: tcp(VAULT_PORT, CLUSTER_PORT) }, ...seal(server)],
      },
    },
    ...(configuration.by === "cronJob"
      ? [
          {
            key: "bootstrap",
            name: names.bootstrap,
            spec: {
              podSelector: bootstrap,
              policyTypes: ["Ingress", "Egress"] as PolicySpec["policyTypes"],
              egress: [DNS, apiServer(peers), { to: [itself], ports: tcp(VAULT_PORT) }],
            },
          },
        ]
      : []),
  ];
}

/** Its key in Azure, with who says whose a token is; another Vault. */
function seal({ seal: { type, ...rest } }: DeployedVault): NonNullable<PolicySpec["egress"]> {
  if (type === "shamir") return [];
  const port = "address" in rest ? portOf(rest.address) : HTTPS;
  return [{ ports: tcp(port ?? HTTPS) }];
}

/**
 * Who reaches Vault once it is set up. Where nobody has said that it is, which is before the ceremony, that is who the stack's file names and nobody else.
 * @param namespace Vault's.
 */
export function vaultClients(
  { server, configuration }: Pick<VaultConfig, "configuration"> & { server: DeployedVault },
  peers: NetworkPeers,
): PolicyPlan | undefined {
  const operator = configuration.by === "hand" ? [] : [podsIn(peers.externalSecrets.namespace, peers.externalSecrets.pods)];
  const from = [...operator, ...peers.vault.flatMap((peer) => peersOf(peer, server.namespace))];
  if (from.length === 0) return undefined;
  return {
    key: "clients",
    name: vaultPolicyObjects(server).clients,
    spec: { podSelector: { matchLabels: vaultLabels(server) }, policyTypes: ["Ingress"], ingress: [{ from, ports: tcp(VAULT_PORT) }] },
  };
}
