import assert from "node:assert/strict";
import { catalogue } from "../../../catalog/services";
import { credentialKeys, readCredential } from "../../../cli/shared/credential";
import { renderKeys } from "../../../catalog/connection";
import { resolveNames } from "../../../catalog/names";

describe("cli/shared/credential", () => {
  const connection = {
    user: "u",
    password: "p:/ß",
    database: "d",
    host: "h",
    port: 5432,
    hostReadOnly: "r",
    tls: { mode: "require" },
  } as const;
  const encode = (data: Record<string, string>) =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));

  it("finds in every service's Secret what its template puts there", () => {
    for (const record of catalogue) {
      const data = encode(renderKeys(resolveNames(record).template, [], connection));
      assert.deepEqual(
        readCredential(record, "s", data),
        { user: "u", password: "p:/ß", database: "d", host: "h", port: 5432 },
        record.name,
      );
    }
  });

  it("knows the names that Temporal has for them", () => {
    const temporal = catalogue.find((record) => record.name === "temporal")!;
    assert.deepEqual(credentialKeys(temporal), {
      user: "POSTGRES_USER",
      password: "POSTGRES_PWD",
      database: "DBNAME",
      host: "POSTGRES_SEEDS",
      port: "DB_PORT",
    });
  });

  it("names the keys that a Secret lacks", () => {
    assert.throws(() => readCredential(catalogue[0]!, "platform-db-credentials", { username: "dQ==", host: "aA==", port: "NTQzMg==" }), {
      name: "FixableError",
      message: "Secret platform-db-credentials lacks the keys password, dbname\nRemedy: run `pulumi up --refresh`: it writes them again",
    });
  });
});
