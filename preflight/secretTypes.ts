import { SECRET_TYPES, type SecretType } from "../config/schema";
import type { Problem } from "../config/problem";
import { METADATA_ONLY, type Ask } from "../kube/client";
import { named } from "./marks";
import { isOurs } from "./ownership";
import type { ClusterFacts, Marks, PreflightRequest } from "./types";

/** A type that this program does not make. */
const OTHER = "another type";

/**
 * The types of applications' Secrets that have, or will have, a mark with the name of a template,
 * by the names of the Secrets. A list of metadata does not have them; one that is asked for a type
 * is empty unless the Secret has that. Nobody is asked about others.
 */
export async function gatherTypes(
  ask: Ask,
  { namespace, services }: PreflightRequest,
  secrets: readonly Marks[] = [],
): Promise<Record<string, SecretType | typeof OTHER>> {
  const marked = services.filter(({ secret, template }) => {
    const live = named(secrets, secret);
    return live !== undefined && (template ?? live.template) !== undefined;
  });
  const found = await Promise.all(marked.map(async ({ secret }) => [secret, await typeOf(ask, namespace, secret)] as const));
  return Object.fromEntries(found.flatMap(([secret, type]) => (type === undefined ? [] : [[secret, type]])));
}

/** `undefined` where the account may not list Secrets. */
async function typeOf(ask: Ask, namespace: string, secret: string): Promise<SecretType | typeof OTHER | undefined> {
  const answers = await Promise.all(
    SECRET_TYPES.map(async (type) => {
      const selector = encodeURIComponent(`metadata.name=${secret},type=${type}`);
      const answer = await ask("GET", `/api/v1/namespaces/${namespace}/secrets?fieldSelector=${selector}`, {
        accept: METADATA_ONLY,
      });
      const { items = [] } = (answer.status === 200 ? answer.body : {}) as { items?: unknown[] };
      return { type, status: answer.status, has: items.length > 0 };
    }),
  );
  if (answers.some(({ status }) => status !== 200)) return undefined;
  return answers.find(({ has }) => has)?.type ?? OTHER;
}

/**
 * A Secret of another type than its template makes would be deleted and made anew: what reads it
 * would find none.
 */
export function checkTypes(request: PreflightRequest, { secretTypes = {}, objects }: ClusterFacts): Problem[] {
  return request.services.flatMap(({ name, secret, secretType, keys, adopt }): Problem[] => {
    const type = secretTypes[secret];
    const live = named(objects.secrets, secret);
    // An adopted one is judged where it is read.
    if (type === undefined || type === secretType || live === undefined || !isOurs(live, request) || adopt?.secret === secret) return [];
    const keeps = type !== OTHER && (type !== "kubernetes.io/basic-auth" || keys.includes("username") || keys.includes("password"));
    return [
      {
        path: `services.${name}.secretType`,
        message: `the Secret \`${secret}\` has ${type === OTHER ? type : `the type ${type}`}, which Kubernetes cannot change to ${secretType}: it would be deleted and made anew`,
        remedy: keeps
          ? `set it to \`${type}\`, and the keys change in place; or name another Secret in the record (\`secret.name\`) and lead its readers there`
          : "name another Secret in the record (`secret.name`), and lead its readers there",
      },
    ];
  });
}
