import * as assert from "node:assert/strict";
import type { Service } from "../../catalog/service";
import type { LiveRole } from "../../preflight/postgres/catalogue";
import { lossesOf, problemsOfLosses, type RolesAsTheyAre } from "../../preflight/takenRoles";
import { planned, service } from "../support/fixtures";
import { lines } from "../support/problems";
import { shopServices } from "../support/profiles";
import { telling, type Told } from "../support/told";

const least = { superuser: false, createrole: false, createdb: false, bypassrls: false, replication: false };
const role = (name: string, more: Partial<LiveRole> = {}): LiveRole => ({
  ...{ name, login: true, ...least, inherit: true, connectionLimit: -1, validUntil: null, expired: false, memberOf: [], usedIn: [] },
  ...more,
});

interface Asking {
  settings?: object;
  rotation?: object;
  others?: readonly LiveRole[];
  live?: Partial<RolesAsTheyAre>;
  pgHba?: readonly string[];
  managed?: readonly string[];
}

/** What agents' role, which is there with this, would lose, and what is said of it. */
function look(more: Partial<LiveRole>, asking: Asking = {}): { problems: string[]; notes: readonly string[] } {
  const { settings = {}, rotation = {}, others = [], live = {}, pgHba = [], managed = [] } = asking;
  const of: Service = service("agents", settings, rotation);
  const found = lossesOf(
    [{ service: of, plan: planned(of) }],
    { roles: [role("agents", more), ...others], databases: [{ name: "agents", owner: "agents" }], ...live },
    { pgHba, managed: new Set(managed) },
  );
  return { problems: lines(problemsOfLosses(found.losses)), notes: found.notes };
}

const settingsOf = (database: string | null, ...names: string[]) => ({ settings: [{ role: "agents", database, names }] });

