import type { ProfileName, ServiceRecord } from "./record";
import { resolveNames } from "./names";

/** The rights of a profile, in Postgres's words. A migrator has the owner's rights. */
export interface ProfileRights {
  /** On tables, views and the like. */
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
}

/** The rights of a profile in words, after "may". */
export const MAY: Readonly<Record<ProfileName, (database: string) => string>> = {
  migrator: (database) => `change the database ${database} and everything in it, as its owner`,
  writer: (database) => `read and write what is in the database ${database}, tables of tomorrow too, and change no table's definition`,
  reader: (database) => `read what is in the database ${database}, tables of tomorrow too, and change nothing`,
};

/**
 * The rights that the database's owner gives a profile; none where the profile works as the owner.
 */
export const RIGHTS: Readonly<Partial<Record<ProfileName, ProfileRights>>> = {
  writer: { tables: ["SELECT", "INSERT", "UPDATE", "DELETE"], sequences: ["USAGE", "SELECT"] },
  reader: { tables: ["SELECT"], sequences: ["SELECT"] },
};

/** Whose database a profile's logins are let into, and as what. */
export interface Profile {
  readonly kind: ProfileName;
  /** The service that the database is of. */
  readonly of: string;
  /** The role that owns the database. */
  readonly owner: string;
}

/** A record that stands for a profile of another record. */
interface Derived extends Profile {
  /** Where it is written. */
  readonly path: string;
}

/** Known by the object itself: nobody can write a record that says this of itself. */
const DERIVED = new WeakMap<object, Derived>();

/** The profile that a record stands for; `undefined` for a service's own record. */
export function profileOf(record: ServiceRecord): Profile | undefined {
  const derived = DERIVED.get(record);
  if (derived === undefined) return undefined;
  const { kind, of, owner } = derived;
  return { kind, of, owner };
}

/** Where a record is written, as problems say it. */
export function pathOf(record: Pick<ServiceRecord, "name">): string {
  return DERIVED.get(record)?.path ?? `catalog.${record.name}`;
}

/** The name of a profile in the stack's files. */
export function profileName(service: string, profile: string): string {
  return `${service}-${profile}`;
}

/**
 * The records, each followed by a record for each of its profiles: to the stack, a profile is a
 * service with a role and a Secret of its own, and with the database of another. The check of the
 * record that it is in names a profile that is not written as it should be.
 */
export function withProfiles<T extends ServiceRecord>(records: readonly T[]): readonly ServiceRecord[] {
  return records.flatMap((record: ServiceRecord) => [record, ...derivedOf(record)]);
}

function derivedOf(record: ServiceRecord): ServiceRecord[] {
  const { name: service, profiles } = (record ?? {}) as Partial<ServiceRecord>;
  if (typeof service !== "string" || typeof profiles !== "object" || profiles === null) return [];
  return Object.entries(profiles).flatMap(([key, entry]) => {
    const kind = kindOf(key, entry);
    if (kind === undefined) return [];
    const { role, database } = resolveNames(record);
    const { profile: _, description, ...own } = entry;
    const derived: ServiceRecord = {
      ...own,
      name: profileName(service, key),
      description: description ?? `May ${MAY[kind](database)}`,
      role: own.role ?? `${role}_${key.replaceAll("-", "_")}`,
      database,
      // Its proof asks what the owner's does.
      ...(kind === "migrator" ? neededBy(record) : {}),
    };
    DERIVED.set(derived, { kind, of: service, owner: role, path: `catalog.${service}.profiles.${key}` });
    return [derived];
  });
}

function neededBy({ extensions, schemas, foreignOwners }: ServiceRecord): Partial<ServiceRecord> {
  return {
    ...(extensions === undefined ? {} : { extensions }),
    ...(schemas === undefined ? {} : { schemas }),
    ...(foreignOwners === undefined ? {} : { foreignOwners }),
  };
}

/** A profile may say itself which of the three it is; else its name does. */
export function kindOf(key: string, entry: unknown): ProfileName | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { profile = key } = entry as { profile?: unknown };
  return typeof profile === "string" && Object.hasOwn(MAY, profile) ? (profile as ProfileName) : undefined;
}
