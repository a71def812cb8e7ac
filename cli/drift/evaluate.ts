import { checkCluster, checkDatabases, checkReconciliation } from "./cloudnativepg";
import { Commands, type CommandContext } from "../shared/shellCommands";
import { checkExternalSecrets } from "./externalSecrets";
import { checkLogins, uncheckedLogins } from "./logins";
import { checkMirror, unanswered, uncheckedMirror } from "./mirror";
import { checkRoles } from "./roles";
import { checkRotation } from "./rotation";
import { checkSecrets } from "./secrets";
import { checkVaultRoles } from "./vaultRoles";
import type { Desired, DriftReport, Facts, Note, NotChecked, ServiceReport } from "./types";

/** Judges what the cluster and Postgres say against what the state has. What causes something comes before what follows from it. */
export function evaluate(
  stack: string,
  desired: Desired,
  facts: Facts,
  target: Pick<CommandContext, "kubeconfig" | "context">,
): DriftReport {
  const { namespace, cluster } = desired;
  const primary = facts.cluster?.status.currentPrimary;
  const commands = new Commands({ stack, namespace, cluster, ...(primary === undefined ? {} : { primary }), ...target });
  const judge = <T>(check: (desired: Desired, facts: Facts, commands: Commands) => T): T => check(desired, facts, commands);
  const [whole, external, vaultRoles] = [judge(checkCluster), judge(checkExternalSecrets), judge(checkVaultRoles)];
  const [secrets, roles, rotation, mirror] = [judge(checkSecrets), judge(checkRoles), judge(checkRotation), judge(checkMirror)];
  const findings = [
    ...whole.findings,
    ...external.findings,
    ...vaultRoles.findings,
    ...secrets.findings,
    ...judge(checkReconciliation),
    ...roles.findings,
    ...judge(checkDatabases),
    ...judge(checkLogins),
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
    notes: [...pending(desired, stack), ...[whole, external, vaultRoles, secrets, roles, rotation, mirror].flatMap(({ notes }) => notes)],
    notChecked,
  };
}

function pending({ pending: count }: Desired, stack: string): Note[] {
  if (count === 0) return [];
  const text = `${count} operations of the state have not ended: an update is under way, or was killed; what it changes may be found here`;
  return [{ service: null, check: "state", text, command: `npm run recover -- --stack ${stack}` }];
}

/** 0 clean, 1 something was found, 2 nothing was found and not all was looked at. */
export function exitCode({ clean, notChecked }: DriftReport): 0 | 1 | 2 {
  if (!clean) return 1;
  return notChecked.some(({ asked }) => !asked) ? 2 : 0;
}
