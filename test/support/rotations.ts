import * as assert from "node:assert/strict";
import { loginRole, SLOTS, type Slot } from "../../catalog/names";
import type { Service } from "../../catalog/service";
import type { RotationEntry } from "../../config/rotation";
import type { Strategy } from "../../config/schema";
import { checkRotation } from "../../rotation/check";
import { retired, rotated, switched } from "../../rotation/entry";
import { liveLogins, type LiveCredential } from "../../rotation/live";
import { planRotation, type RotationPlan } from "../../rotation/plan";
import { service } from "./fixtures";

/**
 * An edit of the stack's file by the command, which takes it back when its preview is refused;
 * `byHand`, it stays.
 */
interface Edit {
  readonly do: "rotate" | "strategy" | "retire";
  readonly byHand: boolean;
}

export type Step =
  | Edit
  /** The file is as it was so many edits ago. */
  | { readonly do: "revert"; readonly edits: number }
  | { readonly do: "wait"; readonly seconds: number }
  /** `writes`: after how many of its writes the `up` is killed. */
  | { readonly do: "up"; readonly writes?: number }
  | { readonly do: "lose" };

interface Role {
  password: string;
  canLogIn: boolean;
}

interface File {
  readonly strategy: Strategy;
  readonly entry: RotationEntry;
}

const CHANGES: Readonly<Record<Edit["do"], (file: File) => File>> = {
  rotate: ({ strategy, entry }) => ({ strategy, entry: rotated(strategy, entry) }),
  retire: ({ strategy, entry }) => ({ strategy, entry: retired(strategy, entry) }),
  strategy: ({ strategy, entry }) => ({
    strategy: strategy === "inPlace" ? "alternating" : "inPlace",
    entry: switched(strategy, entry),
  }),
};

export const SETTLE_SECONDS = 100;

/**
 * One service, as its file, the cluster and the state have it: what the program reads and writes,
 * and what Postgres makes of it.
 */
export class Rotations {
  file: File = { strategy: "inPlace", entry: {} };
  readonly history: File[] = [];
  application: (NonNullable<LiveCredential["application"]> & { login: string; password: string }) | undefined;
  /** The role Secrets: what each password was made for. */
  readonly secrets = new Map<Slot, { generation: string; password: string }>();
  readonly postgres = new Map<string, Role>();
  now = new Date("2026-07-01T00:00:00Z");
  #passwords = 0;

  constructor(
    readonly bootstrapOwner: boolean,
    /**
     * Called after each write of an `up`, with the login that the application's Secret named before
     * it.
     */
    readonly check: (plan: RotationPlan, before: Slot | undefined) => void,
  ) {}

  get service(): Service {
    return { ...SERVICE, rotation: this.file, bootstrapOwner: this.bootstrapOwner };
  }

  get live(): LiveCredential {
    return {
      ...(this.application ? { application: this.application } : {}),
      generations: Object.fromEntries([...this.secrets].map(([slot, { generation }]) => [slot, generation])),
    };
  }

  /** The problems that stand in the way of an `up`. */
  problems(): readonly unknown[] {
    return checkRotation({ service: this.service, plan: planRotation(this.service) }, this.live, SETTLE_SECONDS, this.now);
  }

  take(step: Step): void {
    switch (step.do) {
      case "wait":
        this.now = new Date(this.now.getTime() + step.seconds * 1000);
        return;
      case "lose":
        this.application = undefined;
        return;
      case "up":
        this.up(step.writes);
        return;
      case "revert":
        this.file = this.history.at(-1 - step.edits) ?? this.file;
        return;
      default:
        this.edit(step);
    }
  }

  /** Whether the edit stays. */
  edit(step: Edit): boolean {
    const before = this.file;
    this.file = CHANGES[step.do](before);
    if (!step.byHand && this.problems().length > 0) {
      this.file = before;
      return false;
    }
    this.history.push(before);
    return true;
  }

  /** What an `up` that is not refused writes, in its order. */
  up(writes = Infinity): RotationPlan | undefined {
    if (this.problems().length > 0) return undefined;
    const plan = planRotation(this.service);
    const before = liveLogins(this.service, this.live).current;
    const all = [
      ...plan.logins.map((login) => () => this.#password(login)),
      () => this.#roles(plan),
      () => this.#application(plan),
      () => SLOTS.filter((slot) => !plan.logins.some((login) => login.slot === slot)).forEach((slot) => this.secrets.delete(slot)),
    ];
    for (const write of all.slice(0, writes)) {
      write();
      this.check(plan, before);
    }
    return writes < all.length ? undefined : plan;
  }

  /**
   * The Secret of a role, whose password is another when its generation is; CloudNativePG applies
   * it at once.
   */
  #password({ slot, role, generation }: RotationPlan["logins"][number]): void {
    const kept = this.secrets.get(slot);
    const password = kept?.generation === generation ? kept.password : `password ${++this.#passwords}`;
    this.secrets.set(slot, { generation, password });
    const live = this.postgres.get(role);
    if (live) live.password = password;
  }

  #roles({ logins, dropped }: RotationPlan): void {
    // The owner is always there: without a login of its own it may not log in.
    const owner = this.postgres.get(SERVICE.role);
    if (owner) owner.canLogIn = false;
    for (const { slot, role, login } of logins) this.postgres.set(role, { password: this.secrets.get(slot)!.password, canLogIn: login });
    for (const { role } of dropped) this.postgres.delete(role);
  }

  #application({ active, previous, first }: RotationPlan): void {
    const { password } = this.secrets.get(active.slot)!;
    assert.deepEqual(this.postgres.get(active.role), { password, canLogIn: true }, "the Secret follows what Postgres accepts");
    const next = {
      login: active.role,
      generation: active.generation,
      first,
      password,
      ...(previous ? { previous: loginRole(SERVICE.role, previous) } : {}),
    };
    const { changedAt = this.now, ...before } = this.application ?? {};
    const same = JSON.stringify(Object.entries(before).sort()) === JSON.stringify(Object.entries(next).sort());
    this.application = { ...next, changedAt: same ? changedAt : this.now };
  }
}

const SERVICE = service("agents");
