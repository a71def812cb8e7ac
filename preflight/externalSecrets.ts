import { operatorSecrets } from "../catalog/names";
import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import { releaseCommands } from "../kube/externalSecrets";
import type { ClusterFacts, PreflightRequest } from "./types";

/** A Secret that a password is in has one writer. What External Secrets wrote into it at its next refresh would be neither in the state nor in Postgres. */
export function checkExternalSecrets(request: PreflightRequest, { externalSecrets }: ClusterFacts): Problem[] {
  if (externalSecrets === "unknown") return [];
  const services = request.services.flatMap(({ secret, roleSecrets }) => [secret, ...Object.values(roleSecrets)]);
  const own = new Set([...operatorSecrets(request.cluster.name), ...services]);
  return externalSecrets
    .filter(({ target }) => own.has(target))
    .map(({ name, target }) => ({
      path: `ExternalSecret/${name}`,
      message: `writes into the Secret ${target}, whose values come from CloudNativePG`,
      remedy: `remove it, and leave the Secret: ${releaseCommands(request.namespace, name)
        .map((words) => commandLine("kubectl", ...words))
        .join(" && ")}`,
    }));
}
