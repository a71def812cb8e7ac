import type { Workload } from "../config/schema";
import { authoritySecret, CA_KEY, certificatesIn } from "../catalog/authorities";
import { operatorSecret } from "./authorities";
import { writers, type LiveExternalSecret } from "../kube/externalSecrets";
import { askAll, connect, METADATA_ONLY, type Answer, type Ask, type Client } from "../kube/client";
import { liveCluster, type ClusterObject } from "./clusterState";
import { gatherCopies, gatherFormer } from "./copies";
import { readCluster } from "./readCluster";
import { gatherElsewhere } from "./outsideNamespace";
import { gatherFetched } from "./gatherFetched";
import { confirmAdditions } from "./additions";
import { marksByName, marksOf, type Metadata } from "./marks";
import { listPoolers, poolerRights } from "./poolerFacts";
import { wantedObjects } from "./ownership";
import { gatherTypes } from "./secretTypes";
import { refusalOfProof, type ProofPod } from "./proofPod";
import { findForbidden, rightsTo, verbsOn, type Right } from "./rights";
import type { AuthorityFacts, ClusterFacts, Kind, Marks, Operator, PreflightRequest, WorkloadFacts } from "./types";
import { type Known, unlessForbidden } from "../kube/live";
import { apiPath, CNPG, EXTERNAL_SECRETS, objectsPath, PROMETHEUS } from "../kube/kinds/groups";

/** Where the kinds that we make live; CloudNativePG's in a group of its own. */
const GROUPS: Readonly<Partial<Record<Kind, string>>> = {
  secrets: "",
  configmaps: "",
  jobs: "batch",
  prometheusrules: PROMETHEUS.group,
};
const groupOf = (kind: Kind) => GROUPS[kind] ?? CNPG.group;
const rootOf = (kind: Kind) => (groupOf(kind) === "" ? "/api/v1" : `/apis/${groupOf(kind)}/v1`);
// What pulumi watches while it waits for a Job.
const WATCHED = ["get", "list", "watch"].map((verb) => ({ verb, kind: "pods", group: "" }));
const WORKLOADS = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" } as const;

/**
 * Asks the cluster everything the checks need, reading only.
 *
 * @param client One that is there already.
 * @throws Unreachable
 */
