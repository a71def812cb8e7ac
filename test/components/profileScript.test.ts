import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROFILE_SCRIPT } from "../../components/profileScript";

/** Stands in for psql: notes who has asked what, and says what the test wants. */
const PSQL = `#!/bin/sh
case "$*" in
*--dbname*)
  echo "pooler $PGUSER" >>"$NOTES/calls"
  echo "$POOLER_SAYS"
  exit
  ;;
esac
sql=$(cat)
case "$sql" in
*pg_advisory_xact_lock*)
  echo "gives $PGUSER $PGPASSWORD" >>"$NOTES/calls"
  printf '%s\\n' "$sql" >"$NOTES/gives"
  echo "$@" >"$NOTES/arguments"
  [ "$PGUSER" = "$GIVER" ] && exit
  echo "psql: error: role \\"$PGUSER\\" is not permitted to log in" >&2
  exit 2
  ;;
*works_as*)
  echo "logs in $PGUSER" >>"$NOTES/calls"
  printf '%s\\n' "$sql" >"$NOTES/attempts"
  echo "$SAYS"
  ;;
*set_config*) echo "takes settings $PGUSER" >>"$NOTES/calls" ;;
*) printf '%s' "$MISSING" ;;
esac
`;

interface Proof {
  code: number;
  stdout: string;
  calls: string[];
  gives: string;
  attempts: string;
  arguments: string;
}

