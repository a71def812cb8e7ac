import * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import { isAdopted, type Login, type PlannedService, type RotationPlan } from "./plan";

/** A password that a Secret of this state's has in the cluster. */
export interface HeldPassword {
  readonly secret: string;
  /** Where in it, unless that is `password`. */
  readonly key?: string;
  /** How that key has it, unless it is alone there. */
  readonly form?: "uri" | "text";
  readonly generation: string;
  /** When it was made, as the Secret's mark has it. */
  readonly changedAt?: string;
}

/** By service, what the Secrets of its logins hold. */
export type HeldPasswords = Readonly<Record<string, Readonly<Partial<Record<Slot, HeldPassword>>>>>;

/** What keeps the password of a login from becoming another one that no rotation asks for. */
export interface Keeping {
  /** Is asked before a password is made, in previews too. */
  readonly beforeMade: pulumi.ResourceHook;
  /**
   * The one that the login is to go on with; absent where there is none, or the rotation ends it.
   */
  readonly held?: HeldPassword;
  /** The one of the generation before, as its Secret says. */
  readonly former?: HeldPassword;
  /** Why another one is refused. @param state What the state has: "the state has no password". */
  readonly refusal: (state: string) => string;
  /**
   * Of a login that goes on with an adopted password.
   * @param isTaken Whether that is what the state has taken in; known before the password is made.
   */
  readonly adopts: (isTaken: Promise<boolean>) => void;
}

/** The resource that generates a login's password. */
export const passwordName = (object: string): string => `${object}-password`;
/** The one that keeps an adopted password. */
export const adoptedName = (object: string): string => `${object}-adopted`;

interface Kept {
  readonly held: HeldPassword;
  readonly refusal: Keeping["refusal"];
  readonly isAdopted: boolean;
  isTaken?: Promise<boolean>;
}

/**
 * Keeps passwords that are live. The state may lack one: its resource was removed by hand, or an
 * older version of the state was imported. What it would make in its place, the upsert would write
 * over the Secret that is there. Only the engine knows what the state has, and it says so when it
 * is about to make one.
 */
export function keepPasswords(services: readonly PlannedService[], held: HeldPasswords): (login: Login) => Keeping {
  const kept = new Map(
    services.flatMap((one) => one.plan.logins.flatMap((login) => keptOf(one, login, held[one.plan.service]?.[login.slot]))),
  );
  const beforeMade = new pulumi.ResourceHook(
    "password-in-use",
    async ({ name, urn }) => {
      const one = kept.get(name);
      if (one === undefined) return;
      if (!one.isAdopted) throw new Error(one.refusal("the state has no password"));
      if ((await one.isTaken) === false) throw new Error(formerlyTaken(one.refusal("the state has no password"), urn));
    },
    { onDryRun: true },
  );
  const all = new Map(services.flatMap(({ plan }) => plan.logins.map((login) => [login, held[plan.service]?.[login.slot]] as const)));
  return (login) => {
    const one = kept.get(passwordName(login.object));
    const live = all.get(login);
    return {
      beforeMade,
      ...(live === undefined || live.generation === login.generation ? {} : { former: live }),
      ...(one === undefined || one.isAdopted ? {} : { held: one.held }),
      refusal: (state) => one?.refusal(state) ?? state,
      adopts: (isTaken) => {
        if (one) one.isTaken = isTaken;
      },
    };
  };
}

function keptOf({ service, plan }: PlannedService, login: Login, held: HeldPassword | undefined): [string, Kept][] {
  if (held?.generation !== login.generation || !login.login) return [];
  const refusal = (state: string) =>
    `service ${service.name}: ${state} of ${login.role} in the generation ${login.generation}, and the Secret ${held.secret}, which is live, has one. Another one would take its place, and no rotation says so. ${remedy(service, plan, login, held)}`;
  return [[passwordName(login.object), { held, refusal, isAdopted: isAdopted(service, plan, login) }]];
}

function remedy({ name, rotation }: Service, { active }: RotationPlan, { slot, role }: Login, { secret, key, form }: HeldPassword): string {
  if (slot !== active.slot) return `Retire ${role} when nothing uses it any more: \`npm run retire -- ${name}\``;
  if (form === "text")
    return `To take it into the state, write the password that is in its key ${key} into a Secret of its own, name that in \`services.${name}.adopt\` and run \`pulumi up\``;
  const adopt =
    key === undefined
      ? `\`services.${name}.adopt.secret\` to ${secret}`
      : `\`services.${name}.adopt\` to \`{ secret: ${secret}, key: ${key}${form === undefined ? "" : `, form: ${form}`} }\``;
  const otherwise = rotation.strategy === "inPlace" ? `; to have another one, \`npm run rotate -- ${name}\`` : "";
  return `To take it into the state, set ${adopt} and run \`pulumi up\`${otherwise}`;
}

/** A Stash keeps what it was given first. */
function formerlyTaken(refusal: string, password: string): string {
  const [object] = password
    .split("::")
    .slice(-1)[0]!
    .split(/-password$/);
  const stash = [...password.split("::").slice(0, 2), `${password.split("::")[2]!.split("$").slice(0, -1).join("$")}$pulumi:index:Stash`];
  return `${refusal}. The state keeps one that was adopted before: \`pulumi state delete '${[...stash, adoptedName(object!)].join("::")}'\` first`;
}