export async function gather(request: PreflightRequest, client?: Client): Promise<ClusterFacts> {
  const { ask, server } = client ?? (await connect(request));
  const kinds: Kind[] = [
    "secrets",
    "jobs",
    // One that is somebody else's is read, and never written.
    ...(request.cluster.existing ? [] : (["clusters"] as const)),
    "databases",
    "configmaps",
    ...(request.databaseRoles ? (["databaseroles"] as const) : []),
    ...(request.scheduledBackups.length > 0 ? (["scheduledbackups"] as const) : []),
    ...(request.prometheusRule ? (["prometheusrules"] as const) : []),
  ];
  const names = new Set(request.services.flatMap(({ adopt, roleSecrets }) => (adopt ? [adopt.secret, ...Object.values(roleSecrets)] : [])));
  const [cnpg, live] = await Promise.all([
    ask("GET", apiPath(CNPG)),
    ask("GET", objectsPath(CNPG, request.namespace, "clusters", request.cluster.name)),
  ]);
  const liveOne = live.status === 200 ? liveCluster(live.body as ClusterObject) : undefined;
  const { namespace, operators, monitoring, storageClasses, external, lists, ...asked } = await all({
    namespace: ask("GET", `/api/v1/namespaces/${request.namespace}`),
    operators: ask("GET", "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dcloudnative-pg"),
    monitoring: request.podMonitor || request.prometheusRule ? ask("GET", apiPath(PROMETHEUS)) : undefined,
    external: askAll(ask, objectsPath(EXTERNAL_SECRETS, request.namespace, "externalsecrets")),
    storageClasses: ask("GET", "/apis/storage.k8s.io/v1/storageclasses"),
    catalog: request.imageCatalog && ask("GET", catalogPath(request.namespace, request.imageCatalog)),
    denied: findForbidden(ask, request.namespace, neededRights(request, kinds)),
    authorities: askAuthorities(ask, request, liveOne),
    existing: request.cluster.existing && askExisting(ask, request, live),
    lists: Promise.all(kinds.map(async (kind) => [kind, await listMarks(ask, request, kind)] as const)),
    workloads: Promise.all(request.services.flatMap(({ workloads }) => workloads).map((workload) => askWorkload(ask, request, workload))),
    poolers: request.services.some(({ pooler }) => pooler) ? listPoolers(ask, request.namespace) : [],
    proofRefused: request.proofPod && refusalOfProof(ask, request.namespace, proofPodIn(request.proofPod, request, live)),
    elsewhere: Promise.all(
      request.elsewhere.map((place) =>
        place.isOfApplications ? gatherCopies(ask, place, request) : gatherElsewhere(ask, place, request.isPreview),
      ),
    ),
    fetched: request.fetched && gatherFetched(ask, request.fetched, request.isPreview),
    adoptable: Promise.all(
      [...names].map(async (name) => [name, await ask("GET", `/api/v1/namespaces/${request.namespace}/secrets/${name}`)] as const),
    ),
  });
  const objects: ClusterFacts["objects"] = Object.fromEntries(lists.filter(([, marks]) => marks !== "unknown"));
  const [former, secretTypes] = await Promise.all([
    gatherFormer(ask, request, objects.secrets),
    gatherTypes(ask, request, objects.secrets),
  ]);
  return {
    server,
    namespaceExists: unlessForbidden(namespace, () => namespace.status === 200),
    cnpgKinds: cnpg.status === 200 ? (cnpg.body.resources ?? []).map((resource: { name: string }) => resource.name) : [],
    operators: await operatorsOf(ask, operators),
    podMonitors: hasKind(monitoring, "podmonitors"),
    prometheusRules: hasKind(monitoring, "prometheusrules"),
    externalSecrets: unlessForbidden(external, () => writers((external.body.items ?? []) as LiveExternalSecret[])),
    storageClasses: unlessForbidden(storageClasses, () =>
      (storageClasses.body.items ?? []).map((item: { metadata: { name: string; annotations?: Record<string, string> } }) => ({
        name: item.metadata.name,
        isDefault: item.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
      })),
    ),
    ...(asked.catalog === undefined ? {} : { catalog: catalogOf(asked.catalog) }),
    // A list can be refused that the rules seemed to grant; nothing is known then about the objects of that kind.
    forbidden: [...new Set([...asked.denied, ...lists.flatMap(([kind, marks]) => (marks === "unknown" ? [`list ${kind}`] : []))])],
    objects: {
      ...objects,
      ...(asked.existing?.existing === undefined ? {} : { clusters: [asked.existing.existing.marks] }),
    },
    ...asked.existing,
    workloads: Object.fromEntries(asked.workloads),
    poolers: asked.poolers,
    elsewhere: asked.elsewhere,
    ...(former.length === 0 ? {} : { former }),
    ...(Object.keys(secretTypes).length === 0 ? {} : { secretTypes }),
    ...(asked.fetched === undefined ? {} : { fetched: asked.fetched }),
    ...(asked.proofRefused === undefined ? {} : { proofRefused: asked.proofRefused }),
    ...(liveOne === undefined ? {} : { liveCluster: liveOne }),
    authorities: asked.authorities,
    adoptable: Object.fromEntries(
      asked.adoptable
        .filter(([, answer]) => answer.status === 200)
        .map(([name, answer]) => [name, { type: answer.body.type, data: decode(answer.body.data ?? {}) }]),
    ),
  };
}

/** A Cluster that is somebody else's, and what of this stack's is beside it from when it was this stack's own. */
async function askExisting(
  ask: Ask,
  { namespace, cluster, isPreview }: PreflightRequest,
  live: Answer,
): Promise<Pick<ClusterFacts, "existing" | "otherClusters" | "ownCertificate" | "scheduledBackups">> {
  const path = objectsPath(CNPG, namespace, "clusters");
  const marks = async (of: string) => {
    const answer = await askAll(ask, of, { accept: METADATA_ONLY });
    return answer.status === 200 ? ((answer.body.items ?? []) as { metadata: Metadata }[]).map(({ metadata }) => marksOf(metadata)) : [];
  };
  const all = await marks(path);
  const otherClusters = all.filter(({ name }) => name !== cluster.name);
  if (live.status !== 200) return { otherClusters };
  const object = live.body as ClusterObject & Parameters<typeof readCluster>[0] & { metadata: Metadata };
  const existing = readCluster(object, marksOf(object.metadata));
  const named = object.spec?.certificates?.serverTLSSecret ?? "";
  const [certificate, scheduledBackups] = await Promise.all([
    named === "" ? undefined : ask("GET", `/api/v1/namespaces/${namespace}/secrets/${named}`),
    existing.marks.owner === undefined ? [] : marks(objectsPath(CNPG, namespace, "scheduledbackups")),
  ]);
  const data = (certificate?.body as { data?: Record<string, string> } | undefined)?.data ?? {};
  return {
    existing,
    otherClusters,
    scheduledBackups,
    ...(certificate === undefined
      ? {}
      : {
          ownCertificate:
            certificate.status === 200 ? (decode(data)["tls.crt"] ?? "") : isPreview || certificate.status === 403 ? "unknown" : "",
        }),
  };
}