describe("components/profileScript", () => {
  let dir: string;
  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "profile-"));
    fs.writeFileSync(path.join(dir, "psql"), PSQL, { mode: 0o755 });
  });
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  async function prove(given: Readonly<Record<string, string>> = {}): Promise<Proof> {
    const env = {
      PATH: `${dir}${path.delimiter}${process.env.PATH}`,
      NOTES: dir,
      PGUSER: "shop_reader",
      PGPASSWORD: "of-the-reader",
      PGDATABASE: "shop",
      SERVICE: "shop-reader",
      ROLE: "shop_reader",
      PROFILE: "shop_reader",
      OWNER: "shop",
      FIRST_USER: "shop",
      FIRST_PASSWORD: 'of "the" $owner',
      GIVER: "shop",
      TABLES: "SELECT",
      SEQUENCES: "SELECT",
      NEEDS: "required",
      SAYS: "shop_reader shop_reader shop tls",
      POOLER_SAYS: "shop_reader shop_reader shop",
      MISSING: "",
      SECONDS_TO_TRY: "0",
      CONSEQUENCE: "Mend it.",
      ...given,
    };
    const script = PROFILE_SCRIPT.replace("/dev/termination-log", path.join(dir, "last-word"));
    const [code, stdout] = await new Promise<[number, string]>((resolve) =>
      execFile("sh", ["-c", script], { env }, (error, out) => resolve([error ? Number(error.code) : 0, out])),
    );
    const read = (file: string) => (fs.existsSync(path.join(dir, file)) ? fs.readFileSync(path.join(dir, file), "utf8") : "");
    return {
      code,
      stdout,
      calls: read("calls").trim().split("\n"),
      gives: read("gives"),
      attempts: read("attempts"),
      arguments: read("arguments"),
    };
  }

  it("has the owner give rights with its own password, and then logs in as the profile", async () => {
    const { code, stdout, calls } = await prove();
    assert.deepEqual(calls, ['gives shop of "the" $owner', "logs in shop_reader"]);
    assert.deepEqual(
      [code, stdout],
      [0, "service shop-reader: logged in as shop_reader, working as shop_reader, in database shop over TLS\n"],
    );
  });

  it("tries both of two logins that take turns: one of them may log in", async () => {
    const { code, calls } = await prove({
      FIRST_USER: "shop_a",
      SECOND_USER: "shop_b",
      SECOND_PASSWORD: "of-b",
      GIVER: "shop_b",
      ROLE: "shop_reader_b",
      SAYS: "shop_reader_b shop_reader shop tls",
    });
    assert.equal(code, 0);
    assert.deepEqual(
      calls.map((call) => call.split(" ").slice(0, 2).join(" ")),
      ["gives shop_a", "gives shop_b", "logs in", "takes settings"],
    );
  });

  it("gives them as the owner, in one transaction, one proof after the other", async () => {
    const { gives, arguments: given } = await prove();
    const order = ['set role :"owner";', "begin;", "pg_catalog.pg_advisory_xact_lock", "\\gexec", "commit;"];
    assert.deepEqual(
      order.map((one) => gives.indexOf(one)),
      [...order.map((one) => gives.indexOf(one))].sort((a, b) => a - b),
    );
    assert.match(
      given,
      /^--no-psqlrc .*ON_ERROR_STOP=1 --set owner=shop --set profile=shop_reader --set tables=SELECT --set sequences=SELECT$/m,
    );
  });

  it("has a login of two work as the profile", async () =>
    assert.match((await prove()).attempts, /^select pg_catalog\.format\('alter role session_user set role = %L', :'profile'\) \\gexec$/m));

  it("takes from one that was a migrator the setting by which it works as the owner", async () => {
    const { attempts } = await prove();
    assert.match(attempts, /as leftover \\gset\n\\if :leftover\nalter role session_user reset role;\n\\connect\n/);
  });

  it("fails where nobody could give them, with what Postgres said and what holds meanwhile", async () => {
    const { code, stdout, calls } = await prove({ GIVER: "nobody" });
    assert.deepEqual([code, calls.length], [1, 1]);
    assert.equal(
      stdout,
      'service shop-reader: shop, who owns the database shop, has not given shop_reader its rights within 0 s. Postgres:\npsql: error: role "shop" is not permitted to log in\nMend it.\n',
    );
  });

  it("keeps no rotation waiting for that", async () => {
    const { code, calls } = await prove({ GIVER: "nobody", NEEDS: "told", MISSING: "shop_reader lacks SELECT on TABLE public.t" });
    assert.deepEqual([code, calls.at(-1)], [0, "logs in shop_reader"]);
  });

  for (const [what, given] of [
    ["as another role", { SAYS: "shop shop_reader shop tls" }],
    ["that works as the owner", { SAYS: "shop_reader shop shop tls" }],
    ["to another database", { SAYS: "shop_reader shop_reader postgres tls" }],
    ["without TLS", { SAYS: "shop_reader shop_reader shop" }],
    ["that may make things in the database", { SAYS: "shop_reader shop_reader shop tls create" }],
    ["without all of its rights", { MISSING: "shop_reader lacks USAGE on SCHEMA public" }],
    ["through a Pooler as somebody else", { POOLER: "host=pooler", POOLER_SAYS: "shop shop shop create" }],
  ] as const)
    it(`is not content with a login ${what}`, async () => {
      const { code, stdout } = await prove(given);
      assert.equal(code, 1);
      assert.match(stdout, /^service shop-reader: .*shop_reader/);
    });

  it("goes through the service's Pooler, too", async () => {
    const { code, calls } = await prove({ POOLER: "host=pooler" });
    assert.deepEqual([code, calls.filter((call) => call.startsWith("pooler")).length], [0, 10]);
  });

  it("takes every name and every operator from the system's own schema", () => {
    const all = [...PROFILE_SCRIPT.matchAll(/<<'SQL'[^\n]*\n([^]*?)\nSQL\n/g)].map(([, sql]) => sql!);
    assert.equal(all.length, 4);
    for (const sql of all) {
      const known =
        /operator\(pg_catalog\.[=<>|+]+\)|pg_catalog\.(\w+|"char")(\[\])?|(\b(any|exists|array_agg|coalesce|values|kinds) ?)\(|'[^']*'|--.*/g;
      assert.doesNotMatch(sql.replaceAll(known, ""), /\bpg_|\w\(|[=<>+]|\|\|/);
    }
  });
});
