import type * as pulumi from "@pulumi/pulumi";
import { DEFAULT_QUERIES, QUERIES_KEY } from "../catalog/alertNames";
import type { Service } from "../catalog/service";
import type { ClusterConfig, StackConfig } from "../config/schema";
import type { ClusterSpec, RoleConfiguration } from "../kube/kinds/cluster";
import { serviceHost, type Place } from "./metadata";
import type { GivenAuthority } from "./authority/given";

/** What a Cluster is made of. */
export interface ClusterParts {
  config: ClusterConfig;
  /** @default the one of `config`, else the operator's */
  image?: pulumi.Input<string>;
  place: Place;
  /** Inline roles; where DatabaseRole objects manage them, only those to be dropped. */
  roles: readonly RoleConfiguration[];
  /**
   * Names of the Poolers whose clients prove the server by its name. A Pooler shows them the Cluster's certificate, which has their host names then. Changing them
   * renews the certificate, nothing restarts. @default none
   */
  poolers?: readonly string[];
  /** What signs the server's certificate. @default CloudNativePG's own authority */
  authority?: GivenAuthority;
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

/**
 * What the program says of the Cluster, with nothing of it made yet.
 * @param queries Name of the ConfigMap with the instances' own queries.
 */
export function clusterSpec(args: ClusterParts, queries?: pulumi.Input<string>): ClusterSpec {
  const { spec } = args.config;
  const own = ownSpec(args, queries);
  return spec === undefined ? own : (withPassed(own, spec) as ClusterSpec);
}

/**
 * What is passed on, beside what the program says. No field is said by both; of lists that both may have, CloudNativePG is given the two together.
 */
function withPassed(own: unknown, passed: unknown): unknown {
  if (Array.isArray(own) && Array.isArray(passed)) return [...(own as unknown[]), ...(passed as unknown[])];
  if (!isMapping(own) || !isMapping(passed)) return passed ?? own;
  return { ...own, ...Object.fromEntries(Object.entries(passed).map(([field, value]) => [field, withPassed(own[field], value)])) };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ownSpec(args: ClusterParts, queries?: pulumi.Input<string>): ClusterSpec {
  const { config, place, roles, pgHba, image = config.image } = args;
  // A Cluster is made in one way.
  const isCopy = ["recovery", "pg_basebackup"].some((way) => config.spec?.bootstrap?.[way] !== undefined);
  const bootstrap = isCopy ? undefined : args.bootstrap;
  return {
    instances: config.instances,
    ...(image === undefined ? {} : { imageName: image }),
    ...(config.imagePullPolicy === undefined ? {} : { imagePullPolicy: config.imagePullPolicy }),
    ...(config.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: config.imagePullSecrets.map((secret) => ({ name: secret })) }),
    ...(isEmpty(place.labels) && isEmpty(place.annotations)
      ? {}
      : { inheritedMetadata: { labels: { ...place.labels }, annotations: { ...place.annotations } } }),
    storage: storage(config.storage),
    ...(config.walStorage === undefined ? {} : { walStorage: storage(config.walStorage) }),
    enableSuperuserAccess: config.superuserAccess === "enabled",
    ...certificates(args),
    ...(bootstrap === undefined
      ? {}
      : {
          bootstrap: {
            initdb: { database: bootstrap.service.database, owner: bootstrap.service.role, secret: { name: bootstrap.secret } },
          },
        }),
    postgresql: {
      parameters: config.parameters,
      pg_hba: [...pgHba],
      ...(config.preloadLibraries.length === 0 ? {} : { shared_preload_libraries: [...config.preloadLibraries] }),
    },
    ...(roles.length === 0 ? {} : { managed: { roles: [...roles] } }),
    ...(config.resources === undefined ? {} : { resources: defined(config.resources) }),
    monitoring: {
      enablePodMonitor: config.monitoring === "podMonitor",
      ...(config.metricsTls === "enabled" ? { tls: { enabled: true } } : {}),
      ...(queries === undefined ? {} : { customQueriesConfigMap: [DEFAULT_QUERIES, { name: queries, key: QUERIES_KEY }] }),
    },
    affinity: affinity(config.placement),
    ...(config.placement.zones === "any" ? {} : { topologySpreadConstraints: [zoneSpread(config.name)] }),
    ...(config.backup?.configuration === undefined ? {} : { backup: config.backup.configuration }),
    ...(config.backup?.plugins === undefined ? {} : { plugins: config.backup.plugins }),
  };
}

function certificates(args: ClusterParts): Pick<ClusterSpec, "certificates"> {
  const { authority } = args;
  const names = furtherNames(args);
  if (authority === undefined && names.length === 0) return {};
  return {
    certificates: {
      ...(authority === undefined ? {} : { serverCASecret: authority.secretName }),
      ...(names.length === 0 ? {} : { serverAltDNSNames: names }),
    },
  };
}

/** The names that the server's certificate has for Poolers, and by which it is known who has signed it. */
export function furtherNames({
  poolers = [],
  place,
  authority,
}: Pick<ClusterParts, "poolers" | "place" | "authority">): pulumi.Input<string>[] {
  return [...poolers.map((pooler) => serviceHost(pooler, place)), ...(authority?.mark === undefined ? [] : [authority.mark])];
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
