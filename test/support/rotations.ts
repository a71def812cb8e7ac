import * as assert from "node:assert/strict";
import { loginRole, SLOTS, type Slot } from "../../catalog/names";
import type { Service } from "../../catalog/service";
import { planRotation, type LiveCredential, type RotationPlan } from "../../rotation/plan";
import { service } from "./fixtures";

export type Step =
  /** Another generation, maybe an earlier one. */
  | { readonly do: "rotate"; readonly generation: number }
  | { readonly do: "strategy" }
  /** What the application had before the generation that it has now. */
  | { readonly do: "retire" }
  | { readonly do: "wait"; readonly seconds: number }
  /** `writes`: after how many of its writes the `up` is killed. */
  | { readonly do: "up"; readonly writes?: number }
  | { readonly do: "lose" };

interface Role {
  password: string;
  canLogIn: boolean;
}

export const SETTLE_SECONDS = 100;

/** One service, as the cluster and the state have it: what the program reads and writes, and what Postgres makes of it. */
export class Rotations {
  strategy: "inPlace" | "alternating" = "inPlace";
  generation = 1;
  retired: string | undefined;
  application: (NonNullable<LiveCredential["application"]> & { login: string; password: string }) | undefined;
  /** The role Secrets: what each password was made for. */
  readonly secrets = new Map<Slot, { generation: string; password: string }>();
  readonly postgres = new Map<string, Role>();
  /** What the Cluster says is not to be there. */
  absent: readonly string[] = [];
  now = new Date("2026-07-01T00:00:00Z");
  #passwords = 0;

  constructor(
    readonly bootstrapOwner: boolean,
    /** Called after each write of an `up`. */
    readonly check: (plan: RotationPlan) => void,
  ) {}

  get service(): Service {
    const generation = `0.0.${this.generation}`;
    const rotation = { strategy: this.strategy, generation, ...(this.retired === undefined ? {} : { retired: this.retired }) };
    return { ...SERVICE, rotation, bootstrapOwner: this.bootstrapOwner };
  }

  plan(): RotationPlan | undefined {
    const live: LiveCredential = {
      ...(this.application ? { application: this.application } : {}),
      generations: Object.fromEntries([...this.secrets].map(([slot, { generation }]) => [slot, generation])),
      absent: this.absent,
    };
    const outcome = planRotation(this.service, live, SETTLE_SECONDS, this.now);
    return "plan" in outcome ? outcome.plan : undefined;
  }

  take(step: Step): void {
    if (step.do === "rotate") this.generation = step.generation;
    else if (step.do === "strategy") this.strategy = this.strategy === "inPlace" ? "alternating" : "inPlace";
    else if (step.do === "retire") this.retired = this.service.rotation.generation;
    else if (step.do === "wait") this.now = new Date(this.now.getTime() + step.seconds * 1000);
    else if (step.do === "lose") this.application = undefined;
    else this.up(step.writes);
  }

  /** What an `up` that is not refused writes, in its order. */
  up(writes = Infinity): RotationPlan | undefined {
    const plan = this.plan();
    if (plan === undefined) return undefined;
    const all = [
      ...plan.logins.map((login) => () => this.#password(login)),
      () => this.#roles(plan),
      () => this.#application(plan),
      () => SLOTS.filter((slot) => !plan.logins.some((login) => login.slot === slot)).forEach((slot) => this.secrets.delete(slot)),
    ];
    for (const write of all.slice(0, writes)) {
      write();
      this.check(plan);
    }
    return writes < all.length ? undefined : plan;
  }

  /** The Secret of a role, whose password is another when its generation is; CloudNativePG applies it at once. */
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
    for (const role of dropped) this.postgres.delete(role);
    this.absent = dropped;
  }

  #application({ active, previous }: RotationPlan): void {
    const { password } = this.secrets.get(active.slot)!;
    assert.deepEqual(this.postgres.get(active.role), { password, canLogIn: true }, "the Secret follows what Postgres accepts");
    const next = {
      login: active.role,
      generation: active.generation,
      password,
      ...(previous ? { previous: loginRole(SERVICE.role, previous) } : {}),
    };
    const { changedAt = this.now, ...before } = this.application ?? {};
    const same = JSON.stringify(Object.entries(before).sort()) === JSON.stringify(Object.entries(next).sort());
    this.application = { ...next, changedAt: same ? changedAt : this.now };
  }
}

const SERVICE = service("agents");
