import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { noVaultDatabaseRole as rule } from "../../../policy/rules/noVaultDatabaseRole";
import { finding, judge, object, resource, type Told } from "../../support/policy";

const CLUSTER = object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec: { managed: { roles: [{ name: "inline" }] } } });
const database = (type: string, properties: object) => resource(`vault:database/${type}`, properties, { name: "mine" });
const operator = (kind: string, spec: object) => object(`redhatcop.redhat.io/v1alpha1:${kind}`, "mine", { spec });
const told = (subject: string, role: string): Told => [subject, `names the role ${role},`, "CloudNativePG's"];

describe("policy/rules/noVaultDatabaseRole", () => {
  const finds = finding(rule);
  it("has nothing against logins of other databases, or against names that only contain a role's", () => {
    const compliant = [
      CLUSTER,
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "reporting" }),
      database("secretBackendRole:SecretBackendRole", {
        creationStatements: ["CREATE ROLE \"{{name}}\" IN ROLE platform_reader PASSWORD '{{password}}'"],
        name: "platform",
      }),
      database("secretBackendRole:SecretBackendRole", { creationStatements: ['GRANT SELECT ON graph.nodes TO "{{name}}"'] }),
      database("secretBackendConnection:SecretBackendConnection", {
        postgresql: { connectionUrl: "postgresql://{{username}}@platform/graph" },
      }),
      resource("vault:generic/endpoint:Endpoint", { path: "identity/entity", dataJson: '{"name":"platform"}' }),
      resource("random:index/randomId:RandomId", { username: "platform" }),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  const breaks: [what: string, resource: Resource, told: Told][] = [
    [
      "a static role",
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "platform" }),
      told("SecretBackendStaticRole mine", "platform"),
    ],
    [
      "a static role on an alternating login",
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "platform_a" }),
      told("SecretBackendStaticRole mine", "platform_a"),
    ],
    [
      "a static role on a role that no record has",
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "inline" }),
      told("SecretBackendStaticRole mine", "inline"),
    ],
    [
      "a dynamic role that is a member of one",
      database("secretBackendRole:SecretBackendRole", { creationStatements: ['CREATE ROLE "{{name}}" IN ROLE "platform"'] }),
      told("SecretBackendRole mine", "platform"),
    ],
    [
      "a dynamic role whose end changes one",
      database("secretBackendRole:SecretBackendRole", { revocationStatements: ["ALTER ROLE platform NOLOGIN;"] }),
      told("SecretBackendRole mine", "platform"),
    ],
    [
      "a dynamic role that is given one among others",
      database("secretBackendRole:SecretBackendRole", { creationStatements: 'CREATE ROLE "{{name}}" IN ROLE readers, platform' }),
      told("SecretBackendRole mine", "platform"),
    ],
    [
      "a connection that logs in as one",
      database("secretBackendConnection:SecretBackendConnection", { postgresql: { username: "platform" } }),
      told("SecretBackendConnection mine", "platform"),
    ],
    [
      "a connection with one in its address",
      database("secretBackendConnection:SecretBackendConnection", {
        postgresql: { connectionUrl: "postgresql://platform:{{password}}@db/x" },
      }),
      told("SecretBackendConnection mine", "platform"),
    ],
    [
      "an engine with such a connection",
      database("secretsMount:SecretsMount", { postgresqls: [{ name: "a" }, { name: "b", username: "platform" }] }),
      told("SecretsMount mine", "platform"),
    ],
    [
      "a path of Vault's that is written as it is",
      resource(
        "vault:generic/endpoint:Endpoint",
        { path: "database/static-roles/a", dataJson: '{"username":"platform"}' },
        { name: "mine" },
      ),
      told("Endpoint mine", "platform"),
    ],
    [
      "a static role through an operator",
      operator("DatabaseSecretEngineStaticRole", { username: "platform" }),
      told("DatabaseSecretEngineStaticRole ameide-prod/mine", "platform"),
    ],
    [
      "a dynamic role through an operator",
      operator("DatabaseSecretEngineRole", { creationStatements: ["GRANT platform TO {{name}}"] }),
      told("DatabaseSecretEngineRole ameide-prod/mine", "platform"),
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what}`, () => finds([CLUSTER, one], [expected]));
});
