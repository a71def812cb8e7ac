import type { KubeConfig } from "@kubernetes/client-node";
import { select } from "../../catalog/select";
import { loadStackFile } from "../../config/file";
import type { Service } from "../../catalog/service";
import type { Choices } from "../../config/choices";
import { describeProblems } from "../../config/problem";
import { visibleJson } from "../../config/visible";
import { connect } from "../../kube/client";
import { isSameState } from "../../kube/marks";
import { lookAtNamespace } from "./live";
import { migrationReport } from "./plan";
import { renderCheck, renderPlan } from "./render";
import { readFiles } from "./repository";
import { isTaken, passwordSources, withFound } from "./services";
import type { FileFacts, LiveFacts, MigrationReport, Mode } from "./types";
import { wantedCluster } from "./declaredCluster";
import { evaluate } from "../../preflight/evaluate";
import { rolesTakenBefore } from "../../preflight/askRoles";
import { gather } from "../../preflight/gather";
import { preflightRequest } from "../../preflight/request";
import type { Marks } from "../../preflight/types";
import { checkRotation } from "../../rotation/check";
import { planRotations, type PlannedService } from "../../rotation/plan";
import { asked } from "../shared/askCluster";
import { here } from "../shared/here";
import { FixableError } from "../../config/fixableError";
import { tryLogins, type Attempts } from "./logins";

export interface MigrateArgs {
  stack: string;
  /** The file with its configuration. */
  file: string;
  target: { kubeconfig?: string; context?: string };
  /** For logins; absent: none is tried. */
  config?: KubeConfig;
  /** Files and directories with manifests. */
  repo: readonly string[];
  /** As the cluster was named on the command line, for the commands that are printed. */
  named?: { kubeconfig?: string; context?: string; lab?: true };
}

export interface MigrateOfflineArgs extends Pick<MigrateArgs, "stack" | "file" | "repo" | "named"> {
  /** Why no cluster is asked. */
  why: string;
}

/** The command line. */
export interface MigrateOptions {
  repo?: string[];
  offline?: true;
  login: boolean;
  output: "md" | "json";
}

/**
 * What is to be done to have databases' credentials from CloudNativePG and nowhere else, and where
 * each service stands. Changes nothing, and keeps no value.
 *
 * @throws FixableError naming every problem of the configuration and of the paths, or when the
 * cluster cannot be asked
 */
export async function migrate({ target, config, named, ...args }: MigrateArgs): Promise<MigrationReport> {
  const { stack, files } = await given(args);
  return asked(() => look(stack, files, target, config, named));
}

/**
 * The same without a cluster: the way from what the files have, as if all of it were applied. What
 * only a cluster can tell is left out: values, logins, who puts what back, and what an `up` would
 * be refused for.
 *
 * @throws FixableError naming every problem of the configuration and of the paths
 */
export async function migrateOffline({ named, why, ...args }: MigrateOfflineArgs): Promise<MigrationReport> {
  const { stack, files } = await given(args);
  const live = await lookAtNamespace(files.asCluster(stack.namespace), stack.namespace, stack.cluster.name);
  const { whole, services } = await chosen(stack, live);
  const wanted = wantedCluster(whole, planRotations(services));
  const report = migrationReport(
    { stack, services, live, marks: new Map(), managed: new Set(), files, refusals: [], attempts: [], wanted, isOffline: true },
    named,
  );
  return { ...report, offline: { why, logins: files.logins } };
}

async function given({ stack: name, file, repo }: Pick<MigrateArgs, "stack" | "file" | "repo">) {
  const loaded = await loadStackFile(file, name);
  const files = readFiles(repo, here());
  const problems = [loaded, files].flatMap((one) => ("problems" in one ? one.problems : []));
  if ("problems" in loaded || "problems" in files) throw new FixableError(describeProblems(`Migration to stack ${name}`, problems));
  return { stack: loaded.stack, files };
}

/** The services of a stack, and those of the catalogue of which there is something. */
async function chosen(stack: Choices, live: LiveFacts): Promise<{ whole: Choices; services: readonly Service[] }> {
  // Vault has no part in what databases' credentials need, and its own checks take its token.
  const whole: Choices = { ...withFound(stack, live), vault: undefined, bundles: {}, gates: {} };
  const selected = await select(whole);
  if ("problems" in selected) throw new FixableError(describeProblems(`Migration to stack ${stack.name}`, selected.problems));
  return { whole, services: selected.services };
}

async function look(
  stack: Choices,
  files: FileFacts,
  target: MigrateArgs["target"],
  config: KubeConfig | undefined,
  named: MigrateArgs["named"],
): Promise<MigrationReport> {
  const { ask } = await connect(target);
  const live = await lookAtNamespace((path) => ask("GET", path), stack.namespace, stack.cluster.name);
  const { whole, services } = await chosen(stack, live);
  const planned = planRotations(services);
  const { marks, managed, refusals } = await preflightOf(whole, planned, target, live);
  const { primary } = live.cluster ?? {};
  const tried: Attempts =
    config === undefined || primary === undefined
      ? { attempts: [] }
      : await tryLogins(
          config,
          stack.namespace,
          stack.cluster.name,
          primary,
          services.map((service) => {
            const taken = isTaken({ stack }, service, marks.get(service.secret));
            const secrets = passwordSources(service, live).filter(({ name }) => !taken || name === service.secret);
            return { service, secrets, isTaken: taken };
          }),
        );
  return migrationReport(
    { stack, services, live, marks, managed, files, refusals, wanted: wantedCluster(whole, planned, live.cluster?.spec), ...tried },
    named,
  );
}

/** What an `up` would be refused for, by the very checks that it begins with. */
async function preflightOf(stack: Choices, planned: readonly PlannedService[], target: MigrateArgs["target"], live: LiveFacts) {
  const mark = live.cluster?.stack === stack.name && !isSameState(live.cluster.mark, stack.takeOver) ? live.cluster.mark : undefined;
  const { kubeconfig, context } = target;
  const request = {
    ...preflightRequest(
      stack,
      planned.map(({ service }) => service),
      kubeconfig,
    ),
    ...(context === undefined ? {} : { context }),
    // Only the state knows its own mark; what it has made bears it.
    ...(mark === undefined ? {} : { owner: mark }),
  };
  const facts = await gather(request);
  const report = evaluate(request, facts);
  const problems = planned.flatMap((one) => checkRotation(one, report.credentials[one.service.name] ?? { generations: {} }, 0));
  const marks = new Map((facts.objects.secrets ?? []).map((one): [string, Marks] => [one.name, one]));
  return { marks, managed: rolesTakenBefore(planned, request, facts), refusals: [...report.problems, ...problems] };
}

/** What is printed, and 0 for nothing left, 1 for something. */
export function conclude(report: MigrationReport, mode: Mode, output: MigrateOptions["output"]): { text: string; exitCode: 0 | 1 } {
  const text = output === "json" ? visibleJson(report, 2) : mode === "plan" ? renderPlan(report) : renderCheck(report);
  return { text, exitCode: mode === "plan" || report.clean ? 0 : 1 };
}
