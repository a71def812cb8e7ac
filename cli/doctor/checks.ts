// The needs of a stack, and whether they are met. Pure: it judges answers.
import { commandLine } from "../../config/commandLine";
import type { Choices } from "../../config/choices";
import type { Problem } from "../../config/problem";
import { EXTERNAL_SECRETS, PROMETHEUS } from "../../kube/kinds/groups";
import type { Known } from "../../kube/live";
import { evaluate } from "../../preflight/evaluate";
import { checkProofPod } from "../../preflight/proofPod";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { installCnpg, installExternalSecrets, installPrometheusOperator, installTool, kubectlTo, type Kubectl } from "../shared/installs";

/**
 * `ok`: there. `missing`: an `up` would fail. `advice`: an `up` goes without. `unknown`: nobody
 * could say.
 */
export type State = "ok" | "missing" | "advice" | "unknown";

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: State;
  /** The thing that is there, or the problem. */
  readonly found: string;
  /**
   * Lines for a shell that help, safe to paste as they are. A line with `#` says what a shell
   * cannot do.
   */
  readonly fix: readonly string[];
}

/** The programs of this machine. */
export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  readonly node: string;
  /** The engine of the lock file, and the one on the PATH. */
  readonly pulumi: { readonly pinned: string; readonly onPath?: string; readonly serves: boolean };
  readonly kubectl?: string;
  readonly helm?: string;
  /** The version of a Docker that answers. */
  readonly docker?: string;
}

/** A namespace, as far as it may be looked at. */
export interface NamespaceFacts {
  readonly exists: Known<boolean>;
  /** Which pods it takes: `restricted`, `baseline`, `privileged`. */
  readonly enforce?: string;
  /** Each quota's resources, as `limits.memory 1Gi of 4Gi`. */
  readonly quotas: readonly string[];
}

/** Answers to the questions that only this command asks a cluster. */
export interface OwnFacts {
  readonly version: string;
  /** The account that asks, as the API server has it. */
  readonly user?: string;
  /** By name: the stack's, Vault's, and the bundles'. */
  readonly namespaces: Readonly<Record<string, NamespaceFacts>>;
  /** Whether the kinds are there that stacks with Vault make. */
  readonly externalSecrets: boolean;
  /** The releases of the operator that were found. */
  readonly externalSecretsReleases: Known<readonly string[]>;
  /** By image: on how many nodes it is. */
  readonly images: Readonly<Record<string, Known<{ readonly on: number; readonly of: number }>>>;
  /** Whether a Vault that is there already answers; absent where none is asked. */
  readonly vault?: { readonly address: string; readonly answer: string; readonly works: boolean };
}

/** How the cluster is named on command lines. */
export interface Reach {
  readonly stack: string;
  /** The words that lead kubectl there. */
  readonly kubectl: readonly string[];
  /** Options that lead helm there. */
  readonly helm: readonly string[];
  /** Whether namespaces and operators there are `up`'s to give, as in the lab. */
  readonly isOurs?: true;
}

/** A stack and what its cluster says. */
export interface Asked {
  readonly stack: Choices;
  readonly request: PreflightRequest;
  readonly facts: ClusterFacts;
  readonly own: OwnFacts;
  readonly reach: Reach;
}

const ok = (name: string, found: string): Check => ({ name, state: "ok", found, fix: [] });

export function checkMachine({ platform, node, pulumi, kubectl, docker }: MachineFacts): Check[] {
  const engine = pulumi.onPath === undefined ? "none on the PATH" : `${pulumi.onPath} on the PATH is older than it must be`;
  return [
    ok("Node", node),
    pulumi.serves
      ? ok("Pulumi", `${pulumi.onPath} on the PATH`)
      : {
          name: "Pulumi",
          state: "advice",
          found: `${engine}: \`cnpg-credentials up\` fetches ${pulumi.pinned}; plain \`pulumi\` needs one`,
          fix: installTool("pulumi", platform),
        },
    kubectl === undefined
      ? {
          name: "kubectl",
          state: "advice",
          found: "none: `psql` needs it, and so do lines below",
          fix: installTool("kubectl", platform),
        }
      : ok("kubectl", kubectl),
    docker === undefined
      ? { name: "Docker", state: "advice", found: "does not answer: only `try --on kind` needs it", fix: [] }
      : ok("Docker", docker),
  ];
}

/** Problems of the stack's file and of the catalogue. */
export function checkFile(stack: string, problems: readonly Problem[]): Check[] {
  const name = `Pulumi.${stack}.yaml`;
  if (problems.length === 0) return [ok(name, "is valid")];
  return problems.map((problem) => refused(name, problem));
}