describe("preflight/takenRoles", () => {
  const tell = telling("preflight", "what a role would lose by being taken over");

  it("has nothing against a role that has nothing of its own, and says that it is changed and not new", () => {
    const { problems, notes } = look({ usedIn: ["agents"] });
    assert.deepEqual(problems, []);
    assert.deepEqual(notes, ["services.agents: the role `agents` is in Postgres already: it is changed, and not new"]);
  });

  it("leaves a database to its owner beside profiles in it, and a migrator its membership of the owner", () => {
    const all = shopServices().map((of) => ({ service: of, plan: planned(of) }));
    const roles = [role("shop"), role("shop_reader"), role("shop_migrator", { memberOf: ["shop"] })];
    const live = { roles, databases: [{ name: "shop", owner: "shop" }] };
    assert.deepEqual(lossesOf(all, live, { pgHba: [], managed: new Set(["shop"]) }).losses, []);
    // Without the owner's service, it would be taken from its owner.
    const alone = lossesOf([{ service: { ...all[3]!.service, profile: undefined }, plan: all[3]!.plan }], live, {
      pgHba: [],
      managed: new Set(),
    });
    assert.deepEqual(
      alone.losses.map(({ word }) => word),
      ["owner shop"],
    );
  });

  it("does not ask about a role that is not there, or that an earlier up has taken", () => {
    assert.deepEqual(look({ name: "another", createdb: true }), { problems: [], notes: [] });
    assert.deepEqual(look({ createdb: true, memberOf: ["readers"] }, { managed: ["agents"] }), { problems: [], notes: [] });
  });

  const cases: [what: string, has: Partial<LiveRole>, asking: Asking, told: Told[], kept: object | undefined, word: string][] = [
    ...(["createdb", "createrole", "replication", "bypassrls"] as const).map((power): (typeof cases)[number] => [
      power.toUpperCase(),
      { [power]: true },
      {},
      [["services.agents", `would lose ${power.toUpperCase()};`, `\`attributes: [${power}]\` in \`services.agents\``]],
      { attributes: [power] },
      power,
    ]),
    [
      "NOINHERIT",
      { inherit: false },
      {},
      [["services.agents", "NOINHERIT", "`attributes: [noinherit]`"]],
      { attributes: ["noinherit"] },
      "noinherit",
    ],
    [
      "SUPERUSER, which nothing keeps",
      { superuser: true },
      {},
      [["services.agents", "SUPERUSER", "not a superuser"]],
      undefined,
      "superuser",
    ],
    [
      "a membership, with who has granted it",
      { memberOf: ["readers"], grants: [{ role: "readers", grantor: "admin" }] },
      {},
      [["services.agents", "membership of readers (granted by admin)", "`memberOf: [readers]`"]],
      { memberOf: ["readers"] },
      "member of readers",
    ],
    [
      "a connection limit",
      { connectionLimit: 20 },
      {},
      [["services.agents", "CONNECTION LIMIT 20", "`connectionLimit: 20`"]],
      { connectionLimit: 20 },
      "connection limit",
    ],
    [
      "VALID UNTIL, which nothing keeps",
      { validUntil: "2027-01-01T00:00:00Z" },
      {},
      [["services.agents", "VALID UNTIL 2027-01-01T00:00:00Z", "by a rotation"]],
      undefined,
      "valid until",
    ],
    [
      "a setting that decides what names mean, with its value",
      {},
      {
        live: {
          ...settingsOf(null, "search_path", "statement_timeout"),
          values: [{ role: "agents", database: null, name: "search_path", value: "app, public" }],
        },
      },
      [["services.agents", "its setting search_path (app, public)", '`settings: { search_path: "app, public" }`']],
      { settings: { search_path: "app, public" } },
      "setting search_path",
    ],
    [
      "the same in its database",
      {},
      {
        live: {
          ...settingsOf("agents", "search_path"),
          values: [{ role: "agents", database: "agents", name: "search_path", value: "app" }],
        },
      },
      [["services.agents", "search_path (app) in the database agents", "`settings: { search_path: app }`"]],
      { settings: { search_path: "app" } },
      "setting search_path",
    ],
    [
      "an application's own setting, whose value nobody reads",
      {},
      { live: settingsOf(null, "app.tenant") },
      [["services.agents", "its setting app.tenant,", "may be a secret"]],
      undefined,
      "setting app.tenant",
    ],
    [
      "databases beside its own",
      { usedIn: ["agents", "archive"] },
      {
        live: {
          databases: [
            { name: "agents", owner: "agents" },
            { name: "b", owner: "agents" },
          ],
        },
      },
      [
        ["services.agents", "database archive", '`pgHba: ["hostssl archive agents all scram-sha-256"]` in `cluster`'],
        ["services.agents", "database b"],
      ],
      undefined,
      "database archive",
    ],
    [
      "the owner of its database",
      {},
      { live: { databases: [{ name: "agents", owner: "old" }] } },
      [["services.agents", "`old`", "the database agents, which becomes agents's", "`role: old` in the record"]],
      undefined,
      "owner old",
    ],
    [
      "the login itself, where logins take turns and nobody has said that the first is the one that is there",
      {},
      { settings: { rotation: { strategy: "alternating" } } },
      [["services.agents", "LOGIN", "`{ active: a, a: 1, owner: adopted }` in `rotation.services.agents`"]],
      undefined,
      "login",
    ],
  ];
  for (const [what, has, asking, told, kept, word] of cases) {
    it(`refuses that it loses ${what}`, () => tell(look(has, asking).problems, told));
    it(`lets go of ${what} where the file gives it up, and says so`, () => {
      const others = told.slice(1);
      const { problems, notes } = look(has, { ...asking, settings: { ...asking.settings, givesUp: [word] } });
      tell(problems, others);
      if (!word.startsWith("owner")) assert.ok(notes[0]?.includes("; it loses "), notes[0]);
    });
    if (kept !== undefined)
      it(`keeps ${what} where the file says so`, () => assert.deepEqual(look(has, { ...asking, settings: kept }).problems, []));
  }

  it("names all that is to be in a list, in each of its refusals", () => {
    const { problems } = look({ createdb: true, bypassrls: true, memberOf: ["readers", "pg_monitor"] });
    assert.equal(problems.length, 4);
    for (const line of problems) assert.ok(line.includes("[createdb, bypassrls]") || line.includes("[readers, pg_monitor]"), line);
  });

  it("leaves a setting that changes nothing of what a statement means", () =>
    assert.deepEqual(look({}, { live: settingsOf(null, "statement_timeout", "TimeZone", "role") }).problems, []));

  it("leaves what a line of the stack's lets it into", () => {
    const pgHba = ["hostssl archive agents all scram-sha-256"];
    assert.deepEqual(look({ usedIn: ["archive"] }, { pgHba }).problems, []);
    assert.equal(look({ usedIn: ["archive"] }, { pgHba: ["hostssl archive agents all reject"] }).problems.length, 1);
  });

  it("says that a role which had no limit gets a share, and refuses that one which had another does", () => {
    const share = (connectionLimit: number) => {
      const of: Service = { ...service("agents"), connectionLimit: 45, hasShare: true };
      const { losses, notes } = lossesOf(
        [{ service: of, plan: planned(of) }],
        { roles: [role("agents", { connectionLimit })], databases: [] },
        { pgHba: [], managed: new Set() },
      );
      return [losses.map(({ word }) => word), notes.join().includes("it may have 45 connections, and has had no limit")];
    };
    assert.deepEqual(share(-1), [[], true]);
    assert.deepEqual(share(60), [["connection limit"], false]);
    assert.deepEqual(share(45), [[], false]);
  });

  it("takes a limit that the file sets for meant", () =>
    assert.deepEqual(look({ connectionLimit: 20 }, { settings: { connectionLimit: 40 } }).problems, []));

  it("looks at logins of before, too, which are members of their owner and of nothing else", () => {
    const alternating = { settings: { rotation: { strategy: "alternating" } }, managed: ["agents"] };
    const { problems } = look({}, { ...alternating, others: [role("agents_a", { memberOf: ["agents", "readers"], createdb: true })] });
    tell(problems, [
      ["services.agents", "`agents_a`", "membership of readers", "a member of its owner alone"],
      ["services.agents", "`agents_a`", "CREATEDB"],
    ]);
  });

  it("says who is a member of a service's role, which stays and is a finding of drift's", () => {
    const { notes } = look({}, { others: [role("boss", { memberOf: ["agents"] }), role("agents_a", { memberOf: ["agents"] })] });
    assert.match(notes[1]!, /^services\.agents: `boss` is a member of `agents` and stays so, which `npm run drift` finds/);
  });
});
