import { ENVIRONMENTS, type Environment } from "./environment";
import type { Problem } from "./problem";
import type { StackConfig, VaultConfig } from "./schema";

const NEED_VAULT = ["vaultValues", "bundles"] as const;

/** What of Vault may be where: in dev it may keep its keys in the cluster, and nowhere else. */
export function checkVault(config: StackConfig, environment: Environment | undefined, stack: string): Problem[] {
  const problems: Problem[] = [];
  const named = ENVIRONMENTS.find((one) => one === stack);
  if (named !== undefined && environment !== named)
    problems.push({
      path: "environment",
      message: `is \`${environment}\` in the stack ${stack}`,
      remedy: "remove it, or rename the stack",
    });
  const { vault } = config;
  if (vault === undefined) {
    for (const key of NEED_VAULT)
      if (Object.keys(config[key] ?? {}).length > 0)
        problems.push({ path: key, message: "needs Vault, and there is no `vault`", remedy: "set `vault`, or remove it" });
    return problems;
  }
  if (environment === undefined) {
    const remedy = `set it to one of ${ENVIRONMENTS.join(", ")}`;
    return [...problems, { path: "environment", message: `is missing: the name of the stack, ${stack}, does not say it`, remedy }];
  }
  return [
    ...problems,
    ...(environment === "dev" ? [] : checkKeys(vault, environment)),
    ...checkServer(vault),
    ...checkReviewer(vault),
    ...checkMounts(vault),
  ];
}

/** Outside dev, neither Vault's root key nor what opens it is in the cluster. */
function checkKeys({ server, configuration }: VaultConfig, environment: Environment): Problem[] {
  const problems: Problem[] = [];
  if (configuration.by === "cronJob")
    problems.push({
      path: "vault.configuration.by",
      message: `\`cronJob\` keeps Vault's unseal key and root token in the cluster, and this is ${environment}`,
      remedy: "use `pulumi` with the token that the ceremony makes (`npm run vault:init`)",
    });
  if (server.kind !== "deployed") return problems;
  if (server.seal.type === "shamir")
    problems.push({
      path: "vault.server.seal.type",
      message: `\`shamir\` needs somebody with a key at every restart, and this is ${environment}`,
      remedy: "use `azurekeyvault` or `transit`",
    });
  if (server.replicas === 1)
    problems.push({
      path: "vault.server.replicas",
      message: `1 replica is an outage at every restart, and this is ${environment}`,
      remedy: "use 3 or 5",
    });
  return problems;
}

function checkServer({ server, configuration }: VaultConfig): Problem[] {
  if (configuration.by !== "cronJob") return [];
  if (server.kind === "existing")
    return [
      {
        path: "vault.configuration.by",
        message: "`cronJob` initialises a Vault of this program's own, and `vault.server` is an existing one",
        remedy: "use `pulumi`, or `hand` where somebody else configures it",
      },
    ];
  const problems: Problem[] = [];
  if (server.seal.type !== "shamir")
    problems.push({
      path: "vault.configuration.by",
      message: `\`cronJob\` unseals Vault, which \`${server.seal.type}\` does by itself`,
      remedy: "use `pulumi` with the token that the ceremony makes (`npm run vault:init`), or the seal `shamir`",
    });
  if (server.replicas > 1)
    problems.push({
      path: "vault.server.replicas",
      message: "`cronJob` unseals one replica",
      remedy: "use 1, or a seal that unseals by itself",
    });
  return problems;
}

/** A pod's token is reviewed with Vault's own account, which one outside the cluster has not, or with the pod's, which may not review any. */
function checkReviewer({ server, kubernetesAuth: { ca, reviewer, mount } }: VaultConfig): Problem[] {
  if (server.kind !== "existing" || ca === undefined || reviewer === "given") return [];
  return [
    {
      path: "vault.kubernetesAuth.reviewer",
      message:
        "is missing: a Vault outside the cluster has no account there to review the tokens of External Secrets with, and refuses every login",
      remedy: `give it one (\`token_reviewer_jwt\` of auth/${mount}/config, docs/runbooks/bundles.md), then set \`given\`; or leave \`ca\` out where Vault runs in the cluster`,
    },
  ];
}

function checkMounts({ mount, mirror }: VaultConfig): Problem[] {
  if (mirror.mode === "none" || mirror.mount !== mount) return [];
  const remedy = "give the mirror one of its own: what CloudNativePG owns is not among what services fetch";
  return [{ path: "vault.mirror.mount", message: `\`${mount}\` is the mount of the fixtures`, remedy }];
}
