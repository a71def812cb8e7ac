import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_QUERIES, queriesObject, QUERIES_KEY } from "../alerts/names";
import { QUERIES } from "../alerts/queries";
import type { Service } from "../catalog/service";
import type { ClusterConfig, StackConfig } from "../config/schema";
import { Cluster, type ClusterSpec, type RoleConfiguration } from "../crds/cluster";
import { ScheduledBackup } from "../crds/scheduledBackup";
import { metadata, serviceHost, waitFor, type Placement } from "./metadata";

export interface PostgresClusterArgs {
  config: ClusterConfig;
  place: Placement;
  /** Inline roles; where DatabaseRole objects manage them, only those to be dropped. */
  roles: readonly RoleConfiguration[];
  /**
   * Names of the Poolers whose clients prove the server by its name. A Pooler shows them the Cluster's certificate, which has their host names then. Changing them
   * renews the certificate, nothing restarts. @default none
   */
  poolers?: readonly string[];
  /** Lines of pg_hba.conf, the last of which decides for everybody not named before. Changing them reloads Postgres, nothing restarts. */
  pgHba: readonly string[];
  /**
   * The database that initdb makes and its owner. The Secret must be the one that manages the owner's password everywhere else: with two, the password
   * flips at every restart (cloudnative-pg#6762). Absent: CloudNativePG makes a database and a role `app`, and a Secret `<cluster>-app` for it. Read at creation only.
   */
  bootstrap?: { service: Pick<Service, "database" | "role">; secret: pulumi.Input<string> };
  /** Unless it is `none`, the instances export what the alerts need to know of their roles. Restarts nothing. @default "none" */
  alerts?: StackConfig["alerts"];
}

/** A CloudNativePG cluster with its inline roles, its pg_hba lines and its scheduled backups; ready when the operator says so. */
export class PostgresCluster extends pulumi.ComponentResource {
  /** The Cluster's name, known to consumers once the Cluster is ready. */
  readonly clusterName: pulumi.Output<string>;

  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:PostgresCluster", name, {}, opts);
    const { config, place } = args;
    const queries = args.alerts === undefined || args.alerts === "none" ? undefined : roleQueries(name, args, this);
    // Said once the certificate is there.
    const named = poolerHosts(args).map((host) => `jsonpath={.status.certificates.serverAltDNSNames[?(@=="${host}")]}`);
    const cluster = new Cluster(
      name,
      { metadata: metadata(place, config.name, { annotations: waitFor("condition=Ready", ...named) }), spec: clusterSpec(args, queries) },
      {
        parent: this,
        protect: config.protection === "protected",
        // What the cluster was made from stays what it is: without it CloudNativePG would turn to a user `app` that does not exist.
        ignoreChanges: ["spec.bootstrap"],
        customTimeouts: { create: config.readyTimeout, update: config.readyTimeout },
      },
    );
    this.clusterName = cluster.metadata.name;
    for (const [schedule, spec] of Object.entries(config.backup?.schedules ?? {})) {
      new ScheduledBackup(
        `${name}-${schedule}`,
        { metadata: metadata(place, schedule), spec: { cluster: { name: this.clusterName }, ...spec } },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

/** CloudNativePG's custom queries; with the label, an instance takes up a change of them at once. */
function roleQueries(name: string, { config, place }: PostgresClusterArgs, parent: pulumi.Resource): k8s.core.v1.ConfigMap {
  const labels = { "cnpg.io/reload": "true" };
  return new k8s.core.v1.ConfigMap(
    `${name}-queries`,
    { metadata: metadata(place, queriesObject(config.name), { labels }), data: { [QUERIES_KEY]: QUERIES } },
    { parent },
  );
}

function clusterSpec(args: PostgresClusterArgs, queries?: k8s.core.v1.ConfigMap): ClusterSpec {
  const { config, place, roles, pgHba, bootstrap } = args;
  return {
    instances: config.instances,
    ...(config.image === undefined ? {} : { imageName: config.image }),
    ...(config.imagePullPolicy === undefined ? {} : { imagePullPolicy: config.imagePullPolicy }),
    ...(config.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: config.imagePullSecrets.map((secret) => ({ name: secret })) }),
    ...(isEmpty(place.labels) && isEmpty(place.annotations)
      ? {}
      : { inheritedMetadata: { labels: { ...place.labels }, annotations: { ...place.annotations } } }),
    storage: storage(config.storage),
    ...(config.walStorage === undefined ? {} : { walStorage: storage(config.walStorage) }),
    enableSuperuserAccess: config.superuserAccess === "enabled",
    ...(args.poolers === undefined || args.poolers.length === 0 ? {} : { certificates: { serverAltDNSNames: poolerHosts(args) } }),
    ...(bootstrap === undefined
      ? {}
      : {
          bootstrap: {
            initdb: { database: bootstrap.service.database, owner: bootstrap.service.role, secret: { name: bootstrap.secret } },
          },
        }),
    postgresql: { parameters: config.parameters, pg_hba: [...pgHba] },
    ...(roles.length === 0 ? {} : { managed: { roles: [...roles] } }),
    ...(config.resources === undefined ? {} : { resources: defined(config.resources) }),
    monitoring: {
      enablePodMonitor: config.monitoring === "podMonitor",
      ...(queries === undefined ? {} : { customQueriesConfigMap: [DEFAULT_QUERIES, { name: queries.metadata.name, key: QUERIES_KEY }] }),
    },
    affinity: affinity(config.placement),
    ...(config.placement.zones === "any" ? {} : { topologySpreadConstraints: [zoneSpread(config.name)] }),
    ...(config.backup?.configuration === undefined ? {} : { backup: config.backup.configuration }),
    ...(config.backup?.plugins === undefined ? {} : { plugins: config.backup.plugins }),
  };
}

function poolerHosts({ poolers = [], place }: PostgresClusterArgs): string[] {
  return poolers.map((pooler) => serviceHost(pooler, place));
}

function affinity(placement: ClusterConfig["placement"]): Record<string, unknown> {
  return {
    enablePodAntiAffinity: placement.antiAffinity !== "none",
    ...(placement.antiAffinity === "none" ? {} : { podAntiAffinityType: placement.antiAffinity, topologyKey: placement.topologyKey }),
    ...(placement.nodeSelector === undefined ? {} : { nodeSelector: placement.nodeSelector }),
    ...(placement.tolerations === undefined ? {} : { tolerations: placement.tolerations }),
  };
}

function zoneSpread(cluster: string): Record<string, unknown> {
  return {
    maxSkew: 1,
    topologyKey: "topology.kubernetes.io/zone",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: { "cnpg.io/cluster": cluster } },
  };
}

function storage(config: ClusterConfig["storage"]): ClusterSpec["storage"] {
  return { size: config.size, ...(config.class === undefined ? {} : { storageClass: config.class }) };
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length === 0;
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
