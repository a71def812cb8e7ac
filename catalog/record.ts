import type { RoleAttribute } from "../config/roles";
import type { Workload } from "../config/schema";
import type { ExternalSecretRecord } from "./externalSecret";
import type { TemplateName } from "./templates";

/** One of the program's own, or the name of one of the catalogue's or the stack's. */
export type ChosenTemplate = TemplateName | (string & {});

/** The rights of a login in a service's database: the owner's, to read and write, or to read. */
export type ProfileName = "migrator" | "writer" | "reader";

/**
 * A role with a Secret of its own in the database of a service. The stack's file says whether it is
 * on, as `<service>-<profile>`.
 */
export interface ProfileRecord extends Pick<
  ServiceRecord,
  "secret" | "namespaces" | "connectionLimit" | "workloads" | "applicationSettings"
> {
  /**
   * The rights of its logins. @default the profile's name, where that is `migrator`, `writer` or
   * `reader`
   */
  readonly profile?: ProfileName;
  /** One sentence. Becomes the role's comment. @default what it may do */
  readonly description?: string;
  /** Postgres role. @default the service's role, `_`, and the profile's name, `-` as `_` */
  readonly role?: string;
}

/** Everything that one service owns in Postgres. Data only: one file a service, `satisfies ServiceRecord`. */
export interface ServiceRecord {
  /** Name in the catalogue and in the stack files: lower-case letters, digits and `-`. */
  readonly name: string;
  /** One sentence: what the service is. Becomes the role's comment. */
  readonly description: string;
  /** Postgres role. Changing it makes a new role that owns nothing. @default the name, `-` as `_` */
  readonly role?: string;
  /** Postgres database, owned by the role. Changing it makes a new, empty database. @default the role */
  readonly database?: string;
  /** Extensions CloudNativePG keeps installed in the database, as the superuser: one that is not trusted by Postgres takes a `reason`. */
  readonly extensions?: readonly { readonly name: string; readonly version?: string; readonly schema?: string; readonly reason?: string }[];
  /** Schemas owned by the role, besides `public`. */
  readonly schemas?: readonly string[];
  /**
   * How the database is made: a collation other than the Cluster's wants the template `template0`.
   * One that is there keeps what it has. @default as `template1`
   */
  readonly creation?: { readonly encoding?: string; readonly collate?: string; readonly ctype?: string; readonly template?: string };
  /**
   * Roles whose tables, sequences and schemas in the database are not for the owner to use: an
   * auditor's, a tool's. @default none: the owner is to use whatever is there
   */
  readonly foreignOwners?: readonly string[];
  /** The Secret that the application reads. Changing the name leaves the application with the old one. @default `<name>-db-auth`, template `pg` */
  readonly secret?: { readonly name?: string; readonly template?: ChosenTemplate };
  /** Namespaces whose applications read the Secret, beside that of the stack. A stack can name others. @default none */
  readonly namespaces?: readonly string[];
  /** Concurrent connections of each login, -1 for no limit. @default half of what the limits that are set leave (catalog/connections.ts) */
  readonly connectionLimit?: number;
  /** What the role may do beside its database: each is more than a service needs. @default nothing */
  readonly attributes?: readonly RoleAttribute[];
  /** Roles that the role is a member of; none of a service's. @default none */
  readonly memberOf?: readonly string[];
  /** Settings that the role is meant to have in Postgres (`ALTER ROLE … SET`). The program makes none of them. @default nothing */
  readonly settings?: Readonly<Record<string, string>>;
  /** What reads the Secret at its start only, in the order in which it is restarted. A stack can name others. */
  readonly workloads?: readonly Workload[];
  /** What the service needs from Vault beside its database's credential, where the stack has Vault. */
  readonly externalSecrets?: readonly ExternalSecretRecord[];
  /**
   * What the application is to be set to, as its login reaches this database and no other, and makes
   * none: a sentence each. They are on the service's page of the inventory.
   */
  readonly applicationSettings?: readonly string[];
  /**
   * Further roles in the database, each with a Secret of its own: another service that reads it is
   * declared here. @default none
   */
  readonly profiles?: Readonly<Record<string, ProfileRecord>>;
  /** The role that owns the database which CloudNativePG's initdb makes; at most one service. */
  readonly bootstrapOwner?: true;
}
