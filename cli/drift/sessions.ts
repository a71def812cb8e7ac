import type { KubeConfig } from "@kubernetes/client-node";
import type { Client } from "pg";
import { readCredential, type Credential } from "../shared/credential";
import { connectWith } from "../shared/login";
import { openTunnel } from "../shared/tunnel";
import { CATALOGUE_SQL, type Catalogue } from "../shared/postgresCatalogue";
import type { Desired, Facts, LoginOutcome } from "./types";
import type { ServiceOutput } from "../../catalog/outputs";

/** Logins at a time: enough to hide a port-forward's latency, too few to take connections from applications. */
const AT_A_TIME = 8;

/**
 * Logs in with every service's Secret, as its application would, through a port-forward to the primary, and reads Postgres's catalogue in the first session there is:
 * everybody may read it, so that this needs no rights but the application's. A service whose Secret has no credential in it is passed over.
 */
export async function openSessions(
  config: KubeConfig,
  desired: Desired,
  secrets: Facts["secrets"],
  primary: string,
): Promise<Pick<Facts, "logins" | "catalogue">> {
  const authority = secrets.get(`${desired.cluster}-ca`)?.data["ca.crt"];
  const ca = authority === undefined ? "" : Buffer.from(authority, "base64").toString("utf8");
  const tunnel = await openTunnel(config, desired.namespace, primary);
  let asked = false;
  let catalogue: Catalogue | undefined;
  const work = async (client: Client): Promise<string> => {
    const { rows } = await client.query<{ user: string }>("select current_user as user");
    if (!asked) {
      asked = true;
      const answer = await client.query<{ catalogue: Catalogue }>(CATALOGUE_SQL).catch(() => void (asked = false));
      catalogue = answer?.rows[0]?.catalogue;
    }
    return rows[0]!.user;
  };
  try {
    const readable = Object.entries(desired.services).flatMap(([service, output]) => {
      const credential = credentialOf(output, secrets);
      return credential === undefined ? [] : [{ service, credential }];
    });
    const logins = await inParallel(readable, AT_A_TIME, async ({ service, credential }): Promise<LoginOutcome> => {
      const started = performance.now();
      const outcome = await session({ ca, port: tunnel.port }, credential, work).then(
        (worksAs) => ({ worksAs }),
        (error: Error & { code?: string }) => ({
          error: { message: scrub(error.message, credential, desired, service), ...(error.code === undefined ? {} : { code: error.code }) },
        }),
      );
      return { service, ...outcome, milliseconds: Math.round(performance.now() - started) };
    });
    return { logins, ...(catalogue === undefined ? {} : { catalogue }) };
  } finally {
    await tunnel.close();
  }
}

/** What a service logs in with; `undefined` where its Secret has not all of it. */
export function credentialOf(
  { secret, credentialKeys }: Pick<ServiceOutput, "secret" | "credentialKeys">,
  secrets: Facts["secrets"],
): Credential | undefined {
  const live = secrets.get(secret);
  if (live === undefined) return undefined;
  try {
    const credential = readCredential(credentialKeys, secret, live.data);
    // What is empty, the client would take from the environment.
    return Object.values(credential).every(Boolean) ? credential : undefined;
  } catch {
    return undefined;
  }
}

async function session(
  way: Parameters<typeof connectWith>[0],
  credential: Credential,
  work: (client: Client) => Promise<string>,
): Promise<string> {
  const client = await connectWith(way, credential);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Errors repeat names; one that the Secret has and the stack has not may be a password that somebody put under the wrong key. */
export function scrub(message: string, credential: Credential, { namespace, cluster, services }: Desired, service: string): string {
  const { login, database } = services[service]!;
  const known = new Set([login, database, `${cluster}-rw.${namespace}.svc`]);
  const { user, password, database: named, host } = credential;
  const foreign = [user, password, named, host].filter((value) => !known.has(value)).sort((a, b) => b.length - a.length);
  return foreign.reduce((text, value) => text.replaceAll(value, "…"), message);
}

/** Does the work for every item, so many at a time. */
export async function inParallel<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
