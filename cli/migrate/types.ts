import type { Service } from "../../catalog/service";
import type { Choices } from "../../config/choices";
import type { Problem } from "../../config/problem";
import type { PasswordForm } from "../../config/passwordValue";
import type { RolesAsTheyAre } from "../../preflight/takenRoles";
import type { Marks } from "../../preflight/types";

/** What would put an object back, or change it again. */
export interface GitOps {
  readonly by: "Argo CD" | "Flux" | "Helm";
  /** Of the Application, the Kustomization or HelmRelease, the release. */
  readonly name: string;
  /** What keeps it from doing so, as a shell takes it; absent where the name is none. */
  readonly pause?: string;
  /** What lets it do so again; absent where nothing has to be done. */
  readonly resume?: string;
}

/** An object of the cluster that writes a Secret from elsewhere. */
export interface Writer {
  readonly kind: "ExternalSecret" | "VaultStaticSecret" | "VaultDynamicSecret";
  readonly name: string;
  /** The Secret that it writes. */
  readonly secret: string;
  /** Whether it leaves the Secret as it is, as long as nobody else changes it. */
  readonly isFrozen: boolean;
  /** The paths that it reads, with the mount where it is known. */
  readonly sources: readonly string[];
  /** Why it is a login for Postgres, where it says so itself. */
  readonly isPostgres?: string;
  /** What makes it in its turn: `ClusterExternalSecret/login`. */
  readonly maker?: string;
  readonly gitOps: readonly GitOps[];
}

/** What reads a Secret when it runs. */
export interface Reader {
  /** `Deployment apps/platform`. */
  readonly who: string;
  readonly secret: string;
  /** Empty: all of them. */
  readonly keys: readonly string[];
}

/** A Secret, without its values. */
export interface FoundSecret {
  readonly name: string;
  readonly type: string;
  readonly keys: readonly string[];
  /** The paths of Vault that it was fed from, as its mark has them. */
  readonly vaultPaths: readonly string[];
}

/** An object of CloudNativePG's for a database or a role, or for backups. */
export interface FoundObject {
  readonly kind: "Database" | "DatabaseRole" | "ScheduledBackup";
  readonly name: string;
  /** The database or role in Postgres; of backups its name. */
  readonly of: string;
  /** Of a database. */
  readonly owner?: string;
  /** Of a role: the Secret that its password is in. */
  readonly passwordSecret?: string;
  readonly mark?: string;
  readonly gitOps: readonly GitOps[];
}

/** A credential of Vault's that an agent puts into pods, with no Secret in between. */
export interface Injection {
  /** `Deployment/app` in a cluster, with file and line in a repository. */
  readonly where: string;
  readonly path: string;
}

/** What a cluster has of a namespace. No value is in it. */
export interface LiveFacts {
  readonly cluster?: {
    readonly spec: Readonly<Record<string, unknown>>;
    readonly mark?: string;
    /** The stack in its label. */
    readonly stack?: string;
    /** Pod of the primary. */
    readonly primary?: string;
    readonly gitOps: readonly GitOps[];
  };
  readonly secrets: readonly FoundSecret[];
  readonly writers: readonly Writer[];
  readonly readers: readonly Reader[];
  readonly objects: readonly FoundObject[];
  /** PushSecrets that are not this program's. */
  readonly pushes: readonly { readonly name: string; readonly secret: string; readonly gitOps: readonly GitOps[] }[];
  readonly injections: readonly Injection[];
}

/** A manifest that writes a Secret from elsewhere. */
export interface FileWriter {
  /** `file:line Kind/name`. */
  readonly where: string;
  readonly sources: readonly string[];
  readonly isPostgres?: string;
  /** Whether it may be about that Secret of that namespace. */
  writes(namespace: string, secret: string): boolean;
  /** The Secret, for people. */
  readonly secret: string;
}

/** A login for Postgres that a file has somebody else author. */
export interface FileLogin {
  readonly where: string;
  /** Absent where no file says. */
  readonly namespace: string | undefined;
  readonly secret: string;
  readonly why: string;
  readonly sources: readonly string[];
}

/** What files of repositories have. */
export interface FileFacts {
  readonly writers: readonly FileWriter[];
  readonly injections: readonly Injection[];
  readonly files: number;
  /** What could not be read, a line each. */
  readonly unread: readonly string[];
}

