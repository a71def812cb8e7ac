import * as assert from "node:assert/strict";
import { devBootstrap as rule } from "../../../policy/rules/devBootstrap";
import type { Resource } from "../../../policy/resource";
import { finding, judge, object, resource, UNKNOWN, type Options, type Told } from "../../support/policy";

const COMPONENT = "cnpg-credentials:index:VaultBootstrap";
const KEYS = "vault-auto-credentials";
const bootstrap = (options: Options = {}) => [
  resource(COMPONENT, {}, options),
  object("batch/v1:CronJob", "foundation-vault-bootstrap", {}, { parents: [COMPONENT], namespace: "vault", ...options }),
];
const told = (subject: string, what: string, stack = "prod"): Told => [subject, what, `${stack} is not a dev stack`];
const PART = "is part of";

describe("policy/rules/devBootstrap", () => {
  const finds = finding(rule);
  it("has nothing against it in dev, in what the settings call dev, or against other objects elsewhere", () => {
    assert.deepEqual(judge(rule, bootstrap({ stack: "dev" })), []);
    assert.deepEqual(judge(rule, bootstrap({ stack: "sandbox" }), { devStacks: ["dev", "sandbox"] }), []);
    const others = [
      object("apps/v1:StatefulSet", "vault", { spec: UNKNOWN }),
      object("batch/v1:CronJob", "foundation-backup", { spec: { a: [KEYS.slice(1)] } }),
    ];
    assert.deepEqual(judge(rule, others), []);
  });

  const breaks: [what: string, resource: Resource, told: Told][] = [
    ["the component", resource(COMPONENT, {}), told("VaultBootstrap it", PART)],
    ["a part of it", object("core/v1:ConfigMap", "files", {}, { parents: [COMPONENT] }), told("ConfigMap ameide-prod/files", PART)],
    [
      "its CronJob without it",
      object("batch/v1:CronJob", "foundation-vault-bootstrap"),
      told("CronJob ameide-prod/foundation-vault-bootstrap", "has the name of"),
    ],
    [
      "its Job without it",
      object("batch/v1:Job", "foundation-vault-bootstrap-0a1b2c3d"),
      told("Job ameide-prod/foundation-vault-bootstrap-0a1b2c3d", "has the name of"),
    ],
    ["the Secret with the keys", object("core/v1:Secret", KEYS), told(`Secret ameide-prod/${KEYS}`, `names the Secret ${KEYS}`)],
    [
      "the right to read them",
      object("rbac.authorization.k8s.io/v1:Role", "mine", { rules: [{ resources: ["secrets"], resourceNames: [KEYS], verbs: ["get"] }] }),
      told("Role ameide-prod/mine", `names the Secret ${KEYS}`),
    ],
    [
      "a workload that reads them",
      object("apps/v1:Deployment", "mine", {
        spec: { template: { spec: { containers: [], volumes: [{ name: "keys", secret: { secretName: KEYS } }] } } },
      }),
      told("Deployment ameide-prod/mine", `names the Secret ${KEYS}`),
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what} elsewhere`, () => finds([one], [expected]));

  it("finds it in a stack that only calls itself dev", () =>
    finds([resource(COMPONENT, {}, { stack: "dev-2" })], [told("VaultBootstrap it", PART, "dev-2")], { devStacks: ["dev"] }));
});
