import assert from "node:assert/strict";
import { checkFixtureMap, fixturesOf, planFixtures } from "../../vault/fixtures";
import type { FixtureKey, FixtureMap } from "../../vault/fixture";
import { fixtureMap } from "../../vault/fixtureMap";
import { writersOf } from "../../vault/fixtureWriters";
import { lines } from "../support/problems";

const plain: FixtureKey = { origin: "plain", value: "shop" };
const generated: FixtureKey = { origin: "generated" };
const external: FixtureKey = { origin: "external" };
const service: FixtureKey = { origin: "service" };

const FIXTURES = {
  "shop/shop-login": { username: plain, password: generated },
  "shop/shop-client": { "client-id": plain, "client-secret": service },
  "shop/shop-api": { one: external, two: external },
};

describe("vault/fixtureWriters", () => {
  const writers = (...given: string[]) => {
    const { planned, fromOutside } = writersOf(FIXTURES, planFixtures(FIXTURES, "prod", new Set(given)));
    return [planned.map(({ path, key }) => `${path}#${key}`), fromOutside];
  };

  it("gives this program the paths of which it knows every key, and names the rest with all of their keys", () => {
    const { "shop/shop-client": client, "shop/shop-api": api } = FIXTURES;
    const login = ["shop/shop-login#username", "shop/shop-login#password"];
    assert.deepEqual(writers(), [login, { "shop/shop-client": client, "shop/shop-api": api }]);
    assert.deepEqual(writers("shop/shop-api#one"), [login, { "shop/shop-client": client, "shop/shop-api": api }]);
    assert.deepEqual(writers("shop/shop-api#one", "shop/shop-api#two"), [
      [...login, "shop/shop-api#one", "shop/shop-api#two"],
      { "shop/shop-client": client },
    ]);
  });

  it("leaves nothing to others in dev", () => {
    const fixtures = fixturesOf(fixtureMap, "dev");
    assert.deepEqual(writersOf(fixtures, planFixtures(fixtures, "dev", new Set())).fromOutside, {});
  });

  it("leaves no generated key to others, who cannot know it", () => {
    for (const environment of ["staging", "prod"] as const) {
      const fixtures = fixturesOf(fixtureMap, environment);
      const { fromOutside } = writersOf(fixtures, planFixtures(fixtures, environment, new Set()));
      const origins = Object.values(fromOutside).flatMap((fixture) => Object.values(fixture).map(({ origin }) => origin));
      assert.ok(origins.length > 10);
      assert.ok(!origins.includes("generated"), environment);
    }
  });

  describe("checkFixtureMap", () => {
    const problems = (change: Partial<FixtureMap>) =>
      lines(checkFixtureMap({ shared: FIXTURES, environments: { dev: {}, staging: {}, prod: {} }, ...change }, []));
    const mixed = { cookie: generated, secret: service, id: plain };
    const rejected = (where: string) => [
      `fixtures.${where}: has \`cookie\` from this program's state and \`secret\` from outside, and a write of one replaces the other; give one of both a path of its own`,
    ];

    it("accepts values of the map beside either", () => assert.deepEqual(problems({}), []));

    it("rejects a path that nobody could write", () => {
      assert.deepEqual(problems({ shared: { ...FIXTURES, "shop/mixed": mixed } }), rejected("shared.shop/mixed"));
      assert.deepEqual(problems({ environments: { dev: {}, staging: {}, prod: { "shop/mixed": mixed } } }), rejected("prod.shop/mixed"));
      assert.deepEqual(problems({ environments: { dev: {}, staging: { "shop/shop-client": { cookie: generated } }, prod: {} } }), [
        "fixtures.staging.shop/shop-client: has `cookie` from this program's state and `client-secret` from outside, and a write of one replaces the other; give one of both a path of its own",
      ]);
    });

    it("accepts it in dev, where this program knows every value", () =>
      assert.deepEqual(problems({ environments: { dev: { "shop/mixed": mixed }, staging: {}, prod: {} } }), []));
  });
});
