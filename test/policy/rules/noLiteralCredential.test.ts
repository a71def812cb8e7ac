import * as assert from "node:assert/strict";
import { noLiteralCredential as rule } from "../../../policy/rules/noLiteralCredential";
import type { Resource } from "../../../policy/resource";
import { finding, judge, object, ownSecret, resource, UNKNOWN, type Told } from "../../support/policy";

const LITERAL = "correct-horse-battery-staple-42";
const TOKEN = `ghp_${"wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"}`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const configMap = (data: object, rest: object = {}) => object("core/v1:ConfigMap", "mine", { data, ...rest });
const container = (one: object) =>
  object("apps/v1:Deployment", "mine", { spec: { template: { spec: { containers: [{ name: "main", ...one }] } } } });
const AT = "spec.template.spec.containers.0";
const within = (name: string) => `in \`${name}\``;
const told = (subject: string, where: string, ...what: string[]): Told => [
  `${subject}, ${where}`,
  ...(what.length > 0 ? what : ["is a literal", "named like a credential"]),
];
const DEPLOYMENT = "Deployment ameide-prod/mine";
const CONFIG = "ConfigMap ameide-prod/mine";

describe("policy/rules/noLiteralCredential", () => {
  const finds = finding(rule);
  it("has nothing against references, names, what is not known yet, and what is there to hold secrets", () => {
    const compliant = [
      ownSecret("platform-db-credentials", { password: base64(LITERAL) }),
      container({
        env: [
          { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "platform-db-credentials", key: "password" } } },
          { name: "TOKEN", value: "$(OTHER)" },
          { name: "DB_PASSWORD_FILE", value: "/run/secrets/password" },
          { name: "DATABASE_URL", value: "postgresql://db.example.com/platform" },
          { name: "API_TOKEN", value: UNKNOWN },
        ],
        args: ["--password-file=/run/secrets/password", "--token", "$(TOKEN)"],
      }),
      configMap({ "application.properties": "spring.datasource.password=${PASSWORD}\n", template: "{{ .Values.password }}" }),
      object("external-secrets.io/v1:ExternalSecret", "mine", {
        spec: { data: [{ secretKey: "client-secret", remoteRef: { key: "a/b", property: "password" } }] },
      }),
      object("postgresql.cnpg.io/v1:Cluster", "mine", {
        spec: { managed: { roles: [{ name: "platform", passwordSecret: { name: "platform-db-role" } }] } },
      }),
      resource("pulumi:index:Stash", { input: { password: LITERAL } }, { parents: ["cnpg-credentials:index:RoleLogin"] }),
      resource(
        "vault:kv/secretV2:SecretV2",
        { dataJson: JSON.stringify({ password: LITERAL }) },
        { parents: ["cnpg-credentials:index:VaultConfiguration"] },
      ),
      resource("pulumi:providers:kubernetes", { kubeconfig: `{"users":[{"user":{"token":"${TOKEN}"}}]}` }),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  const breaks: [what: string, resource: Resource, told: Told][] = [
    ["a variable", container({ env: [{ name: "DB_PASSWORD", value: LITERAL }] }), told(DEPLOYMENT, `${AT}.env.0.DB_PASSWORD`)],
    ["an argument", container({ args: ["serve", `--password=${LITERAL}`] }), told(DEPLOYMENT, `${AT}.args.1`)],
    ["an argument after its flag", container({ args: ["--password", LITERAL] }), told(DEPLOYMENT, `${AT}.args.1`)],
    [
      "a command",
      container({ command: ["sh", "-c", `PGPASSWORD=${LITERAL} psql`] }),
      told(DEPLOYMENT, `${AT}.command.2`, within("PGPASSWORD")),
    ],
    ["a ConfigMap", configMap({ password: LITERAL }), told(CONFIG, "data.password")],
    [
      "a file in a ConfigMap",
      configMap({ "application.properties": `a=b\nspring.datasource.password=${LITERAL}\n` }),
      told(CONFIG, "data.application.properties", within("spring.datasource.password")),
    ],
    [
      "JSON in a ConfigMap",
      configMap({ "config.json": JSON.stringify({ db: { password: LITERAL } }) }),
      told(CONFIG, "data.config.json", within("password")),
    ],
    ["a ConfigMap's bytes", configMap({}, { binaryData: { password: base64(LITERAL) } }), told(CONFIG, "binaryData.password")],
    [
      "an annotation",
      configMap({}, { metadata: { annotations: { "db-password": LITERAL } } }),
      told(CONFIG, "metadata.annotations.db-password"),
    ],
    [
      "a label",
      configMap({}, { metadata: { labels: { token: TOKEN } } }),
      told(CONFIG, "metadata.labels.token", "rule github", "GITHUB_TOKEN"),
    ],
    [
      "an address",
      container({ env: [{ name: "DATABASE", value: `postgresql://platform:${LITERAL}@db/platform` }] }),
      told(DEPLOYMENT, `${AT}.env.0.DATABASE`, "address with a password"),
    ],
    [
      "a chart's values",
      resource("kubernetes:helm.sh/v3:Release", { values: { auth: { adminPassword: LITERAL } } }),
      told("Release it", "values.auth.adminPassword"),
    ],
    [
      "an ExternalSecret's template",
      object("external-secrets.io/v1:ExternalSecret", "mine", { spec: { target: { template: { data: { password: LITERAL } } } } }),
      told("ExternalSecret ameide-prod/mine", "spec.target.template.data.password"),
    ],
    [
      "a Secret of nobody's",
      object("core/v1:Secret", "mine", { data: { password: base64(LITERAL) } }),
      told("Secret ameide-prod/mine", "data.password"),
    ],
    [
      "a Secret of nobody's, as text",
      object("core/v1:Secret", "mine", { stringData: { password: LITERAL } }),
      told("Secret ameide-prod/mine", "stringData.password"),
    ],
    [
      "an annotation of a Secret of our own",
      object(
        "core/v1:Secret",
        "mine",
        { metadata: { annotations: { password: LITERAL } } },
        { parents: ["cnpg-credentials:index:RoleLogin"] },
      ),
      told("Secret ameide-prod/mine", "metadata.annotations.password"),
    ],
    ["a provider", resource("pulumi:providers:vault", { token: "hvs.CAESIJ1nGq8xW3mV5kPzT7yLbD2s" }), told("vault it", "token")],
    [
      "Vault, beside what sets it up",
      resource("vault:kv/secretV2:SecretV2", { dataJson: JSON.stringify({ password: LITERAL }) }),
      told("SecretV2 it", "dataJson", within("password")),
    ],
    ["a component", resource("somebody:index:Else", { password: LITERAL }), told("Else it", "password")],
    ["a Stash of nobody's", resource("pulumi:index:Stash", { input: { password: LITERAL } }), told("Stash it", "input.password")],
  ];
  for (const [what, one, expected] of breaks)
    it(`finds one in ${what}, and does not repeat it`, () => {
      finds([one], [expected]);
      const found = judge(rule, [one]);
      for (const text of [LITERAL, TOKEN, base64(LITERAL)]) assert.ok(!found.join().includes(text));
    });
});
