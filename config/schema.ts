import { z } from "zod";
import { ENVIRONMENTS } from "./environment";
import {
  dnsLabel,
  dnsSubdomain,
  duration,
  nodeImage,
  ownAnnotations,
  ownLabels,
  placement,
  imageReference,
  resources,
  storage,
  text,
  vaultPath,
} from "./primitives";
import { parseHostBased } from "./hostBased";
import { passedThrough } from "./passedThrough";
import { networkPeers } from "./network";
import { problemOfParameter } from "./parameters";
import { attributes, givesUp, memberOf, settings } from "./roles";
import { rotationEntry } from "./rotation";
import { bundles, vault } from "./vault";

/** How a client is told to protect its connection; the names are libpq's. */
const tls = z.strictObject({
  /**
   * `verify-full` proves the server by the `ca.crt` of the application's own Secret; `require` encrypts, and takes any server; `prefer` lets a client that cannot speak
   * TLS in. @default "verify-full" in staging and prod, else "require"
   */
  mode: z.enum(["prefer", "require", "verify-ca", "verify-full"]).optional(),
  /** Path, inside the application's container, at which it mounts the key `ca.crt` of its own Secret. @default "/etc/postgres-authority/ca.crt" where the server is proven */
  ca: z.string().startsWith("/", "is not an absolute path").optional(),
});

/** Of one: this stack's, by number, or CloudNativePG's own. */
const authority = z.union([z.literal("operator"), z.int().min(1, "is less than 1")], "is neither a number nor `operator`");

const stackTls = tls.extend({
  /**
   * Who signs the certificate that Postgres shows: the first. Clients trust all of them. A number is an authority of this stack's, kept in the state; `operator`, the one
   * that CloudNativePG keeps for itself. Another one is trusted first and signs in a later `up`: docs/runbooks/tls.md. @default [1]
   */
  authorities: z.array(authority).min(1, "is empty").max(3, "has more than three").default([1]),
});

const backup = z.strictObject({
  /** CloudNativePG's `spec.backup`, as it is. */
  configuration: z
    .looseObject({ retentionPolicy: z.string().optional(), target: z.enum(["primary", "prefer-standby"]).optional() })
    .optional(),
  /** CloudNativePG's `spec.plugins`, as it is. */
  plugins: z.array(z.looseObject({ name: z.string(), isWALArchiver: z.boolean().optional() })).optional(),
  /** One ScheduledBackup an entry, under its name. */
  schedules: z
    .record(
      dnsLabel,
      z.strictObject({
        schedule: z.string().regex(/^\s*(\S+\s+){5}\S+\s*$/, "is not a CloudNativePG schedule: six fields, the first one seconds"),
        method: z.enum(["barmanObjectStore", "volumeSnapshot", "plugin"]).optional(),
        target: z.enum(["primary", "prefer-standby"]).optional(),
        immediate: z.boolean().optional(),
        suspend: z.boolean().optional(),
        backupOwnerReference: z.enum(["none", "self", "cluster"]).optional(),
        pluginConfiguration: z.strictObject({ name: z.string(), parameters: z.record(z.string(), z.string()).optional() }).optional(),
      }),
    )
    .optional(),
});

/** A line that lets nobody in whom it does not name, and nothing in its clear text. */
const hostBasedLine = z
  .union([
    z.string(),
    z.strictObject({
      line: z.string(),
      /** Why connections that are not encrypted are let in. */
      withoutTls: z.string().trim().min(1, "is empty"),
    }),
  ])
  .transform((written, context) => {
    const { line, withoutTls } = typeof written === "string" ? { line: written, withoutTls: undefined } : written;
    const parsed = parseHostBased(line, withoutTls !== undefined);
    if ("problems" in parsed) for (const message of parsed.problems) context.addIssue({ code: "custom", message });
    return line;
  });

function checkParameters(parameters: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const [name, value] of Object.entries(parameters)) {
    const message = problemOfParameter(name, value, parameters);
    if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
  }
}

const protection = z.enum(["none", "protected"]);

// CloudNativePG's own limit is 50 characters.
const clusterName = dnsLabel.max(50, "is longer than CloudNativePG's 50 characters").regex(/^\D/, "does not begin with a letter");

