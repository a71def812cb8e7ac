import { randomBytes } from "node:crypto";
import { Commands } from "../shared/shellCommands";
import { isSameState, OWNER_ANNOTATION } from "../../kube/marks";
import { clusterChanges } from "./clusterChanges";
import { serviceFacts, type ServiceFacts } from "./services";
import { adopt } from "./steps/adopt";
import { cutOver } from "./steps/cutOver";
import { freeze } from "./steps/freeze";
import { letGo } from "./steps/letGo";
import { mirror } from "./steps/mirror";
import { retire } from "./steps/retire";
import { pausing, settings, type Context, type StepOf } from "./steps/step";
import { takeOver } from "./steps/takeOver";
import { strangers } from "./strangers";
import { sourceOfOldPasswords, takenRoles } from "./takenRoles";
import { STEPS, type Facts, type Item, type MigrationReport, type ServicePlan, type Step, type StepId } from "./types";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";

const OF: Readonly<Record<StepId, StepOf>> = {
  freeze,
  "let-go": letGo,
  adopt,
  "take-over": takeOver,
  "cut-over": cutOver,
  mirror,
  retire,
};

/** Where a cluster was named, for the commands. */
export interface Named {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * What is to be done, in order, and where it stands. The same for the same.
 *
 * @param suffix of the mark that objects are handed over with, where there is none yet: an object that
 *   somebody makes before has another, as nobody knows it
 */
export function migrationReport(facts: Facts, named: Named = {}, suffix: string = randomBytes(4).toString("hex")): MigrationReport {
  const { stack, live, refusals } = facts;
  const cluster = stack.cluster.name;
  const context: Context = {
    facts,
    mark: stack.takeOver ?? begunWith(live.cluster?.mark, cluster) ?? `legacy/${cluster}-${suffix}`,
    commands: new Commands({
      ...named,
      stack: stack.name,
      namespace: stack.namespace,
      cluster,
      ...(live.cluster?.primary === undefined ? {} : { primary: live.cluster.primary }),
    }),
  };
  const of = facts.services.map((service) => serviceFacts(facts, service));
  const services = of.map((service) => servicePlan(service, context));
  const before = [
    ...handOverCluster(context),
    ...handOverBackups(context),
    ...sourceOfOldPasswords(context),
    ...takenRoles(facts),
    ...strangers(facts),
  ];
  const after = services.every(isMoved) && before.length === 0 ? goneAfterwards(context) : [];
  const isTaken = before.length === 0 && live.cluster?.mark !== undefined && !isSameState(live.cluster.mark, stack.takeOver);
  return {
    schema: 1,
    stack: stack.name,
    cluster: `${stack.namespace}/${cluster}`,
    clean: services.every(isMoved) && before.length === 0 && after.length === 0 && others(facts, of).length === 0,
    services,
    whole: { before: [...before, ...others(facts, of)], after },
    changes: stack.cluster.existing || live.cluster === undefined || isTaken ? [] : clusterChanges(live.cluster.spec, facts.wanted),
    refusals,
    notes: notes(facts),
  };
}

/** A hand-over's mark that the Cluster has by now, while the stack's file does not name it yet. */
function begunWith(mark: string | undefined, cluster: string): string | undefined {
  return mark?.startsWith(`legacy/${cluster}-`) && /-[0-9a-f]{8}$/.test(mark) ? mark : undefined;
}

/** Whether nothing of it is left to be done. What is new is nobody's to be moved. */
export function isMoved({ steps, isMigrated }: ServicePlan): boolean {
  return !isMigrated || steps.every(({ state }) => state === "done");
}

function servicePlan(facts: ServiceFacts, context: Context): ServicePlan {
  const { name, role, database, secret } = facts.service;
  const steps: Step[] = [];
  let isOpen = false;
  for (const id of STEPS) {
    const { isDone, why, blocked, items } = OF[id](facts, context);
    const state = isDone ? "done" : isOpen ? "later" : blocked === undefined ? "next" : "blocked";
    steps.push({ id, state, why: state === "blocked" ? blocked! : why, items: isDone ? [] : items });
    isOpen ||= !isDone;
  }
  return { service: name, role, database, secret, isMigrated: facts.isMigrated, steps };
}

/** The Cluster itself, which is all services'. */
function handOverCluster({ facts: { stack, live }, commands, mark }: Context): Item[] {
  const { cluster } = live;
  if (stack.cluster.existing || cluster === undefined || (cluster.mark !== undefined && !isSameState(cluster.mark, mark))) return [];
  const about = [kubectlKind("clusters", CNPG), stack.cluster.name] as const;
  return [
    ...pausing(`Cluster/${stack.cluster.name}`, cluster.gitOps),
    ...(stack.takeOver === undefined
      ? [
          {
            text: "the stack's file says what is handed over, objects with this mark, and that clients may go on proving Postgres by CloudNativePG's own authority (docs/runbooks/tls.md)",
            yaml: settings({ takeOver: mark, tls: { mode: "require", ...stack.tls, authorities: ["operator", 1] } }),
          },
        ]
      : []),
    ...(isSameState(cluster.mark, mark)
      ? []
      : [
          {
            text: `the Cluster ${stack.cluster.name} is handed over; the next \`up\` makes it as listed under "The Cluster"`,
            commands: [commands.mark(about, "annotations", { [OWNER_ANNOTATION]: mark })],
          },
        ]),
  ];
}

/** Those that the stack has, too. Others go on by themselves. */
function handOverBackups({ facts: { stack, live }, commands, mark }: Context): Item[] {
  const wanted = Object.keys(stack.cluster.backup?.schedules ?? {});
  return live.objects
    .filter((one) => one.kind === "ScheduledBackup" && wanted.includes(one.name) && one.mark === undefined)
    .flatMap(({ name, gitOps }) => [
      ...pausing(`ScheduledBackup/${name}`, gitOps),
      {
        text: `the ScheduledBackup ${name} is handed over`,
        commands: [commands.mark([kubectlKind("scheduledbackups", CNPG), name], "annotations", { [OWNER_ANNOTATION]: mark })],
      },
    ]);
}

function goneAfterwards({ facts: { stack, live } }: Context): Item[] {
  if (stack.takeOver === undefined || live.cluster === undefined) return [];
  return [{ text: "`takeOver` goes out of the stack's file: everything is the program's" }];
}

/** Logins for Postgres that somebody else writes, and no service has. */
function others({ live, files, stack, isOffline }: Facts, services: readonly ServiceFacts[]): Item[] {
  const writers = new Set(services.flatMap((one) => one.writers));
  const fileWriters = new Set(services.flatMap((one) => one.fileWriters));
  const remedy = "make it a service of the catalogue, if it is for this Cluster";
  const found = [
    // Without a cluster, the files' own say in which file they are.
    ...(isOffline ? [] : live.writers)
      .filter((one) => !writers.has(one) && one.isPostgres !== undefined)
      .map((one) => `${one.kind}/${one.name} writes the Secret ${one.secret}: ${one.isPostgres}`),
    ...files.writers
      .filter((one) => !fileWriters.has(one) && one.isPostgres !== undefined && one.writes(stack.namespace, one.secret))
      .map((one) => `${one.where} writes the Secret ${one.secret}: ${one.isPostgres}`),
    ...[...(isOffline ? [] : live.injections), ...files.injections].map(
      ({ where, path }) => `${where}: Vault's agent puts ${path} into its pods; let it read the Secret of its service`,
    ),
  ];
  return found.map((text) => ({ text: `${text}; ${remedy}` }));
}

function notes({ live, files, stack, postgres, attempts, services }: Facts): string[] {
  return [
    ...(live.cluster === undefined
      ? [`there is no Cluster ${stack.cluster.name} in ${stack.namespace}: if there is one, set \`cluster.name\` to its name`]
      : []),
    ...services.flatMap(({ name }) =>
      stack.services[name]?.enabled
        ? []
        : [`${name} is in the catalogue and not in Pulumi.${stack.name}.yaml: the cluster has something of it`],
    ),
    ...(postgres === undefined && attempts.length > 0
      ? ["what roles there are in Postgres, and what they would lose by the `up`, is not known: no login could look"]
      : []),
    ...(files.files === 0 ? [] : [`${files.files} file${files.files === 1 ? "" : "s"} of repositories read`]),
    ...files.unread.map((line) => `not read: ${line}`),
  ];
}
