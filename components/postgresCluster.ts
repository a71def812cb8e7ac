import * as pulumi from "@pulumi/pulumi";
import { checkCatalogue } from "../catalog/check";
import { resolveNames } from "../catalog/names";
import { soundServices } from "../catalog/recordSchema";
import { LAST_LINE, openLines } from "../config/hostBased";
import type { Problem } from "../config/problem";
import { refuse } from "../config/refuse";
import { validateCluster } from "../config/validate";
import { Cluster, type RoleConfiguration } from "../kube/kinds/cluster";
import { ScheduledBackup } from "../kube/kinds/scheduledBackup";
import { AUTHORITIES_ANNOTATION } from "../kube/marks";
import type { Authority, GivenAuthority } from "./authority/given";
import { ServerAuthority } from "./authority/serverAuthority";
import { roleQueries } from "./clusterQueries";
import { clusterSpec, furtherNames, type ClusterParts } from "./clusterSpec";
import { metadata, placeOf, waitFor, type PlaceArgs } from "./metadata";
import { hostBasedAuthentication as linesFor } from "./roles";

/** A volume of each instance. */
export interface Volume {
  /** A Kubernetes quantity, for example `20Gi`. May grow, never shrink. */
  size: string;
  /** Name of the StorageClass. Read when a volume is made. @default the cluster's default class */
  class?: string;
}

/** What a container asks for and may have, by resource (`cpu`, `memory`). */
export interface Resources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

/** A node's taint that pods put up with. */
export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** Where instances run. */
export interface InstancePlacement {
  /**
   * Whether instances share a node: `none` (they may), `preferred` (rather not), `required` (one
   * that would stays pending). @default "preferred"
   */
  antiAffinity?: string;
  /** The label of nodes that tells one place from the next. @default "kubernetes.io/hostname" */
  topologyKey?: string;
  /** `spread`: instances differ by at most one between zones. @default "any" */
  zones?: string;
  /** Labels that a node has to have. */
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
}

/** A plugin of CloudNativePG that a scheduled backup goes through. */
export interface BackupPlugin {
  name: string;
  parameters?: Record<string, string>;
}

/** When a backup is made: one ScheduledBackup. */
export interface BackupSchedule {
  /** CloudNativePG's form of a schedule: six fields, the first one seconds. */
  schedule: string;
  /** `barmanObjectStore`, `volumeSnapshot` or `plugin`. @default CloudNativePG's */
  method?: string;
  /** `primary` or `prefer-standby`. @default the Cluster's */
  target?: string;
  /** Whether one is made at once, too. @default false */
  immediate?: boolean;
  suspend?: boolean;
  /** Whose the Backup objects are: `none`, `self` or `cluster`. @default CloudNativePG's */
  backupOwnerReference?: string;
  pluginConfiguration?: BackupPlugin;
}

/** How the data is backed up. */
export interface ClusterBackup {
  /** CloudNativePG's `spec.backup`, as it is. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- The operator's own shape, which other languages have as any value.
  configuration?: any;
  /** CloudNativePG's `spec.plugins`, as it is: a list. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- The same.
  plugins?: any;
  /** By the names of their ScheduledBackups. */
  schedules?: Record<string, BackupSchedule>;
}

/** The database that initdb makes, and its owner. */
export interface InitialDatabase {
  /** Name of the database. */
  database: string;
  /** Role that owns it. */
  owner: string;
  /**
   * The Secret with the owner's name and password: the same that manages the role's password
   * everywhere else. With two, the password flips at every restart (cloudnative-pg#6762).
   */
  secretName: pulumi.Input<string>;
}

/** A ServiceDatabase whose logins are let in; its names are the ones that it has there. */
export interface ClusterService {
  /** Name of the ServiceDatabase. */
  name: string;
  /** @default the name, `-` as `_` */
  role?: string;
  /** @default the role's name */
  database?: string;
}

