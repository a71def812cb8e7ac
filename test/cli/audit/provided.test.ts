import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { auditFiles } from "../../support/audited";

/** The rules that are broken by a workload that reads a key of a Secret, beside these objects. */
function rules(key: string, ...objects: (object & { file?: string })[]): string[] {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "api", namespace: "apps" },
    spec: { containers: [{ name: "api", env: [{ name: "X", valueFrom: { secretKeyRef: { name: "made", key } } }] }] },
  };
  const texts = objects.map(({ file, ...object }, index) => [file ?? `${index}.yaml`, stringify(object)]);
  return auditFiles({ "pod.yaml": stringify(pod), ...(Object.fromEntries(texts) as Record<string, string>) }).findings.map(
    ({ rule }) => rule,
  );
}
const metadata = { name: "made", namespace: "apps" };

describe("the audit, what makes a Secret", () => {
  const certificate = (spec: object = {}) => ({
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { ...metadata, name: "c" },
    spec: { secretName: "made", ...spec },
  });
  const generator = (more: object = {}) => ({
    file: "kustomization.yaml",
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    namespace: "apps",
    secretGenerator: [{ name: "made", literals: ["one=$(ONE)"], files: ["two=./secret.txt", "./three.txt"], ...more }],
  });
  const has = (what: string, key: string, object: object) =>
    it(`${what} has the key ${key}`, () => assert.deepEqual(rules(key, object), []));
  const lacks = (what: string, key: string, object: object) =>
    it(`${what} has no key ${key}`, () => assert.deepEqual(rules(key, object), ["secret-key-not-provided"]));

  for (const key of ["tls.crt", "tls.key", "ca.crt"]) has("a Certificate", key, certificate());
  lacks("a Certificate", "keystore.jks", certificate());
  has("a Certificate with keystores", "keystore.jks", certificate({ keystores: { jks: { create: true } } }));
  for (const key of ["one", "two", "three.txt"]) has("a generator", key, generator());
  lacks("a generator", "secret.txt", generator());
  has("a generator that reads a file of variables", "four", generator({ envs: [".env"] }));
  has("a generator that adds to another", "four", generator({ behavior: "merge" }));
  lacks("a generator that replaces another", "four", generator({ behavior: "replace" }));

  const fetched = (spec: object) => ({
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterExternalSecret",
    metadata: { name: "c" },
    spec: { externalSecretName: "made", externalSecretSpec: spec },
  });
  const data = [{ secretKey: "one", remoteRef: { key: "x" } }];
  lacks("what is fetched everywhere", "two", fetched({ data }));
  has("what is fetched everywhere", "one", fetched({ data }));
  has("what is fetched by a pattern", "two", fetched({ data, dataFrom: [{ extract: { key: "x" } }] }));
  lacks("what a template makes of it", "one", fetched({ data, target: { template: { data: { two: "{{ .one }}" } } } }));
  has("what a template adds to it", "one", fetched({ data, target: { template: { mergePolicy: "Merge", data: { two: "{{ .one }}" } } } }));
});

describe("the audit, what crosses namespaces", () => {
  const REFLECTOR = "reflector.v1.k8s.emberstack.com/reflection-allowed";
  const secret = (annotations: object, kind = "Secret") => ({
    apiVersion: "v1",
    kind,
    metadata: { ...metadata, annotations },
    stringData: { key: "${KEY}" },
  });
  const store = (remoteNamespace: string | undefined, namespace: string | undefined = "apps") => ({
    apiVersion: "external-secrets.io/v1",
    kind: "SecretStore",
    metadata: { name: "s", ...(namespace && { namespace }) },
    spec: { provider: { kubernetes: { ...(remoteNamespace && { remoteNamespace }) } } },
  });
  const cases: [string, object, string[]][] = [
    ["a Secret that is copied", secret({ [REFLECTOR]: "true" }), ["cross-namespace"]],
    ["a Secret that is not to be copied", secret({ [REFLECTOR]: "false" }), []],
    ["a Secret that takes another's place", secret({ "replicator.v1.mittwald.de/replicate-from": "data/x" }), ["cross-namespace"]],
    ["a Secret with another annotation", secret({ "example.test/note": "true" }), []],
    ["a store that reads another namespace", store("data"), ["cross-namespace"]],
    ["a store that reads its own", store("apps"), []],
    ["a store that does not say which", store(undefined), []],
    ["a store whose own nobody knows", store("data", ""), []],
  ];
  for (const [what, object, expected] of cases)
    it(`${what}: ${expected.length > 0 ? "a finding" : "nothing"}`, () => {
      const provided = { apiVersion: "v1", kind: "Secret", metadata, stringData: { key: "${KEY}" } };
      assert.deepEqual(rules("key", object, ...("stringData" in object ? [] : [provided])), expected);
    });
});
