import { recordsIn } from "../../catalog/records";
import { catalogue } from "../../catalog/services";
import { loginRole, resolveNames, SLOTS } from "../../catalog/names";
import { profileOf } from "../../catalog/profiles";
import type { ServiceRecord } from "../../catalog/record";
import type { Service } from "../../catalog/service";
import type { Choices } from "../../config/choices";
import { isSameState } from "../../kube/marks";
import { applicationKeys } from "../inventory/databases";
import type { Marks } from "../../preflight/types";
import type { Attempt, Facts, FileWriter, FoundObject, FoundSecret, LiveFacts, Reader, Writer } from "./types";

/** A service, with everything of a cluster and of files that is about its login. */
export interface ServiceFacts {
  readonly service: Service;
  /** Whether the stack's file has it. */
  readonly isOn: boolean;
  /** The Secret that the application reads, and its marks. */
  readonly secret: FoundSecret | undefined;
  readonly marks: Marks | undefined;
  /** Whether this program writes it. */
  readonly isTaken: boolean;
  /** Secrets that its password may be in, the one to adopt first. */
  readonly sources: readonly FoundSecret[];
  readonly attempts: readonly Attempt[];
  readonly writers: readonly Writer[];
  readonly fileWriters: readonly FileWriter[];
  readonly pushes: LiveFacts["pushes"];
  /** Keys of its Secret that no rotation changes, and who reads them. */
  readonly stale: readonly { readonly key: string; readonly readers: readonly string[] }[];
  /** Who reads its login, and may be another application. */
  readonly sharers: readonly Sharer[];
  /** Of its database and role. */
  readonly objects: readonly FoundObject[];
  /** The paths of Vault that its Secret is, or was, fed from. */
  readonly vaultPaths: readonly string[];
  /** Whether it has, or had, anything of Vault's or of somebody else's. */
  readonly isMigrated: boolean;
}

/** A workload that reads another service's login, and the service that it is of, where one names it. */
export interface Sharer extends Reader {
  readonly of?: Service;
}

/** The stack with those services on, too, of which the cluster has a role, a database or a Secret. */
export function withFound(
  stack: Choices,
  live: LiveFacts,
  records: readonly ServiceRecord[] = recordsIn(stack.catalog)?.catalogue ?? catalogue,
): Choices {
  const roles = new Set([
    ...managedRoles(live).map(({ name }) => name),
    ...live.objects.flatMap(({ kind, of }) => (kind === "ScheduledBackup" ? [] : [of])),
  ]);
  const secrets = new Set(live.secrets.map(({ name }) => name));
  const found = records.filter((record) => {
    const { role, database, secret } = resolveNames(record);
    const isOwner = profileOf(record) === undefined;
    return stack.services[record.name] === undefined && (roles.has(role) || (isOwner && roles.has(database)) || secrets.has(secret));
  });
  const on = Object.fromEntries(found.map(({ name }) => [name, { enabled: true, restart: "rollout" as const }]));
  return { ...stack, services: { ...stack.services, ...on } };
}

/** The roles that the Cluster manages by itself, and the Secret of each. */
export function managedRoles({
  cluster,
}: Pick<LiveFacts, "cluster">): { name: string; ensure?: string; passwordSecret?: { name?: string } }[] {
  const { managed } = (cluster?.spec ?? {}) as {
    managed?: { roles?: { name: string; ensure?: string; passwordSecret?: { name?: string } }[] };
  };
  return managed?.roles ?? [];
}

/** Secrets that a service's password may be in: the one that is adopted, the application's, and that which CloudNativePG has read for its role. */
export function passwordSources(service: Service, live: LiveFacts): FoundSecret[] {
  const roles = SLOTS.map((slot) => loginRole(service.role, slot));
  const names = [
    service.adopt?.secret,
    service.secret,
    ...managedRoles(live).flatMap(({ name, passwordSecret }) => (roles.includes(name) ? [passwordSecret?.name] : [])),
    ...live.objects.flatMap(({ kind, of, passwordSecret }) => (kind === "DatabaseRole" && roles.includes(of) ? [passwordSecret] : [])),
  ];
  return [...new Set(names)].flatMap((name) => live.secrets.find((one) => one.name === name) ?? []);
}

export function isTaken({ stack }: Pick<Facts, "stack">, service: Service, marks: Marks | undefined): boolean {
  return (
    marks?.owner !== undefined && !isSameState(marks.owner, stack.takeOver) && marks.stack === stack.name && marks.service === service.name
  );
}

export function serviceFacts(facts: Facts, service: Service): ServiceFacts {
  const { stack, live, files } = facts;
  const marks = facts.marks.get(service.secret);
  const taken = isTaken(facts, service, marks);
  const secret = live.secrets.find(({ name }) => name === service.secret);
  const sources = passwordSources(service, live);
  const names = new Set([service.secret, ...(taken ? [] : sources.map(({ name }) => name))]);
  const writers = live.writers.filter((one) => names.has(one.secret));
  const fileWriters = files.writers.filter((one) => [...names].some((name) => one.writes(stack.namespace, name)));
  const pushes = live.pushes.filter((one) => names.has(one.secret));
  const stale = staleKeys(service, secret, live.readers);
  const sharers = sharersOf(facts, service, names);
  const own = (one: FoundObject) =>
    (one.kind === "Database" && one.of === service.database) || (one.kind === "DatabaseRole" && one.of === service.role);
  const vaultPaths = [...new Set([...(secret?.vaultPaths ?? []), ...writers.flatMap((one) => one.sources)])];
  return {
    service,
    isOn: stack.services[service.name]?.enabled === true,
    secret,
    marks,
    isTaken: taken,
    sources,
    attempts: facts.attempts.filter((one) => one.service === service.name),
    writers,
    fileWriters,
    pushes,
    stale,
    sharers,
    objects: live.objects.filter(own),
    vaultPaths,
    isMigrated:
      [writers, fileWriters, pushes, stale, sharers, vaultPaths, service.formerVaultPaths].some((one) => one.length > 0) ||
      service.adopt !== undefined ||
      (!taken && sources.length > 0),
  };
}

/** A rotation writes the template's keys; what else is in the Secret stays as it was, an old password included. */
function staleKeys(service: Service, secret: FoundSecret | undefined, readers: readonly Reader[]): ServiceFacts["stale"] {
  const known = new Set(applicationKeys(service).map(({ name }) => name));
  const keys = (secret?.keys ?? []).filter((key) => !known.has(key));
  return keys.map((key) => ({
    key,
    readers: readers.filter((one) => one.secret === secret?.name && one.keys.includes(key)).map(({ who }) => who),
  }));
}

/** Whoever reads the login and is not named as one of the service's own workloads. A single one that nobody names is taken for its own. */
function sharersOf({ stack, services, live }: Facts, service: Service, secrets: ReadonlySet<string>): Sharer[] {
  const namesOf = ({ workloads }: Service) =>
    workloads.map(({ kind, name, namespace = stack.namespace }) => `${kind} ${namespace}/${name}`);
  const own = new Set(namesOf(service));
  const readers = live.readers.filter((one) => secrets.has(one.secret) && !own.has(one.who));
  const sharers = readers.map((one): Sharer => {
    const of = services.find((other) => other !== service && namesOf(other).includes(one.who));
    return of === undefined ? one : { ...one, of };
  });
  const isAlone = own.size === 0 && new Set(readers.map(({ who }) => who)).size === 1;
  return isAlone ? sharers.filter(({ of }) => of !== undefined) : sharers;
}
