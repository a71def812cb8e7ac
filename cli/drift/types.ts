import type { Copies, DesiredMirror, DesiredVault, LivePushSecret, Unanswered, VaultLogin } from "./vaultTypes";
import type { ServiceOutput } from "../../catalog/outputs";
import type { ServiceRecord } from "../../catalog/record";
import type { Bootstrap } from "../../kube/bootstrap";
import type { Writer } from "../../kube/externalSecrets";
import type { RoleConfiguration } from "../../kube/kinds/cluster";
import type { Catalogue } from "../../preflight/postgres/catalogue";

/** What a finding is about. */
export type Check =
  | "operator"
  | "cluster"
  | "secret"
  | "roleSecret"
  | "roleObject"
  | "reconciliation"
  | "role"
  | "operatorRole"
  | "foreignObject"
  | "settings"
  | "catalogue"
  | "database"
  | "databaseRights"
  | "login"
  | "session"
  | "needs"
  | "grants"
  | "unmanagedRole"
  | "rotation"
  | "externalSecret"
  | "mirror"
  | "vaultRole";

/** Something that is not as the stack has it. Nothing in it is secret. */
export interface Finding {
  /** `null` for what belongs to no service. */
  service: string | null;
  check: Check;
  suspect: string;
  truth: string;
  /** The command that shows what to read before the fix. */
  look?: string;
  /** The command that fixes it. */
  mend: string;
}

/** Worth knowing, and no fault. */
export interface Note {
  service: string | null;
  check: Check | "state";
  text: string;
  /** What to run should it be wanted otherwise. */
  command: string | null;
}

/** What nobody looked at: clean does not speak of it. */
export interface NotChecked {
  what: string;
  reason: string;
  /** Whether that was asked for; what was not makes the command fail. */
  asked: boolean;
}

/** One service at a glance. */
export interface ServiceReport {
  service: string;
  database: string;
  role: string;
  /** Role that the application logs in as. */
  login: string;
  secret: string;
  outcome: "ok" | "failed" | "notTried";
  milliseconds: number | null;
  findings: number;
}

/** What `npm run drift` says; `-o json` prints it as it is. Fields are added, never changed, while `schema` stays. */
export interface DriftReport {
  schema: 1;
  stack: string;
  /** `namespace/name`. */
  cluster: string;
  checkedAt: string;
  clean: boolean;
  services: ServiceReport[];
  findings: Finding[];
  notes: Note[];
  notChecked: NotChecked[];
}

/** A Secret as Pulumi wrote it. */
export interface DesiredSecret {
  name: string;
  /** Absent: the stack's. */
  namespace?: string;
  service: string;
  kind: "application" | "role";
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Values as Kubernetes has them, base64. Absent where the state cannot be decrypted. */
  data?: Readonly<Record<string, string>>;
}

/** What a Secret is called among those that there are, and in findings. */
export const idOf = ({ namespace, name }: Pick<DesiredSecret, "namespace" | "name">): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** A role as Pulumi declared it to CloudNativePG. */
export interface DesiredRole {
  /** `null` for a role that no service of the stack has any more. */
  service: string | null;
  /** Its DatabaseRole object; absent for an inline role. */
  object?: string;
  spec: RoleConfiguration;
}

/** An object whose spec Pulumi wrote. */
export interface DesiredObject {
  name: string;
  service: string;
  spec: Readonly<Record<string, unknown>>;
}

/** What the state says should be there. Secret: it holds passwords. */
export interface Desired {
  namespace: string;
  cluster: string;
  /** Where it is somebody else's: what it says of itself is no difference. */
  clusterIs?: "existing";
  services: Readonly<Record<string, ServiceOutput>>;
  /** What of the Cluster's spec credentials depend on. */
  clusterSpec: { pgHba: readonly string[]; superuserAccess: boolean };
  /** The Cluster's spec as Pulumi wrote it; absent where the state has no Cluster. */
  spec?: Readonly<Record<string, unknown>>;
  secrets: readonly DesiredSecret[];
  roles: readonly DesiredRole[];
  databases: readonly DesiredObject[];
  /** Providers of what the state has beside the cluster's objects and passwords, each with a login of its own. */
  others: readonly string[];
  /** Absent in a stack without Vault. */
  vault?: DesiredVault;
  /** Absent where nothing is copied into it. */
  mirror?: DesiredMirror;
  /** Operations that a killed run left, or that are under way. */
  pending: number;
  /** The records of the stack's catalogue. @default the program's own */
  records?: readonly ServiceRecord[];
  /** Why the state's secrets could not be read; absent when they were. */
  sealed?: string;
}

