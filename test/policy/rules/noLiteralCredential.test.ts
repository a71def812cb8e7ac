import * as assert from "node:assert/strict";
import { noLiteralCredential as rule } from "../../../policy/rules/noLiteralCredential";
import type { Resource } from "../../../policy/resource";
import { judge, object, ownSecret, resource, UNKNOWN } from "../../support/policy";

const LITERAL = "correct-horse-battery-staple-42";
const TOKEN = `ghp_${"wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"}`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const configMap = (data: object, rest: object = {}) => object("core/v1:ConfigMap", "mine", { data, ...rest });
const container = (one: object) =>
  object("apps/v1:Deployment", "mine", { spec: { template: { spec: { containers: [{ name: "main", ...one }] } } } });
const AT = "spec.template.spec.containers.0";
const REMEDY =
  "it is in the repository, in previews or in the object, for all who may read that; take it for known, and replace it; have it read from a Secret (`secretKeyRef`, a volume), which a record of catalog/ makes or fetches";
const NAMED = "it is a literal, and named like a credential (name)";
const within = (name: string) => `it is in \`${name}\`, a literal, and named like a credential (name)`;
const said = (subject: string, where: string, what = NAMED) => `${subject}, ${where}: ${what}: ${REMEDY}`;
const DEPLOYMENT = "Deployment ameide-prod/mine";
const CONFIG = "ConfigMap ameide-prod/mine";

describe("policy/rules/noLiteralCredential", () => {
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

  const breaks: [what: string, resource: Resource, said: string][] = [
    ["a variable", container({ env: [{ name: "DB_PASSWORD", value: LITERAL }] }), said(DEPLOYMENT, `${AT}.env.0.DB_PASSWORD`)],
    ["an argument", container({ args: ["serve", `--password=${LITERAL}`] }), said(DEPLOYMENT, `${AT}.args.1`)],
    ["an argument after its flag", container({ args: ["--password", LITERAL] }), said(DEPLOYMENT, `${AT}.args.1`)],
    [
      "a command",
      container({ command: ["sh", "-c", `PGPASSWORD=${LITERAL} psql`] }),
      said(DEPLOYMENT, `${AT}.command.2`, within("PGPASSWORD")),
    ],
    ["a ConfigMap", configMap({ password: LITERAL }), said(CONFIG, "data.password")],
    [
      "a file in a ConfigMap",
      configMap({ "application.properties": `a=b\nspring.datasource.password=${LITERAL}\n` }),
      said(CONFIG, "data.application.properties", within("spring.datasource.password")),
    ],
    [
      "JSON in a ConfigMap",
      configMap({ "config.json": JSON.stringify({ db: { password: LITERAL } }) }),
      said(CONFIG, "data.config.json", within("password")),
    ],
    ["a ConfigMap's bytes", configMap({}, { binaryData: { password: base64(LITERAL) } }), said(CONFIG, "binaryData.password")],
    [
      "an annotation",
      configMap({}, { metadata: { annotations: { "db-password": LITERAL } } }),
      said(CONFIG, "metadata.annotations.db-password"),
    ],
    [
      "a label",
      configMap({}, { metadata: { labels: { token: TOKEN } } }),
      said(CONFIG, "metadata.labels.token", "it is what secretlint's rule github knows as a credential (GITHUB_TOKEN) (pattern-github)"),
    ],
    [
      "an address",
      container({ env: [{ name: "DATABASE", value: `postgresql://platform:${LITERAL}@db/platform` }] }),
      said(DEPLOYMENT, `${AT}.env.0.DATABASE`, "it is an address with a password in it (address)"),
    ],
    [
      "a chart's values",
      resource("kubernetes:helm.sh/v3:Release", { values: { auth: { adminPassword: LITERAL } } }),
      said("Release it", "values.auth.adminPassword"),
    ],
    [
      "an ExternalSecret's template",
      object("external-secrets.io/v1:ExternalSecret", "mine", { spec: { target: { template: { data: { password: LITERAL } } } } }),
      said("ExternalSecret ameide-prod/mine", "spec.target.template.data.password"),
    ],
    [
      "a Secret of nobody's",
      object("core/v1:Secret", "mine", { data: { password: base64(LITERAL) } }),
      said("Secret ameide-prod/mine", "data.password"),
    ],
    [
      "a Secret of nobody's, as text",
      object("core/v1:Secret", "mine", { stringData: { password: LITERAL } }),
      said("Secret ameide-prod/mine", "stringData.password"),
    ],
    [
      "an annotation of a Secret of our own",
      object(
        "core/v1:Secret",
        "mine",
        { metadata: { annotations: { password: LITERAL } } },
        { parents: ["cnpg-credentials:index:RoleLogin"] },
      ),
      said("Secret ameide-prod/mine", "metadata.annotations.password"),
    ],
    ["a provider", resource("pulumi:providers:vault", { token: "hvs.CAESIJ1nGq8xW3mV5kPzT7yLbD2s" }), said("vault it", "token")],
    [
      "Vault, beside what sets it up",
      resource("vault:kv/secretV2:SecretV2", { dataJson: JSON.stringify({ password: LITERAL }) }),
      said("SecretV2 it", "dataJson", within("password")),
    ],
    ["a component", resource("somebody:index:Else", { password: LITERAL }), said("Else it", "password")],
    ["a Stash of nobody's", resource("pulumi:index:Stash", { input: { password: LITERAL } }), said("Stash it", "input.password")],
  ];
  for (const [what, one, expected] of breaks)
    it(`finds one in ${what}, and does not repeat it`, () => {
      const found = judge(rule, [one]);
      assert.deepEqual(found, [expected]);
      for (const text of [LITERAL, TOKEN, base64(LITERAL)]) assert.ok(!found.join().includes(text));
    });
});
