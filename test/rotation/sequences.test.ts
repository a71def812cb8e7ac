import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { Rotations, SETTLE_SECONDS, type Step } from "../support/rotations";

const generation = fc.integer({ min: 0, max: 4 });
const any: Readonly<Record<Step["do"] | "killed", fc.Arbitrary<Step>>> = {
  rotate: fc.record({ do: fc.constant("rotate"), generation }),
  strategy: fc.constant({ do: "strategy" }),
  retire: fc.constant({ do: "retire" }),
  wait: fc.record({ do: fc.constant("wait"), seconds: fc.constantFrom(1, SETTLE_SECONDS - 1, 2 * SETTLE_SECONDS) }),
  lose: fc.constant({ do: "lose" }),
  up: fc.constant({ do: "up" }),
  killed: fc.record({ do: fc.constant("up"), writes: fc.integer({ min: 0, max: 6 }) }),
};
const WEIGHTS = { rotate: 4, strategy: 2, retire: 2, wait: 3, lose: 1, up: 5, killed: 3 };
const everything = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];

/** Sequences of these steps, of a service that may own initdb's database. */
function sequences(kinds: readonly (keyof typeof WEIGHTS)[]): fc.Arbitrary<{ bootstrapOwner: boolean; sequence: Step[] }> {
  const step = fc.oneof(...kinds.map((kind) => ({ weight: WEIGHTS[kind], arbitrary: any[kind] })));
  return fc.record({ bootstrapOwner: fc.boolean(), sequence: fc.array(step, { minLength: 1, maxLength: 30 }) });
}
const without = (...left: (keyof typeof WEIGHTS)[]) => sequences(everything.filter((kind) => !left.includes(kind)));

/** Holds for every such sequence, and says how often something happened that it is about. */
function always(given: ReturnType<typeof sequences>, holds: (bootstrapOwner: boolean, sequence: readonly Step[]) => number): void {
  let happened = 0;
  fc.assert(
    fc.property(given, ({ bootstrapOwner, sequence }) => void (happened += holds(bootstrapOwner, sequence))),
    { numRuns: 1500 },
  );
  assert.ok(happened > 20, `only ${happened} times`);
}

describe("rotation, whatever happens in whatever order", () => {
  it("never touches the login that the application's Secret names while another takes its place", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let [switches, last] = [0, ""];
      // In place, the old password is dead until the Secret has the new one, however many runs that takes.
      let dead = false;
      const world: Rotations = new Rotations(bootstrapOwner, ({ active, current }) => {
        const { application } = world;
        if (application === undefined) return void (dead = false);
        if (last !== application.login) switches++;
        last = application.login;
        const role = world.postgres.get(application.login);
        assert.equal(role?.canLogIn, true, application.login);
        const isInPlace = world.strategy === "inPlace" && active.slot === "owner" && current === "owner";
        if (isInPlace || dead) dead = role.password !== application.password;
        else assert.equal(role.password, application.password, application.login);
      });
      sequence.forEach((step) => world.take(step));
      return switches;
    }));

  it("changes nothing when nothing has changed", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let reruns = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      for (const step of sequence) {
        const done = step.do === "up" ? world.up(step.writes) : world.take(step);
        if (!done) continue;
        const again = world.plan();
        assert.deepEqual([again?.logins, again?.active, again?.previous], [done.logins, done.active, done.previous]);
        assert.deepEqual([again?.rotates, again?.dropping, again?.dropped], [false, [], done.dropped]);
        reruns++;
      }
      return reruns;
    }));

  it("lets in the login in use and the one before, until that is retired, and nobody else", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let retired = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      for (const step of sequence) {
        const done = step.do === "up" ? world.up(step.writes) : world.take(step);
        if (!done) continue;
        const isRetired = world.retired === world.service.rotation.generation;
        if (isRetired) retired++;
        if (isRetired) assert.equal(done.previous, undefined);
        const roles = [...world.postgres].flatMap(([role, { canLogIn }]) => (canLogIn ? [role] : []));
        const expected = done.logins.filter(({ slot }) => slot === done.active.slot || slot === done.previous).map(({ role }) => role);
        assert.deepEqual(roles.sort(), expected.sort());
      }
      return retired;
    }));

  it("never means two logins, or one that goes, by one name", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let dropped = 0;
      const world = new Rotations(bootstrapOwner, (plan) => {
        const names = [...plan.logins.map(({ role }) => role), ...plan.dropped];
        assert.equal(new Set(names).size, names.length, names.join());
        assert.ok(plan.logins.includes(plan.active));
        dropped += plan.dropped.length;
      });
      sequence.forEach((step) => world.take(step));
      return dropped;
    }));

  it("leaves in whom a container may still hold, for as long as it may", () =>
    always(without("lose"), (bootstrapOwner, sequence) => {
      let [refused, until] = [0, 0];
      let [named, former] = [
        { login: "", password: "" },
        { login: "", password: "" },
      ];
      const world: Rotations = new Rotations(bootstrapOwner, () => {
        const { login, password } = world.application ?? named;
        if (login !== named.login) [former, until] = [named, world.now.getTime() + SETTLE_SECONDS * 1000];
        // In place, a password is dead before its successor is in the Secret.
        if (login !== named.login && world.postgres.get(former.login)?.password !== former.password) former = { login: "", password: "" };
        named = { login, password };
        if (former.login === "" || world.now.getTime() >= until) return;
        assert.deepEqual(world.postgres.get(former.login), { password: former.password, canLogIn: true });
      });
      for (const step of sequence) {
        if (step.do === "up" && world.plan() === undefined) refused++;
        world.take(step);
      }
      return refused;
    }));

  it("alternating: leaves in what a lost Secret named, until there is another that names something", () =>
    always(without("strategy"), (bootstrapOwner, sequence) => {
      let lost = 0;
      let last: Rotations["application"];
      const world: Rotations = new Rotations(bootstrapOwner, () => {
        last = world.application ?? last;
        if (last) assert.deepEqual(world.postgres.get(last.login), { password: last.password, canLogIn: true }, last.login);
      });
      world.strategy = "alternating";
      for (const step of sequence) {
        if (step.do === "lose" && world.application) lost++;
        world.take(step);
      }
      return lost;
    }));
});
