import type { Problem } from "../config/problem";
import type { ClusterFacts, PreflightRequest } from "./types";

/**
 * What would keep a rotation from restarting what reads the Secret, when everything else is done.
 * Nobody is asked for workloads that stay as they are.
 *
 * @param rotated services that are given another credential
 */
export function checkWorkloads(rotated: ReadonlySet<string>, request: PreflightRequest, facts: ClusterFacts): Problem[] {
  return request.services
    .filter(({ name }) => rotated.has(name))
    .flatMap(({ name, workloads }) =>
      workloads.flatMap((workload) => {
        const id = `${workload.kind} ${workload.namespace ?? request.namespace}/${workload.name}`;
        const path = `services.${name}.workloads`;
        const live = facts.workloads[id];
        if (live?.exists === false)
          return [{ path, message: `the ${id}, which is to be restarted, does not exist`, remedy: "correct it, or take it out" }];
        if (live?.patchable === false)
          return [
            { path, message: `this account may not patch the ${id}`, remedy: "grant it a Role that allows that, or set `restart: none`" },
          ];
        return [];
      }),
    );
}
