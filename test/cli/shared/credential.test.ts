import assert from "node:assert/strict";
import { catalogue } from "../../../catalog/services";
import { readCredential, requireCurrent } from "../../../cli/shared/credential";
import { credentialKeys, templates } from "../../../catalog/templates";
import { renderKeys } from "../../../catalog/connection";
import { resolveNames } from "../../../catalog/names";
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
      const { template } = resolveNames(record);
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
    assert.deepEqual(
      Object.values(templates).map((template) => credentialKeys(template).uri),
      ["uri", undefined, undefined],
    );
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
