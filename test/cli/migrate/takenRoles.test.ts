import * as assert from "node:assert/strict";
import { passwordKey } from "../../../cli/migrate/logins";
import type { Item, PostgresFacts } from "../../../cli/migrate/types";
import { wantedCluster } from "../../../cli/migrate/declaredCluster";
import type { LiveRole } from "../../../preflight/postgres/catalogue";
import { planRotations } from "../../../rotation/plan";
import { live } from "../drift/fixture";
import { golden } from "../../support/golden";
import { service } from "../../support/fixtures";
import { accepted, factsOf, legacyCluster, OURS, reportOf, role, SECRET, secret, stepOf, type World } from "../../support/migration";

const free = { writers: [] };

/** Postgres, where agents' role has that. */
function postgres(has: Parameters<typeof live>[1], ...others: LiveRole[]): { postgres: PostgresFacts } {
  const roles = [live("agents", has), ...others];
  const databases = [{ name: "agents", owner: "agents" }];
  return { postgres: { roles, databases, asTheyAre: { roles, databases } } };
}

/** What is to be decided before the first `up`. */
async function decisions(world: World): Promise<readonly Item[]> {
  return (await reportOf({ ...world, settings: { services: { agents: {} }, ...world.settings } })).whole.before.filter(
    ({ text }) => !text.includes("handed over"),
  );
}

