import * as assert from "node:assert/strict";
import { catalogue } from "./services";
import { resolveNames } from "./names";

// Names that this company's applications and migrations go by. One that changes here breaks one of them.
const KNOWN = [
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
];
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = { "temporal-visibility": ["btree_gin"], plausible: ["citext"] };
const BOOTSTRAP_OWNER = "base";

// A record that goes is seen in docs/inventory and in the review of its pull request; one that is another company's is none of these.
describe("the catalogue of this company", () => {
  const known = new Map(KNOWN.map((row) => [row.split(" | ")[0], row]));

  for (const record of catalogue.filter(({ name }) => known.has(name)))
    it(`${record.name}: keeps every name that its application knows, the extensions of its migrations, and what initdb makes`, () => {
      const { role, database, secret } = resolveNames(record);
      assert.equal([record.name, role, database, secret, record.secret?.template ?? "pg"].join(" | "), known.get(record.name));
      assert.deepEqual(
        record.extensions ?? [],
        (EXTENSIONS[record.name] ?? []).map((name) => ({ name })),
      );
      assert.equal(record.bootstrapOwner ?? false, record.name === BOOTSTRAP_OWNER);
    });
});
