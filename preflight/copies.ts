import type { Service } from "../catalog/service";
import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import { askAll, type Ask } from "../kube/client";
import { writers, type LiveExternalSecret } from "../kube/externalSecrets";
import { EXTERNAL_SECRETS, objectsPath } from "../kube/kinds/groups";
import { type Known, unlessForbidden } from "../kube/live";
import { confirmAdditions } from "./additions";
import { marksByName, named } from "./marks";
import { gatherElsewhere } from "./outsideNamespace";
import { isOurs, isOwn } from "./ownership";
import { findForbidden, missingRights, rightsTo } from "./rights";
import type { ClusterFacts, Elsewhere, ElsewhereFacts, FormerNamespace, Marks, PreflightRequest } from "./types";
import { SECRET } from "./vault";

// The Secrets of services in the namespaces of their applications, beside that of the stack.

/** They as what is about to be made there. */
export function copiesIn(services: readonly Pick<Service, "name" | "secret" | "namespaces">[]): Elsewhere[] {
  const namespaces = [...new Set(services.flatMap((service) => service.namespaces ?? []))];
  return namespaces.map((namespace) => {
    const here = services.filter((service) => service.namespaces?.includes(namespace));
    return {
      namespace,
      setting: `services.${here[0]!.name}.namespaces`,
      isOfApplications: true,
      objects: here.map(({ name, secret }) => ({
        resource: SECRET,
        name: secret,
        of: { what: `the service ${name}`, path: `services.${name}` },
      })),
    };
  });
}

/** The same as of any other place, with who else writes them: they hold passwords. */
export async function gatherCopies(ask: Ask, place: Elsewhere, request: PreflightRequest): Promise<ElsewhereFacts> {
  const [facts, external] = await Promise.all([
    gatherElsewhere(ask, place, request.isPreview),
    askAll(ask, objectsPath(EXTERNAL_SECRETS, place.namespace!, "externalsecrets")),
  ]);
  const { secrets = "unknown" } = facts.marks;
  return {
    ...facts,
    marks: { ...facts.marks, secrets: secrets === "unknown" ? secrets : await confirmAdditions(ask, request, secrets, place) },
    externalSecrets: unlessForbidden(external, () => writers((external.body as { items?: LiveExternalSecret[] }).items ?? [])),
  };
}

const WORKLOADS = { deployments: "Deployment", statefulsets: "StatefulSet", daemonsets: "DaemonSet" } as const;

/**
 * Asks of the namespaces that a service's Secret says it is in, and that the stack's file leaves out: the Secret there goes. Nobody is asked where there are none.
 *
 * @param secrets Those of the stack's namespace.
 */
export async function gatherFormer(ask: Ask, request: PreflightRequest, secrets: readonly Marks[] = []): Promise<FormerNamespace[]> {
  const left = request.services.flatMap(({ name: service, secret, namespaces = [] }) => {
    const before = named(secrets, secret)?.namespaces ?? [];
    return before.filter((one) => !namespaces.includes(one)).map((namespace) => ({ service, secret, namespace }));
  });
  const asked = left.map(async (one): Promise<FormerNamespace[]> => {
    const { namespace, secret } = one;
    const marks = await marksByName(ask, `/api/v1/namespaces/${namespace}/secrets`, [secret]);
    if (marks.length === 0) return [];
    const [forbidden, readers] = await Promise.all([
      request.isPreview ? [] : findForbidden(ask, namespace, rightsTo(["list", "delete"], { kind: "secrets", group: "" }, [secret])),
      readersOf(ask, namespace, secret),
    ]);
    return [{ ...one, forbidden, readers, ...(marks === "unknown" ? {} : { copy: marks[0]! }) }];
  });
  return (await Promise.all(asked)).flat();
}

interface LiveWorkload {
  metadata: { name: string };
  spec?: { template?: { spec?: PodSpec } };
}
interface PodSpec {
  volumes?: {
    secret?: { secretName?: string };
    projected?: { sources?: { secret?: { name?: string } }[] };
  }[];
  containers?: Container[];
  initContainers?: Container[];
}
interface Container {
  env?: { valueFrom?: { secretKeyRef?: { name?: string } } }[];
  envFrom?: { secretRef?: { name?: string } }[];
}

/** What of a namespace names a Secret in its pods. */
async function readersOf(ask: Ask, namespace: string, secret: string): Promise<Known<string[]>> {
  const found = await Promise.all(
    Object.entries(WORKLOADS).map(async ([plural, kind]) => {
      const answer = await askAll(ask, `/apis/apps/v1/namespaces/${namespace}/${plural}`);
      return unlessForbidden(answer, () =>
        ((answer.body as { items?: LiveWorkload[] }).items ?? [])
          .filter(({ spec }) => secretsOf(spec?.template?.spec ?? {}).includes(secret))
          .map(({ metadata }) => `${kind} ${namespace}/${metadata.name}`),
      );
    }),
  );
  return found.includes("unknown") ? "unknown" : found.flat();
}

function secretsOf({ volumes = [], containers = [], initContainers = [] }: PodSpec): (string | undefined)[] {
  return [
    ...volumes.flatMap(({ secret, projected }) => [secret?.secretName, ...(projected?.sources ?? []).map((one) => one.secret?.name)]),
    ...[...containers, ...initContainers].flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]),
  ];
}

/** What becomes of the Secret in a namespace that the stack's file does not name any more. */
export function checkFormer(request: PreflightRequest, facts: ClusterFacts): { problems: Problem[]; notes: string[] } {
  const isOfUs = (marks: Marks | undefined) => marks !== undefined && isOurs(marks, request);
  // Whose it is that nobody may look at, the one beside the Cluster says.
  const former = (facts.former ?? []).filter(({ secret, copy }) => isOfUs(copy ?? named(facts.objects.secrets, secret)));
  const isLost = ({ copy }: FormerNamespace) => copy !== undefined && !isOwn(copy, request);
  const isKept = (one: FormerNamespace) => one.copy?.isProtected === true && !isLost(one);
  return {
    problems: former.flatMap((one): Problem[] => [
      ...missingRights(isLost(one) ? [] : one.forbidden, one.namespace),
      ...(isKept(one)
        ? [
            {
              path: `services.${one.service}.namespaces`,
              message: `leaves out \`${one.namespace}\`, and the Secret \`${one.secret}\` there is protected: ${reading(one)}`,
              remedy: `take it back, write \`protection: none\` there and run \`pulumi up\`; then leave it out`,
            },
          ]
        : []),
    ]),
    notes: former
      .filter((one) => !isKept(one))
      .map((one) => {
        const { service, namespace, secret } = one;
        const gone = isLost(one)
          ? `the Secret ${secret} there is the lost state's, and stays: \`${commandLine("kubectl", "delete", "-n", namespace, "secret", secret)}\` removes it`
          : `the Secret ${secret} there goes`;
        return `services.${service}.namespaces: leaves out ${namespace}, and ${gone}; ${reading(one)}`;
      }),
  };
}

function reading({ namespace, readers }: FormerNamespace): string {
  if (readers === "unknown") return `whether something in ${namespace} reads it is not known, as this account may not list what runs there`;
  if (readers.length === 0) return `no Deployment, StatefulSet or DaemonSet of ${namespace} reads it`;
  const [read, do_, their] = readers.length === 1 ? ["reads", "does", "its"] : ["read", "do", "their"];
  return `${readers.join(", ")} ${read} it, and ${do_} not begin without it: remove ${their} reference first`;
}
