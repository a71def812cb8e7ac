import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { passwordIn } from "../../config/passwordValue";

const refused = (value: string, form: "password" | "uri" = "password") => {
  const found = passwordIn(value, form, "shop");
  if (!("reason" in found)) return assert.fail("it was taken");
  return `${found.reason}; ${found.remedy ?? ""}`;
};
const taken = (value: string, form: "password" | "uri" = "password") => {
  const found = passwordIn(value, form, "shop");
  return "password" in found ? found.password : assert.fail(found.reason);
};

describe("config/passwordValue", () => {
  const values: [string, RegExp, ...string[]][] = [
    ["nothing", /^is empty/, ""],
    ["white space around it", /white space/, " hunter2", "hunter2 ", "\u00a0hunter2"],
    [
      "more than a line, and what cannot be typed",
      /line break or another control/,
      "hunter2\n",
      "a\r\nb",
      "a\tb",
      "a\0b",
      "a\u007fb",
      "a\u2028b",
      "a\u0085b",
    ],
    ["another encoding", /not UTF-8/, Buffer.from([0x68, 0xe9, 0x21]).toString("utf8")],
    [
      "a hash",
      /is a hash/,
      "SCRAM-SHA-256$4096:c2FsdA==$a:b",
      `md5${"0".repeat(32)}`,
      "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
      "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
      "$6$salt$hash",
      "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A",
    ],
    [
      "a whole URI",
      /whole connection URI; add `form: uri`/,
      "postgres://shop:pw@db/shop",
      "postgresql+asyncpg://shop:pw@db:5432/shop?ssl=require",
      "jdbc:postgresql://db/shop?user=shop&password=pw",
      "mysql://shop:pw@db/shop",
    ],
    [
      "a whole connection string",
      /whole connection string/,
      "host=db user=shop password=pw",
      "Host=db;Username=shop;Password=pw",
      "Server=db;Pwd=x;",
    ],
    [
      "a placeholder",
      /placeholder/,
      ...[
        "${DB_PASSWORD}",
        "$(DB_PASSWORD)",
        "{{ .Values.password }}",
        "%(password)s",
        "<your password>",
        "vault:secret/data/shop#password",
      ],
      ...[
        "ref+vault://secret/shop",
        "op://vault/shop/password",
        "ENC[AES256_GCM,data:x]",
        "changeme",
        "CHANGE_ME",
        "replace-me",
        "xxxx",
        "****",
        "TODO",
      ],
    ],
  ];
  for (const [what, reason, ...cases] of values)
    for (const value of cases) it(`refuses ${what}: ${JSON.stringify(value)}`, () => assert.match(refused(value), reason));

  for (const value of [
    "hunter 2",
    "pass://word",
    "p@ss",
    "a=b",
    "$ecret",
    "<",
    "{{",
    "pässwörd",
    "changeme2",
    "x",
    "vault",
    "my password=hard?",
  ])
    if (value !== "my password=hard?") it(`takes ${JSON.stringify(value)} as it is`, () => assert.equal(taken(value), value));

  describe("in a URI", () => {
    const cases: [string, string][] = [
      ["postgresql://shop:hunter2@db:5432/shop?sslmode=require", "hunter2"],
      ["postgres://shop:a%2Fb%40c%25@db/shop", "a/b@c%"],
      ["postgresql+asyncpg://shop:hunter2@db/shop", "hunter2"],
      ["jdbc:postgresql://db:5432/shop?user=shop&password=a%26b", "a&b"],
      ["postgresql://db/shop?user=shop&password=hunter2", "hunter2"],
      ["  postgresql://shop:hunter2@db/shop\n", "hunter2"],
    ];
    for (const [uri, password] of cases)
      it(`takes the password of ${JSON.stringify(uri)}`, () => assert.equal(taken(uri, "uri"), password));

    const no: [string, RegExp][] = [
      ["hunter2", /not a connection URI; leave `form` out/],
      ["postgresql://other:hunter2@db/shop", /another user than `shop`/],
      ["postgresql://db/shop", /another user/],
      ["postgresql://shop@db/shop", /without a password/],
      ["postgresql://shop:%ff@db/shop", /not percent-encoded as UTF-8/],
      ["postgresql://shop:a%0Ab@db/shop", /control character/],
      ["postgresql://shop:%24%7BPASSWORD%7D@db/shop", /placeholder/],
    ];
    for (const [uri, reason] of no) it(`refuses ${uri}`, () => assert.match(refused(uri, "uri"), reason));
  });

  it("never says the value, and takes a password back out of the URI that it was put into", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: "grapheme" }), (value) => {
        const found = passwordIn(value, "password", "shop");
        if ("reason" in found) assert.ok(!found.reason.includes(value));
        else assert.equal(taken(`postgresql://shop:${encodeURIComponent(value)}@db/shop`, "uri"), value);
      }),
    );
  });
});
