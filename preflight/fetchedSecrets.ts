import type { Problem } from "../config/problem";
import { checkElsewhere } from "./outsideNamespace";
import { fetchedInto } from "./gatherFetched";
import { named } from "./marks";
import { isOurs } from "./ownership";
import type { ClusterFacts, FetchedFacts, FetchedSecret, Marks, PreflightRequest } from "./types";
import { missingRights } from "./rights";

interface Judgement {
  problems: Problem[];
  notes: string[];
  missingNamespaces: string[];
}

/** What stands in the way of fetching from Vault; and what of it is left out, because the namespace of a bundle is not there. */
export function checkFetched(request: PreflightRequest, { fetched: facts }: ClusterFacts): Judgement {
  const { fetched: secrets } = request;
  if (secrets === undefined || facts === undefined) return { problems: [], notes: [], missingNamespaces: [] };
  const places = Object.entries(facts);
  const isMissing = ([namespace, { namespaceExists }]: (typeof places)[number]) =>
    namespaceExists === false && namespace !== request.namespace;
  const missingNamespaces = places.filter(isMissing).map(([namespace]) => namespace);
  const problems = places
    .filter((place) => !isMissing(place))
    .flatMap(([namespace, place]) => [
      ...checkElsewhere(fetchedInto(namespace, secrets), place, (marks) => isOurs(marks, request)),
      ...checkSecrets(namespace, secrets, place, request),
    ]);
  return { problems, notes: missingNamespaces.map((namespace) => leftOut(namespace, secrets)), missingNamespaces };
}

function checkSecrets(
  namespace: string,
  wanted: readonly FetchedSecret[],
  { secrets, marks }: FetchedFacts[string],
  request: PreflightRequest,
): Problem[] {
  if (secrets === "unknown")
    return missingRights(
      [
        `get secrets ${wanted
          .filter((one) => one.namespace === namespace)
          .map(({ name }) => name)
          .join(",")}`,
      ],
      namespace,
    );
  const { externalsecrets: makers = [] } = marks;
  return wanted.flatMap((one): Problem[] => {
    if (one.namespace !== namespace) return [];
    const [secret, maker] = [named(secrets, one.name), makers === "unknown" ? undefined : named(makers, one.name)];
    // With an ExternalSecret of somebody else's, its Secret is theirs, too: that has been said.
    if (secret === undefined || (maker !== undefined && !isOurs(maker, request))) return [];
    const whose = somebodyElses(secret, one.name, isOurs(secret, request));
    if (whose === undefined) return [];
    const message = `exists in ${namespace} and ${whose}: External Secrets would empty it for the ${one.kind} ${one.owner}`;
    return [{ path: `Secret/${one.name}`, message, remedy: "remove it or rename it" }];
  });
}

/** A Secret of any owner is replaced, unless it is known to be the one that was made before. */
function somebodyElses({ fetched, fetchedFor }: Marks, name: string, ours: boolean): string | undefined {
  if (fetchedFor === name || (fetchedFor === undefined && fetched === true && ours)) return undefined;
  if (fetchedFor !== undefined) return `is made by the ExternalSecret ${fetchedFor}`;
  return ours ? "is this stack's own, with something else in it" : "was not made by this program";
}

function leftOut(namespace: string, secrets: readonly FetchedSecret[]): string {
  const owners = [...new Set(secrets.filter((one) => one.namespace === namespace).map(({ owner }) => owner))];
  const [bundles, need, them] = owners.length === 1 ? ["bundle", "needs", "it"] : ["bundles", "need", "them"];
  const until = `until it does (kubectl create namespace ${namespace}) and \`pulumi up\` has run again`;
  return `the ${bundles} ${owners.join(", ")} ${need} the namespace ${namespace}, which does not exist: nothing of ${them} is made ${until}`;
}
