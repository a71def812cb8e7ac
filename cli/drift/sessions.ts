import type { KubeConfig } from "@kubernetes/client-node";
import type { Client } from "pg";
import { readCredential, type Credential } from "../shared/credential";
import { authorities } from "../shared/login";
import { grantsSql } from "../../components/grantsSql";
import { needsSql } from "../../components/needsSql";
import { primaryHost } from "../../kube/primary";
import { connectWith } from "../../preflight/postgres/session";
import { compareText } from "../shared/sort";
import { openTunnel } from "../../preflight/postgres/tunnel";
import { CATALOGUE_SQL, type Catalogue } from "../../preflight/postgres/catalogue";
import type { Desired, Facts, Grant, LoginOutcome, Need } from "./types";
import { RIGHTS, type ProfileRights } from "../../catalog/profiles";
import type { ServiceOutput } from "../../catalog/outputs";
import { visible } from "../../config/visible";

/**
 * Logins at a time: enough to hide a port-forward's latency, too few to take connections from
 * applications.
 */
const AT_A_TIME = 8;

/**
 * Logs in with every service's Secret, as its application would, through a port-forward to the
 * primary, and reads Postgres's catalogue: in a session that is no service's where the superuser
 * has a Secret, else in those of two services, who are to hear the same. Everybody may read it, so
 * that this needs no rights but the application's. A service whose Secret has no credential in it
 * is passed over.
 */
export async function openSessions(
  config: KubeConfig,
  desired: Desired,
  secrets: Facts["secrets"],
  primary: string,
): Promise<Pick<Facts, "logins" | "catalogue" | "disputed">> {
  const ca = await authorities(config, desired.namespace, desired.cluster);
  const tunnel = await openTunnel(config, desired.namespace, primary);
  const way = { ca, port: tunnel.port };
  const heard: Heard[] = [];
  let wanted = 2;
  const work = async (
    client: Client,
    service: string,
    credential: Credential,
  ): Promise<Pick<LoginOutcome, "worksAs" | "needs" | "grants">> => {
    const { rows } = await client.query<{ user: string }>("select current_user as user");
    if (wanted > 0) {
      wanted--;
      const catalogue = await askCatalogue(client).catch(() => undefined);
      if (catalogue === undefined) wanted++;
      else heard.push({ service, credential, catalogue });
    }
    const worksAs = rows[0]!.user;
    const rights = rightsOf(desired.services[service]!);
    if (rights !== undefined) return { worksAs, grants: await askGrants(client, service, desired, rights).catch(() => "unknown" as const) };
    return { worksAs, needs: await askNeeds(client, service, desired).catch(() => "unknown" as const) };
  };
  try {
    const superuser = superuserOf(desired, secrets);
    const above = superuser && (await session(way, superuser, askCatalogue).catch(() => undefined));
    if (above !== undefined) wanted = 0;
    const readable = Object.entries(desired.services).flatMap(([service, output]) => {
      const credential = credentialOf(output, secrets, primaryHost(desired.cluster, desired.namespace));
      return credential === undefined ? [] : [{ service, credential }];
    });
    const logins = await inParallel(readable, AT_A_TIME, async ({ service, credential }): Promise<LoginOutcome> => {
      const started = performance.now();
      const outcome = await session(way, credential, (client) => work(client, service, credential)).catch(
        (error: Error & { code?: string }) => ({
          error: { message: scrub(error.message, credential, desired, service), ...(error.code === undefined ? {} : { code: error.code }) },
        }),
      );
      return { service, ...outcome, milliseconds: Math.round(performance.now() - started) };
    });
    if (above !== undefined) return { logins, catalogue: above };
    return { logins, ...(await agreed(way, heard)) };
  } finally {
    await tunnel.close();
  }
}

/** What a service logs in with; `undefined` where its Secret has not all of it. */
export function credentialOf(
  { secret, credentialKeys, login, database }: Pick<ServiceOutput, "secret" | "credentialKeys" | "login" | "database">,
  secrets: Facts["secrets"],
  host: string,
): Credential | undefined {
  const live = secrets.get(secret);
  if (live === undefined) return undefined;
  try {
    const credential = readCredential(credentialKeys, secret, live.data, { user: login, database, host });
    // What is empty, the client would take from the environment.
    return Object.values(credential).every(Boolean) ? credential : undefined;
  } catch {
    return undefined;
  }
}

const NEEDS = needsSql({
  owner: "$1",
  extensions: "$2::pg_catalog.text[]",
  schemas: "$3::pg_catalog.text[]",
  foreignOwners: "$4::pg_catalog.text[]",
});

