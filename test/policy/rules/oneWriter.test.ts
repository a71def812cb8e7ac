import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { oneWriter as rule } from "../../../policy/rules/oneWriter";
import { finding, judge, object, ownSecret, type Told } from "../../support/policy";

const CLUSTER = object("postgresql.cnpg.io/v1:Cluster", "postgres", {
  spec: {
    bootstrap: { initdb: { secret: { name: "initdb-login" } } },
    superuserSecret: { name: "root-login" },
    managed: { roles: [{ name: "inline", passwordSecret: { name: "inline-login" } }] },
  },
});
const RESTORED = object("postgresql.cnpg.io/v1:Cluster", "restored", {
  spec: {
    bootstrap: { recovery: { source: "origin", secret: { name: "recovery-login" } } },
    externalClusters: [{ name: "origin", password: { name: "origin-login", key: "password" } }],
  },
});
const COPIED = object("postgresql.cnpg.io/v1:Cluster", "copied", {
  spec: { bootstrap: { pg_basebackup: { source: "origin", secret: { name: "copy-login" } } } },
});
const POOLER = object("postgresql.cnpg.io/v1:Pooler", "rw", { spec: { pgbouncer: { authQuerySecret: { name: "pooler-login" } } } });
const ROLE = object("postgresql.cnpg.io/v1:DatabaseRole", "other", { spec: { name: "other", passwordSecret: { name: "other-login" } } });
const external = (name: string, target?: object, type = "v1:ExternalSecret", namespace = "ameide-prod") =>
  object(`external-secrets.io/${type}`, name, { spec: { ...(target === undefined ? {} : { target }) } }, { namespace });
const everywhere = (spec: object) => object("external-secrets.io/v1:ClusterExternalSecret", "all", { spec }, {});
const told = (subject: string, secret: string, whose: string): Told => [subject, `the Secret ameide-prod/${secret},`, `is ${whose}:`];

describe("policy/rules/oneWriter", () => {
  const finds = finding(rule);
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
  const breaks: [what: string, writer: Resource, told: Told][] = [
    ["what an application reads", external("mine", { name: "platform-db-credentials" }), told(own, "platform-db-credentials", platform)],
    ["what CloudNativePG reads", external("mine", { name: "platform-db-role" }), told(own, "platform-db-role", platform)],
    ["that of an alternating login", external("mine", { name: "platform-db-role-b" }), told(own, "platform-db-role-b", platform)],
    [
      "one of a service that is off",
      external("mine", { name: "keycloak-db-credentials" }),
      told(own, "keycloak-db-credentials", "keycloak's"),
    ],
    [
      "one under its own name",
      external("platform-db-credentials"),
      told("ExternalSecret ameide-prod/platform-db-credentials", "platform-db-credentials", platform),
    ],
    ["the operator's", external("mine", { name: "postgres-superuser" }), told(own, "postgres-superuser", ofCluster)],
    ["that of initdb", external("mine", { name: "initdb-login" }), told(own, "initdb-login", ofCluster)],
    ["the superuser's own choice", external("mine", { name: "root-login" }), told(own, "root-login", ofCluster)],
    [
      "that of a restored Cluster's owner",
      external("mine", { name: "recovery-login" }),
      told(own, "recovery-login", "that of the Cluster restored"),
    ],
    ["that of a copied Cluster's owner", external("mine", { name: "copy-login" }), told(own, "copy-login", "that of the Cluster copied")],
    [
      "that of another Cluster",
      external("mine", { name: "origin-login" }),
      told(own, "origin-login", "the login of the Cluster restored at another one"),
    ],
    ["that of a Pooler", external("mine", { name: "pooler-login" }), told(own, "pooler-login", "that of the Pooler rw")],
    ["that of an inline role", external("mine", { name: "inline-login" }), told(own, "inline-login", "that of the role inline")],
    ["that of a DatabaseRole", external("mine", { name: "other-login" }), told(own, "other-login", "that of the role other")],
    ["one of our component's", external("mine", { name: "made-here" }), told(own, "made-here", "a database's credential")],
    [
      "one with an older version",
      external("mine", { name: "platform-db-role" }, "v1beta1:ExternalSecret"),
      told(own, "platform-db-role", platform),
    ],
    [
      "one in every namespace",
      everywhere({ externalSecretSpec: { target: { name: "platform-db-role" } } }),
      told("ClusterExternalSecret ameide-prod/all", "platform-db-role", platform),
    ],
    [
      "one in every namespace, under a name of its own",
      everywhere({ externalSecretName: "platform-db-role", externalSecretSpec: {} }),
      told("ClusterExternalSecret ameide-prod/all", "platform-db-role", platform),
    ],
    [
      "one through Vault's own operator",
      object("secrets.hashicorp.com/v1beta1:VaultStaticSecret", "mine", { spec: { destination: { name: "platform-db-role" } } }),
      told("VaultStaticSecret ameide-prod/mine", "platform-db-role", platform),
    ],
  ];
  for (const [what, writer, expected] of breaks)
    it(`finds a writer of ${what}`, () => finds([CLUSTER, RESTORED, COPIED, POOLER, ROLE, ownSecret("made-here"), writer], [expected]));
});
