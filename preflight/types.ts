import type { PasswordForm } from "../config/passwordValue";
import type { AuthorityName } from "../catalog/authorities";
import type { Problem } from "../config/problem";
import type { Writer } from "../kube/externalSecrets";
import type { ExternalSecretPlan } from "../catalog/externalSecrets";
import type { Slot } from "../catalog/names";
import type { HeldPasswords } from "../rotation/held";
import type { LiveCredential } from "../rotation/live";
import type { ClusterConfig, Workload } from "../config/schema";
import type { Known } from "../kube/live";
import type { LiveCluster } from "./clusterState";
import type { ProofPod } from "./proofPod";

/** What the program is about to make, as far as the cluster can object to it. Sent to the check on its standard input. */
export interface PreflightRequest {
  /** Path or contents. Absent: `KUBECONFIG`, then `~/.kube/config`. */
  kubeconfig?: string;
  context?: string;
  namespace: string;
  stack: string;
  /** The mark of this state; absent in the first preview, when nothing has been made yet. */
  owner?: string;
  takeOver?: string;
  cluster: {
    name: string;
    /** Somebody else writes it. */
    existing?: true;
    storageSize?: string;
    storageClasses: (string | null)[];
    walStorageSize?: string;
    /** Whether the stack has lines of its own in pg_hba.conf. */
    hasOwnLines: boolean;
  };
  /** Nothing is changed: what may not be read then is not known. */
  isPreview?: true;
  /** Of the certificate that Postgres shows; the first one signs. */
  authorities: readonly AuthorityName[];
  /** How long a container may go on with a Secret's former contents. */
  settleSeconds: number;
  podMonitor: boolean;
  /** Whether alerts are made. */
  prometheusRule: boolean;
  /** Postgres's. */
  image?: string;
  /** Where Postgres's image is looked up, in the place of that. */
  imageCatalog?: { kind: "ImageCatalog" | "ClusterImageCatalog"; name: string; major: number };
  imagePullSecrets: string[];
  /** A pod like those that prove passwords, to be tried. */
  proofPod?: ProofPod;
  databaseRoles: boolean;
  scheduledBackups: string[];
  /** What is made outside the namespace. */
  elsewhere: Elsewhere[];
  /** The operator's pods that policies let through, where there are any: their namespace and labels. */
  operatorLetIn?: { namespace: string; pods: Readonly<Record<string, string>> };
  /** The store that copies are pushed through, where the stack has Vault. */
  mirrorStore?: string;
  /** What is fetched from Vault, where the stack has it. */
  fetched?: readonly FetchedSecret[];
  /** The services that are on. */
  services: {
    name: string;
    role: string;
    secret: string;
    /** Where it is beside the stack's namespace. */
    namespaces?: readonly string[];
    roleSecrets: Readonly<Partial<Record<Slot, string>>>;
    /** DatabaseRole objects. */
    roleObjects: string[];
    secretType: string;
    /** The mark of its template. */
    template?: string;
    adopt?: { secret: string; key: string; form?: PasswordForm | undefined };
    /** The key of its Secret that has the password. */
    passwordKey: string;
    /** Set where the key has it within a URI, or another text. */
    passwordForm?: "uri" | "text";
    /** Every key that its Secret may have. */
    keys: readonly string[];
    /** What is restarted should its credential change. */
    workloads: Workload[];
    /** The Pooler that it is led to. */
    pooler?: string;
    /** The `sslmode` that its clients are told, and whether the stack's file says so. */
    tls: { mode: string; isSaid: boolean };
  }[];
}

/** A Secret that External Secrets is to make. */
export type FetchedSecret = Pick<ExternalSecretPlan, "owner" | "kind" | "namespace" | "name">;

/** The kinds of object that the program makes, by their plural. */
export type Kind = "secrets" | "jobs" | "clusters" | "databases" | "databaseroles" | "scheduledbackups" | "prometheusrules" | "configmaps";

/** What others have put into an object. */
export interface Additions {
  /** Names of a Secret's keys. */
  readonly keys?: readonly string[];
  readonly immutable?: true;
  /** As `Kind/name`. */
  readonly owners?: readonly string[];
  readonly finalizers?: readonly string[];
  /** Additions to its pods: each as the API server's record writes a field, from `f:spec` on. */
  readonly podFields?: readonly (readonly string[])[];
}

