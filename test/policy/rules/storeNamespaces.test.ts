import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { storeNamespaces as rule } from "../../../policy/rules/storeNamespaces";
import { finding, judge, object, resource, UNKNOWN, type Told } from "../../support/policy";

const EXTERNAL = "external-secrets.io/v1";
const store = (name: string, conditions: unknown = [{ namespaces: ["ameide-prod"] }]) =>
  resource(`kubernetes:${EXTERNAL}:ClusterSecretStore`, { metadata: { name }, spec: conditions === undefined ? {} : { conditions } });
const ref = (name: string, kind = "ClusterSecretStore") => ({ name, kind });
const external = (spec: object, namespace = "ameide-prod") => object(`${EXTERNAL}:ExternalSecret`, "mine", { spec }, { namespace });
const push = (spec: object, namespace = "ameide-prod") =>
  object("external-secrets.io/v1alpha1:PushSecret", "mine", { spec }, { namespace });
const everywhere = (spec: object, type = "v1:ClusterExternalSecret") =>
  resource(`kubernetes:external-secrets.io/${type}`, { metadata: { name: "mine" }, spec });

const unknown = (subject: string, where: string, kind = "ClusterSecretStore"): Told => [
  `${subject}, ${where}`,
  `uses the ${kind} other`,
  "not made here",
];
const elsewhere = (subject: string, where: string): Told => [`${subject}, ${where}`, "store vault from the namespace other"];
const byLabel = (kind: string): Told => [`Cluster${kind} mine`, "chosen by their labels", `one ${kind}`];

describe("policy/rules/storeNamespaces", () => {
  const finds = finding(rule);
  it("has nothing against stores that say who may use them, and uses from there", () => {
    const compliant = [
      store("vault"),
      store("some", [{ namespaceRegexes: ["^ameide-.*$"] }, { namespaceRegexes: ["(?i)team-.*"] }]),
      store("labelled", [{ namespaceSelector: { matchLabels: { store: "vault" } } }]),
      store("not-known-yet", UNKNOWN),
      object(`${EXTERNAL}:SecretStore`, "own", { spec: {} }),
      external({ secretStoreRef: ref("vault"), data: [{ sourceRef: { storeRef: ref("some") } }] }),
      external({ secretStoreRef: ref("own", "SecretStore") }),
      external({ secretStoreRef: { name: "own" } }),
      external({ secretStoreRef: ref("labelled") }, "other"),
      external({ secretStoreRef: ref("not-known-yet") }, "other"),
      external({ secretStoreRef: ref("some") }, "team-a"),
      push({ secretStoreRefs: [ref("vault")] }),
      everywhere({ namespaces: ["ameide-prod"], externalSecretSpec: { secretStoreRef: ref("vault") } }),
    ];
    assert.deepEqual(judge(rule, compliant), []);
  });

  it("takes stores that are listed, from the namespaces that they are listed for", () => {
    const settings = { stores: [{ name: "other", namespaces: ["ameide-prod"] }] };
    assert.deepEqual(judge(rule, [external({ secretStoreRef: ref("other") })], settings), []);
    const uses: Told = ["ExternalSecret elsewhere/mine, spec.secretStoreRef", "store other from the namespace elsewhere", "not listed"];
    finds([external({ secretStoreRef: ref("other") }, "elsewhere")], [uses], settings);
  });

  const open: [what: string, conditions: unknown, where?: string][] = [
    ["no conditions", undefined],
    ["an empty list of them", []],
    ["an empty one", [{}], "spec.conditions.0"],
    ["a selector of everything", [{ namespaces: ["a"] }, { namespaceSelector: {} }], "spec.conditions.1"],
    ["a selector without labels", [{ namespaceSelector: { matchLabels: {} } }], "spec.conditions.0"],
    ["a pattern of everything", [{ namespaceRegexes: [".*"] }], "spec.conditions.0"],
    ["another pattern of everything", [{ namespaceRegexes: ["^(.+)$"] }], "spec.conditions.0"],
  ];
  for (const [what, conditions, where] of open)
    it(`finds a store with ${what}`, () => {
      const made = resource(`kubernetes:${EXTERNAL}:ClusterSecretStore`, {
        metadata: { name: "vault" },
        spec: conditions === undefined ? {} : { conditions },
      });
      finds([made], [[`ClusterSecretStore vault${where === undefined ? "" : `, ${where}`}`, "may be used from every namespace"]]);
    });

  const breaks: [what: string, use: Resource, told: Told][] = [
    [
      "an ExternalSecret of another namespace",
      external({ secretStoreRef: ref("vault") }, "other"),
      elsewhere("ExternalSecret other/mine", "spec.secretStoreRef"),
    ],
    [
      "a PushSecret of another namespace",
      push({ secretStoreRefs: [ref("vault")] }, "other"),
      elsewhere("PushSecret other/mine", "spec.secretStoreRefs"),
    ],
    [
      "one value of another namespace",
      external({ secretStoreRef: ref("own", "SecretStore"), data: [{}, { sourceRef: { storeRef: ref("vault") } }] }, "other"),
      elsewhere("ExternalSecret other/mine", "spec.data.1"),
    ],
    [
      "all values of a path, of another namespace",
      external({ dataFrom: [{ sourceRef: { storeRef: ref("vault") } }] }, "other"),
      elsewhere("ExternalSecret other/mine", "spec.dataFrom.0"),
    ],
    [
      "what makes one in another namespace",
      everywhere({ namespaces: ["ameide-prod", "other"], externalSecretSpec: { secretStoreRef: ref("vault") } }),
      elsewhere("ClusterExternalSecret mine", "spec.externalSecretSpec.secretStoreRef"),
    ],
    [
      "a store that nobody knows",
      external({ secretStoreRef: ref("other") }),
      unknown("ExternalSecret ameide-prod/mine", "spec.secretStoreRef"),
    ],
    [
      "a store of another namespace",
      external({ secretStoreRef: ref("other", "SecretStore") }),
      unknown("ExternalSecret ameide-prod/mine", "spec.secretStoreRef", "SecretStore"),
    ],
    [
      "namespaces that labels choose",
      everywhere({ namespaceSelectors: [{ matchLabels: { a: "b" } }], externalSecretSpec: { secretStoreRef: ref("vault") } }),
      byLabel("ExternalSecret"),
    ],
    [
      "namespaces that one label chooses",
      everywhere({ namespaceSelector: { matchLabels: { a: "b" } }, externalSecretSpec: { secretStoreRef: ref("vault") } }),
      byLabel("ExternalSecret"),
    ],
    [
      "namespaces that labels choose, for copies",
      everywhere({ namespaceSelectors: [{}], pushSecretSpec: { secretStoreRefs: [ref("vault")] } }, "v1alpha1:ClusterPushSecret"),
      byLabel("PushSecret"),
    ],
  ];
  const own = object(`${EXTERNAL}:SecretStore`, "own", { spec: {} }, { namespace: "other" });
  for (const [what, use, expected] of breaks) it(`finds ${what}`, () => finds([store("vault"), own, use], [expected]));
});
