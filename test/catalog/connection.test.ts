import * as assert from "node:assert/strict";
import * as path from "node:path";
import * as fc from "fast-check";
import { parse } from "pg-connection-string";
import { templates, type Template } from "../../catalog/templates";
import { renderKeys, type Connection } from "../../catalog/connection";

const connection: Connection = {
  user: "orders",
  password: "s3cret/with:all@of?it%",
  database: "orders_db",
  host: "pg-rw.apps.svc",
  port: 5432,
  hostReadOnly: "pg-ro.apps.svc",
  ca: "-----BEGIN CERTIFICATE-----\n",
  tls: { mode: "require" },
};
const template = (keys: Record<string, string>): Template => ({ type: "Opaque", keys, optional: {} });

describe("catalog/connection", () => {
  it("renders the keys of a pg Secret", () =>
    assert.deepEqual(renderKeys(templates.pg, [], connection), {
      username: "orders",
      user: "orders",
      password: "s3cret/with:all@of?it%",
      host: "pg-rw.apps.svc",
      port: "5432",
      dbname: "orders_db",
      uri: "postgresql://orders:s3cret%2Fwith%3Aall%40of%3Fit%25@pg-rw.apps.svc:5432/orders_db?sslmode=require",
      "jdbc-uri": "jdbc:postgresql://pg-rw.apps.svc:5432/orders_db?user=orders&password=s3cret%2Fwith%3Aall%40of%3Fit%25&sslmode=require",
      "ca.crt": "-----BEGIN CERTIFICATE-----\n",
      pgpass: "pg-rw.apps.svc:5432:orders_db:orders:s3cret/with\\:all@of?it%\n",
    }));

  it("escapes everything that a URI does not leave free, and for pgpass what it splits at", () => {
    const { uri, pgpass } = renderKeys(templates.pg, [], { ...connection, password: "a-._~!*'()+ :/?#[]@&=%\\é" });
    const encoded = "a-._~%21%2A%27%28%29%2B%20%3A%2F%3F%23%5B%5D%40%26%3D%25%5C%C3%A9";
    assert.equal(uri, `postgresql://orders:${encoded}@pg-rw.apps.svc:5432/orders_db?sslmode=require`);
    assert.equal(pgpass, "pg-rw.apps.svc:5432:orders_db:orders:a-._~!*'()+ \\:/?#[]@&=%\\\\é\n");
  });

  it("adds the groups of keys that a stack asks for, with the authority in each URI", () => {
    const tls = { mode: "verify-full", ca: "/etc/pg ca.crt" } as const;
    const { sslmode, sslrootcert, uri, ...rest } = renderKeys(templates.pg, ["tls", "readOnly", "pooler"], {
      ...connection,
      password: "p",
      hostPooler: "pooler-rw.apps.svc",
      tls,
    });
    assert.deepEqual([sslmode, sslrootcert], ["verify-full", "/etc/pg ca.crt"]);
    const query = "sslmode=verify-full&sslrootcert=%2Fetc%2Fpg%20ca.crt";
    assert.equal(uri, `postgresql://orders:p@pg-rw.apps.svc:5432/orders_db?${query}`);
    assert.equal(rest["host-ro"], "pg-ro.apps.svc");
    assert.equal(rest["uri-ro"], `postgresql://orders:p@pg-ro.apps.svc:5432/orders_db?${query}`);
    assert.equal(rest["host-pooler"], "pooler-rw.apps.svc");
    assert.equal(rest["uri-pooler"], `postgresql://orders:p@pooler-rw.apps.svc:5432/orders_db?${query}`);
  });

  it("leaves out the keys whose value the stack does not have", () => {
    const keys = Object.keys(renderKeys(templates.pg, ["tls", "pooler"], connection));
    assert.deepEqual(
      keys.filter((key) => /ssl|pooler/.test(key)),
      ["sslmode"],
    );
  });

  it("renders the variables that Temporal's default store reads", () =>
    assert.deepEqual(renderKeys(templates["temporal-env"], [], connection), {
      POSTGRES_SEEDS: "pg-rw.apps.svc",
      DB_PORT: "5432",
      POSTGRES_USER: "orders",
      POSTGRES_PWD: "s3cret/with:all@of?it%",
      DBNAME: "orders_db",
      SQL_TLS_ENABLED: "true",
      SQL_HOST_VERIFICATION: "false",
      SKIP_DB_CREATE: "true",
      SKIP_SCHEMA_SETUP: "true",
      SQL_HOST: "pg-rw.apps.svc",
      SQL_PORT: "5432",
      SQL_USER: "orders",
      SQL_PASSWORD: "s3cret/with:all@of?it%",
      SQL_DATABASE: "orders_db",
      SQL_TLS: "true",
      SQL_TLS_DISABLE_HOST_VERIFICATION: "true",
      "ca.crt": "-----BEGIN CERTIFICATE-----\n",
    }));

  it("renders the variables that Temporal's visibility store reads", () =>
    assert.deepEqual(renderKeys(templates["temporal-visibility-env"], [], connection), {
      VISIBILITY_POSTGRES_SEEDS: "pg-rw.apps.svc",
      VISIBILITY_DB_PORT: "5432",
      VISIBILITY_POSTGRES_USER: "orders",
      VISIBILITY_POSTGRES_PWD: "s3cret/with:all@of?it%",
      VISIBILITY_DBNAME: "orders_db",
      SQL_HOST: "pg-rw.apps.svc",
      SQL_PORT: "5432",
      SQL_USER: "orders",
      SQL_PASSWORD: "s3cret/with:all@of?it%",
      SQL_DATABASE: "orders_db",
      SQL_TLS: "true",
      SQL_TLS_DISABLE_HOST_VERIFICATION: "true",
      "ca.crt": "-----BEGIN CERTIFICATE-----\n",
    }));

  for (const [name, { keys }] of Object.entries(templates))
    it(`has what the server is proven by in every Secret: ${name}`, () => assert.equal((keys as Record<string, string>)["ca.crt"], "{ca}"));

  const modes = [
    ["prefer", "false", "false"],
    ["require", "true", "false"],
    ["verify-ca", "true", "false"],
    ["verify-full", "true", "true"],
  ] as const;
  for (const [mode, enabled, verifies] of modes)
    it(`tells Temporal about TLS under ${mode}`, () => {
      const keys = renderKeys(templates["temporal-env"], [], { ...connection, tls: { mode, ca: "/ca.crt" } });
      assert.deepEqual([keys.SQL_TLS_ENABLED, keys.SQL_HOST_VERIFICATION, keys.SQL_CA], [enabled, verifies, "/ca.crt"]);
      const { SQL_TLS, SQL_TLS_DISABLE_HOST_VERIFICATION: takesAny, SQL_TLS_CA_FILE } = keys;
      assert.deepEqual([SQL_TLS, takesAny, SQL_TLS_CA_FILE], [enabled, String(verifies === "false"), "/ca.crt"]);
    });

  describe("for clients that take libpq's words otherwise", () => {
    const ca = path.join(__dirname, "connection.test.ts");
    type Tls = Connection["tls"];
    const keysFor = (tls: Tls, given: Partial<Connection> = {}) =>
      renderKeys(templates.pg, ["node", "prisma", "asyncpg", "npgsql"], { ...connection, password: "p", tls, ...given });
    // What node-postgres makes of it: whom it proves the server by, and whether by its name.
    const proves = (uri: string) => {
      const ssl = parse(uri).ssl as { ca?: string; rejectUnauthorized?: boolean; checkServerIdentity?: unknown };
      if (ssl.rejectUnauthorized === false) return "any server";
      return `${ssl.ca === undefined ? "the system's" : "its own"} authorities${ssl.checkServerIdentity === undefined ? ", by name" : ""}`;
    };
    const modes: [tls: Tls, node: string, libpqs: string, prisma: string, asyncpg: string, npgsql: string][] = [
      [
        { mode: "prefer" },
        "any server",
        "the system's authorities, by name",
        "sslmode=prefer&sslaccept=accept_invalid_certs",
        "prefer",
        "SSL Mode=Prefer;Trust Server Certificate=true",
      ],
      [
        { mode: "require" },
        "any server",
        "the system's authorities, by name",
        "sslmode=require&sslaccept=accept_invalid_certs",
        "require",
        "SSL Mode=Require;Trust Server Certificate=true",
      ],
      [
        { mode: "require", ca },
        "its own authorities",
        "its own authorities, by name",
        `sslmode=require&sslaccept=strict&sslcert=${encodeURIComponent(ca)}`,
        "require",
        `SSL Mode=Require;Root Certificate="${ca}"`,
      ],
      [
        { mode: "verify-ca", ca },
        "its own authorities",
        "its own authorities, by name",
        `sslmode=require&sslaccept=strict&sslcert=${encodeURIComponent(ca)}`,
        "verify-ca",
        `SSL Mode=VerifyCA;Root Certificate="${ca}"`,
      ],
      [
        { mode: "verify-full", ca },
        "its own authorities, by name",
        "its own authorities, by name",
        `sslmode=require&sslaccept=strict&sslcert=${encodeURIComponent(ca)}`,
        "verify-full",
        `SSL Mode=VerifyFull;Root Certificate="${ca}"`,
      ],
    ];
    for (const [tls, node, libpqs, prisma, asyncpg, npgsql] of modes)
      it(`proves the server as libpq would: ${tls.mode}${tls.ca === undefined ? "" : " with an authority"}`, () => {
        const keys = keysFor(tls);
        assert.deepEqual([proves(keys["uri-node"]!), proves(keys.uri!)], [node, libpqs]);
        const at = "orders:p@pg-rw.apps.svc:5432/orders_db";
        assert.equal(keys["uri-prisma"], `postgresql://${at}?${prisma}`);
        assert.equal(keys["uri-asyncpg"], `postgresql+asyncpg://${at}?ssl=${asyncpg}`);
        assert.equal(keys.npgsql, `Host=pg-rw.apps.svc;Port=5432;Database="orders_db";Username="orders";Password="p";${npgsql}`);
      });

    it("has a twin for the Pooler where there is one", () => {
      const poolers = (given: Partial<Connection>) =>
        Object.keys(keysFor({ mode: "require" }, given)).filter((key) => key.endsWith("-pooler"));
      assert.deepEqual(poolers({}), []);
      assert.deepEqual(poolers({ hostPooler: "pooler-rw.apps.svc" }), ["uri-node-pooler", "uri-prisma-pooler", "npgsql-pooler"]);
      assert.match(
        keysFor({ mode: "require" }, { hostPooler: "pooler-rw.apps.svc" })["uri-prisma-pooler"]!,
        /@pooler-rw\.apps\.svc:.*&pgbouncer=true$/,
      );
    });

    it("quotes for .NET what ends a value there", () => {
      const { npgsql } = keysFor({ mode: "require" }, { password: `a;b"c'd=e f` });
      assert.ok(npgsql!.includes(`;Password="a;b""c'd=e f";SSL Mode=`), npgsql);
    });
  });

  for (const placeholder of ["{nope}", "{user|nope}", "{constructor}", "{user|toString}"])
    it(`refuses ${placeholder} in a template`, () =>
      assert.throws(() => renderKeys(template({ key: placeholder }), [], connection), {
        message: `template key key: ${placeholder} names no value or encoding`,
      }));

  describe("whatever the user, the password and the database are called", () => {
    // Everything Unicode but halves of characters, which UTF-8 has no bytes for; often what means
    // something to one of the formats.
    const character = fc.oneof(fc.constantFrom(...":/?#[]@!$&'()*+,;=%\\\" "), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
    const text = fc.string({ unit: character, minLength: 1 });
    // A URL has no way to write a path of only `.` or `..`.
    const names = fc.record({ user: text, password: text, database: text.filter((name) => !/^\.{1,2}$/.test(name)) });

    it("a URL parser finds them in the URI", () =>
      fc.assert(
        fc.property(names, ({ user, password, database }) => {
          const { uri = "" } = renderKeys(templates.pg, [], { ...connection, user, password, database });
          const url = new URL(uri);
          assert.deepEqual([url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent), [user, password, database]);
          assert.deepEqual([url.host, url.search], ["pg-rw.apps.svc:5432", "?sslmode=require"]);
        }),
      ));

    it("node-postgres finds user and password in the URI", () =>
      fc.assert(
        fc.property(names, ({ user, password }) => {
          const { uri = "" } = renderKeys(templates.pg, [], { ...connection, user, password, tls: { mode: "verify-full" } });
          const found = parse(uri);
          assert.deepEqual([found.user, found.password, found.database], [user, password, connection.database]);
        }),
      ));

    // pgjdbc: the path and each parameter through java.net.URLDecoder, which reads `+` as a space.
    it("pgjdbc finds them in the JDBC URI", () =>
      fc.assert(
        fc.property(names, ({ user, password, database }) => {
          const uri = renderKeys(templates.pg, [], { ...connection, user, password, database })["jdbc-uri"] ?? "";
          const decode = (value: string) => decodeURIComponent(value.replaceAll("+", " "));
          const [, path = "", query = ""] = /^jdbc:postgresql:\/\/pg-rw\.apps\.svc:5432\/([^?]*)\?(.*)$/.exec(uri) ?? [];
          const parameters = Object.fromEntries(new URLSearchParams(query));
          assert.deepEqual([decode(path), parameters], [database, { user, password, sslmode: "require" }]);
        }),
      ));

    it("libpq finds them in the line of a password file", () =>
      fc.assert(
        fc.property(names, (any) => {
          // A line cannot hold a line break, escaped or not.
          const onOneLine = (name: string) => name.replace(/[\r\n]/g, " ");
          const [user, password, database] = [onOneLine(any.user), onOneLine(any.password), onOneLine(any.database)];
          const { pgpass = "" } = renderKeys(templates.pg, [], { ...connection, user, password, database });
          assert.deepEqual(fieldsOfPgpass(pgpass), ["pg-rw.apps.svc", "5432", database, user, password]);
        }),
      ));
  });
});

/**
 * libpq, "The Password File": fields end at a colon; a backslash takes the next character as it is.
 */
function fieldsOfPgpass(line: string): string[] {
  assert.ok(line.endsWith("\n"));
  const fields = [""];
  for (let at = 0; at < line.length - 1; at++) {
    if (line[at] === ":") fields.push("");
    else fields.push(`${fields.pop()}${line[at] === "\\" ? line[++at] : line[at]}`);
  }
  return fields;
}
