// Things that a cluster must have before a stack's first `up`, as far as this program can make
// them: namespaces and rights. Operators are their own projects' to install: their lines are in
// the comments.
import { stringify } from "yaml";
import type { Choices } from "../../config/choices";
import { visible } from "../../config/visible";
import { installCnpg, installExternalSecrets, installPrometheusOperator, kubectlTo } from "../shared/installs";

export const POD_SECURITY = ["restricted", "baseline", "privileged", "none"] as const;
export type PodSecurity = (typeof POD_SECURITY)[number];

/** The request. */
export interface Wanted {
  readonly stack: Pick<Choices, "name" | "namespace" | "vault" | "alerts"> & { readonly cluster: Pick<Choices["cluster"], "monitoring"> };
  /** Which pods the namespaces are to take. `none`: that is left as it is. */
  readonly podSecurity: PodSecurity;
  /** Namespaces that belong to what lives in them. */
  readonly others: readonly string[];
  /** Roles and their bindings. */
  readonly rights: readonly object[];
}

/** For `kubectl apply --server-side -f -`: twice does as well as once, and others' labels stay. */
export function preparation({ stack, podSecurity, others, rights }: Wanted): string {
  const { vault, namespace } = stack;
  const names = new Set([namespace, ...(vault?.server.kind === "deployed" ? [vault.server.namespace] : [])]);
  const objects = [...[...names].map((name) => namespaceOf(name, podSecurity)), ...rights];
  return about(stack, others) + objects.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`).join("");
}

function namespaceOf(name: string, podSecurity: PodSecurity): object {
  const levels = ["enforce", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, podSecurity]);
  const labels = podSecurity === "none" ? {} : { labels: Object.fromEntries(levels) as Record<string, string> };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, ...labels } };
}

function about({ name, vault, alerts, cluster }: Wanted["stack"], others: readonly string[]): string {
  const kubectl = kubectlTo(["kubectl"]);
  const operators = [
    ...installCnpg(kubectl),
    ...(vault === undefined ? [] : installExternalSecrets([])),
    ...(alerts === "none" && cluster.monitoring === "none" ? [] : installPrometheusOperator(kubectl)),
  ];
  const lines = [
    `Needs of stack ${name} before its first \`up\`, made by \`cnpg-credentials prepare --stack ${name}\`.`,
    "Operators are installed with their own projects' manifests. `cnpg-credentials doctor` says which are missing.",
    ...operators.map((line) => `  ${line}`),
    ...(others.length === 0 ? [] : [`These namespaces belong to what lives in them, and are not made here: ${others.join(", ")}.`]),
  ];
  return lines.map((line) => `# ${visible(line)}\n`).join("");
}
