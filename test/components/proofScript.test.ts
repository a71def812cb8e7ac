import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROOF_SCRIPT } from "../../components/proofScript";
import { unseenIn } from "../support/hostile";

/**
 * Stands in for psql: notes how it was called, fails as often as it is told to, then says what it
 * is told to.
 */
const PSQL = `#!/bin/sh
echo "$@" >>"$NOTES/arguments"
case "$*" in
*--dbname*)
  echo x >>"$NOTES/pooled"
  if [ "$(wc -l <"$NOTES/pooled")" -eq "$POOLER_FAILS_AT" ]; then
    echo "psql: error: server login has been failing" >&2
    exit 2
  fi
  echo "$POOLER_SAYS"
  exit
  ;;
*extensions=*)
  cat >"$NOTES/needs"
  printf '%s' "$MISSING"
  exit
  ;;
*ON_ERROR_STOP*) ;;
*)
  cat >"$NOTES/settings"
  echo "ERROR: permission denied to set parameter"
  exit 3
  ;;
esac
cat >"$NOTES/sql"
echo x >>"$NOTES/times"
if [ "$(wc -l <"$NOTES/times")" -le "$FAILURES" ]; then
  printf 'one\\ntwo\\nthree\\npsql: error: password authentication failed\\n' >&2
  exit 2
fi
echo "$SAYS"
`;

interface Proof {
  code: number;
  stdout: string;
  lastWord: string | undefined;
  times: number;
  /** Logins through the Pooler. */
  pooled: number;
  arguments: string;
  sql: string;
  /** What makes a login's sessions begin as the owner's do. */
  settings: string | undefined;
}

