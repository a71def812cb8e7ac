import assert from "node:assert/strict";
import { base } from "../../catalog/services/base";
import { platform } from "../../catalog/services/platform";
import type { Credential } from "../../cli/shared/credential";
import { credentials, exists, superuser, withTunnel, type Configuration } from "./support/lab";
import { refusal, rotate, rotationFails, Turns } from "./support/rotation";
import { watch } from "./support/watcher";

/** One service and the owner of the bootstrap database take turns; the others stay as they are. */
function twoAlternate(config: Configuration): void {
  for (const name of ["platform", "base"]) config.services[name] = { rotation: { strategy: "alternating" } };
}

const FORMER = "select string_agg(rolname, ' ' order by rolname) from pg_roles where rolname ~ '^(platform|dbuser)_[ab]$'";

const PAIR = ["temporal", "agents"];

/** The login whose turn is after that one's. */
const other = (login: string) => login.replace(/_[ab]$/, (end) => (end === "_a" ? "_b" : "_a"));

const asObjects = (config: Configuration) => {
  twoAlternate(config);
  config.roleApi = "databaseRole";
};

describe("whose turn it is", () => {
  const turns = new Turns([...PAIR, "platform", "base"]);
  let before: Record<string, Credential>;
  const changed = (now: Record<string, Credential>) => Object.keys(now).filter((name) => now[name]!.password !== before[name]!.password);
  beforeEach(async () => {
    before = await credentials();
  });

  it("the file's, of those that it names and of no other", async () => {
    await rotate({ services: turns.rotate(...PAIR).services });
    assert.deepEqual(changed(await credentials()).sort(), PAIR.toSorted());
  });

  it("a strategy that the file changes without a word of the login in use is refused, with what to write", async () => {
    const services = Object.fromEntries(PAIR.map((name) => [name, turns.services[name]!]));
    const message = await rotationFails({ services }, twoAlternate);
    assert.match(message, /rotation\.services\.platform: does not keep platform, .*`platform: \{ active: a, a: 1, owner: 0 \}`/);
    assert.deepEqual(await credentials(), before);
  });

  it("two turns are so far apart that no container misses one", async () => {
    await rotate({ services: turns.to("alternating", "platform", "base").services }, twoAlternate);
    const now = await credentials();
    assert.match(now.platform!.user, /^platform_[ab]$/);
    // The next turn would take the owner's login away, which containers may still hold.
    const next = new Turns(["platform"]).to("alternating").rotate().services;
    const message = await rotationFails({ services: { ...turns.services, ...next }, settleSeconds: 600 }, twoAlternate);
    assert.match(
      message,
      /rotation\.services\.platform: ends the credential of platform, which containers may still hold: .* less than 600 s ago/,
    );
    assert.match(message, /lower `rotation\.settleSeconds`/);
    assert.deepEqual(await credentials(), now);
  });

  // `small` has DatabaseRole objects in place.
  const inSoak = process.env.SOAK ? it : undefined;
  inSoak?.(
    "with DatabaseRole objects, alternating goes on, and nobody is refused on the way there, in a turn, and on the way back",
    async () => {
      const watchers = [watch(platform), watch(base)];
      try {
        await rotate({ services: turns.services }, asObjects);
        for (const name of ["platform", "platform-a", "platform-b", "base-a"])
          assert.equal(await exists("databaseroles", name), true, name);
        await rotate({ services: turns.rotate("platform", "base").services }, asObjects);
        const now = await credentials();
        assert.deepEqual([now.platform!.user, now.base!.user], [before.platform!.user, before.base!.user].map(other));
        await withTunnel(async (connect) => {
          for (const credential of [now, before].flatMap(({ platform: one, base: other }) => [one!, other!])) await connect(credential);
        });
        const { services } = turns.retire("platform");
        await rotate({ services }, asObjects);
        await withTunnel(async (connect) => {
          assert.match((await refusal(connect(before.platform!))) ?? "", /password authentication failed/);
          await connect(now.platform!);
          await connect(before.base!);
        });
        await rotate({ services }, twoAlternate);
        assert.equal(await exists("databaseroles", "platform-b"), false);
        assert.deepEqual(await credentials(), now);
      } finally {
        for (const watcher of watchers) {
          const { ok: succeeded, refused, longestMs } = await watcher.stop();
          console.log(`      ${succeeded} logins, ${refused.length} refused, longest time without one ${longestMs} ms`);
          assert.deepEqual(refused, []);
        }
      }
    },
  );

  it("back in place, the next rotation leaves no role but the owner", async () => {
    await rotate({ services: turns.to("inPlace").services });
    assert.match(await superuser(FORMER), /^dbuser_[ab] platform_[ab]$/);
    await rotate({ services: turns.rotate("platform", "base").services });
    assert.equal(await superuser(FORMER), "");
  });
});
