import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { OWNER_ANNOTATION, SERVICE_LABEL, STACK_LABEL } from "../components/marks";
import { connection, Unreachable } from "./kubeconfig";
import type { ClusterFacts, Kind, Known, Marks, PreflightRequest } from "./types";

interface Answer {
  status: number;
  /** Seconds after which the server wants to be asked again: it is busy, or has only just learnt of a kind. */
  retryAfter?: number;
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- whatever the API server answers, read field by field below
}
type Ask = (method: "GET" | "POST", path: string, options?: { accept?: string; body?: unknown }) => Promise<Answer>;

const CNPG = "/apis/postgresql.cnpg.io/v1";
const TIMEOUT_MS = 15_000;
// As many as Kubernetes' own clients.
const RETRIES = 10;
const LONGEST_PAUSE_S = 5;
// The names and marks of objects without what is in them: no Secret's data crosses the network for a list.
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const VERBS = ["get", "list", "create", "patch", "update", "delete"];

/**
 * Asks the cluster everything the checks need, reading only.
 *
 * @throws Unreachable
 */
export async function gather(request: PreflightRequest): Promise<ClusterFacts> {
  const { ask, server } = await connect(request);
  const kinds: Kind[] = [
    "secrets",
    "clusters",
    "databases",
    ...(request.databaseRoles ? (["databaseroles"] as const) : []),
    ...(request.scheduledBackups.length > 0 ? (["scheduledbackups"] as const) : []),
  ];
  const names = new Set(request.services.flatMap((service) => (service.adopt ? [service.adopt.secret, service.roleSecret] : [])));
  const cnpg = await ask("GET", CNPG);
  const [namespace, operators, podMonitors, storageClasses, denied, live, lists, adoptable] = await Promise.all([
    ask("GET", `/api/v1/namespaces/${request.namespace}`),
    ask("GET", "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dcloudnative-pg"),
    request.podMonitor ? ask("GET", "/apis/monitoring.coreos.com/v1") : undefined,
    ask("GET", "/apis/storage.k8s.io/v1/storageclasses"),
    findForbidden(ask, request.namespace, kinds),
    ask("GET", `${CNPG}/namespaces/${request.namespace}/clusters/${request.cluster.name}`),
    Promise.all(kinds.map(async (kind) => [kind, await listMarks(ask, request.namespace, kind)] as const)),
    Promise.all(
      [...names].map(async (name) => [name, await ask("GET", `/api/v1/namespaces/${request.namespace}/secrets/${name}`)] as const),
    ),
  ]);
  return {
    server,
    namespaceExists: unlessForbidden(namespace, () => namespace.status === 200),
    cnpgKinds: cnpg.status === 200 ? (cnpg.body.resources ?? []).map((resource: { name: string }) => resource.name) : [],
    operators: unlessForbidden(operators, () => (operators.body.items ?? []).map(operatorOf)),
    podMonitors:
      podMonitors?.status === 200 &&
      (podMonitors.body.resources ?? []).some((resource: { name: string }) => resource.name === "podmonitors"),
    storageClasses: unlessForbidden(storageClasses, () =>
      (storageClasses.body.items ?? []).map((item: { metadata: { name: string; annotations?: Record<string, string> } }) => ({
        name: item.metadata.name,
        isDefault: item.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
      })),
    ),
    // A list can be refused that the rules seemed to grant; nothing is known then about the objects of that kind.
    forbidden: [...new Set([...denied, ...lists.flatMap(([kind, marks]) => (marks === "unknown" ? [`list ${kind}`] : []))])],
    objects: Object.fromEntries(lists.filter(([, marks]) => marks !== "unknown")),
    ...(live.status === 200
      ? { liveCluster: { storageSize: live.body.spec?.storage?.size, walStorageSize: live.body.spec?.walStorage?.size } }
      : {}),
    adoptable: Object.fromEntries(
      adoptable
        .filter(([, answer]) => answer.status === 200)
        .map(([name, answer]) => [name, { type: answer.body.type, data: decode(answer.body.data ?? {}) }]),
    ),
  };
}

