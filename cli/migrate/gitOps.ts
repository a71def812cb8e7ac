import type { GitOps } from "./types";

/** What an object of the API server's says of itself. */
export interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Who keeps an object as a repository has it, by the marks that Argo CD, Flux and Helm leave on it.
 * @param object As kubectl names it: `externalsecrets.external-secrets.io login -n apps`.
 */
export function gitOpsOf({ labels = {}, annotations = {} }: Metadata, object: string): GitOps[] {
  const found: GitOps[] = [];
  // `<application>:<group>/<kind>:<namespace>/<name>`
  const application = annotations["argocd.argoproj.io/tracking-id"]?.split(":")[0];
  if (application)
    found.push({
      by: "Argo CD",
      name: application,
      pause: `argocd app set ${application} --sync-policy none`,
      resume: `argocd app set ${application} --sync-policy automated`,
    });
  for (const [domain, kind] of [
    ["kustomize.toolkit.fluxcd.io", "kustomization"],
    ["helm.toolkit.fluxcd.io", "helmrelease"],
  ] as const) {
    const [name, namespace] = [labels[`${domain}/name`], labels[`${domain}/namespace`]];
    if (name === undefined) continue;
    const of = `${kind} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`;
    found.push({ by: "Flux", name, pause: `flux suspend ${of}`, resume: `flux resume ${of}` });
  }
  const release = annotations["meta.helm.sh/release-name"];
  // Flux's own releases have Helm's marks, too.
  if (release !== undefined && labels["helm.toolkit.fluxcd.io/name"] === undefined)
    // Helm looks at the object that is there, when a release no longer has it.
    found.push({ by: "Helm", name: release, pause: `kubectl annotate ${object} --overwrite helm.sh/resource-policy=keep` });
  return found;
}
