import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { names as rule } from "../../../policy/rules/names";
import { judge, object } from "../../support/policy";

const [SERVICE, BUNDLE] = ["cnpg-credentials/service", "cnpg-credentials/bundle"];
const labelled = (type: string, name: string, labels: object, annotations: object = {}) =>
  object(type, name, { metadata: { labels, annotations } });
const secret = (name: string, service?: string) => labelled("core/v1:Secret", name, service === undefined ? {} : { [SERVICE]: service });
const external = (name: string, labels: object) => labelled("external-secrets.io/v1:ExternalSecret", name, labels);

describe("policy/rules/names", () => {
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

  const MADE_UP = "has a name that Pulumi made up: applications find it under no name that they could know; set `metadata.name`";
  const autonamed = { "pulumi.com/autonamed": "true" };
  const own = "Secret ameide-prod/platform-credentials";
  const ES = "ExternalSecret ameide-prod/mine";
  const breaks: [what: string, resource: Resource, said: string][] = [
    ["a Secret that was not named", labelled("core/v1:Secret", "a-1b2c3d", {}, autonamed), `Secret ameide-prod/a-1b2c3d: ${MADE_UP}`],
    [
      "an ExternalSecret that was not named",
      labelled("external-secrets.io/v1:ExternalSecret", "a-1b2c3d", {}, autonamed),
      `ExternalSecret ameide-prod/a-1b2c3d: ${MADE_UP}`,
    ],
    [
      "a service's Secret of another name",
      secret("platform-credentials", "platform"),
      `${own}: is labelled as platform's, whose Secrets are platform-db-credentials, platform-db-role, platform-db-role-a, platform-db-role-b; give it the name of the record, or the record its name (\`secret\`)`,
    ],
    [
      "a Secret of a service that there is not",
      secret("platform-credentials", "nobody"),
      `${own}: is labelled as that of the service nobody, which is not in the catalogue; correct the label, or add a record to catalog/`,
    ],
    [
      "an ExternalSecret of nobody's",
      external("mine", {}),
      `${ES}: has neither the label ${SERVICE} nor ${BUNDLE}: it is nobody's; put it into the \`externalSecrets\` of a record of catalog/`,
    ],
    [
      "a service's ExternalSecret that its record does not have",
      external("mine", { [SERVICE]: "inference" }),
      `${ES}: is labelled as inference's, whose record has inference-api-credentials; put it into the \`externalSecrets\` of its owner's record`,
    ],
    [
      "an ExternalSecret of a service that has none",
      external("mine", { [SERVICE]: "platform" }),
      `${ES}: is labelled as platform's, whose record has no ExternalSecrets; put it into the \`externalSecrets\` of its owner's record`,
    ],
    [
      "a bundle's ExternalSecret that its record does not have",
      external("mine", { [BUNDLE]: "neo4j" }),
      `${ES}: is labelled as neo4j's, whose record has neo4j-auth; put it into the \`externalSecrets\` of its owner's record`,
    ],
    [
      "an ExternalSecret of a bundle that there is not",
      external("mine", { [BUNDLE]: "platform" }),
      `${ES}: is labelled as that of the bundle platform, which is not in the catalogue; correct the label, or add a record to catalog/`,
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what}`, () => assert.deepEqual(judge(rule, [one]), [expected]));
});
