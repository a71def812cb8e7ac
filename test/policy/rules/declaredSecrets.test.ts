import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { declaredSecrets as rule } from "../../../policy/rules/declaredSecrets";
import type { Properties } from "../../../policy/values";
import { finding, judge, object, ownSecret, UNKNOWN, type Told } from "../../support/policy";

const cluster = (spec: object = {}) => object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec });
const external = (spec: object) => object("external-secrets.io/v1:ExternalSecret", "keys", { spec });
const deployment = (spec: object, namespace = "ameide-prod") =>
  object("apps/v1:Deployment", "mine", { spec: { template: { spec: { containers: [{ name: "main" }], ...spec } } } }, { namespace });
const variable = (name: string, key: string, optional?: true) =>
  deployment({
    containers: [{ name: "main", env: [{ name: "A", valueFrom: { secretKeyRef: { name, key, ...(optional && { optional }) } } }] }],
  });
const volume = (one: object) => deployment({ volumes: [{ name: "files", ...one }] });
const role = (name: string, spec: object) => object("postgresql.cnpg.io/v1:DatabaseRole", name, { spec: { name, ...spec } });
const LOGIN: Properties = { username: "YQ==", password: "Yg==" };

const nowhere = (where: string, subject = "Deployment ameide-prod/mine"): Told => [
  `${subject}, ${where}`,
  "reads the Secret ameide-prod/nobodys",
  "nothing here makes",
];
const noKey = (where: string, key: string, secret: string, keys: string, subject = "Deployment ameide-prod/mine"): Told => [
  `${subject}, ${where}`,
  `the key ${key} of the Secret ameide-prod/${secret}`,
  `has ${keys};`,
];
const POD = "spec.template.spec";
const ENV = `${POD}.containers.main.env.A`;

