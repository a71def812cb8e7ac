import type { ClusterObject } from "./clusterState";
import type { Metadata } from "./marks";
import type { Marks, ReadCluster } from "./types";

interface ReadObject {
  metadata: Metadata;
  spec?: ClusterObject["spec"] & {
    instances?: number;
    imageName?: string;
    imagePullPolicy?: string;
    imagePullSecrets?: { name: string }[];
    enableSuperuserAccess?: boolean;
    affinity?: { nodeSelector?: Record<string, string>; tolerations?: { key?: string }[] };
    postgresql?: { parameters?: Record<string, string>; pg_hba?: string[] };
    certificates?: { serverAltDNSNames?: string[] };
    monitoring?: { customQueriesConfigMap?: { name?: string; key?: string }[] };
  };
  status?: { image?: string; certificates?: { serverAltDNSNames?: string[] } };
}

/** @param marks of its metadata */
export function readCluster({ spec = {}, status = {} }: Omit<ReadObject, "metadata">, marks: Marks): ReadCluster {
  const { affinity = {}, postgresql = {}, imagePullPolicy } = spec;
  const { nodeSelector, tolerations } = affinity;
  // A catalogue or the operator may have chosen the image.
  const image = status.image ?? spec.imageName;
  return {
    marks,
    settings: {
      instances: spec.instances ?? 1,
      parameters: postgresql.parameters ?? {},
      pgHba: postgresql.pg_hba ?? [],
      imagePullSecrets: (spec.imagePullSecrets ?? []).map(({ name }) => name),
      superuserAccess: spec.enableSuperuserAccess === true ? "enabled" : "disabled",
      placement: {
        antiAffinity: "preferred",
        topologyKey: "kubernetes.io/hostname",
        zones: "any",
        ...(nodeSelector === undefined ? {} : { nodeSelector }),
        ...(tolerations === undefined ? {} : { tolerations }),
      },
      ...(image === undefined ? {} : { image }),
      ...(imagePullPolicy === "Always" || imagePullPolicy === "IfNotPresent" || imagePullPolicy === "Never" ? { imagePullPolicy } : {}),
    },
    furtherNames: status.certificates?.serverAltDNSNames ?? spec.certificates?.serverAltDNSNames ?? [],
    withoutServices: spec.managed?.services?.disabledDefaultServices ?? [],
    queries: spec.monitoring?.customQueriesConfigMap ?? [],
  };
}