export interface PostgresClusterArgs extends PlaceArgs {
  /**
   * Name of the Cluster and of its services, `<name>-rw` and so on: at most 50 characters. Another
   * name is a new, empty Cluster. @default the component's name
   */
  clusterName?: string;
  /** How many Postgres servers there are, the primary among them. */
  instances: number;
  /** Container image of Postgres. Another one restarts the instances, one after the other. @default the operator's */
  image?: pulumi.Input<string>;
  /** `Always`, `IfNotPresent` or `Never`. @default Kubernetes' */
  imagePullPolicy?: string;
  /** Names of Secrets. @default none */
  imagePullSecrets?: string[];
  /** The data. */
  storage: Volume;
  /** The write-ahead log, where it has a volume of its own. Cannot be taken away again. */
  walStorage?: Volume;
  /** postgresql.conf; CloudNativePG refuses the parameters that it sets itself. Some restart the instances. @default none */
  parameters?: Record<string, string>;
  /** Libraries that Postgres loads when it starts; the image has them. A change restarts the instances. @default none */
  preloadLibraries?: string[];
  /** Of each instance. A change restarts them. */
  resources?: Resources;
  placement?: InstancePlacement;
  backup?: ClusterBackup;
  /**
   * What else the Cluster is to be told: CloudNativePG's `spec`, as it is, less what other arguments
   * say and what would break what the component promises.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- The operator's own shape, which other languages have as any value.
  spec?: any;
  /** `podMonitor` needs the Prometheus operator. @default "none" */
  monitoring?: string;
  /** `enabled`: metrics, which name roles and sessions, go over TLS. Restarts the instances. @default "disabled" */
  metricsTls?: string;
  /** `enabled`: the operator keeps a Secret `<cluster>-superuser`, for maintenance and emergencies. @default "disabled" */
  superuserAccess?: string;
  /** `protected`: Pulumi refuses to delete or replace the Cluster. @default "protected" */
  protection?: string;
  /** How long an `up` waits for the Cluster to become ready, as Go writes durations. @default "15m" */
  readyTimeout?: string;
  /**
   * Who is let in, each with a line of pg_hba.conf: over TLS, the service's role and its two logins
   * that take turns, into the service's database and no other. An empty list lets no service in. A
   * change reloads Postgres, and restarts nothing. Required, unless `hostBasedAuthentication` says all.
   */
  services?: ClusterService[];
  /**
   * Lines of pg_hba.conf for who is no ServiceDatabase, each with the databases and the logins that it
   * is for. They come before the last line, which refuses everybody else. @default none
   */
  pgHba?: string[];
  /**
   * All lines of pg_hba.conf after CloudNativePG's own, in the place of those that `services` and
   * `pgHba` make: each names databases and logins, and the last one is `host all all all reject`.
   */
  hostBasedAuthentication?: string[];
  /**
   * Read when the Cluster is made, and not again. @default CloudNativePG's: a database and a role
   * `app`, and a Secret `<cluster>-app`
   */
  bootstrap?: InitialDatabase;
  /** Roles in the Cluster itself, whose drift the operator reverts. A ServiceDatabase needs none here. @default none */
  roles?: RoleConfiguration[];
  /**
   * Names of the Poolers whose clients prove the server by its name: the certificate has their host
   * names. A change renews the certificate, and restarts nothing. @default none
   */
  poolers?: string[];
  /**
   * Signs the server's certificate, which CloudNativePG issues and renews with it. A change issues
   * another, and restarts nothing. @default CloudNativePG's own authority
   */
  authority?: GivenAuthority;
  /** Which authorities clients are told to trust, as a mark: what changes them is checked against it. @default no mark */
  authorities?: string;
  /** `prometheusRule`: the instances export what alerts need to know of their roles. Restarts nothing. @default "none" */
  alerts?: string;
}

/** A CloudNativePG cluster with its roles, its lines of pg_hba.conf and its scheduled backups; there when the operator says that it is ready. */
export class PostgresCluster extends pulumi.ComponentResource {
  /** The Cluster's name, known once the Cluster is ready. */
  readonly clusterName!: pulumi.Output<string>;
  /** What its server is proven by; nothing where the authority is given. */
  readonly authority!: pulumi.Output<Authority>;

  /** @throws pulumi.RunError naming every argument that is wrong, before anything is made */
  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:PostgresCluster", name, shownArgs(args), opts);
    const made = partsOf(name, args);
    // An authority of its own, unless somebody else has one for it.
    const own = args.authorities === undefined && args.authority === undefined ? ownAuthority(name, made, this) : undefined;
    const parts: ClusterParts = own?.given === undefined ? made : { ...made, authority: own.given };
    const { config, place } = parts;
    const queries =
      parts.alerts === undefined || parts.alerts === "none" ? undefined : roleQueries(name, { cluster: config.name, place }, this);
    // Said once the certificate is there.
    const named = furtherNames(parts).map((host) => pulumi.interpolate`jsonpath={.status.certificates.serverAltDNSNames[?(@=="${host}")]}`);
    const cluster = new Cluster(
      name,
      {
        metadata: waitFor(
          metadata(place, config.name, {
            annotations: args.authorities === undefined ? {} : { [AUTHORITIES_ANNOTATION]: args.authorities },
          }),
          "condition=Ready",
          ...named,
        ),
        spec: clusterSpec(parts, queries?.metadata.name),
      },
      {
        parent: this,
        protect: config.protection === "protected",
        // What the cluster was made from stays what it is: without it CloudNativePG would turn to a user `app` that does not exist.
        ignoreChanges: ["spec.bootstrap"],
        customTimeouts: { create: config.readyTimeout, update: config.readyTimeout },
      },
    );
    const clusterName = cluster.metadata.name;
    for (const [schedule, spec] of Object.entries(config.backup?.schedules ?? {})) {
      new ScheduledBackup(
        `${name}-${schedule}`,
        { metadata: metadata(place, schedule), spec: { cluster: { name: clusterName }, ...spec } },
        { parent: this },
      );
    }
    this.clusterName = clusterName;
    this.authority = pulumi.output({ certificates: own?.ca ?? "", configMap: own?.configMap ?? "" });
    this.registerOutputs({ clusterName, authority: this.authority });
  }
}

