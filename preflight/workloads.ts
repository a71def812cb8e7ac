import type { Problem } from "../config/problem";
import type { ClusterFacts, PreflightRequest, WorkloadFacts } from "./types";

/**
 * What would keep a rotation from restarting what reads the Secret, when everything else is done; and
 * as notes, workloads that are not well before it. Nobody is asked for workloads that stay as they
 * are.
 *
 * @param rotated services that are given another credential
 */
export function checkWorkloads(
  rotated: ReadonlySet<string>,
  request: PreflightRequest,
  facts: ClusterFacts,
): { problems: Problem[]; notes: string[] } {
  const found = request.services
    .filter(({ name }) => rotated.has(name))
    .flatMap(({ name, workloads }) =>
      workloads.map(({ kind, name: workload, namespace = request.namespace }) => {
        const id = `${kind} ${namespace}/${workload}`;
        return { path: `services.${name}.workloads`, id, live: facts.workloads[id] };
      }),
    );
  return {
    problems: [
      ...found.flatMap(({ path, id, live }) =>
        live === undefined
          ? []
          : inTheWay(id, request.isPreview ? { ...live, patchable: true } : live).map((problem) => ({ path, ...problem })),
      ),
      ...elsewhere(rotated, request),
    ],
    notes: found.flatMap(({ path, id, live }) =>
      live?.lacking === undefined
        ? []
        : [
            `${path}: the ${id} has ${live.lacking.available} of ${live.lacking.wanted} pods available before it is restarted; the \`up\` waits for all of them, and fails if they do not come`,
          ],
    ),
  };
}

/**
 * A pod reads no Secret of another namespace: what lives elsewhere has a copy, which somebody else
 * makes, at a time of their own. Restarted with the Secret, it reads the copy of before.
 */
function elsewhere(rotated: ReadonlySet<string>, request: PreflightRequest): Problem[] {
  return request.services
    .filter(({ name }) => rotated.has(name))
    .flatMap(({ name, workloads, secret, namespaces = [] }) =>
      workloads
        .filter(({ namespace = request.namespace }) => namespace !== request.namespace && !namespaces.includes(namespace))
        .map(({ kind, name: workload, namespace }) => ({
          path: `services.${name}.workloads`,
          message: `the ${kind} ${namespace}/${workload} cannot read the Secret ${request.namespace}/${secret}: a copy of that in ${namespace} has the password of before when the \`up\` restarts it`,
          remedy: `add \`${namespace}\` to \`services.${name}.namespaces\`, by which the Secret is written there; or take it out, and have the tool that copies the Secret restart it (Reloader looks at the copy), with \`strategy: alternating\`, by which the password of before works until it is retired`,
        })),
    );
}

function inTheWay(id: string, { exists, patchable, held }: WorkloadFacts): Omit<Problem, "path">[] {
  if (exists === false) return [{ message: `the ${id}, which a rotation restarts, does not exist`, remedy: "correct it, or take it out" }];
  if (!patchable)
    return [{ message: `this account may not patch the ${id}`, remedy: "grant it a Role that allows that, or set `restart: none`" }];
  if (held === "paused")
    return [
      {
        message: `the ${id} is paused: its pods would go on with the password of before`,
        remedy: "resume it (`kubectl rollout resume`), or set `restart: none` and restart it yourself after the `up`",
      },
    ];
  if (held === "OnDelete")
    return [
      {
        message: `the ${id} has the update strategy OnDelete: its pods would go on with the password of before`,
        remedy: "set RollingUpdate, or `restart: none` and delete its pods yourself after the `up`",
      },
    ];
  return [];
}
