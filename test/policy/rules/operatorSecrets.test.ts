import * as assert from "node:assert/strict";
import { operatorSecrets as rule } from "../../../policy/rules/operatorSecrets";
import { finding, judge, object, type Told } from "../../support/policy";

const SUPERUSER = "postgres-superuser";
const pod = (spec: object) => ({ containers: [{ name: "main" }], ...spec });
const deployment = (spec: object) => object("apps/v1:Deployment", "mine", { spec: { template: { spec: pod(spec) } } });
const CLUSTER = object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec: { superuserSecret: { name: "root-login" } } });
const env = (name: string) => [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name, key: "password" } } }];
const told = (subject: string, where: string, secret = SUPERUSER): Told => [`${subject}, ${where}`, `reads ${secret},`];

describe("policy/rules/operatorSecrets", () => {
  const finds = finding(rule);
  it("has nothing against workloads with a service's own, or against the operator", () => {
    const mine = [{ name: "main", env: env("platform-db-credentials"), envFrom: [{ secretRef: { name: "platform-db-credentials" } }] }];
    assert.deepEqual(judge(rule, [CLUSTER, deployment({ containers: mine })]), []);
  });

  const at = "spec.template.spec";
  const breaks: [what: string, spec: object, where: string][] = [
    ["a variable", { containers: [{ name: "main", env: env(SUPERUSER) }] }, `${at}.containers.main.env.PASSWORD`],
    ["all variables", { containers: [{ name: "main", envFrom: [{ secretRef: { name: SUPERUSER } }] }] }, `${at}.containers.main.envFrom`],
    ["an init container", { initContainers: [{ name: "first", env: env(SUPERUSER) }] }, `${at}.initContainers.first.env.PASSWORD`],
    ["a volume", { volumes: [{ name: "login", secret: { secretName: SUPERUSER } }] }, `${at}.volumes.login`],
    [
      "a part of a volume",
      { volumes: [{ name: "all", projected: { sources: [{ configMap: { name: "a" } }, { secret: { name: SUPERUSER } }] } }] },
      `${at}.volumes.all`,
    ],
  ];
  for (const [what, spec, where] of breaks)
    it(`finds it in ${what}`, () => finds([deployment(spec)], [told("Deployment ameide-prod/mine", where)]));

  it("finds it in every kind of workload", () => {
    const spec = pod({ volumes: [{ name: "login", secret: { secretName: SUPERUSER } }] });
    const kinds: [type: string, rest: object, where: string][] = [
      ["core/v1:Pod", { spec }, "spec"],
      ["core/v1:PodTemplate", { template: { spec } }, "template.spec"],
      ...["apps/v1:StatefulSet", "apps/v1:DaemonSet", "apps/v1:ReplicaSet", "batch/v1:Job", "argoproj.io/v1alpha1:Rollout"].map(
        (type): [string, object, string] => [type, { spec: { template: { spec } } }, "spec.template.spec"],
      ),
      ["batch/v1:CronJob", { spec: { jobTemplate: { spec: { template: { spec } } } } }, "spec.jobTemplate.spec.template.spec"],
    ];
    for (const [type, rest, where] of kinds)
      finds([object(type, "mine", rest)], [told(`${type.split(":")[1]} ameide-prod/mine`, `${where}.volumes.login`)]);
  });

  it("finds the one that a Cluster names", () =>
    finds(
      [CLUSTER, deployment({ containers: [{ name: "main", env: env("root-login") }] })],
      [told("Deployment ameide-prod/mine", `${at}.containers.main.env.PASSWORD`, "root-login")],
    ));
  it("finds it where it may be missing, too", () => {
    const optional = [{ name: "main", envFrom: [{ secretRef: { name: SUPERUSER, optional: true } }] }];
    finds([deployment({ containers: optional })], [told("Deployment ameide-prod/mine", `${at}.containers.main.envFrom`)]);
  });

  const mounting = (secretName: string) =>
    deployment({ volumes: [{ name: "files", secret: { secretName, items: [{ key: "ca.crt", path: "ca.crt" }] } }] });
  for (const [name, power] of [
    ["postgres-ca", "sign itself in"],
    ["postgres-server-ca", "be Postgres to every client"],
    ["postgres-server", "be Postgres to every client"],
    ["postgres-replication", "copy every database"],
    ["postgres-pooler", "what every password is checked by"],
  ] as const)
    it(`finds ${name}, if only its certificate is mounted`, () =>
      finds(
        [CLUSTER, mounting(name)],
        [[`Deployment ameide-prod/mine, ${at}.volumes.files`, `reads ${name},`, power, "ConfigMap postgres-authorities"]],
      ));

  it("finds the Secrets that a Cluster names itself", () => {
    const certificates = {
      clientCASecret: "client-ca",
      replicationTLSSecret: "replica",
      serverCASecret: "their-ca",
      serverTLSSecret: "their",
    };
    const own = object("postgresql.cnpg.io/v1:Cluster", "postgres", { spec: { certificates } });
    for (const [name, power] of [
      ["client-ca", "sign itself in"],
      ["replica", "copy every database"],
      ["their-ca", "be Postgres to every client"],
      ["their", "be Postgres to every client"],
    ] as const)
      finds([own, mounting(name)], [[`Deployment ameide-prod/mine, ${at}.volumes.files`, `reads ${name},`, power]]);
  });

  it("finds a Secret of somebody else's Cluster, which objects of the stack name", () => {
    const database = object("postgresql.cnpg.io/v1:Database", "shop", { spec: { cluster: { name: "theirs" }, name: "shop" } });
    finds([database, mounting("theirs-ca")], [[`Deployment ameide-prod/mine, ${at}.volumes.files`, "reads theirs-ca,", "sign itself in"]]);
  });

  it("finds it in a patch of somebody's workload", () => {
    const patch = (spec: object) => object("apps/v1:DeploymentPatch", "mine", { spec: { template: { spec } } });
    const volumes = [{ name: "files", secret: { secretName: "postgres-ca" } }];
    finds([CLUSTER, patch({ volumes })], [[`Deployment ameide-prod/mine, ${at}.volumes.files`, "reads postgres-ca,"]]);
    finds(
      [CLUSTER, patch({ containers: [{ name: "main", env: env(SUPERUSER) }] })],
      [told("Deployment ameide-prod/mine", `${at}.containers.main.env.PASSWORD`)],
    );
  });

  it("finds it copied out of the cluster", () => {
    const selector = { secret: { name: "postgres-ca" } };
    finds(
      [CLUSTER, object("external-secrets.io/v1alpha1:PushSecret", "out", { spec: { selector } })],
      [["PushSecret ameide-prod/out, spec.selector.secret", "reads postgres-ca,"]],
    );
  });

  it("has nothing against names that only look so, another Cluster's among them", () => {
    for (const name of ["mine-ca", "postgres-app", "postgres-ca-bundle", "other-server", "postgres-authorities"])
      assert.deepEqual(judge(rule, [CLUSTER, mounting(name)]), [], name);
  });
});
