import * as assert from "node:assert/strict";
import { gates, selectGates } from "../../catalog/gates";
import { gateObject } from "../../catalog/names";
import { problemsOf } from "../support/problems";
import { services, stackConfig } from "../support/fixtures";
import { externalSecretPlans } from "../support/vault";

const MIGRATIONS = { "db-migrations": {} };
const FOUR = services({ graph: {}, transformation: {}, threads: {}, "agents-runtime": {} });
const PG = ["username", "user", "password", "host", "port", "dbname", "uri", "jdbc-uri", "ca.crt", "pgpass"];
const stack = (on: object) => stackConfig({ gates: on });

describe("catalog/gates", () => {
  it("has migrations wait for the four databases' Secrets with all their keys", () => {
    const selected = selectGates(stack(MIGRATIONS), FOUR, []);
    assert.ok("gates" in selected);
    const [gate, ...more] = selected.gates;
    assert.deepEqual([more, gate?.name, gate?.image], [[], "db-migrations", "docker.io/library/node:22.23.3-slim"]);
    assert.deepEqual(
      gate?.secrets,
      [
        ["graph", "graph-db-credentials"],
        ["transformation", "transformation-db-credentials"],
        ["threads", "threads-db-credentials"],
        ["agents-runtime", "agents-runtime-db-secret"],
      ].map(([owner, name]) => ({ owner, kind: "service", namespace: "apps", name, keys: PG, source: "database" })),
    );
  });

  it("takes what is fetched into the stack's namespace, and the stack's image", () => {
    const own = { "db-migrations": { image: "node:22", imagePullPolicy: "Never" } };
    const record = { name: "db-migrations", description: "", secrets: ["shop-keys"] };
    assert.deepEqual(selectGates(stack(own), [], externalSecretPlans(), [record]), {
      gates: [
        {
          name: "db-migrations",
          image: "node:22",
          imagePullPolicy: "Never",
          secrets: [{ owner: "shop", kind: "service", namespace: "apps", name: "shop-keys", keys: ["id", "key"], source: "vault" }],
        },
      ],
    });
  });

  it("refuses one that waits for no Secret: a right that names none is one to all of them", () => {
    const record = { name: "db-migrations", description: "", secrets: [] };
    assert.match(problemsOf(selectGates(stack(MIGRATIONS), FOUR, [], [record])).join("\n"), /gates\.db-migrations: waits for no Secret/);
  });

  it("leaves out what is off", () => {
    for (const off of [{}, { "db-migrations": { enabled: false } }]) assert.deepEqual(selectGates(stack(off), [], []), { gates: [] });
  });

  it("names gates that are not there, and Secrets that nobody makes with who would", () =>
    assert.deepEqual(
      [
        problemsOf(selectGates(stack({ migrations: {}, ...MIGRATIONS }), FOUR.slice(1), [])),
        problemsOf(
          selectGates(stack(MIGRATIONS), FOUR, externalSecretPlans(), [
            { name: "db-migrations", description: "", secrets: ["tools-login"] },
          ]),
        ),
      ],
      [
        [
          "gates.migrations: is not among the gates; did you mean `db-migrations`?; correct the name (there are clickhouse, db-migrations, minio-provisioning), or add a record of it to catalog/gates.ts",
          "gates.db-migrations: waits for the Secret `agents-runtime-db-secret`, which nothing in this stack makes; turn the service agents-runtime on, or the gate off",
        ],
        [
          "gates.db-migrations: waits for the Secret `tools-login`, which nothing in this stack makes; turn what makes it on, or the gate off",
        ],
      ],
    ));

  it("has records whose objects can be named", () => {
    for (const { name, secrets } of gates) {
      assert.match(gateObject(name), /^[a-z]([-a-z0-9]{0,50}[a-z0-9])$/); // a CronJob's names leave eleven characters to its Jobs
      assert.ok(secrets.length > 0);
    }
  });
});
