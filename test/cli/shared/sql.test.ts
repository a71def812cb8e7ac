import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { databaseArgument, identifier, literal } from "../../../cli/shared/sql";
import { SESSION_OPTIONS } from "../../../preflight/postgres/session";
import { OBJECTS_SQL, SETTINGS_SQL } from "../../../cli/inspect/sql";
import { CATALOGUE_SQL } from "../../../preflight/postgres/catalogue";
import { isImage } from "../../../cli/psql/arguments";
import { isInstance } from "../../../kube/primary";
import { isVaultPath } from "../../../config/primitives";
import { HOSTILE, hostile, unseenIn } from "../../support/hostile";
import { tokens } from "../../support/sqlTokens";

describe("cli/shared/sql", () => {
  it("writes names and texts as SQL reads them", () => {
    assert.deepEqual([identifier("a"), identifier('it\'s "me"'), identifier("a\n\\b")], ['"a"', '"it\'s ""me"""', 'U&"a\\000a\\\\b"']);
    assert.deepEqual(
      [literal("a"), literal("it's"), literal("a\\'b"), literal("\u{e0041}")],
      ["'a'", "'it''s'", "E'a\\\\''b'", "E'\\U000e0041'"],
    );
    assert.equal(databaseArgument("a'b\\"), "dbname='a\\'b\\\\'");
  });

  // With it off, a backslash in a literal takes its end for a part of it.
  for (const standard of [true, false])
    it(`is one word of a statement, whatever it is, with standard_conforming_strings ${standard ? "on" : "off"}`, () => {
      fc.assert(
        fc.property(hostile(), (text) => {
          const [name, value] = [identifier(text), literal(text)];
          assert.deepEqual([unseenIn(name), unseenIn(value)], [[], []]);
          assert.deepEqual(tokens(`a ${value} b`, standard).length, 3, value);
          if (standard || !name.startsWith("U&")) assert.deepEqual(tokens(`a ${name} b`, standard).length, 3, name);
        }),
      );
    });

  it("has psql take a database for no other server", () => {
    for (const text of HOSTILE) assert.match(databaseArgument(text), /^dbname='(?:[^'\\]|\\['\\])*'$/s);
  });

  it("begins every session with the system's names", () => assert.match(SESSION_OPTIONS, /^-c search_path=pg_catalog /));

  for (const [what, sql] of Object.entries({ CATALOGUE_SQL, OBJECTS_SQL, SETTINGS_SQL }))
    it(`asks nothing that a tenant could have made: ${what}`, () => {
      const rest = sql.replaceAll(/operator\(pg_catalog\.[^)]+\)|::pg_catalog\.("char"|\w+)|pg_catalog\.\w+|'(?:[^']|'')*'/g, " ");
      // Words of SQL's own that look like calls, and names of the statement's own parts.
      const calls = [...rest.matchAll(/\b(\w+) ?\(/g)].map(([, name]) => name!.toLowerCase());
      const words = [
        "as",
        "in",
        "from",
        "and",
        "coalesce",
        "select",
        "distinct",
        "c",
        "array",
        "all",
        "any",
        "exists",
        "with",
        "found",
        "where",
      ];
      assert.deepEqual(
        calls.filter((name) => !words.includes(name)),
        [],
      );
      assert.doesNotMatch(rest, /\bpg_|[^:]::|[=<>|+*/-]{1,2} /);
    });
});

describe("what is checked before it is printed or run", () => {
  it("no image, pod or path of Vault's is anything else", () => {
    for (const text of HOSTILE.filter((one) => one !== "all"))
      assert.deepEqual([isImage(text), isInstance("pg", `pg-${text}`), isVaultPath(text)], [false, false, false], text);
    assert.deepEqual(["ghcr.io/a/b:17.6-standard-bookworm", `a@sha256:${"0".repeat(64)}`].map(isImage), [true, true]);
    assert.deepEqual(
      [isInstance("pg", "pg-1"), isInstance("pg", "pg-0"), isInstance("pg", "pg-rw-1"), isInstance("pg", "other-1")],
      [true, false, false, false],
    );
    assert.deepEqual(["secret/apps/login", "secret/../sys", "secret/-x", "secret"].map(isVaultPath), [true, false, false, false]);
  });
});