export const clusterSchema = z.strictObject({
  /** Name of the Cluster and of its services, `<name>-rw` and so on. Changing it makes a new, empty cluster. @default "postgres" */
  name: clusterName.default("postgres"),
  instances: z.int().min(1, "is less than 1"),
  /** Container image of Postgres. Absent: the operator's default. */
  image: imageReference.optional(),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  imagePullSecrets: z.array(dnsSubdomain).default([]),
  storage,
  walStorage: storage.optional(),
  /** postgresql.conf; CloudNativePG refuses the parameters it sets itself, and this program those that bring passwords into the log or make them weaker. */
  parameters: z.record(z.string(), text).superRefine(checkParameters).default({}),
  /** Libraries that Postgres loads when it starts, as some extensions want: `timescaledb`, `pg_cron`. The image must have them. Restarts. */
  preloadLibraries: z.array(z.string().regex(/^\w[\w$.-]*$/, "is not the name of a library")).default([]),
  /**
   * Lines of pg_hba.conf for what is no service of the catalogue. They come before the last line, which refuses everybody else. Each names its databases and its
   * logins, is for encrypted connections (or says why not: `{ line, withoutTls }`), and has a method that proves something.
   */
  pgHba: z.array(hostBasedLine).default([]),
  resources: resources.optional(),
  /** `podMonitor` needs the Prometheus operator's CRDs. @default "none" */
  monitoring: z.enum(["none", "podMonitor"]).default("none"),
  /** `enabled`: metrics, which name roles and sessions, go over TLS; what scrapes them has to be told. Restarts the instances. @default "disabled" */
  metricsTls: z.enum(["disabled", "enabled"]).default("disabled"),
  /** `enabled` makes the operator keep `<cluster>-superuser`, for maintenance and emergencies. @default "disabled" */
  superuserAccess: z.enum(["disabled", "enabled"]).default("disabled"),
  /** `protected` makes Pulumi refuse to delete or replace the Cluster, and to delete the Secrets of services that say nothing else. @default "protected" */
  protection: protection.default("protected"),
  placement: placement.prefault({}),
  backup: backup.optional(),
  /**
   * What else the Cluster is to be told: CloudNativePG's `spec`, as it is. What another setting says, and what would break what the program promises, is refused. Each
   * field costs what CloudNativePG's documentation says of it; `bootstrap` is read when the Cluster is made, and not again.
   */
  spec: passedThrough.optional(),
  /** How long an `up` waits for the Cluster to become ready, as Go writes durations. @default "15m" */
  readyTimeout: duration.default("15m"),
});

/** How a new password replaces the old one. */
const strategy = z.enum(["inPlace", "alternating"]);
const days = z.int().min(1, "is less than 1");

const rotation = z.strictObject({
  /**
   * `inPlace`: one login role, whose old password dies as the new one is applied. `alternating`: two login roles, `<role>_a` and `<role>_b`, that take turns,
   * so that the previous credential stays valid until it is retired. @default "inPlace"
   */
  strategy: strategy.default("inPlace"),
  /** Names for several services on the command line: `npm run rotate -- --group`. */
  groups: z.record(dnsLabel, z.strictObject({ services: z.array(z.string()).min(1, "is empty") })).default({}),
  /** By service: its logins. One that is not here has the first generation of its first login. */
  services: z.record(z.string(), rotationEntry).default({}),
  /** Older passwords are warned of. Absent: none is. */
  maxAgeDays: days.optional(),
  /** A login that was in use before and may still log in, so many days after the turn, is warned of. Absent: none is. */
  previousMaxDays: days.optional(),
  /** How long containers may go on with a Secret's former contents: kubelet's refresh of mounted Secrets. Two turns of one service are at least so far apart. @default 120 */
  settleSeconds: z.int().min(0, "is less than 0").default(120),
  /** How long an `up` waits for CloudNativePG to apply a password. @default 120 */
  applySeconds: z.int().min(1, "is less than 1").default(120),
  /** How long an `up` waits for each restarted workload. @default 600 */
  restartSeconds: z.int().min(1, "is less than 1").default(600),
  proof: z
    .strictObject({
      /** An image with `psql`. @default `cluster.image` */
      image: imageReference.optional(),
      /** How long the proof tries to log in before it fails the `up`. @default 60 */
      seconds: z.int().min(1, "is less than 1").default(60),
    })
    .prefault({}),
});

