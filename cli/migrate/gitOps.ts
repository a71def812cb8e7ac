import { commandLine } from "../../config/commandLine";
import type { Named } from "../shared/shellCommands";
import type { GitOps } from "./types";

/** What an object of the API server's says of itself. */
export interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What Kubernetes calls an object, and Argo CD an application of another namespace
 * (`<namespace>_<name>`).
 */
const NAME = /^[a-z0-9][\w.-]*$/i;

/**
 * Who keeps an object as a repository has it, by the marks that Argo CD, Flux and Helm leave on it.
 * Whoever may write the object may have made them: of what is no name, no command is made.
 * @param object As kubectl names it: `externalsecrets.external-secrets.io`, `login`.
 */
export function gitOpsOf({ labels = {}, annotations = {} }: Metadata, object: Named, namespaceOfIt: string): GitOps[] {
  const found: GitOps[] = [];
  // `<application>:<group>/<kind>:<namespace>/<name>`
  const application = annotations["argocd.argoproj.io/tracking-id"]?.split(":")[0];
  if (application)
    found.push({
      by: "Argo CD",
      name: application,
      ...commandsFor([application], {
        pause: ["argocd", "app", "set", application, "--sync-policy", "none"],
        resume: ["argocd", "app", "set", application, "--sync-policy", "automated"],
      }),
    });
  for (const [domain, kind] of [
    ["kustomize.toolkit.fluxcd.io", "kustomization"],
    ["helm.toolkit.fluxcd.io", "helmrelease"],
  ] as const) {
    const [name, namespace] = [labels[`${domain}/name`], labels[`${domain}/namespace`]];
    if (name === undefined) continue;
    const of = [kind, name, ...(namespace === undefined ? [] : ["-n", namespace])];
    const commands = { pause: ["flux", "suspend", ...of], resume: ["flux", "resume", ...of] };
    found.push({ by: "Flux", name, ...commandsFor([name, ...(namespace === undefined ? [] : [namespace])], commands) });
  }
  const release = annotations["meta.helm.sh/release-name"];
  // Flux's own releases have Helm's marks, too.
  if (release !== undefined && labels["helm.toolkit.fluxcd.io/name"] === undefined)
    // Helm looks at the object that is there, when a release no longer has it.
    found.push({
      by: "Helm",
      name: release,
      pause: commandLine("kubectl", "annotate", ...object, "-n", namespaceOfIt, "--overwrite", "helm.sh/resource-policy=keep"),
    });
  return found;
}

function commandsFor(names: readonly string[], commands: { pause: string[]; resume: string[] }): Pick<GitOps, "pause" | "resume"> {
  if (!names.every((name) => NAME.test(name))) return {};
  return { pause: commandLine(...commands.pause), resume: commandLine(...commands.resume) };
}
