import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import type { Ask } from "../kube/client";
import { named } from "./marks";
import { isOurs, SINGULAR, wantedObjects, liveCopies } from "./ownership";
import type { Additions, ClusterFacts, Elsewhere, Kind, Marks, PreflightRequest } from "./types";

/**
 * Secrets with what others have put into them that is still there: the API server's record outlives
 * a key that was applied as `stringData`, and does not say whether `immutable` is true. The Secrets
 * that it is about are read, and of a value is kept nothing.
 *
 * @param place The namespace of applications that they are in. Absent: the stack's.
 */
export function confirmAdditions(ask: Ask, request: PreflightRequest, secrets: readonly Marks[], place?: Elsewhere): Promise<Marks[]> {
  const { namespace = request.namespace } = place ?? {};
  const names = new Set(
    place?.objects.map(({ name }) => name) ?? wantedObjects(request).flatMap(({ kind, name }) => (kind === "secrets" ? name : [])),
  );
  const known = place === undefined ? knownKeys(request) : new Map(request.services.map(({ secret, keys }) => [secret, keys]));
  return Promise.all(
    secrets.map(async (marks) => {
      if (marks.added === undefined || !names.has(marks.name)) return withAdditions(marks, {});
      return withAdditions(marks, await confirmed(ask, namespace, marks, known.get(marks.name)));
    }),
  );
}

async function confirmed(
  ask: Ask,
  namespace: string,
  { name, added = {} }: Marks,
  known: readonly string[] | undefined,
): Promise<Additions> {
  const { keys = [], immutable, ...others } = added;
  const foreign = known === undefined ? [] : keys.filter((key) => !known.includes(key));
  if (foreign.length === 0 && immutable === undefined) return others;
  const answer = await ask("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`);
  const live = answer.status === 200 ? (answer.body as { data?: object; immutable?: boolean }) : undefined;
  const there = live === undefined ? foreign : foreign.filter((key) => Object.hasOwn(live.data ?? {}, key));
  return {
    ...(there.length === 0 ? {} : { keys: there }),
    ...(immutable && live?.immutable !== false ? { immutable } : {}),
    ...others,
  };
}

function withAdditions(of: Marks, added: Additions): Marks {
  const marks = { ...of };
  delete marks.added;
  return Object.keys(added).length === 0 ? marks : { ...marks, added };
}

/**
 * By Secret of a service's, every key that this program may write into it. None of one that a
 * password is taken over from: what reads its other keys is led away first.
 */
function knownKeys({ services }: PreflightRequest): Map<string, readonly string[]> {
  return new Map(
    services.flatMap(({ secret, keys, roleSecrets, adopt }): [string, readonly string[]][] => [
      ...(adopt === undefined ? ([[secret, keys]] as [string, readonly string[]][]) : []),
      ...Object.values(roleSecrets)
        .filter((name) => name !== adopt?.secret)
        .map((name): [string, readonly string[]] => [name, ["username", "password"]]),
    ]),
  );
}

/**
 * What others have put into our objects, which no `up` takes away: an application that takes all
 * keys of its Secret (`envFrom`) takes those, too; an owner takes the object with it.
 */
export function checkAdditions(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const here = wantedObjects(request).flatMap(({ kind, name, adopted }): Problem[] => {
    const live = named(facts.objects[kind], name);
    return live !== undefined && (adopted === true || isOurs(live, request))
      ? additionsTo(live, { kind, namespace: request.namespace, path: `${SINGULAR[kind]}/${name}` })
      : [];
  });
  const copies = request.services.flatMap((service) =>
    liveCopies(service, request, facts).flatMap(({ namespace, marks }) =>
      additionsTo(marks, { kind: "secrets", namespace, path: `Secret/${namespace}/${marks.name}` }),
    ),
  );
  return [...here, ...copies];
}

function additionsTo(
  { name, added }: Marks,
  { kind, namespace, path }: { readonly kind: Kind; readonly namespace: string; readonly path: string },
): Problem[] {
  if (added === undefined) return [];
  const { immutable, owners = [], finalizers = [] } = added;
  // Nothing takes all keys of a ConfigMap of ours, and a state that took one over has its former writer in the record.
  const keys = kind === "secrets" ? (added.keys ?? []) : [];
  const object = ["-n", namespace, SINGULAR[kind].toLowerCase(), name];
  const remove = (...paths: readonly string[]) =>
    commandLine("kubectl", "patch", ...object, "--type=json", "-p", JSON.stringify(paths.map((one) => ({ op: "remove", path: one }))));
  const problems: Problem[] = [];
  if (keys.length > 0)
    problems.push({
      path,
      message: `has ${keys.length === 1 ? "a key" : "keys"} that this program did not write: ${keys.map((key) => `\`${key}\``).join(", ")}; what takes all of its keys has ${keys.length === 1 ? "it" : "them"}`,
      remedy: remove(...keys.map((key) => `/data/${key}`)),
    });
  if (immutable)
    problems.push({
      path,
      message: "is immutable, which this program did not make it: nothing in it can be changed",
      remedy: `${commandLine("kubectl", "delete", ...object)}, then \`pulumi up --refresh\`, which writes it again`,
    });
  if (owners.length > 0)
    problems.push({
      path,
      message: `belongs to ${owners.join(", ")}: Kubernetes removes it with what it belongs to`,
      remedy: remove("/metadata/ownerReferences"),
    });
  // CloudNativePG has finalizers of its own on its objects.
  if (kind === "secrets" && finalizers.length > 0)
    problems.push({
      path,
      message: `has the finalizer${finalizers.length === 1 ? "" : "s"} ${finalizers.join(", ")}: it cannot be removed`,
      remedy: remove("/metadata/finalizers"),
    });
  return problems;
}
