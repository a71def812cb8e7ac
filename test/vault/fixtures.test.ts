import assert from "node:assert/strict";
import fc from "fast-check";
import type { Environment } from "../../config/environment";
import { checkFixtureMap, checkGiven, checkReferences, fixturesOf, planFixtures } from "../../vault/fixtures";
import type { FixtureKey, FixtureMap } from "../../vault/fixture";
import { telling } from "../support/told";

const map: FixtureMap = {
  shared: {
    "shared/registry": { token: { origin: "external" } },
    "shop/shop-login": { username: { origin: "plain", value: "shop" }, password: { origin: "generated" } },
    "shop/shop-client": { secret: { origin: "service" } },
  },
  environments: {
    dev: { "shared/registry": null },
    staging: { "shop/shop-login": { username: { origin: "plain", value: "shop-staging" }, pin: { origin: "generated", length: 20 } } },
    prod: { "shop/shop-login": { password: null }, "shop/shop-more": { key: { origin: "external" } } },
  },
};

describe("vault/fixtures", () => {
  const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

  describe("fixturesOf", () => {
    it("takes paths away, adds them, and changes single keys", () => {
      const { shared } = map;
      assert.deepEqual(fixturesOf(map, "dev"), {
        "shop/shop-login": shared["shop/shop-login"],
        "shop/shop-client": shared["shop/shop-client"],
      });
      assert.deepEqual(fixturesOf(map, "staging"), {
        ...shared,
        "shop/shop-login": {
          username: { origin: "plain", value: "shop-staging" },
          password: { origin: "generated" },
          pin: { origin: "generated", length: 20 },
        },
      });
      assert.deepEqual(fixturesOf(map, "prod"), {
        ...shared,
        "shop/shop-login": { username: { origin: "plain", value: "shop" } },
        "shop/shop-more": { key: { origin: "external" } },
      });
    });

    it("leaves the map as it was", () => {
      const before = structuredClone(map);
      for (const environment of ENVIRONMENTS) fixturesOf(map, environment);
      assert.deepEqual(map, before);
    });
  });

  describe("checkFixtureMap", () => {
    const tell = telling("configuration", "the fixture map");
    const problems = (change: Partial<FixtureMap>, databaseSecrets: string[] = []) =>
      checkFixtureMap({ ...map, ...change }, databaseSecrets).map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
    const shared = (path: string, fixture: Record<string, FixtureKey>) => problems({ shared: { ...map.shared, [path]: fixture } });

    it("accepts the map above", () => tell(problems({}), []));

    for (const path of ["shop", "shop/shop-login/more", "Shop/login", "shop/", "/login", "secret/data/login"])
      it(`rejects the path ${path}`, () =>
        tell(shared(path, { password: { origin: "generated" } }), [[`fixtures.shared.${path}`, "is not `<owner>/<name of the Secret>`"]]));

    it("rejects a path without keys", () => tell(shared("shop/empty", {}), [["fixtures.shared.shop/empty", "has no keys"]]));

    it("rejects what Kubernetes takes for no key", () =>
      tell(shared("shop/odd", { "pass word": { origin: "external" } }), [
        ["fixtures.shared.shop/odd.pass word", "is not a key of a Kubernetes Secret"],
      ]));

    for (const key of ["password", "client-secret", "API_KEY", "apiToken", "root-password", "salt", "encryption-key"])
      it(`rejects a plain ${key}`, () =>
        tell(shared("shop/clear", { [key]: { origin: "plain", value: "x" } }), [
          [`fixtures.shared.shop/clear.${key}`, "has its value in the repository"],
        ]));

    it("rejects what can be guessed", () =>
      tell(shared("shop/short", { password: { origin: "generated", length: 8 } }), [
        ["fixtures.shared.shop/short.password", "8 random characters can be guessed"],
      ]));

    it("rejects half a byte", () =>
      tell(shared("shop/odd", { key: { origin: "generated", length: 33, format: "hex" } }), [
        ["fixtures.shared.shop/odd.key", "33 hexadecimal digits are not whole bytes: write an even number"],
      ]));

    it("rejects a Secret of CloudNativePG's", () =>
      tell(problems({}, ["shop-login", "other"]), [
        ["fixtures.shared.shop/shop-login", "is a Secret of CloudNativePG's"],
        ["fixtures.staging.shop/shop-login", "is a Secret of CloudNativePG's"],
        ["fixtures.prod.shop/shop-login", "is a Secret of CloudNativePG's"],
      ]));

    it("rejects the removal of what is not there", () =>
      tell(problems({ environments: { dev: { "shop/typo": null, "shop/shop-login": { typo: null } }, staging: {}, prod: {} } }), [
        ["fixtures.dev.shop/typo", "removes what the shared part does not have"],
        ["fixtures.dev.shop/shop-login.typo", "removes what the shared part does not have"],
      ]));
  });

  describe("checkReferences", () => {
    const fixtures = fixturesOf(map, "dev");

    it("accepts a key, and all keys, of what is there", () =>
      assert.deepEqual(
        checkReferences(fixtures, [
          { by: "ExternalSecret/a", path: "shop/shop-login", property: "password" },
          { by: "ExternalSecret/a", path: "shop/shop-client" },
        ]),
        [],
      ));

    it("names whoever wants what is not", () =>
      assert.deepEqual(
        checkReferences(fixtures, [
          { by: "ExternalSecret/a", path: "shop/shop-login", property: "pin" },
          { by: "ExternalSecret/b", path: "shared/registry", property: "token" },
        ]),
        [
          {
            path: "ExternalSecret/a",
            message: "Vault's `shop/shop-login` has no key `pin` here",
            remedy: "add it to the fixture map, or correct the reference",
          },
          {
            path: "ExternalSecret/b",
            message: "Vault has no `shared/registry` here",
            remedy: "add it to the fixture map, or correct the reference",
          },
        ],
      ));
  });

  describe("planFixtures", () => {
    const plan = (environment: Environment, ...given: string[]) =>
      planFixtures({ ...map.shared }, environment, new Set(given)).map(
        ({ path, key, source, initial }) => `${path}#${key} ${source.kind}${initial ? ", once" : ""}`,
      );

    it("has a value for everything in dev", () =>
      assert.deepEqual(plan("dev"), [
        "shared/registry#token random",
        "shop/shop-login#username plain",
        "shop/shop-login#password random",
        "shop/shop-client#secret random, once",
      ]));

    it("keeps to a length and a format", () => {
      const fixtures = {
        "shop/key": { short: { origin: "generated" }, long: { origin: "generated", length: 64, format: "hex" } },
      } as const;
      assert.deepEqual(
        planFixtures(fixtures, "prod", new Set()).map(({ source }) => source),
        [
          { kind: "random", length: 32 },
          { kind: "random", length: 64, format: "hex" },
        ],
      );
    });

    it("writes nothing that is another's to write elsewhere", () => {
      for (const environment of ["staging", "prod"] as const)
        assert.deepEqual(plan(environment), ["shop/shop-login#username plain", "shop/shop-login#password random"]);
    });

    it("takes what is configured", () => {
      for (const environment of ENVIRONMENTS) assert.equal(plan(environment, "shared/registry#token")[0], "shared/registry#token given");
    });

    it("plans each key at most once, whatever the map, and every key in dev", () => {
      const key = fc.constantFrom<FixtureKey["origin"]>("external", "generated", "service");
      const fixture = fc.dictionary(fc.string({ minLength: 1 }), key, { minKeys: 1 });
      fc.assert(
        fc.property(fc.dictionary(fc.string({ minLength: 1 }), fixture), fc.constantFrom(...ENVIRONMENTS), (paths, environment) => {
          const fixtures = Object.fromEntries(
            Object.entries(paths).map(([path, keys]) => [
              path,
              Object.fromEntries(Object.entries(keys).map(([name, origin]) => [name, { origin } as FixtureKey])),
            ]),
          );
          const planned = planFixtures(fixtures, environment, new Set()).map((entry) => JSON.stringify([entry.path, entry.key]));
          assert.equal(new Set(planned).size, planned.length);
          const all = Object.values(fixtures).reduce((sum, keys) => sum + Object.keys(keys).length, 0);
          if (environment === "dev") assert.equal(planned.length, all);
          else assert.equal(planned.length <= all, true);
        }),
      );
    });
  });

  it("accepts values that are given from outside, and no others", () =>
    assert.deepEqual(checkGiven({ ...map.shared }, ["shared/registry#token", "shop/shop-login#password", "shop/shop-login#typo"]), [
      { path: "vaultValues.shop/shop-login#password", message: "is `generated` and not given from outside", remedy: "remove it" },
      {
        path: "vaultValues.shop/shop-login#typo",
        message: "is not in the fixture map",
        remedy: "correct it (`<owner>/<name>#<key>`), or add it there",
      },
    ]));
});
