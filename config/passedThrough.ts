import { z } from "zod";
import { dnsSubdomain } from "./primitives";
import { similar } from "./similar";

/** Fields of a Cluster's `spec` (CloudNativePG 1.30) that are passed on. Those of a later release are, too. */
const PASSED = [
  "affinity",
  "bootstrap",
  "certificates",
  "description",
  "enablePDB",
  "env",
  "envFrom",
  "ephemeralVolumeSource",
  "ephemeralVolumesSizeLimit",
  "externalClusters",
  "failoverDelay",
  "imageCatalogRef",
  "livenessProbeTimeout",
  "logLevel",
  "managed",
  "maxSyncReplicas",
  "minSyncReplicas",
  "monitoring",
  "nodeMaintenanceWindow",
  "podSecurityContext",
  "podSelectorRefs",
  "postgresGID",
  "postgresUID",
  "postgresql",
  "primaryLease",
  "primaryUpdateMethod",
  "primaryUpdateStrategy",
  "priorityClassName",
  "probes",
  "projectedVolumeTemplate",
  "replicationSlots",
  "schedulerName",
  "seccompProfile",
  "securityContext",
  "serviceAccountName",
  "serviceAccountTemplate",
  "smartShutdownTimeout",
  "startDelay",
  "stopDelay",
  "switchoverDelay",
  "tablespaces",
  "topologySpreadConstraints",
] as const;

const said = (by: string) => `is said by \`${by}\`, which the program's checks and reports go by`;
const OWNER =
  "is the service's that is `bootstrapOwner`: a second Secret for one password would set the former one back at each start of a primary";
const AS_SUPERUSER =
  "runs as superuser, past every check of this program: extensions and schemas are in the service's record, and what else there is to run is run once, by hand";
const AUTHORITY =
  "is said by `tls.authorities`: applications are given the certificates of those, and no others. A Cluster that is to keep a certificate of somebody's is `cluster.existing`";
const PLACED = said("cluster.placement");

/** Fields that are not, each with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  instances: said("cluster.instances"),
  imageName: said("cluster.image"),
  imagePullPolicy: said("cluster.imagePullPolicy"),
  imagePullSecrets: said("cluster.imagePullSecrets"),
  storage: said("cluster.storage"),
  walStorage: said("cluster.walStorage"),
  resources: said("cluster.resources"),
  backup: said("cluster.backup.configuration"),
  plugins: said("cluster.backup.plugins"),
  inheritedMetadata: said("labels` and `annotations"),
  enableSuperuserAccess: said("cluster.superuserAccess"),
  superuserSecret: "would give the superuser a password of somebody's choice: CloudNativePG makes one, with `cluster.superuserAccess`",
  replica: "makes a Cluster in which CloudNativePG applies no role, password or database",
  "affinity.enablePodAntiAffinity": PLACED,
  "affinity.podAntiAffinityType": PLACED,
  "affinity.topologyKey": PLACED,
  "affinity.nodeSelector": PLACED,
  "affinity.tolerations": PLACED,
  "bootstrap.initdb.database": OWNER,
  "bootstrap.initdb.owner": OWNER,
  "bootstrap.initdb.secret": OWNER,
  "bootstrap.initdb.options": "is deprecated: name each option (`encoding`, `localeCollate`, `dataChecksums`, …)",
  "bootstrap.initdb.postInitSQL": AS_SUPERUSER,
  "bootstrap.initdb.postInitSQLRefs": AS_SUPERUSER,
  "bootstrap.initdb.postInitApplicationSQL": AS_SUPERUSER,
  "bootstrap.initdb.postInitApplicationSQLRefs": AS_SUPERUSER,
  "bootstrap.initdb.postInitTemplateSQL": AS_SUPERUSER,
  "bootstrap.initdb.postInitTemplateSQLRefs": AS_SUPERUSER,
  "bootstrap.initdb.import.postImportApplicationSQL": AS_SUPERUSER,
  "bootstrap.recovery.database": OWNER,
  "bootstrap.recovery.owner": OWNER,
  "bootstrap.recovery.secret": OWNER,
  "bootstrap.pg_basebackup.database": OWNER,
  "bootstrap.pg_basebackup.owner": OWNER,
  "bootstrap.pg_basebackup.secret": OWNER,
  "certificates.serverCASecret": AUTHORITY,
  "certificates.serverTLSSecret": AUTHORITY,
  "managed.roles": "is made of the services' records: one role has one writer",
  "monitoring.enablePodMonitor": said("cluster.monitoring"),
  "monitoring.tls": said("cluster.metricsTls"),
  "postgresql.parameters": said("cluster.parameters"),
  "postgresql.pg_hba": said("cluster.pgHba"),
  "postgresql.shared_preload_libraries": said("cluster.preloadLibraries"),
  "postgresql.enableAlterSystem": "would let a parameter be changed that no file has",
  "postgresql.ldap": "adds a line to pg_hba.conf that lets everybody in whom LDAP knows: name logins in `cluster.pgHba`",
  "postgresql.pg_ident": "lets a login of one name log in by another: name logins in `cluster.pgHba`",
};

const MORE_THAN_RESTRICTED =
  "gives Postgres's pods more than the profile `restricted` of Kubernetes' Pod Security Standards, under which the program's pods run: what gets out of such a pod is on the node";
const isUnconfined = (value: unknown) => value === "Unconfined";

/** Fields that are passed on, less the values that undo how pods are kept apart. */
const REFUSED_VALUES: readonly (readonly [field: string, isRefused: (value: unknown) => boolean])[] = [
  ["postgresUID", (value) => value === 0],
  ["seccompProfile.type", isUnconfined],
  ...["podSecurityContext", "securityContext"].flatMap((context): [string, (value: unknown) => boolean][] => [
    [`${context}.runAsUser`, (value) => value === 0],
    [`${context}.runAsNonRoot`, (value) => value !== true],
    [`${context}.seccompProfile.type`, isUnconfined],
    [`${context}.windowsOptions.hostProcess`, (value) => value !== false],
  ]),
  ["podSecurityContext.sysctls", () => true],
  ["securityContext.privileged", (value) => value !== false],
  ["securityContext.allowPrivilegeEscalation", (value) => value !== false],
  ["securityContext.capabilities.add", () => true],
  ["securityContext.procMount", (value) => value !== "Default"],
];