/** A login that was tried with what a Secret says. Nothing of the Secret is in it. */
export interface Attempt {
  readonly service: string;
  readonly secret: string;
  /** The key that the password is in; absent where no key is one. */
  readonly key?: string;
  /** How that key has it, where that is not alone. */
  readonly form?: Exclude<PasswordForm, "password">;
  /**
   * `accepted` by Postgres, `refused` for its password, `failed` for another reason; `none` where
   * there is nothing to try.
   */
  readonly outcome: "accepted" | "refused" | "failed" | "none";
  /** Why it failed, in Postgres's or the network's words. */
  readonly why?: string;
  /** Whether the Secret names another user than the service's role. */
  readonly namesAnother?: true;
}

/** A role of Postgres's, as far as somebody may miss it. */
export interface PostgresRole {
  readonly name: string;
  readonly login: boolean;
  /** Databases with something of it. */
  readonly usedIn: readonly string[];
}

/** What Postgres's catalogue says; absent where no login could look. */
export interface PostgresFacts {
  readonly roles: readonly PostgresRole[];
  readonly databases: readonly { readonly name: string; readonly owner: string }[];
  /** The same in full: what may be lost by being taken over. */
  readonly asTheyAre?: RolesAsTheyAre;
}

/** Everything that a plan is made of. */
export interface Facts {
  readonly stack: Choices;
  /** Those that are on, and those of the catalogue of which the cluster has something. */
  readonly services: readonly Service[];
  readonly live: LiveFacts;
  /** The marks of Secrets, by name. */
  readonly marks: ReadonlyMap<string, Marks>;
  /** Roles that an `up` of this stack has made, or taken over. */
  readonly managed: ReadonlySet<string>;
  readonly files: FileFacts;
  /** Whether what is live is only what the files have. */
  readonly isOffline?: true;
  readonly attempts: readonly Attempt[];
  readonly postgres?: PostgresFacts;
  /** What an `up` would be refused for, as things are. */
  readonly refusals: readonly Problem[];
  /** What the `up` would make the Cluster. */
  readonly wanted: Readonly<Record<string, unknown>>;
}

export const STEPS = ["freeze", "let-go", "adopt", "take-over", "cut-over", "mirror", "retire"] as const;
export type StepId = (typeof STEPS)[number];

/** Something to do, or to know. */
export interface Item {
  readonly text: string;
  /** Lines for a shell, in order. */
  readonly commands?: readonly string[];
  /** What the stack's file is to have. */
  readonly yaml?: string;
}

export type State = "done" | "next" | "later" | "blocked";

export interface Step {
  readonly id: StepId;
  readonly state: State;
  /** What it is for; of a blocked one, what is in the way. */
  readonly why: string;
  /** Empty once it is done. */
  readonly items: readonly Item[];
}

export interface ServicePlan {
  readonly service: string;
  readonly role: string;
  readonly database: string;
  readonly secret: string;
  /** Whether it has, or had, anything of Vault's or of another's. */
  readonly isMigrated: boolean;
  readonly steps: readonly Step[];
}

/** A field of the Cluster that the `up` changes. */
export interface ClusterChange {
  readonly field: string;
  readonly what: string;
  /** What it does to Postgres. */
  readonly cost: string;
}

/**
 * What `npm run migrate` says; `-o json` prints it as it is. Fields are added, never changed, while
 * `schema` stays. Nothing in it is secret.
 */
export interface MigrationReport {
  readonly schema: 1;
  readonly stack: string;
  /** `namespace/name`. */
  readonly cluster: string;
  readonly clean: boolean;
  /** Where no cluster was asked: the logins that the files have, and why none was asked. */
  readonly offline?: { readonly why: string; readonly logins: readonly FileLogin[] };
  readonly services: readonly ServicePlan[];
  /**
   * What is about all of them, in order: before the first `up`, and after the last step of every
   * service.
   */
  readonly whole: { readonly before: readonly Item[]; readonly after: readonly Item[] };
  readonly changes: readonly ClusterChange[];
  readonly refusals: readonly Problem[];
  readonly notes: readonly string[];
}

/** What the command prints: the steps in order, or a line for each service. */
export const MODES = ["plan", "check"] as const;
export type Mode = (typeof MODES)[number];