/** No cluster to ask, or none that answers. */
export function noCluster(found: string, fix: readonly string[]): Check {
  return { name: "Cluster", state: "missing", found, fix };
}

/** Everything that an `up` needs of a cluster. */
export function checkCluster(asked: Asked): Check[] {
  const { stack, request, facts, own, reach } = asked;
  const kubectl = kubectlTo(reach.kubectl);
  // A namespace that is not there would keep back what else is missing.
  const { problems: found, notes } = evaluate(request, { ...facts, namespaceExists: true });
  const problems = [...found, ...checkProofPod(facts.proofRefused, new Set(["any"])).problems];
  const take = taker(problems);
  const checks = [
    ok("API server", `${own.version} at ${facts.server}`),
    ...cnpg(take("CloudNativePG", "networkPeers.operator"), facts, kubectl),
    ...externalSecrets(
      take.if(({ message }) => message.includes(EXTERNAL_SECRETS.group)),
      asked,
    ),
    ...prometheus(
      take.if(({ path, message }) => ["cluster.monitoring", "alerts"].includes(path) || message.includes(PROMETHEUS.group)),
      asked,
      kubectl,
    ),
    ...namespaces(asked, kubectl),
    ...rights(
      take.if(({ message }) => message.startsWith("this account may not ")),
      asked,
    ),
    ...group(
      "Storage class",
      take.if(({ path }) => /^cluster\.(storage|walStorage)/.test(path)),
      storageFound(stack, facts),
    ),
    ...group("Quota and policies", take("pods"), quotaFound(own, stack.namespace)),
    ...images(own),
    ...vault(own),
  ];
  // A namespace that is missing was said.
  take.if(({ path, message }) => path.startsWith("Namespace/") && message.startsWith("does not exist"));
  const others = take.if(() => true).map((problem) => refused("Refused by `up`", problem));
  return [...checks, ...others, ...notes.map((note): Check => ({ name: "Note", state: "advice", found: note, fix: [] }))];
}

/** Problems, each for one check alone. */
function taker(
  problems: readonly Problem[],
): ((...paths: string[]) => Problem[]) & { if: (is: (problem: Problem) => boolean) => Problem[] } {
  let left = [...problems];
  const takeIf = (is: (problem: Problem) => boolean) => {
    const taken = left.filter(is);
    left = left.filter((one) => !taken.includes(one));
    return taken;
  };
  return Object.assign((...paths: string[]) => takeIf(({ path }) => paths.includes(path)), { if: takeIf });
}

const said = ({ place, path, message, remedy }: Problem) => `${place === undefined ? "" : `${place} `}${path}: ${message}; ${remedy}`;

const refused = (name: string, problem: Problem): Check => ({ name, state: "missing", found: said(problem), fix: [] });

/** The problems, else the thing that was found. */
function group(name: string, problems: readonly Problem[], found: Check): Check[] {
  return problems.length === 0 ? [found] : problems.map((problem) => refused(name, problem));
}

function cnpg(problems: readonly Problem[], { operators, cnpgKinds }: ClusterFacts, kubectl: Kubectl): Check[] {
  const name = "CloudNativePG";
  if (problems.length > 0) {
    const isAbsent = cnpgKinds.length === 0;
    const isOld = !isAbsent && !cnpgKinds.includes("databaseroles");
    return problems.map((problem) => ({ ...refused(name, problem), fix: isAbsent || isOld ? installCnpg(kubectl) : [] }));
  }
  if (operators === "unknown" || operators.length === 0)
    return [
      { name, state: "unknown", found: "its kinds are there, DatabaseRole among them; its Deployment may not be looked at", fix: [] },
    ];
  return [
    ok(
      name,
      operators
        .map(({ version, namespace, available }) => `${version || "of some release"} in ${namespace}, ${available} running`)
        .join("; "),
    ),
  ];
}

function externalSecrets(problems: readonly Problem[], { stack, own, reach }: Asked): Check[] {
  const name = "External Secrets";
  if (stack.vault === undefined) return [];
  if (!own.externalSecrets && reach.isOurs) return [{ name, state: "advice", found: "is not there: `up` starts it", fix: [] }];
  if (!own.externalSecrets) return [{ ...noKinds(name, EXTERNAL_SECRETS), fix: installExternalSecrets(reach.helm) }];
  if (problems.length > 0) return problems.map((problem) => refused(name, problem));
  const { externalSecretsReleases: releases } = own;
  const found = releases === "unknown" || releases.length === 0 ? "its kinds are there; its Deployment was not found" : releases.join(", ");
  return [ok(name, found)];
}

const noKinds = (name: string, { group: of, version }: { group: string; version: string }): Check => ({
  name,
  state: "missing",
  found: `the cluster has no kinds of ${of}/${version}`,
  fix: [],
});

