import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { observed } from "../../rotation/live";
import { planRotation } from "../../rotation/plan";
import { Rotations, SETTLE_SECONDS, type Step } from "../support/rotations";

const byHand = fc.boolean();
const any: Readonly<Record<Step["do"] | "killed", fc.Arbitrary<Step>>> = {
  rotate: fc.record({ do: fc.constant("rotate"), byHand }),
  strategy: fc.record({ do: fc.constant("strategy"), byHand }),
  retire: fc.record({ do: fc.constant("retire"), byHand }),
  revert: fc.record({ do: fc.constant("revert"), edits: fc.integer({ min: 0, max: 3 }) }),
  wait: fc.record({ do: fc.constant("wait"), seconds: fc.constantFrom(1, SETTLE_SECONDS - 1, 2 * SETTLE_SECONDS) }),
  lose: fc.constant({ do: "lose" }),
  up: fc.constant({ do: "up" }),
  killed: fc.record({ do: fc.constant("up"), writes: fc.integer({ min: 0, max: 6 }) }),
};
const WEIGHTS = { rotate: 4, strategy: 2, retire: 2, revert: 1, wait: 3, lose: 1, up: 5, killed: 3 };
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
      // In place, the old password is dead until the Secret has the new one, however many runs that
      // takes.
      let dead = false;
      const world: Rotations = new Rotations(bootstrapOwner, ({ active }, before) => {
        const { application } = world;
        if (application === undefined) return void (dead = false);
        if (last !== application.login) switches++;
        last = application.login;
        const role = world.postgres.get(application.login);
        assert.equal(role?.canLogIn, true, application.login);
        const isInPlace = world.file.strategy === "inPlace" && active.slot === "owner" && before === "owner";
        if (isInPlace || dead) dead = role.password !== application.password;
        else assert.equal(role.password, application.password, application.login);
      });
      sequence.forEach((step) => world.take(step));
      return switches;
    }));

  it("changes nothing when nothing has changed, and is not refused", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let reruns = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      const state = () => structuredClone([world.secrets, world.application, world.postgres]);
      for (const step of sequence) {
        const done = step.do === "up" ? world.up(step.writes) : world.take(step);
        if (!done) continue;
        const before = state();
        assert.deepEqual(world.problems(), []);
        world.up();
        assert.deepEqual(state(), before);
        reruns++;
      }
      return reruns;
    }));

  it("goes on from wherever it was killed with the same file", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let killed = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      for (const step of sequence) {
        world.take(step);
        if (step.do !== "up" || step.writes === undefined || world.problems().length > 0) continue;
        assert.ok(world.up(), JSON.stringify(world.file));
        killed++;
      }
      return killed;
    }));

  it("is refused nothing that it had begun", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let begun = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      for (const step of sequence) {
        const isAllowed = world.problems().length === 0;
        world.take(step);
        if (step.do !== "up" || !isAllowed) continue;
        assert.deepEqual(world.problems(), []);
        begun++;
      }
      return begun;
    }));

  it("lets in the login in use and the one before, until that is retired, and nobody else", () =>
    always(sequences(everything), (bootstrapOwner, sequence) => {
      let retired = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      for (const step of sequence) {
        const done = step.do === "up" ? world.up(step.writes) : world.take(step);
        if (!done) continue;
        if (Object.values(world.file.entry).includes("retired")) retired++;
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
        const names = [...plan.logins.map(({ role }) => role), ...plan.dropped.map(({ role }) => role)];
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
        if (step.do === "up" && world.problems().length > 0) refused++;
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
      world.file = { strategy: "alternating", entry: {} };
      for (const step of sequence) {
        if (step.do === "lose" && world.application) lost++;
        world.take(step);
      }
      return lost;
    }));

  it("is written down as it is: no password that is in use changes with what the cluster says", () =>
    always(without("lose"), (bootstrapOwner, sequence) => {
      let written = 0;
      const world = new Rotations(bootstrapOwner, () => undefined);
      for (const step of sequence) {
        const done = step.do === "up" ? world.up(step.writes) : world.take(step);
        if (!done) continue;
        const entry = observed(world.service, world.live);
        const plan = planRotation({ ...world.service, rotation: { ...world.file, entry } });
        const inUse = ({ logins }: typeof plan) => logins.filter(({ login }) => login).map(({ role, generation }) => [role, generation]);
        assert.deepEqual([plan.active, plan.first, inUse(plan)], [done.active, done.first, inUse(done)], JSON.stringify(entry));
        written++;
      }
      return written;
    }));
});