describe("cli/migrate/takenRoles", () => {
  it("says what a role would lose, with what keeps it and what is given up, in one entry for the file", async () => {
    const has = { createdb: true, memberOf: ["readers"], validUntil: "2027-01-01T00:00:00Z", usedIn: ["agents", "archive"] };
    const [item, ...more] = await decisions({ live: free, facts: postgres(has, live("boss", { memberOf: ["agents"] })) });
    assert.match(item!.text, /^agents: .*`up` is refused until/);
    assert.match(item!.text, /This keeps agents: CREATEDB; agents: its membership of readers; .*"createdb", "member of readers"/);
    assert.match(item!.text, /This gives up agents: VALID UNTIL 2027/);
    assert.equal(
      item!.yaml,
      [
        "config:",
        "  cnpg-credentials:services:",
        "    agents:",
        ...["attributes:", "  - createdb", "memberOf:", "  - readers", "givesUp:", "  - valid until"].map((line) => `      ${line}`),
        "  cnpg-credentials:cluster:",
        "    pgHba:",
        "      - hostssl archive agents all scram-sha-256",
      ].join("\n"),
    );
    assert.match(more.map(({ text }) => text).join("\n"), /`boss` is a member of `agents`/);
    golden("migrate", "what a role would lose", [item, ...more].map((one) => `${one!.text}\n${one!.yaml ?? ""}`).join("\n"));
  });

  it("has nothing to decide once the file says it, once it is taken, and where nobody could look", async () => {
    const facts = postgres({ createdb: true });
    assert.deepEqual(await decisions({ live: free, facts, settings: { services: { agents: { attributes: ["createdb"] } } } }), []);
    const ours = { ...legacyCluster, mark: OURS, stack: "dev" };
    const managed = new Set(["agents"]);
    assert.deepEqual(await decisions({ live: { ...free, cluster: ours }, facts: { ...facts, managed } }), []);
    const report = await reportOf({ live: free, settings: { services: { agents: {} } } });
    assert.ok(report.notes.some((note) => note.includes("what they would lose by the `up`, is not known")));
  });

  for (const [way, secretName] of [
    ["initdb", undefined],
    ["initdb", SECRET],
    ["recovery", undefined],
    ["pg_basebackup", "cloned"],
  ] as const)
    it(`leads ${way}'s ${secretName ?? "own"} Secret to the role's, which would set an old password back`, async () => {
      const bootstrap = {
        [way]: { database: "agents", owner: "agents", ...(secretName === undefined ? {} : { secret: { name: secretName } }) },
      };
      const cluster = { ...legacyCluster, spec: { ...legacyCluster.spec, bootstrap } };
      const [item] = await decisions({ live: { ...free, cluster } });
      assert.ok(item!.text.includes(`(${way}) with agents as owner and the Secret ${secretName ?? "postgres-ameide-app"}:`), item!.text);
      assert.deepEqual(item!.commands, [
        `npm run kubectl -- patch -n ameide-dev clusters.postgresql.cnpg.io postgres-ameide --type=merge -p '{"spec":{"bootstrap":{"${way}":{"secret":{"name":"agents-db-role"}}}}}'`,
      ]);
      const led = { ...bootstrap[way], secret: { name: "agents-db-role" } };
      const done = { ...legacyCluster, spec: { ...legacyCluster.spec, bootstrap: { [way]: led } } };
      assert.deepEqual(await decisions({ live: { ...free, cluster: done } }), []);
    });

  it("sends no initdb to a Cluster that was made otherwise, or for another owner", async () => {
    const { stack, services } = await factsOf({ settings: { services: { base: {} } } });
    const bootstrapOf = (bootstrap: object | undefined) =>
      wantedCluster(stack, planRotations(services), bootstrap && { bootstrap }).bootstrap !== undefined;
    assert.deepEqual(
      [bootstrapOf(undefined), bootstrapOf({ recovery: {} }), bootstrapOf({ initdb: { owner: "agents" } })],
      [true, false, false],
    );
  });

  describe("finds a password", () => {
    const URI = "postgresql://agents:abc%40def-0123456789@pg-rw/agents?sslmode=require";
    const find = (data: Record<string, string>, adopt?: object) =>
      passwordKey(service("agents", adopt === undefined ? {} : { adopt }), "shop-env", (key) => data[key] ?? "", Object.keys(data));
    const cases: [what: string, data: Record<string, string>, adopt: object | undefined, expected: object | undefined][] = [
      ["by the name of its key", { DB_PASSWORD: "x", OTHER: "y" }, undefined, { key: "DB_PASSWORD", form: "password" }],
      ["in the only URI of the role", { DATABASE_URL: URI, OTHER: "y" }, undefined, { key: "DATABASE_URL", form: "uri" }],
      ["in one of several URIs with the same password", { A_URL: URI, B_URL: `${URI}&x=1` }, undefined, { key: "A_URL", form: "uri" }],
      ["in a URI under a key that is called a password", { DB_PASSWORD: URI }, undefined, { key: "DB_PASSWORD", form: "uri" }],
      [
        "in the key that is adopted, with no form",
        { DATABASE_URL: URI },
        { secret: "shop-env", key: "DATABASE_URL" },
        { key: "DATABASE_URL", form: "uri" },
      ],
      [
        "in the form that the file says",
        { DATABASE_URL: URI },
        { secret: "shop-env", key: "DATABASE_URL", form: "uri" },
        { key: "DATABASE_URL", form: "uri" },
      ],
      ["not in URIs with several", { A_URL: URI, B_URL: URI.replace("abc", "other") }, undefined, undefined],
      ["not in another role's URI", { DATABASE_URL: URI.replace("agents:", "another:") }, undefined, undefined],
    ];
    for (const [what, data, adopt, expected] of cases) it(what, () => assert.deepEqual(find(data, adopt), expected));
  });

  describe("adopts a URI", () => {
    const shop = { ...secret, name: "shop-env", keys: ["DATABASE_URL"] };
    const cluster = { ...legacyCluster, spec: { managed: { roles: [role("agents", "shop-env")] } } };
    const attempt = { ...accepted, secret: "shop-env", key: "DATABASE_URL", form: "uri" } as const;
    const step = async (outcome: "accepted" | "refused", adopt?: object) =>
      stepOf(
        await reportOf({
          live: { ...free, cluster, secrets: [shop] },
          facts: { attempts: [{ ...attempt, outcome }] },
          settings: { services: { agents: adopt === undefined ? {} : { adopt } } },
        }),
        "adopt",
      );

    it("by its key and its form, and is done when the file has both", async () => {
      const named = { secret: "shop-env", key: "DATABASE_URL" };
      assert.match((await step("accepted")).items[0]!.yaml!, /secret: shop-env\n +key: DATABASE_URL\n +form: uri$/);
      assert.equal((await step("accepted", named)).state, "next");
      assert.equal((await step("accepted", { ...named, form: "uri" })).state, "done");
    });

    it("and where it has drifted, prints nothing that would write over it", async () => {
      const { state, items } = await step("refused");
      assert.equal(state, "blocked");
      assert.ok(items.some(({ text }) => /into the URI that the key DATABASE_URL .* has, percent-encoded/.test(text)));
      assert.ok(items.every(({ commands = [] }) => commands.every((command) => !command.includes("patch-file"))));
    });
  });
});
