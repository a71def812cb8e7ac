// Lines for a shell that install a missing part. Versions are those that the lab and the tests
// have; addresses are the projects' own. No test runs the lines that need the internet.
import { commandLine } from "../../config/commandLine";

export const CNPG_RELEASE = "1.30.0";
/** The number of the chart, and of the operator in it. */
export const EXTERNAL_SECRETS_RELEASE = "0.20.4";
export const PROMETHEUS_OPERATOR_RELEASE = "0.86.0";

/** kubectl, led to a cluster: `kubectl --context kind-kind apply …`. */
export type Kubectl = (...words: readonly string[]) => string;

/** @param prefix the words that lead kubectl to a cluster */
export const kubectlTo =
  (prefix: readonly string[]): Kubectl =>
  (...words) =>
    commandLine(...prefix, ...words);

/** https://cloudnative-pg.io/documentation/current/installation_upgrade/ */
export function installCnpg(kubectl: Kubectl): string[] {
  const branch = CNPG_RELEASE.split(".").slice(0, 2).join(".");
  const url = `https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-${branch}/releases/cnpg-${CNPG_RELEASE}.yaml`;
  return [
    kubectl("apply", "--server-side", "-f", url),
    kubectl("-n", "cnpg-system", "rollout", "status", "deployment/cnpg-controller-manager"),
  ];
}

/**
 * https://external-secrets.io/latest/introduction/getting-started/: its releases are charts.
 * @param target options of helm's that lead it to the cluster
 */
export function installExternalSecrets(target: readonly string[]): string[] {
  const name = "external-secrets";
  return [
    commandLine(
      ...["helm", ...target, "upgrade", "--install", name, name, "--repo", "https://charts.external-secrets.io"],
      ...["--version", EXTERNAL_SECRETS_RELEASE, "--namespace", name, "--create-namespace", "--wait"],
    ),
  ];
}

/** https://prometheus-operator.dev/docs/getting-started/installation/ */
export function installPrometheusOperator(kubectl: Kubectl): string[] {
  const releases = "https://github.com/prometheus-operator/prometheus-operator/releases/download";
  return [kubectl("create", "-f", `${releases}/v${PROMETHEUS_OPERATOR_RELEASE}/bundle.yaml`)];
}

/** Programs of a person's own machine. */
export type Tool = "pulumi" | "kubectl" | "helm" | "docker" | "kind";

const TOOLS: Readonly<Record<Tool, { brew: string; winget: string; page: string }>> = {
  pulumi: { brew: "pulumi/tap/pulumi", winget: "Pulumi.Pulumi", page: "https://www.pulumi.com/docs/install/" },
  kubectl: { brew: "kubectl", winget: "Kubernetes.kubectl", page: "https://kubernetes.io/docs/tasks/tools/" },
  helm: { brew: "helm", winget: "Helm.Helm", page: "https://helm.sh/docs/intro/install/" },
  docker: { brew: "--cask docker", winget: "Docker.DockerDesktop", page: "https://docs.docker.com/engine/install/" },
  kind: { brew: "kind", winget: "Kubernetes.kind", page: "https://kind.sigs.k8s.io/docs/user/quick-start/#installation" },
};

/**
 * A package manager's line where the system has one that everybody uses; elsewhere the vendor's
 * page.
 */
export function installTool(tool: Tool, platform: NodeJS.Platform = process.platform): string[] {
  const { brew, winget, page } = TOOLS[tool];
  if (platform === "darwin") return [`brew install ${brew}`];
  if (platform === "win32") return [`winget install --exact --id ${winget}`];
  return [`# ${page}`];
}
