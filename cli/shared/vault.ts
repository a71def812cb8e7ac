import { CoreV1Api, DiscoveryV1Api, type KubeConfig, type V1EndpointSlice } from "@kubernetes/client-node";
import { connect, type Answer, type Ask } from "../../kube/http";
import { openTunnel } from "../../preflight/postgres/tunnel";

/** A Vault as a pod reaches it. */
export interface VaultAddress {
  /** `https://…` */
  address: string;
  /** Authority of its certificate, as PEM. Absent: the system's. */
  ca?: string;
}

/** Questions to a Vault, with a token or without. Close it, or the process does not end. */
export interface ReachedVault {
  ask(token?: string): Ask;
  close(): Promise<void>;
}

/** A name that only the cluster's own DNS knows: of a service, or of one pod of a headless one. */
const IN_CLUSTER = /^(?:([-a-z0-9]+)\.)?([-a-z0-9]+)\.([-a-z0-9]+)\.svc(\.cluster\.local)?$/;

/**
 * Reaches a Vault from outside the cluster: one that is a service of it, through a port-forward to
 * one of its ready pods; one pod of it, ready or not, by the pod's name.
 *
 * @throws Error when no pod of it is ready, or the pod does not run
 */
export async function reachVault(config: KubeConfig, { address, ca }: VaultAddress): Promise<ReachedVault> {
  const { hostname, port } = new URL(address);
  const [, pod, service, namespace] = IN_CLUSTER.exec(hostname) ?? [];
  const tunnel =
    service === undefined || namespace === undefined
      ? undefined
      : pod === undefined
        ? await openPort(config, namespace, service, port)
        : await openPod(config, namespace, pod, Number(port));
  const reached = tunnel === undefined ? { address } : { address: `https://127.0.0.1:${tunnel.port}`, serverName: hostname };
  return {
    ask: (token) => connect({ ...reached, ca, headers: () => ({ ...(token !== undefined && { "x-vault-token": token }) }) }),
    close: async () => tunnel?.close(),
  };
}

async function openPort(config: KubeConfig, namespace: string, service: string, port: string): ReturnType<typeof openTunnel> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const { items } = await config.makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({ namespace, labelSelector });
  for (const slice of items) {
    const pod = slice.endpoints?.find(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.kind === "Pod");
    if (pod !== undefined) return openTunnel(config, namespace, pod.targetRef!.name!, portOf(slice, port));
  }
  throw new Error(`the service ${namespace}/${service} has no ready pod: Vault is down, or sealed`);
}

async function openPod(config: KubeConfig, namespace: string, name: string, port: number): ReturnType<typeof openTunnel> {
  const { status } = await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name });
  if (status?.phase !== "Running") throw new Error(`the pod ${namespace}/${name} does not run (${status?.phase})`);
  return openTunnel(config, namespace, name, port);
}

/** A service of one port, as Vault's is, may call it what it likes. */
function portOf({ ports = [] }: V1EndpointSlice, port: string): number {
  return (ports.length === 1 ? ports[0]!.port : undefined) ?? Number(port);
}

/**
 * Works with a token of Vault's that a service account gets for its own, made for the moment and
 * revoked afterwards.
 *
 * @throws Error when Kubernetes makes no token, or Vault takes none
 */
export async function asServiceAccount<T>(
  config: KubeConfig,
  vault: ReachedVault,
  { namespace, account, authMount, audience }: { namespace: string; account: string; authMount: string; audience: string },
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const body = { spec: { audiences: [audience], expirationSeconds: SHORTEST_TOKEN_SECONDS } };
  const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({ namespace, name: account, body });
  const login = await vault.ask()("POST", `/v1/auth/${authMount}/login`, { role: account, jwt: status!.token });
  const token = (login.body as { auth?: { client_token?: string } } | undefined)?.auth?.client_token;
  if (token === undefined) throw new Error(`Vault does not let the service account ${namespace}/${account} in${said(login)}`);
  const ask = vault.ask(token);
  try {
    return await work(ask);
  } finally {
    // One that is not revoked ends by itself.
    await ask("POST", "/v1/auth/token/revoke-self").catch(() => undefined);
  }
}

/** The least that Kubernetes makes a token for. */
const SHORTEST_TOKEN_SECONDS = 600;

/** What a Vault is reached by, where its authority may be in a Secret. */
export async function addressOf(
  config: KubeConfig,
  { address, ca, caSecret }: VaultAddress & { caSecret?: { name: string; namespace: string } },
): Promise<VaultAddress> {
  if (caSecret === undefined) return { address, ...(ca === undefined ? {} : { ca }) };
  const { data } = await config.makeApiClient(CoreV1Api).readNamespacedSecret(caSecret);
  return { address, ca: Buffer.from(data?.["ca.crt"] ?? "", "base64").toString("utf8") };
}

/** In one line. What fails before it reaches anybody has codes of other kinds. */
export function reasonOf(error: unknown): string {
  const { message, code, body, cause } = error as Error & { code?: unknown; body?: unknown };
  const text =
    typeof code === "number" && code >= 100
      ? `Kubernetes answers ${code}${messageIn(body)}`
      : ((cause as Error | undefined)?.message ?? message);
  return (text || String(code)).replace(/\s+/g, " ").trim();
}

/** The API server's own words. */
function messageIn(body: unknown): string {
  try {
    const { message } = JSON.parse(body as string) as { message?: string };
    return message === undefined ? "" : `: ${message}`;
  } catch {
    return "";
  }
}

/** Vault's own words, which name paths and rules, not values. */
export function said({ status, body }: Answer): string {
  const { errors = [] } = (body ?? {}) as { errors?: string[] };
  return ` (${[String(status), ...errors].join(": ")})`.replace(/\s+/g, " ");
}
