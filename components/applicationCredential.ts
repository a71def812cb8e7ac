import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { copyOf, loginRole, proofJob as proofJobName, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import { ageInDays } from "../rotation/age";
import type { AppliedRoles } from "../rotation/applied";
import { settled } from "../rotation/knownValue";
import { hasRotated, type Login, type RotationPlan } from "../rotation/plan";
import type { ProvingAuthority } from "./authority/serverAuthority";
import { applicationSecret } from "./applicationSecret";
import type { Place } from "./metadata";
import { proofJob, proofTimeout, provenPassword, type ProofConfig, type ProvingCluster } from "./proof";
import type { RoleLogin } from "./roleLogin";
import type { CredentialSummary } from "../catalog/outputs";
import { certainKeys, credentialKeys, possibleKeys } from "../catalog/templates";

export interface ApplicationCredentialArgs {
  service: Service;
  plan: RotationPlan;
  place: Place;
  cluster: ProvingCluster;
  authority: ProvingAuthority;
  proof: ProofConfig;
  /** Every login that has a password. */
  logins: ReadonlyMap<Slot, RoleLogin>;
  /** Whether the roles are DatabaseRole objects. */
  roleApi: "inline" | "databaseRole";
  /** Who to ask whether a role has been applied, once `reconciled` is there. */
  applied: Pick<AppliedRoles, "applied">;
  /** Where the service's own roles are, and its Pooler. What is another service's holds nobody back. */
  reconciled: pulumi.Input<unknown>;
  /** What a login needs to be there. */
  database: pulumi.Resource;
  /** For a profile: the logins of its database's owner. @default none */
  givers?: readonly RoleLogin[];
  /** Whether Pulumi refuses to delete the Secret. @default what holds for the component */
  protect?: boolean;
}

/**
 * What an application logs in with: written once CloudNativePG has applied the password, and proven
 * by a login. Where the credential that the application has stays valid until then, the proof comes
 * first, and the Secret is left as it is should it fail. In place, the old password has died with
 * the new one applied: the Secret follows at once, and the proof comes after.
 */
export class ApplicationCredential extends pulumi.ComponentResource {
  readonly service: Service;
  readonly plan: RotationPlan;
  /** What the application reads. */
  readonly secret: k8s.core.v1.Secret;
  /** The same in other namespaces, by those. */
  readonly copies: ReadonlyMap<string, k8s.core.v1.Secret>;
  /** What is there when the credential is in the Secret and proven. */
  readonly done: readonly pulumi.Resource[];
  /** What the stack tells of it. */
  readonly summary: CredentialSummary;

  constructor(name: string, args: ApplicationCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ApplicationCredential", name, {}, opts);
    const { service, plan, cluster, authority, place, givers = [] } = args;
    const login = args.logins.get(plan.active.slot)!;
    const consequence = consequences(service, plan);
    const accepted = waitForRoles(args, consequence.untilApplied, this);
    const protection = args.protect === undefined ? {} : { protect: args.protect };
    const prove = (dependsOn: pulumi.Resource[]) =>
      new k8s.batch.v1.Job(
        `${name}-proof`,
        proofJob({
          ...{ service, place, cluster, authority: authority.configMap, config: args.proof, login, givers, accepted },
          consequence: consequence.untilProven,
          // What was missing before a rotation is none of its doing, and does not keep it waiting.
          needs: plan.provenFirst && hasRotated(plan) ? "told" : "required",
        }),
        {
          parent: this,
          // Another password is another Job.
          protect: false,
          // A pod has the passwords that there are when it begins.
          dependsOn: [...dependsOn, ...givers.map(({ secret }) => secret)],
          customTimeouts: { create: proofTimeout(args.proof) },
        },
      );
    const write = (proof?: k8s.batch.v1.Job) => {
      const written = {
        ...{ service, place, cluster: cluster.name, authority, plan, login, protect: args.protect },
        accepted: pulumi.all([accepted, isSame(service, login, proof, this)]),
      };
      const opts = { parent: this, dependsOn: proof ? [proof] : [], ...protection };
      const { namespaces = [] } = service;
      return {
        secret: new k8s.core.v1.Secret(name, applicationSecret(written), opts),
        // Beside the first one and not after it: an application is kept waiting by none but its own.
        copies: new Map(
          namespaces.map((into) => [into, new k8s.core.v1.Secret(copyOf(name, into), applicationSecret({ ...written, into }), opts)]),
        ),
      };
    };
    if (plan.provenFirst) {
      const proof = prove([args.database]);
      ({ secret: this.secret, copies: this.copies } = write(proof));
      this.done = [proof, this.secret];
    } else {
      ({ secret: this.secret, copies: this.copies } = write());
      this.done = [this.secret, prove([this.secret, args.database])];
    }
    this.service = service;
    this.plan = plan;
    this.summary = summarise(args, login);
    warnWhenOverdue(service, plan, login, this);
    this.registerOutputs();
  }
}

/** What holds until a password is applied, and until it is proven: the end of the message should it not be. */
function consequences({ name, secret, workloads, restart }: Service, plan: RotationPlan): Record<"untilApplied" | "untilProven", string> {
  const kept = `Until this works, the Secret ${secret} holds the credential that Postgres accepts, and nothing is restarted. Fix the cause and run \`pulumi up\` again.`;
  if (!endsAtOnce(plan)) return { untilApplied: kept, untilProven: kept };
  const restarted = restart === "rollout" && workloads.length > 0 ? ", and what reads it is restarted" : "";
  return {
    untilApplied: `Postgres may have the new password already, and the Secret ${secret} the one before: applications of ${name} may be refused. Fix the cause and run \`pulumi up\` again now.`,
    untilProven: `The Secret ${secret} has the new password already${restarted}. Fix the cause and run \`pulumi up\` again.`,
  };
}

/** Whether the password that applications have ends as soon as the new one is in the role's Secret. */
function endsAtOnce(plan: RotationPlan): boolean {
  return !plan.provenFirst && hasRotated(plan);
}

/**
 * Order alone does not do: a run of some of the resources leaves the role's Secret, or the proof, as
 * it was, and would go on with a password that Postgres does not know, or that nobody has proven. In
 * a preview nothing is proven, and nobody knows what a proof that is made anew will say.
 *
 * @param proof Absent where it comes afterwards.
 * @throws pulumi.ResourceError when one of them is of another password
 */
function isSame(
  service: Service,
  login: RoleLogin,
  proof: k8s.batch.v1.Job | undefined,
  resource: pulumi.Resource,
): pulumi.Output<unknown> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(undefined);
  const refuse = (what: string) => {
    throw new pulumi.ResourceError(
      `service ${service.name}: the Secret ${service.secret} stays as it is, as the password of ${login.role} that it is to have is not the one that ${what}. Run \`pulumi up\` without \`--target\` and \`--exclude\`, or with everything of the service among the targets.`,
      resource,
      true,
    );
  };
  const written = login.isWritten.apply((isWritten) => (isWritten ? undefined : refuse("CloudNativePG reads")));
  if (proof === undefined) return written;
  const proven = pulumi.all([login.passwordId, provenPassword(proof)]);
  return pulumi.all([
    written,
    proven.apply(([wanted, id]) => (wanted === id ? undefined : refuse(`the Job ${proofJobName(service.name)} has proven`))),
  ]);
}