/** What a platform asks of the pods that the program makes: proofs, gates, the bootstrap of Vault, `npm run psql`. */
const pods = z.strictObject({
  /** Of the pods, beside the program's own: what a NetworkPolicy or an admission policy selects by. */
  labels: ownLabels.optional(),
  /** Of the pods. Istio and Linkerd are told to leave them alone unless one of these says otherwise. */
  annotations: ownAnnotations.optional(),
  /** Over what each needs: a quota on `limits.cpu` refuses pods that name none. */
  resources: resources.optional(),
  /** `own`: the user that each image is made for. `platform`: none is named, as OpenShift gives each namespace its own. @default "own" */
  user: z.enum(["own", "platform"]).default("own"),
  /** As whom proofs and `npm run psql` run; they ask the API server for nothing. Gates and the bootstrap have accounts of their own. @default the namespace's */
  serviceAccount: dnsSubdomain.optional(),
  /** For each of their images; those of proofs beside `cluster.imagePullSecrets`. In Vault's namespace, too, where there is a bootstrap. */
  imagePullSecrets: z.array(dnsSubdomain).default([]),
  /** @default the Cluster's for proofs, none for the others */
  nodeSelector: placement.shape.nodeSelector,
  /** As `nodeSelector`. */
  tolerations: placement.shape.tolerations,
});

export const workload = z.strictObject({
  kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"]),
  name: dnsSubdomain,
  /** One of the service's `namespaces`. @default the stack's */
  namespace: dnsLabel.optional(),
});

/** The types of the Secrets that applications read. */
export const SECRET_TYPES = ["kubernetes.io/basic-auth", "Opaque", "servicebinding.io/postgresql"] as const;
const secretType = z.enum(SECRET_TYPES);

/** Keys of a Secret, as text with placeholders (docs/templates.md). */
export const templateDefinition = z.strictObject({
  /**
   * Type of the Secret. Kubernetes cannot change it. @default the type of `extends`, else "Opaque"
   */
  type: secretType.optional(),
  /** One of the program's own templates, whose keys come first. @default none */
  extends: z.string().min(1, "is empty").optional(),
  /**
   * Each key with its text: `{password}`, or a whole one such as `{uri}`. `ca.crt` is always there.
   */
  keys: z.record(z.string(), z.string().min(1, "is empty")),
});

