import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import { askAll, METADATA_ONLY, type Answer, type Ask } from "../kube/client";
import { marksByName, marksOf, named, type Metadata } from "./marks";
import { markText } from "./ownership";
import { fieldText, withoutFields } from "./podFields";
import { findForbidden, missingRights, rightsTo, verbsOn } from "./rights";
import type { Marks, Elsewhere, ElsewhereFacts, Resource } from "./types";
import { unlessForbidden } from "../kube/live";

/** Asks of each place whether it is there, what has the names that are wanted, and what the account may do. */
export async function gatherElsewhere(ask: Ask, place: Elsewhere, isPreview?: boolean): Promise<ElsewhereFacts> {
  const resources = resourcesOf(place);
  const scope = place.namespace === undefined ? "" : `/namespaces/${place.namespace}`;
  const [namespace, forbidden, lists] = await Promise.all([
    place.namespace === undefined ? undefined : ask("GET", `/api/v1/namespaces/${place.namespace}`),
    findForbidden(
      ask,
      place.namespace,
      resources.flatMap((resource) =>
        rightsTo(verbsOn(resource.plural, isPreview), { kind: resource.plural, group: resource.group }, namesOf(place, resource)),
      ),
    ),
    Promise.all(
      resources.map(async (resource) => {
        const { group, version, plural } = resource;
        const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
        const path = `${root}${scope}/${plural}`;
        const answer = await askAll(ask, path, { accept: METADATA_ONLY });
        if (answer.status === 403 && isPreview && plural === "secrets")
          return { resource, marks: await marksByName(ask, path, namesOf(place, resource)), isMissing: false };
        const marks = unlessForbidden(answer, () =>
          ((answer.body.items ?? []) as { metadata: Metadata }[]).map(({ metadata }) => marksOf(metadata)),
        );
        return { resource, marks, isMissing: answer.status === 404 };
      }),
    ),
  ]);
  return {
    // One that is on its way out takes nothing in any more.
    namespaceExists:
      namespace === undefined ? true : unlessForbidden(namespace, () => namespace.status === 200 && !isTerminating(namespace)),
    ...(namespace !== undefined && isTerminating(namespace) ? { isTerminating: true } : {}),
    marks: Object.fromEntries(lists.map(({ resource, marks }) => [resource.plural, marks])),
    missing: lists.filter(({ isMissing }) => isMissing).map(({ resource }) => resource),
    forbidden,
  };
}

const isTerminating = ({ status, body }: Answer): boolean =>
  status === 200 && (body as { status?: { phase?: string } }).status?.phase === "Terminating";

/**
 * What would make an `up` fail halfway, or take what is somebody else's.
 * @param isOurs Whether an object is this state's, or that of the one that it takes over.
 */
export function checkElsewhere(place: Elsewhere, facts: ElsewhereFacts, isOurs: (marks: Marks) => boolean): Problem[] {
  const where = place.namespace === undefined ? "the cluster" : place.namespace;
  const path = place.namespace === undefined ? "Cluster" : `Namespace/${place.namespace}`;
  if (facts.namespaceExists === false)
    return [
      {
        path,
        message: facts.isTerminating ? "is being removed, and takes nothing in any more" : "does not exist",
        remedy: `${facts.isTerminating ? "wait until it is gone; then " : ""}kubectl create namespace ${place.namespace}${place.setting === undefined ? "" : `, or correct \`${place.setting}\``}`,
      },
    ];
  const missing = facts.missing.map(({ group, version, kind, from = "what defines it" }) => ({
    path: "Cluster",
    message: `has no kind ${kind} of ${group}/${version}`,
    remedy: `install ${from}`,
  }));
  const rights = missingRights(facts.forbidden, place.namespace);
  const foreign = place.objects.flatMap(({ resource, name }): Problem[] => {
    const marks = facts.marks[resource.plural];
    const live = marks === "unknown" ? undefined : named(marks, name);
    if (live === undefined || isOurs(live)) return [];
    const message =
      live.owner === undefined ? `exists in ${where} and was not made by this program` : `belongs to another state ${markText(live)}`;
    const remedy = live.owner === undefined ? "remove it or rename it" : "use that state; if it is lost, see docs/runbooks/lost-state.md";
    return [{ path: `${resource.kind}/${name}`, message, remedy }];
  });
  return [...missing, ...rights, ...foreign, ...checkPods(place, facts, isOurs)];
}

/** An addition to pods of ours stays through every `up`, and runs with the pods' accounts. */
function checkPods(place: Elsewhere, facts: ElsewhereFacts, isOurs: (marks: Marks) => boolean): Problem[] {
  return place.objects.flatMap(({ resource, name }): Problem[] => {
    const marks = facts.marks[resource.plural];
    const live = marks === "unknown" ? undefined : named(marks, name);
    const fields = live?.added?.podFields ?? [];
    if (live === undefined || !isOurs(live) || fields.length === 0) return [];
    const scope = place.namespace === undefined ? [] : ["-n", place.namespace];
    const patch = JSON.stringify(withoutFields(fields));
    return [
      {
        path: `${resource.kind}/${name}`,
        message: `has in its pods what this program did not write: ${fields.map((path) => `\`${fieldText(path)}\``).join(", ")}; it runs with their account, and no \`up\` takes it away`,
        remedy: `find out who wrote it, then ${commandLine("kubectl", "patch", ...scope, resource.kind.toLowerCase(), name, "--type=strategic", "-p", patch)}`,
      },
    ];
  });
}

function resourcesOf({ objects }: Elsewhere): Resource[] {
  return [...new Map(objects.map(({ resource }) => [`${resource.plural}.${resource.group}`, resource])).values()];
}

function namesOf({ objects }: Elsewhere, { plural, group }: Resource): string[] {
  return objects.filter(({ resource }) => resource.plural === plural && resource.group === group).map(({ name }) => name);
}
