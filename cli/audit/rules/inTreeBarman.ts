import { CNPG } from "../../../kube/kinds/groups";
import { at, itemsOf, textAt, type Node } from "../../../manifests/nodes";
import { groupOf, placeOf } from "../../../manifests/objects/manifest";
import type { Hit } from "../finding";
import type { Manifest } from "../../../manifests/objects/types";
import type { Rule } from "./rule";

export const inTreeBarman: Rule = {
  id: "in-tree-barman",
  title: "Backups by CloudNativePG itself",
  level: "warning",
  fires: "a Cluster with `barmanObjectStore`, in its backup or in an external cluster, or a Backup or ScheduledBackup with that method",
  why: "CloudNativePG 1.31 takes it away: backups end with that upgrade, and their credentials are read by every instance",
  remedy: "use the Barman Cloud plugin: an ObjectStore, and `plugins` in the Cluster",
  ofManifest: (manifest) => (groupOf(manifest) === CNPG.group ? found(manifest) : []),
};

function found(manifest: Manifest): Hit[] {
  const { kind, node } = manifest;
  const hit = (field: string, place: Node, why: string): Hit => ({ ...placeOf(manifest, place.start, field), why });
  if (kind === "Cluster") {
    const own = at(node, "spec", "backup", "barmanObjectStore");
    const others = itemsOf(at(node, "spec", "externalClusters")).flatMap((one) => at(one, "barmanObjectStore") ?? []);
    return [
      ...(own === undefined ? [] : [hit("spec.backup.barmanObjectStore", own, "it backs up by itself, and not by the plugin")]),
      ...others.map((one) => hit("spec.externalClusters[].barmanObjectStore", one, "it reads a backup by itself, and not by the plugin")),
    ];
  }
  if (kind !== "Backup" && kind !== "ScheduledBackup") return [];
  return textAt(node, "spec", "method") === "barmanObjectStore"
    ? [hit("spec.method", at(node, "spec", "method")!, "it has the Cluster back up by itself, and not by the plugin")]
    : [];
}