/** Where a proof runs, and by what image, as the Cluster's instances do. */
function proofPodIn(proof: ProofPod, { cluster }: PreflightRequest, live: Answer): ProofPod {
  if (!cluster.existing || live.status !== 200) return proof;
  const { settings } = readCluster(live.body as Parameters<typeof readCluster>[0], { name: cluster.name });
  const { image = "", imagePullSecrets, placement } = settings;
  const { nodeSelector, tolerations } = placement;
  return { ...proof, image: proof.image === "" ? image : proof.image, imagePullSecrets, placement: { nodeSelector, tolerations } };
}

/** Only what is to be handed on: CloudNativePG's certificate where it is trusted, and the authority of a state that is taken over. */
async function askAuthorities(ask: Ask, request: PreflightRequest, live: ClusterFacts["liveCluster"]): Promise<AuthorityFacts> {
  if (live === undefined) return {};
  const read = async (name: string) => {
    const answer = await ask("GET", `/api/v1/namespaces/${request.namespace}/secrets/${name}`);
    return answer.status === 200 ? decode((answer.body.data ?? {}) as Record<string, string>) : {};
  };
  const [operator, own] = await Promise.all([
    request.authorities.includes("operator") ? read(operatorSecret(request, { liveCluster: live })) : undefined,
    request.takeOver === undefined ? undefined : read(authoritySecret(request.cluster.name)),
  ]);
  const { [CA_KEY]: certs, "ca.key": key } = own ?? {};
  // The one that signs comes first.
  const [cert] = certificatesIn(certs ?? "");
  return {
    ...(operator?.[CA_KEY] === undefined ? {} : { operator: operator[CA_KEY] }),
    ...(cert !== undefined && key !== undefined ? { own: { cert, key } } : {}),
  };
}

function neededRights(request: PreflightRequest, kinds: readonly Kind[]): Right[] {
  const ofKind = (kind: Kind) => rightsTo(verbsOn(kind, request.isPreview), { kind, group: groupOf(kind) }, namesOf(request, kind));
  const read = request.cluster.existing ? rightsTo(["get"], { kind: "clusters", group: CNPG.group }, [request.cluster.name]) : [];
  return [...kinds.flatMap(ofKind), ...read, ...(request.isPreview ? [] : WATCHED), ...poolerRights(request)];
}

function namesOf(request: PreflightRequest, kind: Kind): string[] {
  return [...new Set(wantedObjects(request).flatMap((one) => (one.kind === kind ? one.name : [])))];
}

async function listMarks(ask: Ask, request: PreflightRequest, kind: Kind): Promise<Known<Marks[]>> {
  const marks = await listAll(ask, request, kind);
  return kind === "secrets" && marks !== "unknown" ? confirmAdditions(ask, request, marks) : marks;
}

/** Of Secrets, a preview may be let see those alone that the program would make. */
async function listAll(ask: Ask, request: PreflightRequest, kind: Kind): Promise<Known<Marks[]>> {
  const path = `${rootOf(kind)}/namespaces/${request.namespace}/${kind}`;
  const answer = await askAll(ask, path, { accept: METADATA_ONLY });
  if (answer.status !== 403 || !request.isPreview || kind !== "secrets")
    return unlessForbidden(answer, () => (answer.body.items ?? []).map(({ metadata }: { metadata: Metadata }) => marksOf(metadata)));
  return marksByName(ask, path, [...namesOf(request, kind), ...request.imagePullSecrets]);
}

async function askWorkload(ask: Ask, request: PreflightRequest, workload: Workload): Promise<[string, ClusterFacts["workloads"][string]]> {
  const { kind, name, namespace = request.namespace } = workload;
  const resource = WORKLOADS[kind];
  const resourceAttributes = { namespace, name, verb: "patch", group: "apps", resource };
  const [answer, review] = await Promise.all([
    ask("GET", `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`),
    ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
    }),
  ]);
  const exists = unlessForbidden(answer, () => answer.status === 200);
  const state = answer.status === 200 ? stateOf(answer.body as LiveWorkload) : {};
  return [`${kind} ${namespace}/${name}`, { exists, patchable: review.body.status?.allowed === true, ...state }];
}

