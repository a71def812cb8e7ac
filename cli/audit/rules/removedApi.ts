import { apiVersion, CNPG, EXTERNAL_SECRETS } from "../../../kube/kinds/groups";
import { at, textAt } from "../../../manifests/nodes";
import { groupOf, placeOf } from "../../../manifests/objects/manifest";
import type { Manifest } from "../../../manifests/objects/types";
import type { Hit } from "../finding";
import type { Rule } from "./rule";

/** Versions that are no longer served, with the one that took their place. */
const REMOVED: readonly { apiVersion: RegExp; kinds: ReadonlySet<string>; since: string; instead: string }[] = [
  {
    apiVersion: /^external-secrets\.io\/v1beta1$/,
    kinds: new Set(["ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore"]),
    since: "External Secrets 0.17",
    instead: apiVersion(EXTERNAL_SECRETS),
  },
  {
    apiVersion: /^external-secrets\.io\/v1alpha1$/,
    kinds: new Set(["ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore"]),
    since: "External Secrets 0.17",
    instead: apiVersion(EXTERNAL_SECRETS),
  },
  {
    apiVersion: /^kubernetes-client\.io\//,
    kinds: new Set(["ExternalSecret"]),
    since: "the end of kubernetes-external-secrets in 2022",
    instead: apiVersion(EXTERNAL_SECRETS),
  },
];

/** Fields of CloudNativePG's that a later version takes away. */
const DEPRECATED: readonly { kinds: ReadonlySet<string>; path: readonly string[]; instead: string }[] = [
  {
    kinds: new Set(["Cluster", "Pooler"]),
    path: ["spec", "monitoring", "enablePodMonitor"],
    instead: "a PodMonitor of your own",
  },
];

export const removedApi: Rule = {
  id: "removed-api",
  title: "API that is no longer served",
  level: "warning",
  fires:
    "an object of a version of External Secrets' API that is no longer served (`v1beta1`), or a deprecated field of CloudNativePG's, which is a note; a template that asks which versions the cluster has is left out",
  why: "it is refused when it is next applied, and what it makes stays as it was",
  remedy: "write the version or the field that took its place",
  ofManifest: (manifest) => [...versions(manifest), ...fields(manifest)],
};

function versions(manifest: Manifest): Hit[] {
  const { apiVersion, kind, scope } = manifest;
  const removed = REMOVED.find((one) => one.kinds.has(kind) && one.apiVersion.test(apiVersion));
  if (removed === undefined || /Capabilities|APIVersions/.test(scope.text)) return [];
  return [
    {
      ...placeOf(manifest, manifest.node.start, "apiVersion"),
      why: `${apiVersion} of ${kind} is not served since ${removed.since}; ${removed.instead} is`,
      cause: `${apiVersion} ${kind}`,
    },
  ];
}

function fields(manifest: Manifest): Hit[] {
  if (groupOf(manifest) !== CNPG.group) return [];
  return DEPRECATED.filter(({ kinds, path }) => kinds.has(manifest.kind) && textAt(manifest.node, ...path) === "true").map(
    ({ path, instead }) => ({
      ...placeOf(manifest, at(manifest.node, ...path)!.start, path.join(".")),
      level: "note",
      why: `\`${path.join(".")}\` is deprecated: ${instead}`,
      cause: `${manifest.kind} ${path.join(".")}`,
    }),
  );
}
