import { checkCluster, checkDatabases, checkReconciliation } from "./cloudnativepg";
import { Commands, type CommandContext } from "../shared/shellCommands";
import { checkExternalSecrets } from "./externalSecrets";
import { checkLogins, uncheckedLogins } from "./logins";
import { checkMirror, unanswered, uncheckedMirror } from "./mirror";
import { checkClusterSpec } from "./clusterSpec";
import { checkFirstOwner } from "./firstOwner";
import { checkForeignObjects } from "./foreignObjects";
import { checkGrants } from "./grants";
import { checkNeeds } from "./needs";
import { checkRights } from "./rights";
import { checkRoles } from "./roles";
import { checkRotation } from "./rotation";
import { checkSecrets } from "./secrets";
import { checkVaultRoles } from "./vaultRoles";
import { commandLine } from "../../config/commandLine";
import { primaryOf } from "../../kube/primary";
import type { Desired, DriftReport, Facts, Finding, Note, NotChecked, ServiceReport } from "./types";

/** Judges what the cluster and Postgres say against what the state has. What causes something comes before what follows from it. */
export function evaluate(
  stack: string,
  desired: Desired,
  facts: Facts,
  target: Pick<CommandContext, "kubeconfig" | "context">,
): DriftReport {
  const { namespace, cluster, others } = desired;
  const primary = primaryOf(cluster, facts.cluster?.status);
  const commands = new Commands({ stack, namespace, cluster, others, ...(primary === undefined ? {} : { primary }), ...target });
  const judge = <T>(check: (desired: Desired, facts: Facts, commands: Commands) => T): T => check(desired, facts, commands);
  const [whole, external, vaultRoles] = [judge(checkCluster), judge(checkExternalSecrets), judge(checkVaultRoles)];
  const needs = judge(checkNeeds);
  const first = judge(checkFirstOwner);
  const [secrets, roles, rotation, mirror] = [judge(checkSecrets), judge(checkRoles), judge(checkRotation), judge(checkMirror)];
  const findings = [
    ...whole.findings,
    ...judge(checkClusterSpec),
    ...external.findings,
    ...vaultRoles.findings,
    ...first.findings,
    ...secrets.findings,
    ...judge(checkReconciliation),
    ...judge(checkDispute),
    ...judge(checkForeignObjects),
    ...roles.findings,
    ...judge(checkDatabases),
    ...judge(checkRights),
    ...judge(checkLogins),
    ...needs.findings,
    ...judge(checkGrants),
    ...rotation.findings,
    ...mirror.findings,
  ];
  const notChecked: NotChecked[] = [
    ...(desired.sealed === undefined
      ? []
      : [{ what: "Secrets against the state", reason: `the state cannot be decrypted: ${desired.sealed}`, asked: false }]),
    ...uncheckedLogins(desired, facts),
    ...uncheckedMirror(desired, facts),
    ...unanswered("database roles in Vault", facts.vaultLogins),
  ];
  return {
    schema: 1,
    stack,
    cluster: `${namespace}/${cluster}`,
    checkedAt: facts.at.toISOString(),
    clean: findings.length === 0,
    services: Object.entries(desired.services).map(([service, { database, role, login, secret }]): ServiceReport => {
      const outcome = facts.logins.find((one) => one.service === service);
      return {
        service,
        database,
        role,
        login,
        secret,
        outcome: outcome === undefined ? "notTried" : outcome.error === undefined ? "ok" : "failed",
        milliseconds: outcome?.milliseconds ?? null,
        findings: findings.filter((finding) => finding.service === service).length,
      };
    }),
    findings,
    notes: [
      ...pending(desired, stack),
      ...[whole, external, vaultRoles, first, secrets, roles, needs, rotation, mirror].flatMap(({ notes }) => notes),
    ],
    notChecked,
  };
}

/** What everybody in Postgres may read is the same for everybody, unless somebody has put something in its place. */
function checkDispute(_: Desired, { disputed }: Facts, commands: Commands): Finding[] {
  if (disputed === undefined) return [];
  const [one, other] = disputed.services;
  return [
    {
      service: null,
      check: "catalogue",
      suspect: `Postgres's catalogue says one thing to ${one} and another to ${other} of ${disputed.about.join(", ")}`,
      truth:
        "it is the same for everybody: what is said below of roles and databases is what the first was told, and may be forged. This asks the superuser",
      mend: commands.sql("SELECT rolname, rolsuper, rolcanlogin, rolcreaterole, rolreplication FROM pg_catalog.pg_roles ORDER BY 1"),
    },
  ];
}

function pending({ pending: count }: Desired, stack: string): Note[] {
  if (count === 0) return [];
  const text = `${count} operations of the state have not ended: an update is under way, or was killed; what it changes may be found here`;
  return [{ service: null, check: "state", text, command: commandLine("npm", "run", "recover", "--", "--stack", stack) }];
}

/** 0 clean, 1 something was found, 2 nothing was found and not all was looked at. */
export function exitCode({ clean, notChecked }: DriftReport): 0 | 1 | 2 {
  if (!clean) return 1;
  return notChecked.some(({ asked }) => !asked) ? 2 : 0;
}