interface LiveWorkload {
  spec?: { paused?: boolean; replicas?: number; updateStrategy?: { type?: string } };
  status?: { availableReplicas?: number; numberAvailable?: number; desiredNumberScheduled?: number };
}

/** A DaemonSet counts its pods in fields of its own. */
function stateOf({ spec = {}, status = {} }: LiveWorkload): Pick<WorkloadFacts, "held" | "lacking"> {
  const wanted = spec.replicas ?? status.desiredNumberScheduled ?? 0;
  const available = status.availableReplicas ?? status.numberAvailable ?? 0;
  const held = spec.paused ? "paused" : spec.updateStrategy?.type === "OnDelete" ? "OnDelete" : undefined;
  return { ...(held === undefined ? {} : { held }), ...(available < wanted ? { lacking: { wanted, available } } : {}) };
}

function catalogPath(namespace: string, { kind, name }: NonNullable<PreflightRequest["imageCatalog"]>): string {
  return kind === "ImageCatalog" ? objectsPath(CNPG, namespace, "imagecatalogs", name) : `${apiPath(CNPG)}/clusterimagecatalogs/${name}`;
}

/** The majors that a catalogue has images of; `unknown` to an account that may not read it. */
function catalogOf(answer: Answer): NonNullable<ClusterFacts["catalog"]> {
  const { spec = {} } = answer.body as { spec?: { images?: { major: number }[] } };
  return unlessForbidden(answer, () => (answer.status === 200 ? (spec.images ?? []).map(({ major }) => major) : "missing"));
}

/** Whether a group's list of kinds, where it has been asked for, has that one. */
function hasKind(group: Answer | undefined, plural: string): boolean {
  return group?.status === 200 && (group.body.resources ?? []).some((resource: { name: string }) => resource.name === plural);
}

interface OperatorDeployment {
  metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
  spec: {
    template: {
      metadata?: { labels?: Record<string, string> };
      spec: { containers: { image: string; args?: string[]; env?: { name: string; value?: string }[] }[] };
    };
  };
  status?: { availableReplicas?: number };
}

async function operatorsOf(ask: Ask, answer: Answer): Promise<ClusterFacts["operators"]> {
  const found = unlessForbidden(answer, () => (answer.body.items ?? []) as OperatorDeployment[]);
  return found === "unknown" ? found : Promise.all(found.map((one) => operatorOf(ask, one)));
}

/**
 * CloudNativePG's documentation, "Operator configuration": `WATCH_NAMESPACE` is a list with commas; empty or absent, it is all. What its ConfigMap says comes before its
 * environment. An account that may not read that goes by the environment.
 */
async function operatorOf(ask: Ask, { metadata = {}, spec, status }: OperatorDeployment): Promise<Operator> {
  const { image = "", args = [], env = [] } = spec.template.spec.containers[0] ?? {};
  const variable = (of: string) => env.find(({ name }) => name === of)?.value;
  const [, named] = /^--config-map-name=(.+)$/.exec(args.find((one) => one.startsWith("--config-map-name=")) ?? "") ?? [];
  const map = named?.replace(/\$\((\w+)\)/g, (_, of: string) => variable(of) ?? metadata.name ?? "");
  const answer = map === undefined ? undefined : await ask("GET", `/api/v1/namespaces/${metadata.namespace}/configmaps/${map}`);
  const data = answer?.status === 200 ? ((answer.body as { data?: Record<string, string> }).data ?? {}) : {};
  const watches = (data.WATCH_NAMESPACE ?? variable("WATCH_NAMESPACE"))?.split(",").map((name) => name.trim());
  return {
    // By its digest alone, an image does not say its release; what has installed it may.
    version: /^[^@]*:v?([^:@/]+)(@|$)/.exec(image)?.[1] ?? metadata.labels?.["app.kubernetes.io/version"]?.replace(/^v/, "") ?? "",
    available: status?.availableReplicas ?? 0,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(spec.template.metadata?.labels === undefined ? {} : { pods: spec.template.metadata.labels }),
    ...(watches?.some((name) => name !== "") ? { watches } : {}),
  };
}

function decode(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}

/** Everything at once, under its name. */
async function all<T extends Readonly<Record<string, unknown>>>(asked: T): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const entries = Object.entries(asked).map(async ([name, answer]) => [name, await answer] as const);
  return Object.fromEntries(await Promise.all(entries)) as { [K in keyof T]: Awaited<T[K]> };
}
