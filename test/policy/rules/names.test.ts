import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { names as rule } from "../../../policy/rules/names";
import { finding, judge, object, type Told } from "../../support/policy";

const [SERVICE, BUNDLE] = ["cnpg-credentials/service", "cnpg-credentials/bundle"];
const labelled = (type: string, name: string, labels: object, annotations: object = {}) =>
  object(type, name, { metadata: { labels, annotations } });
const secret = (name: string, service?: string) => labelled("core/v1:Secret", name, service === undefined ? {} : { [SERVICE]: service });
const external = (name: string, labels: object) => labelled("external-secrets.io/v1:ExternalSecret", name, labels);

describe("policy/rules/names", () => {
  const finds = finding(rule);
  it("has nothing against names that the records give", () => {
    const compliant = [
      secret("platform-db-credentials", "platform"),
      secret("platform-db-role", "platform"),
      secret("platform-db-role-a", "platform"),
      secret("temporal-db-env", "temporal"),
      secret("vault-tls"),
      external("inference-api-credentials", { [SERVICE]: "inference" }),
      external("neo4j-auth", { [BUNDLE]: "neo4j" }),
      object("core/v1:ConfigMap", "anything"),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  const autonamed = { "pulumi.com/autonamed": "true" };
  const own = "Secret ameide-prod/platform-credentials";
  const ES = "ExternalSecret ameide-prod/mine";
  const breaks: [what: string, resource: Resource, told: Told][] = [
    [
      "a Secret that was not named",
      labelled("core/v1:Secret", "a-1b2c3d", {}, autonamed),
      ["Secret ameide-prod/a-1b2c3d", "Pulumi made up"],
    ],
    [
      "an ExternalSecret that was not named",
      labelled("external-secrets.io/v1:ExternalSecret", "a-1b2c3d", {}, autonamed),
      ["ExternalSecret ameide-prod/a-1b2c3d", "Pulumi made up"],
    ],
    [
      "a service's Secret of another name",
      secret("platform-credentials", "platform"),
      [own, "platform's", "platform-db-credentials, platform-db-role, platform-db-role-a, platform-db-role-b"],
    ],
    ["a Secret of a service that there is not", secret("platform-credentials", "nobody"), [own, "service nobody", "not in the catalogue"]],
    ["an ExternalSecret of nobody's", external("mine", {}), [ES, `neither the label ${SERVICE} nor ${BUNDLE}`]],
    [
      "a service's ExternalSecret that its record does not have",
      external("mine", { [SERVICE]: "inference" }),
      [ES, "inference's", "inference-api-credentials"],
    ],
    ["an ExternalSecret of a service that has none", external("mine", { [SERVICE]: "platform" }), [ES, "platform's", "no ExternalSecrets"]],
    ["a bundle's ExternalSecret that its record does not have", external("mine", { [BUNDLE]: "neo4j" }), [ES, "neo4j's", "neo4j-auth"]],
    [
      "an ExternalSecret of a bundle that there is not",
      external("mine", { [BUNDLE]: "platform" }),
      [ES, "bundle platform", "not in the catalogue"],
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what}`, () => finds([one], [expected]));
});