function prometheus(problems: readonly Problem[], { stack, facts }: Asked, kubectl: Kubectl): Check[] {
  const name = "Prometheus operator";
  if (stack.cluster.monitoring === "none" && stack.alerts === "none") return [];
  if (facts.podMonitors || facts.prometheusRules) return group(name, problems, ok(name, "its kinds are there"));
  const fix = [...installPrometheusOperator(kubectl), `# or, in Pulumi.${stack.name}.yaml: cluster.monitoring: none, and alerts: none`];
  return [{ ...noKinds(name, PROMETHEUS), fix }];
}

function namespaces({ stack, request, own, reach }: Asked, kubectl: Kubectl): Check[] {
  const ofApplications = new Set(request.services.flatMap((service) => service.namespaces ?? []));
  return Object.entries(own.namespaces).map(([namespace, { exists, enforce }]): Check => {
    const name = `Namespace ${namespace}`;
    const label = kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
    if (exists === "unknown") return { name, state: "unknown", found: "this account may not look at it", fix: [] };
    // The pods there are the applications' own.
    if (ofApplications.has(namespace))
      return exists
        ? ok(name, "is there, for the Secrets of applications")
        : { name, state: "missing", found: "does not exist", fix: [kubectl("create", "namespace", namespace)] };
    if (!exists && reach.isOurs) return { name, state: "advice", found: "does not exist: `up` makes it", fix: [] };
    if (!exists) {
      const needed =
        namespace === stack.namespace || (stack.vault?.server.kind === "deployed" && namespace === stack.vault.server.namespace);
      return {
        name,
        state: needed ? "missing" : "advice",
        found: needed ? "does not exist" : "does not exist: what is for it is left out",
        fix: [
          `${commandLine("cnpg-credentials", "prepare", "--stack", reach.stack, "--print")} | ${kubectl("apply", "--server-side", "-f", "-")}`,
        ],
      };
    }
    if (enforce !== undefined) return ok(name, `takes pods that are ${enforce}`);
    return { name, state: "advice", found: "takes any pod; the program's pods are restricted", fix: [label] };
  });
}

function rights(problems: readonly Problem[], { own, reach }: Asked): Check[] {
  const name = "Rights";
  const who = own.user ?? "this account";
  if (problems.length === 0) return [ok(name, `${who} may do what \`up\` does`)];
  const subject = own.user === undefined ? [] : ["--subject", subjectOf(own.user)];
  const fix = `${commandLine("cnpg-credentials", "rbac", "--stack", reach.stack, ...subject)} | ${kubectlTo(reach.kubectl)("apply", "-f", "-")}`;
  const lacks = problems.map(({ path, message }) => `${path}: ${message.replace("this account may not ", "")}`).join("; ");
  return [{ name, state: "missing", found: `${who} may not: ${lacks}`, fix: ["# as somebody who may grant them:", fix] }];
}

/** As `rbac --subject` takes it. */
function subjectOf(user: string): string {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return account === undefined ? `User:${user}` : `ServiceAccount:${namespace}/${account}`;
}

function storageFound({ cluster }: Choices, { storageClasses }: ClusterFacts): Check {
  const name = "Storage class";
  if (storageClasses === "unknown") return { name, state: "unknown", found: "this account may not list them", fix: [] };
  const chosen = cluster.storage.class ?? storageClasses.find(({ isDefault }) => isDefault)?.name;
  return ok(
    name,
    chosen === undefined ? "the Cluster has its volumes" : `${chosen}${cluster.storage.class === undefined ? ", the default" : ""}`,
  );
}

function quotaFound({ namespaces: all }: OwnFacts, namespace: string): Check {
  const { quotas = [], exists } = all[namespace] ?? {};
  const name = "Quota and policies";
  if (exists !== true) return { name, state: "unknown", found: "asked once the namespace is there", fix: [] };
  const there = quotas.length === 0 ? "no quota" : quotas.join(", ");
  return ok(name, `${there}; a pod like those that prove passwords is let in`);
}

function images({ images: all }: OwnFacts): Check[] {
  return Object.entries(all).map(([image, nodes]): Check => {
    const name = "Image";
    if (nodes !== "unknown" && nodes.on > 0) return ok(name, `${image}: on ${nodes.on} of ${nodes.of} nodes`);
    const why = nodes === "unknown" ? "the nodes may not be looked at" : "on no node yet";
    return { name, state: "unknown", found: `${image}: ${why}; nodes pull it, and only they can say whether they may`, fix: [] };
  });
}

function vault({ vault: found }: OwnFacts): Check[] {
  if (found === undefined) return [];
  const { address, answer, works } = found;
  return [{ name: "Vault", state: works ? "ok" : "missing", found: `${address} ${answer}`, fix: [] }];
}
