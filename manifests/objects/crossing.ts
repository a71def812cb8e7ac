import { isName } from "../named";
import { at, entriesOf, textAt, type Node } from "../nodes";
import { groupOf, placeOf } from "./manifest";
import type { Manifest, Place } from "./types";
import { CNPG } from "../../kube/kinds/groups";

/** A Secret that is copied to or from another namespace. */
export interface Copy extends Place {
  readonly why: string;
}

/** An object that belongs to a Cluster of CloudNativePG. */
export interface ClusterReference extends Place {
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  /** The Cluster itself, rather than what belongs to it. */
  readonly isCluster: boolean;
}

/** Annotations of programs that copy Secrets between namespaces: Reflector's and Replicator's. */
const COPIERS =
  /^(?:reflector\.v1\.k8s\.emberstack\.com\/(?:reflection-allowed|reflection-auto-enabled|reflects)|replicator\.v1\.mittwald\.de\/(?:replicate-from|replicate-to|replicate-to-matching|replication-allowed))$/;

/** The annotations of an object, and of the Secret that it makes. */
function annotationsOf({ node }: Manifest): (Node | undefined)[] {
  return [
    at(node, "metadata", "annotations"),
    at(node, "spec", "target", "template", "metadata", "annotations"),
    at(node, "spec", "secretTemplate", "annotations"),
    at(node, "spec", "inheritedMetadata", "annotations"),
  ];
}

const SPREADS =
  /^(?:reflector\.v1\.k8s\.emberstack\.com\/reflection-auto-enabled|replicator\.v1\.mittwald\.de\/replicate-to(?:-matching)?)$/;

/** Whether an annotation has its Secret put into other namespaces, so that it is there, too. */
export function isSpread(manifest: Manifest): boolean {
  return annotationsOf(manifest).some((annotations) =>
    entriesOf(annotations).some(({ key, value }) => SPREADS.test(key) && value.kind === "scalar" && value.value !== "false"),
  );
}

export function copiesOf(manifest: Manifest): Copy[] {
  const { kind, node } = manifest;
  const annotated = annotationsOf(manifest);
  const isSecret = ["Secret", "ExternalSecret", "Certificate", "SealedSecret", "Cluster"].includes(kind);
  const copiers = annotated.flatMap((annotations) =>
    entriesOf(annotations).filter(({ key, value }) => COPIERS.test(key) && value.kind === "scalar" && value.value !== "false"),
  );
  const remote = kind === "SecretStore" ? textAt(node, "spec", "provider", "kubernetes", "remoteNamespace") : undefined;
  const isElsewhere = isName(remote) && manifest.namespace !== undefined && isName(manifest.namespace) && remote !== manifest.namespace;
  return [
    ...(isSecret
      ? copiers.slice(0, 1).map(({ key, start }) => ({
          ...placeOf(manifest, start, key),
          why: "its annotation has it copied into other namespaces, whose owners did not ask for it",
        }))
      : []),
    ...(isElsewhere
      ? [{ ...placeOf(manifest, node.start, "remoteNamespace"), why: `it reads the Secrets of the namespace ${remote}` }]
      : []),
  ];
}

export function clusterReferenceOf(manifest: Manifest): ClusterReference | undefined {
  const { kind, node, namespace } = manifest;
  if (groupOf(manifest) !== CNPG.group) return undefined;
  if (kind === "Cluster") return { ...placeOf(manifest, node.start), cluster: manifest.name, namespace, isCluster: true };
  return {
    ...placeOf(manifest, at(node, "spec", "cluster")?.start ?? node.start, "spec.cluster"),
    cluster: textAt(at(node, "spec", "cluster"), "name"),
    namespace,
    isCluster: false,
  };
}
