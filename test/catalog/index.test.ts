import * as assert from "node:assert/strict";
import { catalogue } from "../../catalog";
import { checkCatalogue } from "../../catalog/check";
import { resolveNames } from "../../catalog/names";

describe("catalog", () => {
  // Applications read these Secrets: a name, a key or a role that changes here breaks one.
  it("keeps every name that the applications know", () => {
    const table = catalogue.map((record) => {
      const { role, database, secret, roleSecret } = resolveNames(record);
      return [record.name, role, database, secret, roleSecret, record.secret?.template ?? "pg"].join(" | ");
    });
    assert.deepEqual(table, [
      "platform | platform | platform | platform-db-credentials | platform-db-credentials | pg",
      "agents | agents | agents | agents-db-secret | agents-db-secret | pg",
      "agents-runtime | agents_runtime | agents_runtime | agents-runtime-db-secret | agents-runtime-db-secret | pg",
      "graph | graph | graph | graph-db-credentials | graph-db-credentials | pg",
      "transformation | transformation | transformation | transformation-db-credentials | transformation-db-credentials | pg",
      "threads | threads | threads | threads-db-credentials | threads-db-credentials | pg",
      "workflows | workflows | workflows | workflows-db-secret | workflows-db-secret | pg",
      "temporal | temporal | temporal | temporal-db-env | temporal-db-role | temporal-env",
      "temporal-visibility | temporal_visibility | temporal_visibility | temporal-visibility-db-env | temporal-visibility-db-role | temporal-visibility-env",
      "plausible | plausible | plausible | plausible-db-credentials | plausible-db-credentials | pg",
      "keycloak | keycloak | keycloak | keycloak-db-credentials | keycloak-db-credentials | pg",
      "inference | inference | langgraph | inference-db-credentials | inference-db-credentials | pg",
      "backstage | backstage | backstage | backstage-db-credentials | backstage-db-credentials | pg",
      "base | dbuser | ameide | postgres-ameide-auth | postgres-ameide-auth | pg",
    ]);
  });

  it("breaks none of its own rules", () => assert.deepEqual(checkCatalogue(catalogue, "postgres-ameide"), []));

  it("has one owner of the database that initdb makes", () =>
    assert.deepEqual(
      catalogue.filter((record) => record.bootstrapOwner).map((record) => record.name),
      ["base"],
    ));

  it("installs the extensions that migrations create, and no others", () =>
    assert.deepEqual(
      catalogue.filter((record) => record.extensions).map((record) => [record.name, record.extensions]),
      [
        ["temporal-visibility", [{ name: "btree_gin" }]],
        ["plausible", [{ name: "citext" }]],
      ],
    ));
});
