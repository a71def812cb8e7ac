import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding } from "./types";

/** What of a Cluster's spec brings somebody else into its pods, its data or its logins, and by what. */
const WAYS: readonly (readonly [path: string, by: string])[] = [
  ["backup.barmanObjectStore", "all data goes there"],
  ["backup.volumeSnapshot", "all data goes there"],
  ["certificates.clientCASecret", "who has its key logs in as replication, or as a Pooler, without a password"],
  ["certificates.replicationTLSSecret", "who has it copies every database"],
  ["certificates.serverCASecret", "who has its key is Postgres to clients"],
  ["certificates.serverTLSSecret", "who has it is Postgres to clients"],
  ["env", "Postgres's pods have those variables"],
  ["envFrom", "Postgres's pods have those variables"],
  ["imageCatalogRef", "the pods run that image"],
  ["imageName", "the pods run that image"],
  ["managed.services", "Postgres is reached through them"],
  ["monitoring.customQueriesConfigMap", "its queries run in Postgres"],
  ["monitoring.customQueriesSecret", "its queries run in Postgres"],
  ["podSecurityContext", "what gets out of such a pod is on the node"],
  ["plugins", "it works in Postgres's pods, and with all data"],
  ["postgresql.extensions", "its libraries are in Postgres's pods"],
  ["postgresql.shared_preload_libraries", "Postgres runs them"],
  ["postgresql.parameters.dynamic_library_path", "Postgres runs what is there"],
  ["postgresql.parameters.local_preload_libraries", "Postgres runs them"],
  ["postgresql.parameters.session_preload_libraries", "Postgres runs them"],
  ["projectedVolumeTemplate", "Postgres's pods have those files"],
  ["replica", "what it names is what the data comes from"],
  ["securityContext", "what gets out of such a pod is on the node"],
  ["serviceAccountName", "Postgres's pods work with the rights of that account"],
  ["serviceAccountTemplate", "Postgres's pods work with what it gives their account"],
  ["superuserSecret", "its password is the superuser's"],
];
/** What the operator puts in by itself. */
const OPERATORS_OWN: Readonly<Record<string, (value: unknown) => boolean>> = {
  imageName: () => true,
  "monitoring.customQueriesConfigMap": isDefaultMonitoring,
  "monitoring.customQueriesSecret": isDefaultMonitoring,
};

/** Fields of the Cluster by which somebody else gets at what it holds, and that the state has not, or has otherwise. */
export function checkClusterSpec(
  { cluster, spec: wanted }: Pick<Desired, "cluster" | "spec">,
  facts: Facts,
  commands: Commands,
): Finding[] {
  const live = facts.cluster?.spec;
  if (live === undefined || wanted === undefined) return [];
  return WAYS.flatMap(([path, by]): Finding[] => {
    const [there, written] = [at(live, path), at(wanted, path)];
    if (there === undefined || contains(there, written, OPERATORS_OWN[path])) return [];
    const isAdded = written === undefined;
    return [
      {
        service: null,
        check: "cluster",
        suspect: `Cluster ${cluster} has ${isAdded ? "" : "another "}${path}${isAdded ? ", which Pulumi has not written" : " than Pulumi wrote"}: ${by}`,
        truth: isAdded ? "no `up` takes away what others have written. Instances may be restarted" : "the state has what it wrote",
        mend: isAdded ? commands.patch([kubectlKind("clusters", CNPG), cluster], { spec: without(path) }) : commands.rewrite(),
      },
    ];
  });
}

function at(spec: object, path: string): unknown {
  return path.split(".").reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], spec);
}

/** The patch that takes it away. */
function without(path: string): unknown {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), null);
}

/**
 * Whether what is there is what was written, but for what the operator fills in: fields of its own in
 * an object, and what it puts into a list.
 */
function contains(there: unknown, written: unknown, isOperators: (value: unknown) => boolean = () => false): boolean {
  if (Array.isArray(there)) {
    const rest = [...((written ?? []) as unknown[])];
    const known = there.every((item) => {
      const index = rest.findIndex((one) => contains(item, one));
      if (index >= 0) rest.splice(index, 1);
      return index >= 0 || isOperators(item);
    });
    return known && rest.length === 0;
  }
  if (written === undefined) return isEmpty(there) || isOperators(there);
  if (typeof written !== "object" || written === null) return there === written;
  const fields = (there ?? {}) as Record<string, unknown>;
  return Object.entries(written).every(([key, value]) => contains(fields[key], value));
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

function isDefaultMonitoring(value: unknown): boolean {
  return (value as { name?: string } | null)?.name === "cnpg-default-monitoring";
}
