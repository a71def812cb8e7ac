/**
 * Components of CloudNativePG's Postgres for any Pulumi program. Arguments are named interfaces that
 * every language of Pulumi's can have: no unions, no maps of the language, nothing read-only.
 */
export { PostgresCluster } from "../postgresCluster";
export type {
  BackupPlugin,
  BackupSchedule,
  ClusterBackup,
  ClusterService,
  InitialDatabase,
  InstancePlacement,
  PostgresClusterArgs,
  Resources,
  Toleration,
  Volume,
} from "../postgresCluster";
export { ServiceDatabase } from "../serviceDatabase";
export type { ConnectionTls, Extension, Proof, Rotation, ServiceDatabaseArgs, WorkloadReference } from "../serviceDatabase";
export type { Authority, GivenAuthority } from "../authority/given";
export type { PlaceArgs } from "../metadata";
export type { RoleConfiguration, SecretName } from "../../kube/kinds/cluster";
