import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { backstage } from "./services/backstage";
import { keycloak } from "./services/keycloak";
import { plausible } from "./services/plausible";
import { temporal } from "./services/temporal";
import { temporalVisibility } from "./services/temporalVisibility";
import type { ServiceRecord } from "./record";
import { templates } from "./templates";

/** What an application would fail without, behind a login that reaches one database. Each phrase is a setting as its own documentation has it. */
const NEEDED: [record: ServiceRecord, ...phrases: string[]][] = [
  [temporal, "`DB=postgres12_pgx`", "`temporal-sql-tool`", "`SKIP_DB_CREATE`", "`SKIP_SCHEMA_SETUP`"],
  [temporalVisibility, "`temporal-sql-tool`"],
  [backstage, "`backend.database.pluginDivisionMode: schema`", "ensureExists: false`", "`ensureSchemaExists: true`", "connection.ssl.ca`"],
  [keycloak, "`KC_DB=postgres`", "`KC_DB_URL_HOST`", "`KC_DB_URL_PROPERTIES`"],
  [plausible, "`DATABASE_URL`", "`&maintenance_database=plausible`", "`DATABASE_CACERTFILE`"],
];

describe("what applications of this company are to be set to", () => {
  const documented = fs.readFileSync(path.join(__dirname, "../docs/clients.md"), "utf8");

  for (const [record, ...phrases] of NEEDED)
    it(`${record.name}: is in its record`, () => {
      const said = (record.applicationSettings ?? []).join("\n");
      for (const phrase of phrases) assert.ok(said.includes(phrase), phrase);
    });

  it("the examples have them, too", () => {
    for (const line of [
      "pluginDivisionMode: schema",
      "ensureExists: false",
      "ensureSchemaExists: true",
      "maintenance_database=plausible",
      "KC_DB_URL_PROPERTIES",
      "temporal-sql-tool update-schema",
    ])
      assert.ok(documented.includes(line), line);
  });

  // docker-builds, docker/auto-setup.sh: both are `false` unless they are `true`.
  it("Temporal's Secret keeps the auto-setup image from databases and schemas that its login does not reach", () => {
    const keys: Readonly<Record<string, string>> = templates["temporal-env"].keys;
    assert.deepEqual([keys.SKIP_DB_CREATE, keys.SKIP_SCHEMA_SETUP], ["true", "true"]);
  });

  // temporal, tools/sql/main.go: what it reads in the place of its options.
  for (const name of ["temporal-env", "temporal-visibility-env"] as const)
    it(`temporal-sql-tool finds its login in the Secret: ${name}`, () => {
      const keys: Readonly<Record<string, string>> = templates[name].keys;
      assert.deepEqual(
        [
          "SQL_HOST",
          "SQL_PORT",
          "SQL_USER",
          "SQL_PASSWORD",
          "SQL_DATABASE",
          "SQL_TLS",
          "SQL_TLS_CA_FILE",
          "SQL_TLS_DISABLE_HOST_VERIFICATION",
        ].map((key) => keys[key]),
        ["{host}", "{port}", "{user}", "{password}", "{database}", "{tlsEnabled}", "{sslrootcert}", "{tlsTakesAnyHost}"],
      );
    });
});
