import assert from "node:assert/strict";
import * as fc from "fast-check";
import { catalogue } from "../../../catalog/services";
import { readCredential, requireCurrent } from "../../../cli/shared/credential";
import { credentialKeys, templates, type Template } from "../../../catalog/templates";
import { renderKeys } from "../../../catalog/connection";
import { templateOf } from "../../support/templateOf";
import { serviceOutput } from "../../support/outputs";
import type { ServiceOutput } from "../../../catalog/outputs";

describe("cli/shared/credential", () => {
  const connection = {
    user: "u",
    password: "p:/ß",
    database: "d",
    host: "h",
    port: 5432,
    hostReadOnly: "r",
    ca: "CA",
    tls: { mode: "require" },
  } as const;
  const encode = (data: Record<string, string>) =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));

  it("finds in every service's Secret what its template puts there", () => {
    for (const record of catalogue) {
      const template = templateOf(record);
      const data = encode(renderKeys(template, [], connection));
      assert.deepEqual(
        readCredential(credentialKeys(template), "s", data),
        { user: "u", password: "p:/ß", database: "d", host: "h", port: 5432 },
        record.name,
      );
    }
  });

  it("knows the names that Temporal has for them", () => {
    assert.deepEqual(credentialKeys(templates["temporal-env"]), {
      user: "POSTGRES_USER",
      password: "POSTGRES_PWD",
      database: "DBNAME",
      host: "POSTGRES_SEEDS",
      port: "DB_PORT",
    });
  });

  it("knows the key that has all of it, where there is one", () => {
    const uris = Object.entries(templates).flatMap(([name, template]) => {
      const { uri } = credentialKeys(template);
      return uri === undefined ? [] : [`${name} ${uri}`];
    });
    assert.deepEqual(uris, ["pg uri", "servicebinding uri", "rails-env DATABASE_URL"]);
  });

  describe("of whatever template, the password anything", () => {
    const known = { user: "u", database: "d", host: "h" };
    const own = {
      dsn: "host={host} user={user} password={password|dsn} dbname={database} port={port}",
      json: '{"user":"{user|json}","password":"{password|json}"}',
      alone: "{password}",
      line: "{password}",
    };
    const all = [
      ...Object.entries(templates),
      ...Object.entries(own).map(([name, text]): [string, Template] => [name, { type: "Opaque", keys: { [name]: text }, optional: {} }]),
    ] as const;
    for (const [name, template] of all)
      it(`reads it out of ${name}`, () =>
        fc.assert(
          fc.property(fc.string({ unit: "binary", minLength: 1 }), (password) => {
            const data = encode(renderKeys(template, [], { ...connection, password, tls: { mode: "verify-full", ca: "/ca.crt" } }));
            assert.deepEqual(readCredential(credentialKeys(template), "s", data, known), {
              ...{ user: "u", password, database: "d", host: "h", port: 5432 },
            });
          }),
          { numRuns: 30 },
        ));

    it("says so of a key with something else in it than the template makes", () => {
      const keys = credentialKeys(templates["rails-env"]);
      assert.throws(() => readCredential(keys, "s", encode({ DATABASE_URL: "mysql://u:p@h/d" })), {
        message: /^Secret s has something else in DATABASE_URL than its template makes\nRemedy: /,
      });
      assert.throws(() => readCredential(keys, "s", {}), { message: /^Secret s lacks the keys DATABASE_URL\n/ });
    });
  });

  it("is refused what an earlier version has said of a stack, which lacks them", () => {
    const { credentialKeys: _, ...before } = serviceOutput();
    assert.throws(() => requireCurrent("dev", { app: before as ServiceOutput }), {
      name: "FixableError",
      message: /^the outputs of stack dev .*earlier version.*\nRemedy: run `pulumi up`/,
    });
    requireCurrent("dev", { app: serviceOutput() });
  });

  it("names the keys that a Secret lacks", () => {
    assert.throws(
      () => readCredential(credentialKeys(templates.pg), "platform-db-credentials", { username: "dQ==", host: "aA==", port: "NTQzMg==" }),
      {
        name: "FixableError",
        message:
          /^Secret platform-db-credentials lacks the keys password, dbname\nRemedy: `pulumi up --refresh` \(with .*vault.*\) writes them again$/,
      },
    );
  });
});
