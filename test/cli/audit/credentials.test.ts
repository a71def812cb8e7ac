import assert from "node:assert/strict";
import { findCredential } from "../../../manifests/credentials/credentials";
import { readsLikePlaceholder } from "../../../manifests/credentials/strength";

// Made up, of the shapes that the patterns know.
const GITHUB = `ghp_${"Fake".repeat(9)}`;
const KEY = `-----BEGIN EC PRIVATE KEY-----\n${"MHcFAKEfake0".repeat(4)}\n-----END EC PRIVATE KEY-----`;

const CREDENTIALS: readonly [name: string, value: string, rule: string][] = [
  ["password", "hunter2", "name"],
  ["PGPASSWORD", "12345", "name"],
  ["spring.datasource.password", "tiger", "name"],
  ["REQUIREPASS", "abc123", "name"],
  ["password", "${DB_PASSWORD:-s3cret99}", "name"],
  ["password", '{{ .Values.password | default "s3cret99" }}', "name"],
  ["clientSecret", "Zm9vYmFyQmF6MTIz", "random"],
  ["apiKey", "123e4567-e89b-12d3-a456-426614174000", "random"],
  ["anything", GITHUB, "pattern-github"],
  ["anything", `prefix ${GITHUB} suffix`, "pattern-github"],
  ["AWS_SECRET_ACCESS_KEY", "fakeFAKE01".repeat(4), "pattern-aws"],
  ["anything", KEY, "private-key"],
  ["anything", KEY.replaceAll("\n", "\\n"), "private-key"],
  ["client-key-data", Buffer.from(KEY).toString("base64"), "private-key"],
  ["DATABASE_URL", "postgres://app:b123@db:5432/app", "address"],
  ["DATABASE_URL", "postgres://app:b123@${HOST}/app", "address"],
  ["DATABASE_URL", "redis://:b123@cache:6379", "address"],
  ["dsn", "host=db user=app password=tiger", "address"],
  ["CONNECTION", "Server=tcp:db;User ID=app;Pwd=tiger1;", "address"],
  ["anything", `eyJhbGciOiJIUzI1NiJ9.eyJmYWtlIjoidG9rZW4ifQ.${"fakeFAKE".repeat(4)}`, "jwt"],
  ["auth", `admin:$apr1$fakefake$${"fakeFAKE.1".repeat(2)}ab`, "password-hash"],
  [".dockerconfigjson", `{"auths":{"registry.test":{"auth":"${Buffer.from("robot:tiger123").toString("base64")}"}}}`, "registry-login"],
  ["JAVA_OPTS", "-Xmx1g -Ddb.password=tiger1", "name"],
  ["application.properties", "a=b\nspring.datasource.password=tiger\n", "name"],
  ["settings.json", '{"db": {"password": "tiger"}}', "name"],
  ["script", "PGPASSWORD=tiger psql -h db", "name"],
  ["args", "serve --admin-password tiger1", "name"],
  ["server.xml", "<password>tiger</password>", "name"],
];

const NONE: readonly [name: string, value: string][] = [
  ["password", ""],
  ["password", "changeme"],
  ["password", "CHANGE_ME_PLEASE"],
  ["password", "<your password>"],
  ["password", "xxxxxxxx"],
  ["password", "********"],
  ["password", "{{ .Values.password }}"],
  ["password", "prefix-${PASSWORD}"],
  ["password", "$(PASSWORD)"],
  ["password", "vault:secret/data/app#password"],
  ["password", "<path:secret/data/app#password>"],
  ["password", "ref+vault://secret/app/password"],
  ["password", "ENC[AES256_GCM,data:ZmFrZQ==,iv:ZmFrZQ==,tag:ZmFrZQ==,type:str]"],
  ["password", "/etc/app/password"],
  ["password", "The password of the user"],
  ["passwordKey", "db-password"],
  ["adminPasswordKey", "admin-password"],
  ["secretName", "app-credentials"],
  ["existingSecret", "app-credentials"],
  ["passwordSecret", "app-credentials"],
  ["secret", "app-credentials"],
  ["tokenUrl", "https://idp.test/oauth2/token"],
  ["tokenTTL", "3600s"],
  ["maxTokens", "4096"],
  ["publicKey", "c29tZSBmYWtlIHB1YmxpYyBrZXkgMTIz"],
  ["DATABASE_URL", "postgres://app:$(PGPASSWORD)@db:5432/app"],
  ["DATABASE_URL", "postgres://app:{{ .Values.password }}@db:5432/app"],
  ["DATABASE_URL", "postgres://db:5432/app?sslmode=require"],
  ["image", `registry.test/app@sha256:${"0a1b2c3d".repeat(8)}`],
  ["checksum/config", "0a1b2c3d".repeat(8)],
  ["ca.crt", "-----BEGIN CERTIFICATE-----\nZmFrZQ==\n-----END CERTIFICATE-----"],
  ["id_rsa.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFake app"],
  ["script", "password = os.environ['PASSWORD']"],
  ["script", "# password=tiger1"],
  ["script", "PGPASSWORD=$PGPASSWORD psql"],
];

describe("a credential", () => {
  for (const [name, value, rule] of CREDENTIALS)
    it(`is what ${name} has, by ${rule}: ${[...value].slice(0, 24).join("")}`, () => {
      const found = findCredential(name, value);
      assert.equal(found?.rule, rule);
      assert.ok(!found?.why.includes(value), "the value is said");
    });

  for (const [name, value] of NONE)
    it(`is not what ${name} has: ${[...value].slice(0, 24).join("")}`, () => assert.equal(findCredential(name, value), undefined));

  it("is found in time that grows with the text, whatever is in it", () => {
    const texts = [
      "{{".repeat(20_000),
      "a://b:".repeat(20_000),
      "password=".repeat(20_000),
      `"${"\\".repeat(50_000)}`,
      "<path:".repeat(20_000),
      "-".repeat(100_000),
      "eyJ".repeat(30_000),
    ];
    for (const text of texts) {
      const started = performance.now();
      findCredential("password", text);
      assert.ok(performance.now() - started < 2_000, `${text.slice(0, 6)} takes too long`);
    }
  });
});

describe("manifests/credentials/strength", () => {
  it("takes words that stand for any word, and names of kinds of credentials, for placeholders", () => {
    for (const value of [
      "bar",
      "foobarbaz",
      "Foo123",
      "snakeoil",
      "snake-oil",
      "secretkey",
      "accesskey",
      "SECRET_ACCESS_KEY",
      "private-key",
    ])
      assert.ok(readsLikePlaceholder(value), value);
    for (const value of ["barman", "bar9Kx2", "supersecret", "keymaster", "secretkey1", "crowbar", "monkey"])
      assert.ok(!readsLikePlaceholder(value), value);
  });
});
