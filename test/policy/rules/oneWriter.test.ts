import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { oneWriter as rule } from "../../../policy/rules/oneWriter";
import { judge, object, ownSecret } from "../../support/policy";

const CLUSTER = object("postgresql.cnpg.io/v1:Cluster", "postgres", {
  spec: {
    bootstrap: { initdb: { secret: { name: "initdb-login" } } },
    superuserSecret: { name: "root-login" },
    managed: { roles: [{ name: "inline", passwordSecret: { name: "inline-login" } }] },
  },
});
const ROLE = object("postgresql.cnpg.io/v1:DatabaseRole", "other", { spec: { name: "other", passwordSecret: { name: "other-login" } } });
const external = (name: string, target?: object, type = "v1:ExternalSecret", namespace = "ameide-prod") =>
  object(`external-secrets.io/${type}`, name, { spec: { ...(target === undefined ? {} : { target }) } }, { namespace });
const everywhere = (spec: object) => object("external-secrets.io/v1:ClusterExternalSecret", "all", { spec }, {});
const said = (subject: string, secret: string, whose: string) =>
  `${subject}: writes into the Secret ameide-prod/${secret}, which is ${whose}: what it fetches would be neither in the state nor in Postgres; remove it, or give it a target of another name; a copy for Vault goes the other way (\`vault.mirror\`)`;

describe("policy/rules/oneWriter", () => {
  it("has nothing against Secrets of other names, in other namespaces, or against copies that go the other way", () => {
    const compliant = [
      CLUSTER,
      ROLE,
      external("inference-api-credentials", { name: "inference-api-credentials" }),
      external("platform-db-credentials", { name: "platform-db-credentials" }, "v1:ExternalSecret", "elsewhere"),
      object("external-secrets.io/v1alpha1:PushSecret", "platform-db-credentials", {
        spec: { selector: { secret: { name: "platform-db-credentials" } } },
      }),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  const own = "ExternalSecret ameide-prod/mine";
  const platform = "platform's";
  const ofCluster = "that of the Cluster postgres";
  const breaks: [what: string, writer: Resource, said: string][] = [
    ["what an application reads", external("mine", { name: "platform-db-credentials" }), said(own, "platform-db-credentials", platform)],
    ["what CloudNativePG reads", external("mine", { name: "platform-db-role" }), said(own, "platform-db-role", platform)],
    ["that of an alternating login", external("mine", { name: "platform-db-role-b" }), said(own, "platform-db-role-b", platform)],
    [
      "one of a service that is off",
      external("mine", { name: "keycloak-db-credentials" }),
      said(own, "keycloak-db-credentials", "keycloak's"),
    ],
    [
      "one under its own name",
      external("platform-db-credentials"),
      said("ExternalSecret ameide-prod/platform-db-credentials", "platform-db-credentials", platform),
    ],
    ["the operator's", external("mine", { name: "postgres-superuser" }), said(own, "postgres-superuser", ofCluster)],
    ["that of initdb", external("mine", { name: "initdb-login" }), said(own, "initdb-login", ofCluster)],
    ["the superuser's own choice", external("mine", { name: "root-login" }), said(own, "root-login", ofCluster)],
    ["that of an inline role", external("mine", { name: "inline-login" }), said(own, "inline-login", "that of the role inline")],
    ["that of a DatabaseRole", external("mine", { name: "other-login" }), said(own, "other-login", "that of the role other")],
    ["one of our component's", external("mine", { name: "made-here" }), said(own, "made-here", "a database's credential")],
    [
      "one with an older version",
      external("mine", { name: "platform-db-role" }, "v1beta1:ExternalSecret"),
      said(own, "platform-db-role", platform),
    ],
    [
      "one in every namespace",
      everywhere({ externalSecretSpec: { target: { name: "platform-db-role" } } }),
      said("ExternalSecret ameide-prod/all", "platform-db-role", platform).replace("External", "ClusterExternal"),
    ],
    [
      "one in every namespace, under a name of its own",
      everywhere({ externalSecretName: "platform-db-role", externalSecretSpec: {} }),
      said("ClusterExternalSecret ameide-prod/all", "platform-db-role", platform),
    ],
    [
      "one through Vault's own operator",
      object("secrets.hashicorp.com/v1beta1:VaultStaticSecret", "mine", { spec: { destination: { name: "platform-db-role" } } }),
      said("VaultStaticSecret ameide-prod/mine", "platform-db-role", platform),
    ],
  ];
  for (const [what, writer, expected] of breaks)
    it(`finds a writer of ${what}`, () => assert.deepEqual(judge(rule, [CLUSTER, ROLE, ownSecret("made-here"), writer]), [expected]));
});