const GRANTS = grantsSql({ owner: "$1", profile: "$2", tables: "$3::pg_catalog.text[]", sequences: "$4::pg_catalog.text[]" });

/** The rights of a profile; `undefined` for who works as the owner. */
const rightsOf = ({ profile }: ServiceOutput): ProfileRights | undefined => profile && RIGHTS[profile.kind];

/** Everybody may read who has which rights. */
async function askGrants(client: Client, service: string, { services }: Desired, rights: ProfileRights): Promise<Grant[]> {
  const { role, profile } = services[service]!;
  const { rows } = await client.query<Grant>(GRANTS, [profile!.owner, role, rights.tables, rights.sequences]);
  return rows;
}

/** Asked in the service's own database, where nobody but its owner knows what is missing. */
async function askNeeds(client: Client, service: string, { services, databases }: Desired): Promise<Need[]> {
  const { role, foreignOwners = [], profile } = services[service]!;
  const spec = databases.find((one) => one.service === (profile?.of ?? service))?.spec ?? {};
  const names = (key: string) => ((spec[key] ?? []) as { name: string }[]).map(({ name }) => name);
  const { rows } = await client.query<Need>(NEEDS, [profile?.owner ?? role, names("extensions"), names("schemas"), foreignOwners]);
  return rows;
}

/** What a service's session was told. */
interface Heard {
  readonly service: string;
  readonly credential: Credential;
  readonly catalogue: Catalogue;
}

async function askCatalogue(client: Client): Promise<Catalogue> {
  const { rows } = await client.query<{ catalogue: Catalogue }>(CATALOGUE_SQL);
  return rows[0]!.catalogue;
}

/**
 * Of two who differ, something may have been changed between the questions: they are asked once
 * more.
 */
async function agreed(way: Parameters<typeof connectWith>[0], heard: readonly Heard[]): Promise<Pick<Facts, "catalogue" | "disputed">> {
  const [one, other] = heard;
  if (one === undefined) return {};
  if (other === undefined || disputed(one.catalogue, other.catalogue).length === 0) return { catalogue: one.catalogue };
  const again = (of: Heard) => session(way, of.credential, askCatalogue).catch(() => of.catalogue);
  const [first, second] = [await again(one), await again(other)];
  const about = disputed(first, second);
  return { catalogue: first, ...(about.length === 0 ? {} : { disputed: { services: [one.service, other.service], about } }) };
}

/** What two say differently. */
export function disputed(one: Catalogue, other: Catalogue): string[] {
  const entries = ({ version, roles, databases, settings = [] }: Catalogue) =>
    new Map<string, string>([
      ["its version", String(version)],
      ...roles.map((role): [string, string] => [`role ${role.name}`, JSON.stringify(role)]),
      ...databases.map((database): [string, string] => [`database ${database.name}`, JSON.stringify(database)]),
      ...settings.map((of): [string, string] => [`settings of ${of.role ?? "all"} in ${of.database ?? "all"}`, JSON.stringify(of)]),
    ]);
  const [first, second] = [entries(one), entries(other)];
  return [...new Set([...first.keys(), ...second.keys()])].filter((key) => first.get(key) !== second.get(key)).sort(compareText);
}

/**
 * A login that no service owns, in a database that none does; where the stack has the superuser log
 * in.
 */
function superuserOf({ namespace, cluster, clusterSpec }: Desired, secrets: Facts["secrets"]): Credential | undefined {
  const data = clusterSpec.superuserAccess ? secrets.get(`${cluster}-superuser`)?.data : undefined;
  const value = (key: string) => Buffer.from(data?.[key] ?? "", "base64").toString("utf8");
  if (value("username") === "" || value("password") === "") return undefined;
  const host = primaryHost(cluster, namespace);
  return { user: value("username"), password: value("password"), database: "postgres", host, port: 5432 };
}

async function session<T>(
  way: Parameters<typeof connectWith>[0],
  credential: Credential,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connectWith(way, credential);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Errors repeat names; one that the Secret has and the stack has not may be a password that
 * somebody put under the wrong key.
 */
export function scrub(message: string, credential: Credential, { namespace, cluster, services }: Desired, service: string): string {
  const { login, database } = services[service]!;
  const known = new Set([login, database, `${cluster}-rw.${namespace}.svc`]);
  const { user, password, database: named, host } = credential;
  const foreign = [user, password, named, host].filter((value) => !known.has(value)).sort((a, b) => b.length - a.length);
  return visible(foreign.reduce((text, value) => text.replaceAll(value, "…"), message));
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
