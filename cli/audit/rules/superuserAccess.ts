import { CNPG } from "../../../kube/kinds/groups";
import { at, textAt } from "../../../manifests/nodes";
import { groupOf, placeOf } from "../../../manifests/objects/manifest";
import type { Rule } from "./rule";

export const superuserAccess: Rule = {
  id: "superuser-access",
  title: "Superuser by password",
  level: "warning",
  fires: "a Cluster with `enableSuperuserAccess: true`",
  why: "a reader of one Secret of the namespace is superuser of every database of the Cluster",
  remedy: "turn it off when what it was for is done; maintenance goes through the pod, and applications have roles of their own",
  ofManifest: (manifest) => {
    const { kind, node } = manifest;
    if (kind !== "Cluster" || groupOf(manifest) !== CNPG.group || textAt(node, "spec", "enableSuperuserAccess") !== "true") return [];
    const secret = textAt(node, "spec", "superuserSecret", "name") ?? `${manifest.name ?? "<cluster>"}-superuser`;
    return [
      {
        ...placeOf(manifest, at(node, "spec", "enableSuperuserAccess")!.start, "spec.enableSuperuserAccess"),
        why: `the superuser logs in with the password in ${secret}`,
      },
    ];
  },
};
