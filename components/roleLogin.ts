import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { settled } from "../rotation/knownValue";
import { adoptedName, passwordName, type Keeping } from "../rotation/held";
import type { Login } from "../rotation/plan";
import { encode } from "./encode";
import { CHANGED_ANNOTATION, GENERATION_ANNOTATION } from "../kube/marks";
import { metadata, type Place } from "./metadata";

const PASSWORD_LENGTH = 32;

export interface RoleLoginArgs {
  /** Name of the service. */
  service: string;
  place: Place;
  /** A change of its generation replaces the password. */
  login: Login;
  /**
   * For a service that adopts: whether it is this login whose first password is taken over, and from
   * then on lives in the state: `value`, which is looked at once. Absent: the password is
   * generated.
   */
  adopt?: { isAdopted: boolean; value: pulumi.Input<string> };
  /** What refuses to put another password in the place of one that is live. Absent: nothing is. */
  keeping?: Keeping;
  /**
   * Whether Pulumi refuses to delete the Secret, and with it the password, which is deleted after
   * it. The password itself is replaced by a rotation. @default what holds for the component
   */
  protect?: boolean;
}

/**
 * A role's password, kept in the state, and the Secret that CloudNativePG reads it from. A new
 * generation replaces the password, and changes the Secret in place.
 */
export class RoleLogin extends pulumi.ComponentResource {
  readonly role: string;
  readonly password: pulumi.Output<string>;
  /** Tells one password from the next. */
  readonly passwordId: pulumi.Output<string>;
  /** When the password was made, as ISO 8601 writes it. */
  readonly changedAt: pulumi.Output<string>;
  /** What the password was made for: the plan's generation, but for a run of some resources (`--target`) that leaves the password as it was. */
  readonly generation: pulumi.Output<string>;
  readonly secret: k8s.core.v1.Secret;
  /** Whether the Secret, as it is registered, has the password: with `--target`, one that is not meant is the former one. */
  readonly isWritten: pulumi.Output<boolean>;

  constructor(name: string, args: RoleLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:RoleLogin", name, {}, opts);
    const { service, place, login, keeping } = args;
    // What is protected cannot be replaced.
    const kept = { parent: this, protect: false, replacementTrigger: login.generation };
    const adopted = args.adopt && adoptedPassword(name, args.adopt, login.generation, this);
    if (args.adopt?.isAdopted && adopted) keeping?.adopts(settled(adopted.isCurrent).then((isCurrent) => isCurrent ?? true));
    const generated = new random.RandomPassword(
      passwordName(name),
      { length: PASSWORD_LENGTH, special: false },
      {
        ...kept,
        ...(keeping === undefined ? {} : { hooks: { beforeCreate: [keeping.beforeMade] } }),
        // Whether it is taken in is known when a password is about to be made.
        ...(args.adopt?.isAdopted && adopted ? { dependsOn: [adopted.stash] } : {}),
      },
    ).result;
    this.role = login.role;
    this.password = adopted ? inTurn(name, adopted, generated) : generated;
    this.passwordId = new random.RandomUuid7(`${name}-password-id`, {}, kept).result;
    this.changedAt = this.passwordId.apply((id) => madeAt(id).toISOString());
    const former = pulumi.runtime.isDryRun() ? undefined : keeping?.former;
    this.generation = this.changedAt.apply((at) => (at === former?.changedAt ? former.generation : login.generation));
    this.secret = new k8s.core.v1.Secret(
      `${name}-role`,
      {
        metadata: metadata(place, login.secret, {
          service,
          // CloudNativePG applies a changed Secret with this label at once; without it, at its next
          // resynchronisation.
          labels: { "cnpg.io/reload": "true" },
          annotations: {
            // A preview says what a reviewer is to see before a password is made.
            [GENERATION_ANNOTATION]: pulumi.runtime.isDryRun() ? login.generation : this.generation,
            [CHANGED_ANNOTATION]: this.changedAt,
          },
        }),
        type: "kubernetes.io/basic-auth",
        data: pulumi.all([this.password, this.changedAt]).apply(([value, changedAt]) => {
          if (keeping) refuseOlder(keeping, changedAt, this);
          return encode({ username: login.role, password: value });
        }),
      },
      { parent: this, ...(args.protect === undefined ? {} : { protect: args.protect }) },
    );
    this.isWritten = pulumi
      .all([this.password, this.secret.data])
      .apply(([value, data]) => (data as typeof data | undefined)?.password === encode({ value }).value);
    this.registerOutputs();
  }
}

/** A state from before the password was made for the second time has the first one, of the same generation. */
function refuseOlder({ held, refusal }: Keeping, changedAt: string, login: RoleLogin): void {
  if (held?.changedAt === undefined || !(Date.parse(held.changedAt) > Date.parse(changedAt))) return;
  throw new pulumi.ResourceError(refusal(`the state has the password of ${changedAt}, not that of ${held.changedAt},`), login, true);
}

/** When a UUID of version 7 was made: its first 48 bits are milliseconds (RFC 9562, 5.7). */
export function madeAt(uuid: string): Date {
  return new Date(Number.parseInt(uuid.replaceAll("-", "").slice(0, 12), 16));
}

interface AdoptedPassword {
  readonly stash: pulumi.Resource;
  /** Whether the login goes on with it. */
  readonly isCurrent: pulumi.Output<boolean>;
  readonly password: pulumi.Output<string>;
}

/** A Stash keeps the first value that it was given; what the old Secret says later, or that it is gone, no longer matters. */
function adoptedPassword(
  name: string,
  { isAdopted, value }: NonNullable<RoleLoginArgs["adopt"]>,
  generation: string,
  parent: pulumi.Resource,
): AdoptedPassword {
  const input = pulumi.secret(
    pulumi.output(value).apply((password) => ({ generation, isCurrent: isAdopted, password: isAdopted ? password : "" })),
  );
  const stash = new pulumi.Stash(
    adoptedName(name),
    { input },
    { parent, ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] },
  );
  const first = stash.output as pulumi.Output<{ generation: string; isCurrent: boolean; password: string }>;
  return {
    stash,
    isCurrent: pulumi.unsecret(first.apply((kept) => kept.isCurrent && kept.generation === generation)),
    password: first.apply(({ password }) => password),
  };
}

/** The adopted password for as long as the generation is the one that it was adopted in, then the generated one. */
function inTurn(name: string, { isCurrent, password }: AdoptedPassword, generated: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.secret(
    pulumi.all([isCurrent, password, generated]).apply(([current, kept, fresh]) => {
      if (!current) return fresh;
      if (kept === "") throw new Error(`${name}: neither the state nor the cluster has the password to adopt`);
      return kept;
    }),
  );
}
