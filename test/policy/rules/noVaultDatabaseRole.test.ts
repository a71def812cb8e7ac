import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { noVaultDatabaseRole as rule } from "../../../policy/rules/noVaultDatabaseRole";
import { judge, object, resource } from "../../support/policy";

const CLUSTER = object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec: { managed: { roles: [{ name: "inline" }] } } });
const database = (type: string, properties: object) => resource(`vault:database/${type}`, properties, { name: "mine" });
const operator = (kind: string, spec: object) => object(`redhatcop.redhat.io/v1alpha1:${kind}`, "mine", { spec });
const said = (subject: string, role: string) =>
  `${subject}: names the role ${role}, whose password is CloudNativePG's: Vault would change it, CloudNativePG change it back, and whoever has it from Vault be locked out; remove it; applications read the Secret of their service, and \`vault.mirror\` copies it into Vault where that is wanted`;

describe("policy/rules/noVaultDatabaseRole", () => {
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

  const breaks: [what: string, resource: Resource, said: string][] = [
    [
      "a static role",
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "platform" }),
      said("SecretBackendStaticRole mine", "platform"),
    ],
    [
      "a static role on an alternating login",
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "platform_a" }),
      said("SecretBackendStaticRole mine", "platform_a"),
    ],
    [
      "a static role on a role that no record has",
      database("secretBackendStaticRole:SecretBackendStaticRole", { username: "inline" }),
      said("SecretBackendStaticRole mine", "inline"),
    ],
    [
      "a dynamic role that is a member of one",
      database("secretBackendRole:SecretBackendRole", { creationStatements: ['CREATE ROLE "{{name}}" IN ROLE "platform"'] }),
      said("SecretBackendRole mine", "platform"),
    ],
    [
      "a dynamic role whose end changes one",
      database("secretBackendRole:SecretBackendRole", { revocationStatements: ["ALTER ROLE platform NOLOGIN;"] }),
      said("SecretBackendRole mine", "platform"),
    ],
    [
      "a dynamic role that is given one among others",
      database("secretBackendRole:SecretBackendRole", { creationStatements: 'CREATE ROLE "{{name}}" IN ROLE readers, platform' }),
      said("SecretBackendRole mine", "platform"),
    ],
    [
      "a connection that logs in as one",
      database("secretBackendConnection:SecretBackendConnection", { postgresql: { username: "platform" } }),
      said("SecretBackendConnection mine", "platform"),
    ],
    [
      "a connection with one in its address",
      database("secretBackendConnection:SecretBackendConnection", {
        postgresql: { connectionUrl: "postgresql://platform:{{password}}@db/x" },
      }),
      said("SecretBackendConnection mine", "platform"),
    ],
    [
      "an engine with such a connection",
      database("secretsMount:SecretsMount", { postgresqls: [{ name: "a" }, { name: "b", username: "platform" }] }),
      said("SecretsMount mine", "platform"),
    ],
    [
      "a path of Vault's that is written as it is",
      resource(
        "vault:generic/endpoint:Endpoint",
        { path: "database/static-roles/a", dataJson: '{"username":"platform"}' },
        { name: "mine" },
      ),
      said("Endpoint mine", "platform"),
    ],
    [
      "a static role through an operator",
      operator("DatabaseSecretEngineStaticRole", { username: "platform" }),
      said("DatabaseSecretEngineStaticRole ameide-prod/mine", "platform"),
    ],
    [
      "a dynamic role through an operator",
      operator("DatabaseSecretEngineRole", { creationStatements: ["GRANT platform TO {{name}}"] }),
      said("DatabaseSecretEngineRole ameide-prod/mine", "platform"),
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what}`, () => assert.deepEqual(judge(rule, [CLUSTER, one]), [expected]));
});
