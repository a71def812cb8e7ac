import type { Slot } from "../catalog/names";
import type { LiveCredential } from "../rotation/live";
import { isOurs } from "./ownership";
import type { ClusterFacts, PreflightRequest } from "./types";

/** What a service's Secrets say of its credential, those that are ours; of the application's also that it is there, to be adopted. */
export function liveCredential(
  service: PreflightRequest["services"][number],
  request: PreflightRequest,
  facts: ClusterFacts,
): LiveCredential {
  const find = (name: string) => facts.objects.secrets?.find((secret) => secret.name === name);
  const application = find(service.secret);
  const slots = Object.entries(service.roleSecrets) as [Slot, string][];
  return {
    ...(application === undefined ? {} : { application: isOurs(application, request) ? application : {} }),
    generations: Object.fromEntries(
      slots.flatMap(([slot, name]) => {
        const live = find(name);
        return live?.generation !== undefined && isOurs(live, request) ? [[slot, live.generation]] : [];
      }),
    ),
  };
}
