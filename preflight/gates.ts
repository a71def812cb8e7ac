import type { GatePlan } from "../catalog/gates";
import { gateObject } from "../catalog/names";
import type { Elsewhere } from "./types";
import { ACCOUNT, BINDING, CRON_JOB, ROLE } from "./vault";

/** What gates are made of, in the stack's namespace; their ConfigMaps are called after what is in them. */
export function gatesIn(namespace: string, gates: readonly GatePlan[]): Elsewhere {
  const objects = gates.flatMap(({ name }) =>
    [ACCOUNT, ROLE, BINDING, CRON_JOB].map((resource) => ({
      resource,
      name: gateObject(name),
      of: { what: `the gate ${name}`, path: `gates.${name}` },
    })),
  );
  return { namespace, objects };
}
