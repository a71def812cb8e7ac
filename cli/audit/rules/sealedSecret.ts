import { placeOf } from "../../../manifests/objects/manifest";
import type { Rule } from "./rule";

export const sealedSecret: Rule = {
  id: "sealed-secret",
  title: "SealedSecret",
  level: "error",
  fires: "an object of the kind `SealedSecret`, in a template too",
  why: "its value is authored in the repository, by the person who sealed it: a second source beside the authority, that no rotation reaches and that one key of the cluster opens for ever",
  remedy: "let the authority make it: CloudNativePG for a database's login, the service's record for a third party's key",
  ofManifest: (manifest) =>
    manifest.kind === "SealedSecret"
      ? [{ ...placeOf(manifest, manifest.node.start), why: "a Secret is authored in the repository, sealed" }]
      : [],
};
