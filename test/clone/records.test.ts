import * as assert from "node:assert/strict";
import { catalogue } from "../../catalog/services";
import { bundles } from "../../catalog/bundles";
import { checkCatalogue } from "../../catalog/check";
import { databaseSecrets } from "../../catalog/names";
import { selectExternalSecrets } from "../../catalog/externalSecrets";
import { describeProblems } from "../../config/problem";
import { ENVIRONMENTS } from "../../config/environment";
import { fixtureMap } from "../../vault/fixtureMap";
import { checkFixtureMap, fixturesOf, planFixtures } from "../../vault/fixtures";
import { writersOf } from "../../vault/fixtureWriters";
import { vaultStack } from "../support/vault";

// Whatever services and bundles this clone has: what is said here holds for any.
describe("the records of this clone", () => {
  it("break no rule of the catalogue", () => {
    const found = checkCatalogue(catalogue, "pg");
    assert.deepEqual(found, [], describeProblems("catalogue", found));
  });

  it("have a fixture map that breaks no rule, and no database's Secret in it", () => {
    const found = checkFixtureMap(fixtureMap, catalogue.flatMap(databaseSecrets));
    assert.deepEqual(found, [], describeProblems("fixtures", found));
  });

  it("leave no key in dev to others, and none that is generated anywhere: nobody else could know it", () => {
    for (const environment of ENVIRONMENTS) {
      const fixtures = fixturesOf(fixtureMap, environment);
      const { fromOutside } = writersOf(fixtures, planFixtures(fixtures, environment, new Set()));
      if (environment === "dev") assert.deepEqual(fromOutside, {});
      const origins = Object.values(fromOutside).flatMap((fixture) => Object.values(fixture).map(({ origin }) => origin));
      assert.ok(!origins.includes("generated"), environment);
    }
  });

  it("can all be on in prod", () => {
    const all = (records: readonly { name: string }[]) => Object.fromEntries(records.map(({ name }) => [name, { enabled: true }]));
    const { services } = vaultStack({ services: Object.fromEntries(catalogue.map(({ name }) => [name, {}])) });
    const stack = { ...vaultStack({ environment: "prod" }), services, bundles: all(bundles) };
    const selected = selectExternalSecrets(stack, { catalogue, bundles, fixtureMap });
    assert.ok("plans" in selected, JSON.stringify(selected));
  });
});