export const serviceSchema = z.strictObject({
  /** @default true; false is the same as leaving the service out. */
  enabled: z.boolean().default(true),
  /**
   * Concurrent connections of each login, -1 for no limit. @default the record's, else half of what Postgres has beside its own and the limits that are set
   */
  connectionLimit: z
    .int()
    .min(-1, "is less than -1")
    .refine((limit) => limit !== 0, "lets nobody log in")
    .optional(),
  /** What its role may do beside its database. Its logins that take turns get the same. @default the record's, else nothing */
  attributes: attributes.optional(),
  /** Roles that its role is a member of; none of a service's. @default the record's, else none */
  memberOf: memberOf.optional(),
  /** Settings that its role is meant to have in Postgres (`ALTER ROLE … SET`): the program makes none, and drift leaves them. @default the record's, else nothing */
  settings: settings.optional(),
  /** What its role has from before the first `up` and is to lose by it, as a refusal names it. */
  givesUp: givesUp.optional(),
  tls: tls.optional(),
  /**
   * Where applications read the Secret beside the stack's own namespace, which always has it: the same Secret is written in each of these, which must exist. Its role's stays
   * beside the Cluster. @default the record's, else none
   */
  namespaces: z
    .array(dnsLabel)
    .refine((names) => new Set(names).size === names.length, "has one of them twice")
    .optional(),
  /**
   * Further keys of the Secret: `tls` (sslmode, sslrootcert), `readOnly` (the replicas' host and URI), `pooler` (a pooler's host and URI); `node`, `prisma`, `asyncpg`
   * and `npgsql`: all in one, as node-postgres, Prisma, SQLAlchemy with asyncpg, and .NET take it (docs/clients.md).
   */
  keys: z.array(z.enum(["tls", "readOnly", "pooler", "node", "prisma", "asyncpg", "npgsql"])).optional(),
  /** Name of the CloudNativePG Pooler that the service goes through: the `pooler` keys lead to it, and credentials are proven through it. */
  pooler: dnsLabel.optional(),
  /** Take the first password from this Secret of the stack's namespace, at migration. Afterwards it lives in the state. */
  adopt: z
    .strictObject({
      secret: dnsSubdomain,
      key: z.string().min(1, "is empty").default("password"),
      form: z.enum(["password", "uri"]).optional(),
    })
    .optional(),
  /** Where the password was in Vault before it was adopted, each path with its mount: what `npm run migrate` may say how to remove. */
  formerVaultPaths: z.array(vaultPath).optional(),
  /**
   * Template of the Secret: the program's, the catalogue's or the stack's own. Updates the Secret
   * in place, where its type stays. @default the record's, else "pg"
   */
  template: z.string().min(1, "is empty").optional(),
  /**
   * Type of the Secret, where one that is there has another than its template's: Kubernetes cannot
   * change it.
   */
  secretType: secretType.optional(),
  /** What sets this service apart in how its password is rotated. */
  rotation: z
    .strictObject({
      /** @default the stack's `rotation.strategy` */
      strategy: strategy.optional(),
      /** @default the stack's `rotation.maxAgeDays` */
      maxAgeDays: days.optional(),
      /** @default the stack's `rotation.previousMaxDays` */
      previousMaxDays: days.optional(),
    })
    .optional(),
  /** What reads the Secret at its start only. @default the record's */
  workloads: z.array(workload).optional(),
  /** `rollout`: its workloads are restarted, one after the other, when its credential changes. `reloader`: Stakater's Reloader is told to. @default "rollout" */
  restart: z.enum(["rollout", "reloader", "none"]).default("rollout"),
  labels: ownLabels.optional(),
  annotations: ownAnnotations.optional(),
  /** `protected`: Pulumi refuses to delete the Secrets of its logins, and with them what they are made of. `none` comes in an `up` before the one that turns the service off. @default `cluster.protection` */
  protection: protection.optional(),
});