describe("components/proofScript", () => {
  let dir: string;
  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "proof-"));
    fs.writeFileSync(path.join(dir, "psql"), PSQL, { mode: 0o755 });
  });
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  async function prove(
    given: {
      says?: string;
      failures?: number;
      seconds?: number;
      pooler?: { says?: string; failsAt?: number };
      missing?: string;
      needs?: "required" | "told";
      role?: string;
    } = {},
  ): Promise<Proof> {
    const { failures = 0, seconds = 0, pooler, missing = "", needs = "required", role = "agents_a" } = given;
    const { says = `${role} agents agents_db tls create` } = given;
    const lastWord = path.join(dir, "last-word");
    const env = {
      PATH: `${dir}${path.delimiter}${process.env.PATH}`,
      NOTES: dir,
      SAYS: says,
      FAILURES: String(failures),
      ...(pooler ? { POOLER: "host=pooler-rw.apps.svc sslmode=require" } : {}),
      POOLER_SAYS: pooler?.says ?? "agents_a agents agents_db create",
      POOLER_FAILS_AT: String(pooler?.failsAt ?? 0),
      SERVICE: "agents",
      ROLE: role,
      MISSING: missing,
      NEEDS: needs,
      OWNER: "agents",
      PGDATABASE: "agents_db",
      SECONDS_TO_TRY: String(seconds),
      CONSEQUENCE: "Mend it.",
    };
    const script = PROOF_SCRIPT.replace("/dev/termination-log", lastWord);
    const [code, stdout] = await new Promise<[number, string]>((resolve) =>
      execFile("sh", ["-c", script], { env }, (error, out) => resolve([error ? Number(error.code) : 0, out])),
    );
    const read = (file: string) => (fs.existsSync(path.join(dir, file)) ? fs.readFileSync(path.join(dir, file), "utf8") : undefined);
    return {
      code,
      stdout,
      lastWord: read("last-word"),
      times: read("times")?.split("\n").length ?? 1,
      pooled: (read("pooled")?.split("\n").length ?? 1) - 1,
      arguments: read("arguments") ?? "",
      sql: read("sql") ?? "",
      settings: read("settings"),
    };
  }

  it("is content with a login that works as the owner, in its database, over TLS, with the owner's rights", async () => {
    const { code, stdout, lastWord } = await prove();
    assert.deepEqual([code, lastWord], [0, undefined]);
    assert.equal(stdout, "service agents: logged in as agents_a, working as agents, in database agents_db over TLS\n");
  });

  for (const [what, says] of [
    ["as another role", "postgres agents agents_db tls create"],
    ["that works as itself", "agents_a agents_a agents_db tls create"],
    ["to another database", "agents_a agents postgres tls create"],
    ["without TLS", "agents_a agents agents_db create"],
    ["without the owner's rights", "agents_a agents agents_db tls"],
    ["that says nothing", ""],
  ] as const)
    it(`is not content with a login ${what}`, async () => assert.equal((await prove({ says })).code, 1));

  it("tries again until it works", async () => {
    const { code, times, lastWord } = await prove({ failures: 2, seconds: 30 });
    assert.deepEqual([code, times - 1, lastWord], [0, 3, undefined]);
  });

  it("fails when the time is over, with what Postgres said and what holds meanwhile as its last word", async () => {
    const { code, stdout, lastWord } = await prove({ failures: 99 });
    assert.equal(code, 1);
    assert.equal(
      lastWord,
      "service agents: no login as role agents_a within 0 s. Postgres:\ntwo\nthree\npsql: error: password authentication failed\nMend it.\n",
    );
    assert.equal(stdout, lastWord);
  });

  describe("of a database in which the application would not work", () => {
    const lines = "agents may not use the schemas of old: app: ALTER SCHEMA app OWNER TO agents\nNote: as it may be meant\n";

    it("fails, with what is missing, the statements that give it, and what holds meanwhile", async () => {
      const { code, lastWord } = await prove({ missing: lines });
      assert.equal(code, 1);
      const [first, ...rest] = lastWord!.split("\n");
      assert.match(first!, /^service agents: agents_a logs in, and .* in database agents_db .* `postgres` .* `npm run drift` .*:$/);
      assert.equal(rest.join("\n"), `${lines}Mend it.\n`);
    });

    it("tells of it where a rotation waits for the proof, and of what may be meant", async () => {
      for (const given of [{ missing: lines, needs: "told" as const }, { missing: "Note: as it may be meant\n" }]) {
        const { code, stdout, lastWord } = await prove(given);
        assert.deepEqual([code, lastWord], [0, undefined]);
        assert.equal(stdout, `service agents: logged in as agents_a, working as agents, in database agents_db over TLS\n${given.missing}`);
      }
    });

    it("says nothing to a terminal by a name that a tenant has chosen", async () => {
      const { code, lastWord, stdout } = await prove({ missing: "agents may not use e\u001b[8mvil\u001b]0;title\u0007\r\u007f\u0008\n" });
      assert.equal(code, 1);
      assert.deepEqual([unseenIn(lastWord!), unseenIn(stdout)], [[], []]);
      assert.match(lastWord!, /agents may not use e\[8mvil/);
    });

    it("fails where it could not be asked", async () => assert.equal((await prove({ missing: "psql: error: server closed" })).code, 1));

    it("is not asked about before a login works", async () => {
      const { lastWord } = await prove({ says: "agents_a agents postgres tls create", missing: lines });
      assert.doesNotMatch(lastWord!, /schemas of old/);
    });

    it("has as much of many lines as a last word may have", async () => {
      const { lastWord } = await prove({ missing: `${"agents may not use it\n".repeat(1000)}` });
      assert.ok(Buffer.byteLength(lastWord!) < 4096 && lastWord!.endsWith("Mend it.\n"), String(lastWord!.length));
    });
  });

  it("has a login's sessions begin as its owner's do, as far as it may", async () => {
    const { code, settings } = await prove();
    assert.equal(code, 0);
    assert.match(settings!, /^set role none;$/m);
    assert.match(settings!, /alter role session_user %s set %s from current/);
  });

  it("has nothing for an owner that logs in itself to take over", async () =>
    assert.equal((await prove({ role: "agents" })).settings, undefined));

  describe("of a service with a Pooler", () => {
    it("goes through that too, as often as it takes to meet each of its pods, and sets nothing in a session that others may have next", async () => {
      const { code, stdout, pooled, arguments: given } = await prove({ pooler: {} });
      assert.deepEqual([code, pooled], [0, 10]);
      assert.equal(
        stdout,
        "service agents: logged in as agents_a, working as agents, in database agents_db over TLS, and through its Pooler\n",
      );
      assert.match(given, /--dbname host=pooler-rw\.apps\.svc sslmode=require --command/);
      assert.doesNotMatch(given, /\bset\s+role/);
    });

    for (const [what, says] of [
      ["as another role", "postgres agents agents_db create"],
      ["that works as itself", "agents_a agents_a agents_db create"],
      ["to another database", "agents_a agents postgres create"],
      ["without the owner's rights", "agents_a agents agents_db"],
    ] as const)
      it(`is not content with a login ${what}`, async () => assert.equal((await prove({ pooler: { says } })).code, 1));

    it("tries again until all of them work", async () => {
      const { code, pooled, lastWord } = await prove({ pooler: { failsAt: 3 }, seconds: 30 });
      assert.deepEqual([code, pooled, lastWord], [0, 13, undefined]);
    });

    it("says that it was the Pooler", async () => {
      const { code, pooled, lastWord } = await prove({ pooler: { failsAt: 1 } });
      assert.deepEqual([code, pooled], [1, 1]);
      assert.equal(
        lastWord,
        "service agents: no login as role agents_a within 0 s. Its Pooler:\npsql: error: server login has been failing\nMend it.\n",
      );
    });

    it("is left alone while Postgres itself refuses", async () => {
      const { code, pooled } = await prove({ pooler: {}, failures: 99 });
      assert.deepEqual([code, pooled], [1, 0]);
    });
  });

  it("takes from everybody what Postgres gives to everybody on a new database, as the owner", async () => {
    const { sql } = await prove();
    assert.match(sql, /^revoke connect, temporary on database :"DBNAME" from public;$/m);
    assert.ok(sql.indexOf("revoke connect") < sql.indexOf("set role none;"));
  });

  it("gives psql the owner as a variable, and reads no file of the image's", async () => {
    const { arguments: given, sql } = await prove();
    assert.equal(
      given.split("\n")[0],
      "--no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set owner=agents --set guests=",
    );
    for (const line of given.trim().split("\n")) assert.match(line, /^--no-psqlrc .*--set owner=agents/);
    assert.match(sql, /^select pg_catalog\.format\('alter role session_user set role = %L', :'owner'\) \\gexec$/m);
  });
});
