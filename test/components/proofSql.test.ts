import * as assert from "node:assert/strict";
import { PROOF_SCRIPT } from "../../components/proofScript";

/** The statements that the proof has Postgres run, one a line. */
const SQL = /<<'SQL' 2>&1\n([^]*?)\nSQL\n/.exec(PROOF_SCRIPT)![1]!;
const [asked] = SQL.split("\n")
  .map((_, line, lines) => lines.slice(line).join(" "))
  .filter((rest) => rest.startsWith("select pg_catalog.concat_ws"));
const position = (statement: string) => {
  const index = SQL.indexOf(statement);
  assert.notEqual(index, -1, `there is no ${statement}`);
  return index;
};

describe("components/proofScript, what Postgres is asked", () => {
  // The script is content with words. Each of them has to be Postgres's own about this session.
  const words: [string, RegExp][] = [
    ["who has logged in", /\(' ', session_user,/],
    ["who it works as", /, :'works_as',/],
    ["which database it is in", /, pg_catalog\.current_database\(\),/],
    [
      "whether this connection is over TLS",
      /\(select case when ssl then 'tls' end from pg_catalog\.pg_stat_ssl where pid operator\(pg_catalog\.=\) pg_catalog\.pg_backend_pid\(\)\)/,
    ],
    [
      "whether it may make things there, as who it works as",
      /case when pg_catalog\.has_database_privilege\(:'works_as', pg_catalog\.current_database\(\), 'create'\) then 'create' end/,
    ],
  ];
  for (const [what, question] of words) it(what, () => assert.match(asked ?? "", question));

  it("with every name and every operator that of the system's own schema", () => {
    const [, pooled = ""] = /--command "([^"]*)"/.exec(PROOF_SCRIPT) ?? [];
    const all = [...PROOF_SCRIPT.matchAll(/<<'SQL'[^\n]*\n([^]*?)\nSQL\n/g)].map(([, sql]) => sql!);
    assert.equal(all.length, 3);
    for (const sql of [...all, pooled]) {
      const rest = sql.replaceAll(/operator\(pg_catalog\.[=<>|+]+\)|pg_catalog\.(\w+|"char")|\bany \(|'[^']*'|--.*/g, "");
      assert.doesNotMatch(rest, /\bpg_|\w\(|[=<>+]|\|\|/);
    }
  });

  it("nothing that says a word by itself", () =>
    assert.doesNotMatch(asked!.replace(/then '(tls|create)'/g, "").replace(", 'create')", ")"), /'(tls|create)'/));

  it("once the role's setting holds: in a new session where it was made, and before it is left to see TLS", () => {
    const order = [
      "alter role session_user set role",
      "\\connect",
      "\\endif",
      "select current_user as works_as",
      'revoke connect, temporary on database :"DBNAME" from public;',
      "set role none",
      "select pg_catalog.concat_ws",
    ];
    assert.deepEqual(
      order.map(position),
      [...order.map(position)].sort((a, b) => a - b),
    );
  });

  it("through a Pooler, who works in its session, and whether that may make things", () => {
    const [, pooled = ""] = /--dbname "\$POOLER" --command "([^"]*)"/.exec(PROOF_SCRIPT) ?? [];
    assert.match(
      pooled,
      /session_user, current_user, pg_catalog\.current_database\(\),\s+case when pg_catalog\.has_database_privilege\(pg_catalog\.current_database\(\), 'create'\) then 'create' end/,
    );
    assert.doesNotMatch(pooled, /\bset\b|alter/i);
  });
});