/** What an object says about whose it is. */
export interface Marks {
  name: string;
  owner?: string;
  stack?: string;
  service?: string;
  /** Of Secrets. */
  login?: string;
  previous?: string;
  generation?: string;
  first?: string;
  authorities?: string;
  tls?: string;
  /** In which other namespaces it is. */
  namespaces?: readonly string[];
  /** Whether the state refuses to delete it. */
  isProtected?: true;
  /** When a writer of its data last changed something. */
  changedAt?: Date;
  /** When its password was made, as it was written with it. */
  madeAt?: string;
  /** Whether External Secrets writes it, and the ExternalSecret that it goes with. */
  fetched?: true;
  fetchedFor?: string;
  added?: Additions;
  /** The template of an application's Secret, where it is marked with that. */
  template?: string;
}

/** What the cluster says, by name, of each namespace that something is fetched into, with the Secrets there. */
export type FetchedFacts = Readonly<Record<string, ElsewhereFacts & { secrets: Known<Marks[]> }>>;

/** A Pooler of the namespace, as far as logins depend on it. */
export interface PoolerFacts {
  name: string;
  /** The Cluster that it leads to. */
  cluster: string;
  /** Whether it looks passwords up as a user that CloudNativePG knows nothing of. */
  asksAsItself: boolean;
  /** PgBouncer's `client_tls_sslmode`. */
  clientTls: string;
  /** Whether it shows clients another certificate than the Cluster's. */
  hasOwnCertificate: boolean;
}

/** Of Postgres's certificate. */
export interface AuthorityFacts {
  /** Certificate of CloudNativePG's own authority, PEM. */
  operator?: string;
  /** The one that signs, of a state that is taken over. Never printed. */
  own?: { cert: string; key: string };
}

/** What a rotation has to know of a workload that it restarts. */
export interface WorkloadFacts {
  exists: Known<boolean>;
  /** Whether the account may patch it. */
  patchable: boolean;
  /** What keeps a change of its pods' template from making new pods. */
  held?: "paused" | "OnDelete";
  /** Pods that it is to have and that are available, where these are fewer. */
  lacking?: { wanted: number; available: number };
}

/** A Deployment of CloudNativePG's. */
export interface Operator {
  version: string;
  available: number;
  namespace?: string;
  /** Labels of its pods. */
  pods?: Readonly<Record<string, string>>;
  watches?: readonly string[];
}

/** Of a Cluster, what the program goes by that writes none of it. */
export interface ReadCluster {
  readonly marks: Marks;
  /** As a stack's file would say it. */
  readonly settings: Pick<ClusterConfig, "instances" | "parameters" | "pgHba" | "imagePullSecrets" | "placement" | "superuserAccess"> & {
    readonly image?: string;
    readonly imagePullPolicy?: ClusterConfig["imagePullPolicy"];
  };
  /** Names that its server's certificate has been asked to have besides its own. */
  readonly furtherNames: readonly string[];
  /** Of its own Services, those that it is to be without. */
  readonly withoutServices: readonly string[];
  /** Names and keys of the ConfigMaps with queries that its instances export. */
  readonly queries: readonly { readonly name?: string; readonly key?: string }[];
}