function ownAuthority(name: string, { config, place }: ClusterParts, parent: pulumi.Resource): ServerAuthority {
  return new ServerAuthority(`${name}-authority`, { place, cluster: config.name, authorities: [1] }, { parent });
}

/** What the state and the console show of them. */
function shownArgs({ namespace, clusterName, instances, image }: PostgresClusterArgs): pulumi.Inputs {
  return { namespace, clusterName, instances, image };
}

function partsOf(name: string, args: PostgresClusterArgs): ClusterParts {
  const { namespace, owner, labels, annotations, clusterName = name, image, ...rest } = args;
  const {
    services,
    pgHba = [],
    hostBasedAuthentication,
    bootstrap,
    roles = [],
    poolers = [],
    authority,
    alerts = "none",
    ...others
  } = rest;
  const { authorities: _, ...settings } = others;
  const checked = validateCluster({ ...settings, pgHba, name: clusterName });
  const problems = "problems" in checked ? checked.problems : [];
  problems.push(...admissionProblems(args, clusterName));
  if (!isAlerts(alerts))
    problems.push({ path: "alerts", message: "is neither `none` nor `prometheusRule`", remedy: "correct it, or leave it out" });
  if (problems.length > 0 || "problems" in checked || !isAlerts(alerts)) return refuse(`PostgresCluster ${name}`, problems);
  const { config } = checked;
  return {
    config,
    ...(image === undefined ? {} : { image }),
    place: placeOf({ namespace, owner, labels, annotations }),
    roles,
    poolers,
    ...(authority === undefined ? {} : { authority }),
    pgHba: hostBasedAuthentication ?? linesFor((services ?? []).map(recordOf).map(resolveNames), pgHba, config.superuserAccess),
    alerts,
    ...(bootstrap === undefined
      ? {}
      : { bootstrap: { service: { database: bootstrap.database, role: bootstrap.owner }, secret: bootstrap.secretName } }),
  };
}

/** A service as a catalogue would have it. */
const recordOf = (service: ClusterService) => ({ description: "", ...service });

/** What is wrong with who is let in. */
function admissionProblems(
  { services, pgHba, hostBasedAuthentication: lines, superuserAccess }: PostgresClusterArgs,
  cluster: string,
): Problem[] {
  if (lines !== undefined) {
    const problems = openLines(lines, superuserAccess === "enabled").map(({ index, problems: found }) => ({
      path: `hostBasedAuthentication.${index}`,
      message: found.join(", "),
      remedy: "name databases and logins",
    }));
    if (lines.at(-1) !== LAST_LINE)
      problems.push({
        path: "hostBasedAuthentication",
        message: "has another last line than the one that refuses everybody else",
        remedy: `end it with \`${LAST_LINE}\``,
      });
    if (services !== undefined || pgHba !== undefined)
      problems.push({
        path: "hostBasedAuthentication",
        message: `stands in the place of \`${services === undefined ? "pgHba" : "services"}\`, which is there, too`,
        remedy: "leave one of them out",
      });
    return problems;
  }
  if (services === undefined)
    return [
      {
        path: "services",
        message: "is missing: no line of pg_hba.conf lets a ServiceDatabase in that is not named",
        remedy: 'name each, as `[{ name: "orders" }]`, or say `[]` where there is none',
      },
    ];
  const { sound, problems } = soundServices(services.map(recordOf));
  return [...problems, ...checkCatalogue(sound, cluster)].map((problem) => ({
    ...problem,
    path: problem.path.replace(/^catalog\b/, "services"),
  }));
}

function isAlerts(value: string): value is NonNullable<ClusterParts["alerts"]> {
  return value === "none" || value === "prometheusRule";
}
