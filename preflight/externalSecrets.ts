import { operatorSecrets } from "../catalog/names";
import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import { releaseCommands, type Writer } from "../kube/externalSecrets";
import { EXTERNAL_SECRETS, kubectlKind } from "../kube/kinds/groups";
import type { ClusterFacts, PreflightRequest } from "./types";

/**
 * A Secret that a password is in has one writer. What External Secrets wrote into it at its next refresh would be neither in the state nor in Postgres. And nothing reads a copy
 * back: an account that may make an ExternalSecret would have every service's password.
 */
export function checkExternalSecrets(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const { externalSecrets } = facts;
  return [...(externalSecrets === "unknown" ? [] : inNamespace(request, externalSecrets)), ...ofApplications(request, facts)];
}

/** Those of the namespaces of applications. */
function ofApplications({ elsewhere }: PreflightRequest, facts: ClusterFacts): Problem[] {
  return elsewhere.flatMap(({ namespace = "", objects, isOfApplications }, index) => {
    const { externalSecrets = "unknown" } = facts.elsewhere[index] ?? {};
    if (!isOfApplications || externalSecrets === "unknown") return [];
    const own = new Set(objects.map(({ name }) => name));
    return externalSecrets.filter(({ target }) => own.has(target)).map((one) => secondWriter(namespace, one, `${namespace}/`));
  });
}

function secondWriter(namespace: string, { name, target }: Pick<Writer, "name" | "target">, place = ""): Problem {
  return {
    path: `ExternalSecret/${place}${name}`,
    message: `writes into the Secret ${place}${target}, whose values come from CloudNativePG`,
    remedy: `remove it, and leave the Secret: ${releaseCommands(namespace, name)
      .map((words) => commandLine("kubectl", ...words))
      .join(" && ")}`,
  };
}

function inNamespace(request: PreflightRequest, externalSecrets: readonly Writer[]): Problem[] {
  const services = request.services.flatMap(({ secret, roleSecrets }) => [secret, ...Object.values(roleSecrets)]);
  const own = new Set([...operatorSecrets(request.cluster.name), ...services]);
  const { mirrorStore } = request;
  const readers = externalSecrets.filter(({ stores }) => mirrorStore !== undefined && stores.includes(mirrorStore));
  return [
    ...readers.map(({ name, target }) => ({
      path: `ExternalSecret/${name}`,
      message: `reads copies of databases' credentials through the store ${mirrorStore} into the Secret ${target}; that store is for writing them`,
      remedy: `find out who made it and who has read it, remove it and that Secret (${commandLine("kubectl", "delete", "-n", request.namespace, kubectlKind("externalsecrets", EXTERNAL_SECRETS), name)}), and rotate what it has fetched`,
    })),
    ...externalSecrets.filter(({ target }) => own.has(target)).map((one) => secondWriter(request.namespace, one)),
  ];
}