/** An object of CloudNativePG's as it is. */
export interface LiveObject {
  metadata: { name: string; generation?: number };
  spec: Readonly<Record<string, unknown>>;
  status?: {
    applied?: boolean;
    message?: string;
    observedGeneration?: number;
    secretResourceVersion?: string;
    extensions?: { name: string; applied: boolean; message?: string }[];
    schemas?: { name: string; applied: boolean; message?: string }[];
  };
}

/** A Secret as it is. */
export interface LiveSecret {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  data: Readonly<Record<string, string>>;
  resourceVersion: string;
  /** When its data were last written. */
  writtenAt?: Date;
  immutable?: boolean;
  /** What Kubernetes removes it with, as `Kind/name`. */
  owners?: readonly string[];
  finalizers?: readonly string[];
}

/** Something that an application needs of its database and has not, as `needsSql` says it. */
export interface Need {
  readonly kind: "schemas" | "relations" | "create" | "extension" | "schema" | "setting";
  readonly text: string;
  /** What gives it to the owner, run by the superuser in that database. */
  readonly statements: readonly string[];
  /** Whether somebody may have meant it so. */
  readonly meant: boolean;
}

/** Rights of a profile that are not as they should be, as `grantsSql` says it. */
export interface Grant {
  /** `everybody`: what PUBLIC has, and so the profile. */
  readonly kind: "missing" | "extra" | "everybody";
  readonly text: string;
  /** The role that has to run the statements. */
  readonly actor: string;
  readonly statements: readonly string[];
}

/** How one login went. */
export interface LoginOutcome {
  service: string;
  milliseconds: number;
  /** Who the session works as. */
  worksAs?: string;
  /** What its application would fail for; `unknown` where that could not be asked. */
  needs?: readonly Need[] | "unknown";
  /** Rights that a profile lacks or has beyond its own; `unknown` where that could not be asked. */
  grants?: readonly Grant[] | "unknown";
  /** Why there is no session, in Postgres's or the network's words, with the SQLSTATE where it is Postgres's. */
  error?: { code?: string; message: string };
}

/** What the cluster and Postgres say. Secret: it holds passwords. */
export interface Facts {
  at: Date;
  /** Absent when there is no such Cluster. */
  cluster?: {
    spec: {
      managed?: { roles?: RoleConfiguration[] };
      postgresql?: { pg_hba?: string[]; pg_ident?: string[]; ldap?: object; parameters?: Record<string, string> };
      bootstrap?: Bootstrap;
      enableSuperuserAccess?: boolean;
    };
    status: {
      phase?: string;
      currentPrimary?: string;
      conditions?: { type: string; status: string }[];
      managedRolesStatus?: {
        byStatus?: Record<string, string[]>;
        cannotReconcile?: Record<string, string[]>;
        passwordStatus?: Record<string, { resourceVersion?: string }>;
      };
    };
  };
  /** By name; those of applications' namespaces by `namespace/name`. */
  secrets: ReadonlyMap<string, LiveSecret>;
  databases: ReadonlyMap<string, LiveObject>;
  roleObjects: ReadonlyMap<string, LiveObject>;
  /** Publications and Subscriptions in the Cluster; absent where the account may not list them. */
  replications?: readonly { kind: "publications" | "subscriptions"; object: LiveObject }[];
  /** What writes Secrets from elsewhere; `unknown` where the account may not list it. */
  externalSecrets: readonly Writer[] | "unknown";
  /** The same of applications' namespaces, by those. */
  externalSecretsElsewhere?: ReadonlyMap<string, readonly Writer[] | "unknown">;
  /** `unknown` where the account may not list them. */
  pushSecrets: ReadonlyMap<string, LivePushSecret> | "unknown";
  /** Absent where nothing is copied into Vault. */
  copies?: Copies | Unanswered;
  /** Absent where that was not asked for. */
  vaultLogins?: readonly VaultLogin[] | Unanswered;
  /** `unknown` where the account may not list Deployments of all namespaces. */
  operators: readonly { namespace: string; name: string; replicas: number; available: number }[] | "unknown";
  /** Logins that were tried. */
  logins: readonly LoginOutcome[];
  /** Absent when no session could be had. */
  catalogue?: Catalogue;
  /** Where two services' sessions were told different things by it, about what. */
  disputed?: { readonly services: readonly [string, string]; readonly about: readonly string[] };
  /** Whether logins were not wanted. */
  noLogin: boolean;
}