/** Nothing rotates or is retired by itself: what is overdue is said at every preview and `up`. */
function warnWhenOverdue({ name, role, rotation }: Service, { previous }: RotationPlan, login: RoleLogin, resource: pulumi.Resource): void {
  const { maxAgeDays = Infinity, previousMaxDays = Infinity } = rotation;
  if (maxAgeDays === Infinity && previousMaxDays === Infinity) return;
  login.changedAt.apply((changedAt) => {
    const age = Math.floor(ageInDays(changedAt));
    if (age >= maxAgeDays)
      void pulumi.log.warn(
        `the password of ${name} is ${age} days old, and ${maxAgeDays} are allowed: \`npm run rotate -- ${name}\``,
        resource,
      );
    if (previous !== undefined && age >= previousMaxDays)
      void pulumi.log.warn(
        `the previous credential of ${name}, role ${loginRole(role, previous)}, still logs in, ${age} days after the rotation, and ${previousMaxDays} are allowed: \`npm run retire -- ${name}\``,
        resource,
      );
  });
}

/**
 * What the new credential waits for: that the login whose turn it is has its password. An `up` that
 * retires or drops another one does not end well before Postgres has been told of that, too.
 */
function waitForRoles(
  { service, plan, logins, roleApi, applied, reconciled }: ApplicationCredentialArgs,
  consequence: string,
  resource: pulumi.Resource,
): pulumi.Output<void> {
  const { active, dropped } = plan;
  if (dropped.length > 0) {
    const former = dropped.map(({ role, secret }) => ({ service: service.name, consequence, resource, role, former: secret }));
    pulumi.all([reconciled]).apply(() => Promise.all(former.map((one) => applied.applied(one))));
  }
  const applies = ({ slot, role, secret, object }: Login, consequence: string) => {
    const expectation = { service: service.name, consequence, resource, role, secret, ...(roleApi === "inline" ? {} : { object }) };
    const version = logins.get(slot)!.secret.metadata.resourceVersion;
    const wait = (written: string, from?: Promise<unknown>) => applied.applied({ ...expectation, version: written }, from);
    // Neither a replica that is pending nor anything else that the Cluster's readiness waits for keeps
    // a password from applications whose former one has ended.
    if (slot === active.slot && endsAtOnce(plan)) return version.apply((written) => wait(written, settled(pulumi.output(reconciled))));
    return pulumi.all([version, reconciled]).apply(([written]) => wait(written));
  };
  const accepted = applies(active, consequence);
  for (const closed of plan.logins.filter(({ login }) => !login))
    applies(
      closed,
      `Until this works, Postgres may let ${closed.role} in, which is not to log in (any more). Fix the cause and run \`pulumi up\` again.`,
    );
  return accepted;
}

function summarise({ service, plan, place, roleApi }: ApplicationCredentialArgs, login: RoleLogin): CredentialSummary {
  const { maxAgeDays, previousMaxDays } = service.rotation;
  return {
    role: service.role,
    database: service.database,
    namespace: place.namespace,
    secret: service.secret,
    ...(service.namespaces === undefined ? {} : { namespaces: service.namespaces }),
    keys: certainKeys(service.template),
    possibleKeys: possibleKeys(service.template, service.optionalKeys),
    ...(service.adopt === undefined ? {} : { adopts: true }),
    credentialKeys: credentialKeys(service.template),
    login: plan.active.role,
    roleSecret: plan.active.secret,
    ...(roleApi === "inline" ? {} : { roleObject: plan.active.object }),
    generation: plan.active.generation,
    changedAt: login.changedAt,
    ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
    ...(plan.previous === undefined ? {} : { previous: loginRole(service.role, plan.previous) }),
    ...(plan.previous === undefined || previousMaxDays === undefined ? {} : { previousMaxDays }),
    ...(service.foreignOwners.length === 0 ? {} : { foreignOwners: service.foreignOwners }),
    ...(service.pooler === undefined ? {} : { pooler: service.pooler }),
    ...(service.settings === undefined ? {} : { settings: Object.keys(service.settings) }),
    ...(service.profile === undefined ? {} : { profile: service.profile }),
  };
}