describe("policy/rules/declaredSecrets", () => {
  const finds = finding(rule);
  it("has nothing against Secrets that are made here with the keys that are read, or whose keys are not known yet", () => {
    const compliant = [
      cluster({
        managed: {
          roles: [
            { name: "platform", passwordSecret: { name: "login" } },
            { name: "gone", ensure: "absent" },
          ],
        },
      }),
      role("other", { passwordSecret: { name: "login" } }),
      role("none", { disablePassword: true }),
      ownSecret("login", LOGIN),
      ownSecret("later", UNKNOWN),
      external({ target: { name: "fetched" }, data: [{ secretKey: "token" }] }),
      external({ target: { name: "whatever" }, dataFrom: [{ extract: { key: "a" } }] }),
      variable("login", "password"),
      variable("later", "anything"),
      variable("fetched", "token"),
      variable("whatever", "anything"),
      variable("nobodys", "a", true),
      volume({ secret: { secretName: "postgres-ca", items: [{ key: "ca.crt", path: "ca.crt" }] } }),
      volume({ secret: { secretName: "login" } }),
      volume({ secret: { secretName: "nobodys", optional: true } }),
      object("apps/v1:DeploymentPatch", "mine", {
        spec: { template: { spec: { containers: [{ name: "a", envFrom: [{ secretRef: { name: "b" } }] }] } } },
      }),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  it("takes what is listed as somebody else's, with the keys that it is listed with", () => {
    const settings = (keys?: string[]) => ({ external: [{ namespace: "ameide-prod", name: "nobodys", ...(keys && { keys }) }] });
    const reader = [variable("nobodys", "password")];
    assert.deepEqual(judge(rule, reader, settings()), []);
    assert.deepEqual(judge(rule, reader, settings(["password"])), []);
    finds(reader, [noKey(ENV, "password", "nobodys", "a, b")], settings(["a", "b"]));
    finds(reader, [nowhere(ENV)], { external: [{ namespace: "elsewhere", name: "nobodys" }] });
  });

  const unmade: [what: string, reader: Resource, where: string][] = [
    ["a variable", variable("nobodys", "a"), ENV],
    [
      "all variables",
      deployment({ containers: [{ name: "main", envFrom: [{ secretRef: { name: "nobodys" } }] }] }),
      `${POD}.containers.main.envFrom`,
    ],
    ["a volume", volume({ secret: { secretName: "nobodys" } }), `${POD}.volumes.files`],
    ["a part of a volume", volume({ projected: { sources: [{ secret: { name: "nobodys" } }] } }), `${POD}.volumes.files`],
    ["a driver", volume({ csi: { nodePublishSecretRef: { name: "nobodys" } } }), `${POD}.volumes.files`],
    ["a file share", volume({ azureFile: { secretName: "nobodys" } }), `${POD}.volumes.files`],
    ["a registry", deployment({ imagePullSecrets: [{ name: "nobodys" }] }), `${POD}.imagePullSecrets`],
    [
      "an init container",
      deployment({ initContainers: [{ name: "first", envFrom: [{ secretRef: { name: "nobodys" } }] }] }),
      `${POD}.initContainers.first.envFrom`,
    ],
  ];
  for (const [what, reader, where] of unmade) it(`finds a Secret that nobody makes, of ${what}`, () => finds([reader], [nowhere(where)]));

  it("finds one that is made in another namespace", () =>
    finds([ownSecret("nobodys", LOGIN, "RoleLogin", "elsewhere"), variable("nobodys", "password")], [nowhere(ENV)]));

  const CLUSTER = "Cluster ameide-prod/postgres";
  const roles: [what: string, reader: Resource, where: string, subject: string][] = [
    [
      "an inline role",
      cluster({ managed: { roles: [{ name: "platform", passwordSecret: { name: "nobodys" } }] } }),
      "spec.managed.roles.platform.passwordSecret",
      CLUSTER,
    ],
    [
      "a DatabaseRole",
      role("platform", { passwordSecret: { name: "nobodys" } }),
      "spec.passwordSecret",
      "DatabaseRole ameide-prod/platform",
    ],
    ["initdb", cluster({ bootstrap: { initdb: { secret: { name: "nobodys" } } } }), "spec.bootstrap.initdb.secret", CLUSTER],
    ["recovery", cluster({ bootstrap: { recovery: { secret: { name: "nobodys" } } } }), "spec.bootstrap.recovery.secret", CLUSTER],
    [
      "pg_basebackup",
      cluster({ bootstrap: { pg_basebackup: { secret: { name: "nobodys" } } } }),
      "spec.bootstrap.pg_basebackup.secret",
      CLUSTER,
    ],
    [
      "another Cluster's login",
      cluster({ externalClusters: [{ name: "origin", password: { name: "nobodys", key: "password" } }] }),
      "spec.externalClusters.origin.password",
      CLUSTER,
    ],
    [
      "a Pooler's own login",
      object("postgresql.cnpg.io/v1:Pooler", "rw", { spec: { pgbouncer: { authQuerySecret: { name: "nobodys" } } } }),
      "spec.pgbouncer.authQuerySecret",
      "Pooler ameide-prod/rw",
    ],
    ["the superuser", cluster({ superuserSecret: { name: "nobodys" } }), "spec.superuserSecret", CLUSTER],
    ["the instances' registry", cluster({ imagePullSecrets: [{ name: "nobodys" }] }), "spec.imagePullSecrets", CLUSTER],
  ];
  for (const [what, reader, where, subject] of roles)
    it(`finds a Secret that nobody makes, of ${what}`, () => finds([reader], [nowhere(where, subject)]));

  const keys: [what: string, resources: Resource[], told: Told][] = [
    ["a Secret", [ownSecret("login", LOGIN), variable("login", "uri")], noKey(ENV, "uri", "login", "password, username")],
    [
      "a Secret, as a file",
      [ownSecret("login", LOGIN), volume({ secret: { secretName: "login", items: [{ key: "uri", path: "uri" }] } })],
      noKey(`${POD}.volumes.files`, "uri", "login", "password, username"),
    ],
    ["an ExternalSecret", [external({ data: [{ secretKey: "token" }] }), variable("keys", "user")], noKey(ENV, "user", "keys", "token")],
    [
      "an ExternalSecret that makes others of what it fetches",
      [external({ data: [{ secretKey: "token" }], target: { template: { data: { url: "{{ .token }}" } } } }), variable("keys", "token")],
      noKey(ENV, "token", "keys", "url"),
    ],
    ["CloudNativePG's own", [cluster(), variable("postgres-ca", "tls.crt")], noKey(ENV, "tls.crt", "postgres-ca", "ca.crt, ca.key")],
    [
      "what a role's password is in",
      [ownSecret("login", { username: "YQ==" }), role("platform", { passwordSecret: { name: "login" } })],
      noKey("spec.passwordSecret", "password", "login", "username", "DatabaseRole ameide-prod/platform"),
    ],
  ];
  for (const [what, resources, expected] of keys) it(`finds a key that is missing in ${what}`, () => finds(resources, [expected]));

  it("finds the one key that is missing in what another Cluster's login is in", () => {
    const password = { name: "login", key: "uri" };
    const found = judge(rule, [ownSecret("login", LOGIN), cluster({ externalClusters: [{ name: "origin", password }] })]);
    assert.equal(found.length, 1);
    assert.match(found[0]!, /^Cluster ameide-prod\/postgres, spec\.externalClusters\.origin\.password: .*the key uri of .*\/login/);
  });

  it("takes what an ExternalSecret fetches where its template adds to it", () => {
    const template = { mergePolicy: "Merge", data: { url: "a" } };
    const merged = external({ data: [{ secretKey: "token" }], target: { template } });
    assert.deepEqual(judge(rule, [merged, variable("keys", "token"), variable("keys", "url")]), []);
    const from = external({ data: [], target: { template: { templateFrom: [{ configMap: { name: "a" } }] } } });
    assert.deepEqual(judge(rule, [from, variable("keys", "anything")]), []);
  });
});
