import * as assert from "node:assert/strict";
import { catalogue } from "../../catalog";
import { checkCatalogue } from "../../catalog/check";
import { loginRole, proofJob, resolveNames, roleObject, roleSecret, SLOTS } from "../../catalog/names";

describe("catalog", () => {
  // Applications read these Secrets: a name, a key or a role that changes here breaks one.
  it("keeps every name that the applications know", () => {
    const table = catalogue.map((record) => {
      const { role, database, secret } = resolveNames(record);
      return [record.name, role, database, secret, record.secret?.template ?? "pg"].join(" | ");
    });
    assert.deepEqual(table, [
      "platform | platform | platform | platform-db-credentials | pg",
      "agents | agents | agents | agents-db-secret | pg",
      "agents-runtime | agents_runtime | agents_runtime | agents-runtime-db-secret | pg",
      "graph | graph | graph | graph-db-credentials | pg",
      "transformation | transformation | transformation | transformation-db-credentials | pg",
      "threads | threads | threads | threads-db-credentials | pg",
      "workflows | workflows | workflows | workflows-db-secret | pg",
      "temporal | temporal | temporal | temporal-db-env | temporal-env",
      "temporal-visibility | temporal_visibility | temporal_visibility | temporal-visibility-db-env | temporal-visibility-env",
      "plausible | plausible | plausible | plausible-db-credentials | pg",
      "keycloak | keycloak | keycloak | keycloak-db-credentials | pg",
      "inference | inference | langgraph | inference-db-credentials | pg",
      "backstage | backstage | backstage | backstage-db-credentials | pg",
      "base | dbuser | ameide | postgres-ameide-auth | pg",
    ]);
  });

  it("names a service's logins after it", () => {
    const names = SLOTS.map((slot) => [
      loginRole("agents_runtime", slot),
      roleSecret("agents-runtime", slot),
      roleObject("agents-runtime", slot),
    ]);
    assert.deepEqual(names, [
      ["agents_runtime", "agents-runtime-db-role", "agents-runtime"],
      ["agents_runtime_a", "agents-runtime-db-role-a", "agents-runtime-a"],
      ["agents_runtime_b", "agents-runtime-db-role-b", "agents-runtime-b"],
    ]);
    assert.equal(proofJob("agents-runtime"), "agents-runtime-db-proof");
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
