import * as pulumi from "@pulumi/pulumi";
import type { Selected } from "../catalog/select";
import type { Stack } from "../config/load";
import type { Problem } from "../config/problem";
import { refuse } from "../config/refuse";
import { connect, type Client } from "../kube/client";
import { PROVE_SERVER, Unreachable, unproven } from "../kube/kubeconfig";
import { checkTakenRoles } from "./askRoles";
import { changesCredential, checkRotation } from "../rotation/check";
import type { HeldPasswords } from "../rotation/held";
import type { PlannedService } from "../rotation/plan";
import { evaluate } from "./evaluate";
import { checkExisting, closedObjects, letGo, withLimits, type ClosedObject, type LetGo } from "./existing";
import { gather } from "./gather";
import { checkLiveCluster, closedRoles } from "./liveCluster";
import { checkProofPod, proofPodOf } from "./proofPod";
import { preflightRequest } from "./request";
import type { ClusterFacts, FoundAuthorities, PreflightRequest, ReadCluster } from "./types";
import { settled } from "../rotation/knownValue";
import type { VaultSessionReport } from "./vaultSession";
import type { VaultSession } from "../vault/session";
import { checkWorkloads } from "./workloads";

/** What the cluster says that the program goes on with. */
export interface Preflight {
  /** First passwords by service, for those that adopt one. */
  adopted: Readonly<Record<string, string>>;
  /** Passwords that are live, and that the state should have. */
  held: HeldPasswords;
  /** Namespaces of bundles that are not there: nothing can be made in them. */
  missingNamespaces: ReadonlySet<string>;
  /** Of Postgres's certificate: those that are not made here. */
  authorities: FoundAuthorities;
  /** Roles of services that are off, which an earlier `up` has made and that nobody may log in as any more. */
  closedRoles: readonly string[];
  /** Whether the living Cluster was made otherwise than by initdb for the service that is `bootstrapOwner`. */
  isCopy: boolean;
  /** Where this program sets Vault up. */
  session?: VaultSession;
  /** A Cluster that is somebody else's, as it is. */
  existing?: ExistingCluster;
}

/** What the program goes by of a Cluster that is somebody else's. */
export interface ExistingCluster {
  readonly settings: ReadCluster["settings"];
  /** The services, each with how many connections it may have there. */
  readonly services: readonly PlannedService[];
  /** What this state has made of it before, and lets go of. */
  readonly letGo: LetGo;
  /** Roles of this stack's that nobody may log in as any more. */
  readonly closed: readonly ClosedObject[];
}

/**
 * Asks the cluster, before anything is changed, everything that would make this `up` fail halfway: whether it answers, whether the operator
 * is there and new enough, whether the account has the rights, whether volumes would shrink, whether an object of a name we are about to use
 * is somebody else's, whether the file's logins may follow those in use, whether Vault can be set up. Says which services are about to go, and which bundles have no namespace.
 *
 * @param more what there is besides services
 * @throws pulumi.RunError naming every problem with its path and remedy
 */
export async function preflight(
  stack: Stack,
  planned: readonly PlannedService[],
  owner: pulumi.Output<string>,
  more?: Pick<Selected, "fetched" | "gates"> & Partial<Pick<Selected, "off">>,
): Promise<Preflight> {
  const services = planned.map(({ service }) => service);
  const proofPod = services.length === 0 ? undefined : proofPodOf(stack);
  const request = {
    ...preflightRequest(stack, services, stack.kubeconfig && (await settled(stack.kubeconfig)), more, pulumi.runtime.isDryRun()),
    ...(proofPod === undefined ? {} : { proofPod }),
  };
  // The cluster is asked while the engine makes the state's mark.
  const [found, known, vault] = await Promise.all([ask(request, stack), settled(owner), askVault(stack, more?.fetched)]);
  if ("remedy" in found) return refuse(`Cluster of stack ${stack.name}`, [found, ...vault.problems]);
  const { facts, client } = found;
  const marked = { ...request, ...(known === undefined ? {} : { owner: known }) };
  const report = evaluate(marked, facts);
  const limited = withLimits(planned, facts);
  const existing = checkExisting(planned, marked, facts);
  const live = (one: PlannedService) => report.credentials[one.service.name] ?? { generations: {} };
  const problems = planned.flatMap((one) => checkRotation(one, live(one), stack.rotation.settleSeconds));
  const rotated = new Set(planned.filter((one) => changesCredential(one, live(one))).map(({ plan }) => plan.service));
  const workloads = checkWorkloads(rotated, marked, facts);
  const proofs = checkProofPod(facts.proofRefused, rotated);
  const cluster = checkLiveCluster(planned, rotated, marked, { live: facts.liveCluster, credentials: report.credentials });
  const roles = await checkTakenRoles(limited.planned, marked, facts, {
    client,
    adopted: report.adopted,
    pgHba: facts.existing?.settings.pgHba ?? stack.cluster.pgHba,
  });
  const all = [
    ...report.problems,
    ...existing.problems,
    ...limited.problems,
    ...problems,
    ...cluster.problems,
    ...roles.problems,
    ...workloads.problems,
    ...proofs.problems,
    ...vault.problems,
  ];
  if (all.length > 0) refuse(`Cluster of stack ${stack.name}`, all);
  for (const note of [
    ...report.notes,
    ...existing.notes,
    ...cluster.notes,
    ...roles.notes,
    ...workloads.notes,
    ...proofs.notes,
    ...vault.notes,
  ])
    void pulumi.log.warn(note);
  return {
    adopted: report.adopted,
    closedRoles: closedRoles(more?.off ?? [], marked, facts),
    isCopy: isOtherwise(planned, facts.liveCluster),
    held: report.held,
    missingNamespaces: new Set(report.missingNamespaces),
    authorities: report.authorities,
    ...(vault.session === undefined ? {} : { session: vault.session }),
    ...(facts.existing === undefined
      ? {}
      : {
          existing: {
            settings: facts.existing.settings,
            services: limited.planned,
            letGo: letGo(marked, facts),
            closed: closedObjects(planned, more?.off ?? [], marked, facts),
          },
        }),
  };
}

/** Whether it was made in another way, or for another owner, than the services say. */
function isOtherwise(planned: readonly PlannedService[], live: ClusterFacts["liveCluster"]): boolean {
  const owner = planned.find(({ service }) => service.bootstrapOwner)?.service.role;
  return live?.isCopy === true || (live?.firstOwner !== undefined && live.firstOwner.role !== owner);
}

/** Nothing of this is loaded by a stack without Vault. */
async function askVault(stack: Stack, fetched: Selected["fetched"]): Promise<VaultSessionReport> {
  if (stack.vault === undefined) return { problems: [], notes: [] };
  const { openDoors, vaultSession } = await import("./vaultSession");
  const report = await vaultSession(stack, fetched?.paths ?? {});
  return { ...report, notes: [...report.notes, ...openDoors(stack.vault)] };
}

/** What the cluster says, or why it is not asked or says nothing. */
async function ask(
  request: PreflightRequest,
  { environment }: Pick<Stack, "environment">,
): Promise<{ facts: ClusterFacts; client: Client } | Problem> {
  try {
    const reason = environment === "dev" ? undefined : unproven(request);
    if (reason !== undefined) return { path: "context", message: `${reason}, with every Secret of the stack`, remedy: PROVE_SERVER };
    const client = await connect(request);
    return { facts: await gather(request, client), client };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return {
      path: "context",
      message: error.message,
      remedy: "see that `kubectl get namespaces` works with that kubeconfig and context",
    };
  }
}