async function connect(request: PreflightRequest): Promise<{ ask: Ask; server: string }> {
  const { server, options: base } = await connection(request);
  const ask: Ask = async (method, path, options = {}) => {
    const headers = { ...(base.headers as Record<string, string>), accept: options.accept ?? "application/json" };
    const attempt = () =>
      send(server + path, { ...base, method, timeout: TIMEOUT_MS, headers }, options.body).catch((error: NodeJS.ErrnoException) => {
        throw new Unreachable(`${server} does not answer (${error.code ?? error.message})`);
      });
    let answer = await attempt();
    for (let retry = 0; answer.retryAfter !== undefined && retry < RETRIES; retry++) {
      await sleep(Math.min(answer.retryAfter, LONGEST_PAUSE_S) * 1000);
      answer = await attempt();
    }
    // Taken for "there is none", an answer like these would let the checks pass.
    if (answer.status === 429 || answer.status >= 500) throw new Unreachable(`${server} answers ${answer.status} to ${path}`);
    return answer;
  };
  const probe = await ask("GET", "/version");
  if (probe.status === 401) throw new Unreachable(`${server} does not accept the kubeconfig's credentials`);
  return { ask, server };
}

function send(url: string, options: https.RequestOptions, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      url,
      { ...options, headers: { ...options.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const status = response.statusCode ?? 0;
          const retryAfter = status === 429 || status >= 500 ? /^\d+$/.exec(response.headers["retry-after"] ?? "")?.[0] : undefined;
          const isJson = response.headers["content-type"]?.includes("json");
          try {
            const body = isJson && text ? JSON.parse(text) : {};
            resolve({ status, body, ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }) });
          } catch {
            reject(new Error("what it says is no JSON"));
          }
        });
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function listMarks(ask: Ask, namespace: string, kind: Kind): Promise<Known<Marks[]>> {
  const root = kind === "secrets" ? "/api/v1" : CNPG;
  const answer = await ask("GET", `${root}/namespaces/${namespace}/${kind}`, { accept: METADATA_ONLY });
  return unlessForbidden(answer, () =>
    (answer.body.items ?? []).map(
      ({ metadata }: { metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> } }) => ({
        name: metadata.name,
        owner: metadata.annotations?.[OWNER_ANNOTATION],
        stack: metadata.labels?.[STACK_LABEL],
        service: metadata.labels?.[SERVICE_LABEL],
      }),
    ),
  );
}

/** One question for all rights; those that its answer lacks are asked singly, because an authorizer may not be able to list its rules. */
async function findForbidden(ask: Ask, namespace: string, kinds: readonly Kind[]): Promise<string[]> {
  const review = (kind: string, spec: unknown) => ({ apiVersion: "authorization.k8s.io/v1", kind, spec });
  const rules = await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    body: review("SelfSubjectRulesReview", { namespace }),
  });
  const granted: { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }[] =
    rules.body.status?.resourceRules ?? [];
  const has = (list: readonly string[] | undefined, value: string) => list?.some((entry) => entry === "*" || entry === value) ?? false;
  const needed = kinds.flatMap((kind) => VERBS.map((verb) => ({ verb, kind, group: kind === "secrets" ? "" : "postgresql.cnpg.io" })));
  const missing = needed.filter(
    ({ verb, kind, group }) =>
      !granted.some(
        (rule) => !rule.resourceNames?.length && has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, kind),
      ),
  );
  const answers = await Promise.all(
    missing.map(async ({ verb, kind, group }) => {
      const answer = await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        body: review("SelfSubjectAccessReview", { resourceAttributes: { namespace, verb, group, resource: kind } }),
      });
      return answer.body.status?.allowed === true ? [] : [`${verb} ${kind}`];
    }),
  );
  return answers.flat();
}

function operatorOf(deployment: {
  spec: { template: { spec: { containers: { image: string }[] } } };
  status?: { availableReplicas?: number };
}): { version: string; available: number } {
  const image = deployment.spec.template.spec.containers[0]?.image ?? "";
  return { version: /^[^@]*:v?([^:@/]+)(@|$)/.exec(image)?.[1] ?? "", available: deployment.status?.availableReplicas ?? 0 };
}

function unlessForbidden<T>(answer: Answer, read: () => T): Known<T> {
  return answer.status === 401 || answer.status === 403 ? "unknown" : read();
}

function decode(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}