/** The whole configuration of a stack: `Pulumi.<stack>.yaml`, less the project's name before each key. */
export const stackSchema = z.strictObject({
  /** Holds everything the stack makes. Must exist. */
  namespace: dnsLabel,
  /**
   * Context of the kubeconfig; `in-cluster` in a pod: the pod's own service account. A stack names its cluster: there is no falling back to whatever context is current.
   */
  context: z.string().min(1, "is empty").optional(),
  /** Path or (as a secret) contents of a kubeconfig. Absent: `KUBECONFIG`, then `~/.kube/config`. */
  kubeconfig: z.string().min(1, "is empty").optional(),
  /**
   * Directory with the records of services, bundles, gates and Vault's fixtures, as files of YAML:
   * docs/catalogue.md. Relative to the stack's file. @default the program's own records
   */
  catalog: z.string().min(1, "is empty").optional(),
  /** `inline`: `spec.managed.roles`, whose drift the operator reverts. `databaseRole`: one DatabaseRole object a role, applied when it or its Secret changes. @default "inline" */
  roleApi: z.enum(["inline", "databaseRole"]).default("inline"),
  cluster: clusterSchema,
  /** Which services of the catalogue are on, with what this stack sets differently. */
  services: z.record(z.string(), serviceSchema),
  /**
   * Templates of Secrets beside the program's own and the catalogue's, by their names
   * (docs/templates.md).
   */
  templates: z.record(dnsLabel, templateDefinition).optional(),
  /** For every service that sets nothing else. */
  tls: stackTls.prefault({}),
  /** When passwords are replaced, and how. */
  rotation: rotation.prefault({}),
  /**
   * `prometheusRule`: alerts on credentials, as a PrometheusRule of the Prometheus operator, and what the instances export of their roles for them. See docs/alerts.md.
   * @default "none"
   */
  alerts: z.enum(["none", "prometheusRule"]).default("none"),
  /** Address at which docs/alerts.md can be read. Alerts then have `runbook_url`, which Alertmanager and Grafana show as a link. @default none */
  runbookUrl: z
    .string()
    // Prometheus would run what is in braces as a template, with what it knows.
    .regex(/^https:\/\/[\w.~:/?[\]@!$&()*+,;=%-]+$/, "is not an https address without a fragment, of the characters that an address has")
    .optional(),
  /**
   * `policies`: NetworkPolicies for the Cluster, its Poolers, Vault and every pod that the program makes. For a cluster whose network enforces them; others take no notice.
   * See docs/network.md. @default "none"
   */
  network: z.enum(["none", "policies"]).default("none"),
  /** Who reaches what then. */
  networkPeers,
  /** Vault, and what is fetched from it: ExternalSecrets of services and bundles. Absent: there are none. */
  vault: vault.optional(),
  /** Values of third parties for Vault, `<owner>/<name>#<key>` each. Encrypted: `pulumi config set --secret --path`. */
  vaultValues: z.record(z.string(), z.string().min(1, "is empty")).optional(),
  /** Which bundles are on, with what this stack sets differently. They need `vault`. */
  bundles,
  /** Which gates are on: CronJobs that never run by themselves, and wait for a pipeline's Secrets when they are made to. */
  gates: z
    .record(
      z.string(),
      nodeImage.extend({
        /** @default true; false is the same as leaving the gate out. */
        enabled: z.boolean().default(true),
      }),
    )
    .default({}),
  /** What the rules go by that differ: where keys of Vault may be, for one. @default the stack's name, where it is one of them */
  environment: z.enum(ENVIRONMENTS).optional(),
  pods: pods.optional(),
  /** Put on every object. */
  labels: ownLabels.default({}),
  annotations: ownAnnotations.default({}),
  /** The mark of another state of this stack (as a refusal prints it) whose objects and passwords this one takes over. */
  takeOver: z.string().min(1, "is empty").optional(),
});

/** A Cluster that is there already: whoever has written its manifest goes on to do so, and the stack has roles, databases and Secrets in it. */
export const existingClusterSchema = z.strictObject({
  /** Name of the Cluster, in the stack's namespace. Nothing is written to it; what the program has to know of it is read in each run. */
  existing: clusterName,
  /** `protected` makes Pulumi refuse to delete the Secrets of services that say nothing else. @default "protected" */
  protection: protection.default("protected"),
});

/** The same where `cluster.existing` names a Cluster. */
export const existingStackSchema = stackSchema.extend({
  cluster: existingClusterSchema,
  /** An inline role would be an entry of the Cluster's own manifest. */
  roleApi: z.literal("databaseRole").default("databaseRole"),
  tls: tls
    .extend({
      /** The Cluster's own authority, whichever that is. @default ["operator"] */
      authorities: z.array(z.literal("operator")).length(1, "has more than the Cluster's own").default(["operator"]),
    })
    .prefault({}),
});

export type StackConfig = Omit<z.infer<typeof stackSchema>, "cluster"> & { cluster: ClusterConfig };
export type ClusterConfig = z.infer<typeof clusterSchema> & {
  /** Somebody else writes it. What the file says nothing of is empty here until it has been read. */
  existing?: true;
};
export type ServiceConfig = StackConfig["services"][string];
export type TlsConfig = Omit<StackConfig["tls"], "authorities">;
export type RotationConfig = StackConfig["rotation"];
export type Strategy = RotationConfig["strategy"];
export type VaultConfig = NonNullable<StackConfig["vault"]>;
export type AzureKeyVaultSeal = Extract<Extract<VaultConfig["server"], { kind: "deployed" }>["seal"], { type: "azurekeyvault" }>;
export type ManagedKeyVault = Extract<AzureKeyVaultSeal["keyVault"], { kind: "managed" }>;
export type Workload = z.infer<typeof workload>;
export type SecretType = z.infer<typeof secretType>;
export type TemplateDefinition = z.infer<typeof templateDefinition>;