const source = z.string().min(1, "is empty");
const list = z.array(z.looseObject({}));
/** Mappings that CloudNativePG checks. */
const any = z.looseObject({});

const initdb = z.looseObject({
  encoding: z.string().optional(),
  locale: z.string().optional(),
  localeCollate: z.string().optional(),
  localeCType: z.string().optional(),
  localeProvider: z.enum(["libc", "icu", "builtin"]).optional(),
  icuLocale: z.string().optional(),
  icuRules: z.string().optional(),
  builtinLocale: z.string().optional(),
  dataChecksums: z.boolean().optional(),
  walSegmentSize: z.int().optional(),
  import: z
    .looseObject({
      type: z.enum(["microservice", "monolith"]),
      databases: z.array(z.string()).min(1, "is empty"),
      roles: z.array(z.string()).optional(),
      schemaOnly: z.boolean().optional(),
      source: z.looseObject({ externalCluster: source }),
    })
    .optional(),
});

const externalCluster = z
  .looseObject({ name: source, connectionParameters: z.record(z.string(), z.string()).optional(), plugin: any.optional() })
  .superRefine(({ connectionParameters = {} }, context) => {
    for (const key of Object.keys(connectionParameters))
      if (/^(?:password|passfile|sslpassword|service|servicefile)$/i.test(key))
        context.addIssue({
          code: "custom",
          path: ["connectionParameters", key],
          message: "is a password in the file, or leads to one: name a Secret and its key in `password`, beside `connectionParameters`",
        });
  });

/** What a Cluster is told that no setting of its own says: CloudNativePG's `spec`, less what would break what the program promises. */
export const passedThrough = z
  .looseObject({
    imageCatalogRef: z
      .looseObject({ kind: z.enum(["ImageCatalog", "ClusterImageCatalog"]), name: dnsSubdomain, major: z.int().min(13, "is less than 13") })
      .transform((reference) => ({ apiGroup: "postgresql.cnpg.io", ...reference }))
      .optional(),
    bootstrap: z
      .looseObject({
        initdb: initdb.optional(),
        recovery: z.looseObject({ source: source.optional(), backup: any.optional(), recoveryTarget: any.optional() }).optional(),
        pg_basebackup: z.looseObject({ source }).optional(),
      })
      .refine((ways) => Object.keys(ways).length < 2, "has several ways to make one Cluster: leave one")
      .optional(),
    externalClusters: z.array(externalCluster).optional(),
    certificates: z
      .looseObject({
        serverAltDNSNames: z.array(z.string()).optional(),
        clientCASecret: dnsSubdomain.optional(),
        replicationTLSSecret: dnsSubdomain.optional(),
      })
      .optional(),
    postgresql: z
      .looseObject({
        synchronous: z
          .looseObject({
            method: z.enum(["any", "first"]),
            number: z.int().min(1, "is less than 1"),
            dataDurability: z.enum(["required", "preferred"]).optional(),
          })
          .optional(),
        extensions: list.optional(),
      })
      .optional(),
    affinity: z
      .looseObject({ nodeAffinity: any.optional(), additionalPodAffinity: any.optional(), additionalPodAntiAffinity: any.optional() })
      .optional(),
    topologySpreadConstraints: list.optional(),
    managed: z
      .looseObject({
        services: z
          .looseObject({
            disabledDefaultServices: z.array(z.enum(["ro", "r"])).optional(),
            additional: list.optional(),
          })
          .optional(),
      })
      .optional(),
    monitoring: z.looseObject({ customQueriesConfigMap: list.optional(), customQueriesSecret: list.optional() }).optional(),
  })
  .superRefine((spec, context) => {
    for (const { path, message } of problemsOf(spec)) context.addIssue({ code: "custom", path, message });
  });

export type PassedThrough = z.infer<typeof passedThrough>;

function* problemsOf(spec: Readonly<Record<string, unknown>>): Generator<{ path: string[]; message: string }> {
  for (const [field, reason] of Object.entries(REFUSED)) {
    const path = field.split(".");
    if (has(spec, path)) yield { path, message: `is not passed on: it ${reason}` };
  }
  for (const [field, isRefused] of REFUSED_VALUES) {
    const path = field.split(".");
    if (has(spec, path) && isRefused(valueAt(spec, path))) yield { path, message: `is not passed on: it ${MORE_THAN_RESTRICTED}` };
  }
  const known = [...PASSED, ...Object.keys(REFUSED).filter((field) => !field.includes("."))];
  for (const field of Object.keys(spec)) {
    if (known.includes(field)) continue;
    // The API server drops what it does not know, and says nothing.
    const meant = similar(field, known);
    if (meant !== undefined)
      yield { path: [field], message: `is not a field of a Cluster that CloudNativePG 1.30 knows; did you mean \`${meant}\`?` };
  }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((of, field) => (of as Record<string, unknown>)[field], value);
}

function has(value: unknown, [field, ...rest]: readonly string[]): boolean {
  if (field === undefined) return true;
  return typeof value === "object" && value !== null && Object.hasOwn(value, field) && has((value as Record<string, unknown>)[field], rest);
}
