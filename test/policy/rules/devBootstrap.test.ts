import * as assert from "node:assert/strict";
import { devBootstrap as rule } from "../../../policy/rules/devBootstrap";
import type { Resource } from "../../../policy/resource";
import { judge, object, resource, UNKNOWN, type Options } from "../../support/policy";

const COMPONENT = "cnpg-credentials:index:VaultBootstrap";
const KEYS = "vault-auto-credentials";
const bootstrap = (options: Options = {}) => [
  resource(COMPONENT, {}, options),
  object("batch/v1:CronJob", "foundation-vault-bootstrap", {}, { parents: [COMPONENT], namespace: "vault", ...options }),
];
const said = (subject: string, what: string, stack = "prod") =>
  `${subject}: ${what}, and ${stack} is no stack of dev: whoever reads the cluster's Secrets could unseal Vault and do everything in it; set \`vault.configuration\` to \`by: pulumi\` and \`seal\` to a key outside the cluster; see docs/runbooks/vault-ceremony.md`;
const PART = "is part of dev's bootstrap of Vault";

describe("policy/rules/devBootstrap", () => {
  it("has nothing against it in dev, in what the settings call dev, or against other objects elsewhere", () => {
    assert.deepEqual(judge(rule, bootstrap({ stack: "dev" })), []);
    assert.deepEqual(judge(rule, bootstrap({ stack: "sandbox" }), { devStacks: ["dev", "sandbox"] }), []);
    const others = [
      object("apps/v1:StatefulSet", "vault", { spec: UNKNOWN }),
      object("batch/v1:CronJob", "foundation-backup", { spec: { a: [KEYS.slice(1)] } }),
    ];
    assert.deepEqual(judge(rule, others), []);
  });

  const breaks: [what: string, resource: Resource, said: string][] = [
    ["the component", resource(COMPONENT, {}), said("VaultBootstrap it", PART)],
    ["a part of it", object("core/v1:ConfigMap", "files", {}, { parents: [COMPONENT] }), said("ConfigMap ameide-prod/files", PART)],
    [
      "its CronJob without it",
      object("batch/v1:CronJob", "foundation-vault-bootstrap"),
      said("CronJob ameide-prod/foundation-vault-bootstrap", "has the name of dev's bootstrap of Vault"),
    ],
    [
      "its Job without it",
      object("batch/v1:Job", "foundation-vault-bootstrap-0a1b2c3d"),
      said("Job ameide-prod/foundation-vault-bootstrap-0a1b2c3d", "has the name of dev's bootstrap of Vault"),
    ],
    ["the Secret with the keys", object("core/v1:Secret", KEYS), said(`Secret ameide-prod/${KEYS}`, `names the Secret ${KEYS}`)],
    [
      "the right to read them",
      object("rbac.authorization.k8s.io/v1:Role", "mine", { rules: [{ resources: ["secrets"], resourceNames: [KEYS], verbs: ["get"] }] }),
      said("Role ameide-prod/mine", `names the Secret ${KEYS}`),
    ],
    [
      "a workload that reads them",
      object("apps/v1:Deployment", "mine", {
        spec: { template: { spec: { containers: [], volumes: [{ name: "keys", secret: { secretName: KEYS } }] } } },
      }),
      said("Deployment ameide-prod/mine", `names the Secret ${KEYS}`),
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what} elsewhere`, () => assert.deepEqual(judge(rule, [one]), [expected]));

  it("finds it in a stack that only calls itself dev", () =>
    assert.deepEqual(judge(rule, [resource(COMPONENT, {}, { stack: "dev-2" })], { devStacks: ["dev"] }), [
      said("VaultBootstrap it", PART, "dev-2"),
    ]));
});
