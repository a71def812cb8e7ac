import { generationsOf, type LiveCredential } from "../rotation/live";
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
  const ours = (name: string) => {
    const live = find(name);
    return live && isOurs(live, request) ? live : undefined;
  };
  return {
    ...(application === undefined ? {} : { application: isOurs(application, request) ? application : {} }),
    generations: generationsOf(service.name, ours),
  };
}