/** What the cluster says. Gathered, not judged. */
export interface ClusterFacts {
  server: string;
  namespaceExists: Known<boolean>;
  /** Kinds of postgresql.cnpg.io/v1; empty without the operator's CRDs. */
  cnpgKinds: string[];
  /** Version and running replicas of each operator found, where it is, and the namespaces that it watches where that is not all of them. */
  operators: Known<Operator[]>;
  podMonitors: boolean;
  prometheusRules: boolean;
  /** A Cluster that is somebody else's, as it is read. */
  existing?: ReadCluster;
  /** The others in its namespace. */
  otherClusters?: readonly Marks[];
  /** The certificate that it shows, PEM, where that is somebody's own. */
  ownCertificate?: Known<string>;
  /** Of the namespace, where an earlier `up` may have made some of such a Cluster's. */
  scheduledBackups?: readonly Marks[];
  /** The majors that the catalogue of images has, where one is asked for. */
  catalog?: Known<number[] | "missing">;
  /** What writes Secrets from elsewhere. */
  externalSecrets: Known<Writer[]>;
  storageClasses: Known<{ name: string; isDefault: boolean }[]>;
  /** What the account may not do in the namespace: `create secrets`. */
  forbidden: string[];
  objects: Partial<Record<Kind, Marks[]>>;
  /** The workloads to restart, by `Kind namespace/name`. */
  workloads: Record<string, WorkloadFacts>;
  /** Of the namespace, where a service names one. */
  poolers: Known<PoolerFacts[]>;
  /** Absent: there is none of that name, or nobody may read it. */
  liveCluster?: LiveCluster;
  /** What was asked for of them, as far as it is there and may be read. */
  authorities?: AuthorityFacts;
  /** Why a pod that proves a password would be refused. */
  proofRefused?: string;
  /** Types of applications' Secrets, as far as they were asked for. */
  secretTypes?: Readonly<Record<string, string>>;
  /** In the order of the request's. */
  elsewhere: ElsewhereFacts[];
  /** Where services' Secrets are, and are not to be any more. */
  former?: readonly FormerNamespace[];
  /** Where the stack has Vault. */
  fetched?: FetchedFacts;
  /** Secrets to adopt from: decoded data and type; absent ones are left out. */
  adoptable: Record<string, { type: string; data: Record<string, string> }>;
}

/** What of a lost state's authorities the program takes over, and CloudNativePG's own, where it is trusted. */
export interface FoundAuthorities {
  readonly operator?: string;
  readonly adopted?: Readonly<Record<number, { readonly cert: string; readonly key: string }>>;
}

export interface PreflightReport {
  problems: Problem[];
  /** Worth saying, stops nothing. */
  notes: string[];
  /** Namespaces of bundles that are not there. */
  missingNamespaces: string[];
  /** First passwords by service. Never printed. */
  adopted: Record<string, string>;
  /** By service, what its Secrets say of the credential in use. */
  credentials: Record<string, LiveCredential>;
  /** By service, what its Secrets have that this state has made. */
  held: HeldPasswords;
  authorities: FoundAuthorities;
}

/** A kind of object that is made outside the stack's own namespace. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** What a cluster has it from, where that is not Kubernetes. */
  readonly from?: string;
}

/** What in the configuration an object is named after, and where that is said. */
export interface NamedAfter {
  readonly what: string;
  readonly path: string;
}

/** Objects that are about to be made in another namespace, or in none. */
export interface Elsewhere {
  /** Absent: they belong to the cluster. */
  readonly namespace?: string;
  /** What names the namespace in the configuration: `vault.server.namespace`. */
  readonly setting?: string;
  /** Whether it is a namespace of applications, with Secrets that they read. */
  readonly isOfApplications?: true;
  readonly objects: readonly {
    readonly resource: Resource;
    readonly name: string;
    /** Absent where somebody else checks that no two are called the same. */
    readonly of?: NamedAfter;
  }[];
}

/** A namespace that a service's Secret is in, and that the stack's file does not name any more. */
export interface FormerNamespace {
  readonly service: string;
  readonly secret: string;
  readonly namespace: string;
  /** The Secret there. Absent where nobody may look. */
  readonly copy?: Marks;
  /** What of its removal the account may not do. */
  readonly forbidden: readonly string[];
  /** Workloads whose pods name it, as `Kind namespace/name`. */
  readonly readers: Known<readonly string[]>;
}

/** What the cluster says of them. */
export interface ElsewhereFacts {
  readonly namespaceExists: Known<boolean>;
  /** Whether the namespace is being removed, and takes nothing in any more. */
  readonly isTerminating?: true;
  /** What writes Secrets there from elsewhere; of namespaces of applications. */
  readonly externalSecrets?: Known<readonly Writer[]>;
  /** By plural; `unknown` where they may not be listed. */
  readonly marks: Readonly<Record<string, Known<Marks[]>>>;
  /** Kinds that the cluster does not have. */
  readonly missing: readonly Resource[];
  readonly forbidden: readonly string[];
}
