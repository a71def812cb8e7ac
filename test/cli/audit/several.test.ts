import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { auditFiles } from "../../support/audited";

/** Rule, file and a word or two of why, of each finding in files with these objects. */
function findings(files: Readonly<Record<string, object | readonly object[]>>): string[] {
  const texts = Object.entries(files).map(([name, objects]) => [
    `${name}.yaml`,
    [objects]
      .flat()
      .map((one) => stringify(one))
      .join("---\n"),
  ]);
  return auditFiles(Object.fromEntries(texts) as Record<string, string>).findings.map(
    ({ rule, file, why }) => `${rule} in ${file.replace(".yaml", "")}: ${why}`,
  );
}
/** That there is one finding, of that rule in that file, that says this. */
function only(found: readonly string[], begins: string, says: RegExp): void {
  assert.equal(found.length, 1, found.join("\n"));
  assert.ok(found[0]!.startsWith(`${begins}: `), found[0]);
  assert.match(found[0]!, says);
}

const secret = (namespace: string | undefined, keys: readonly string[], more: object = {}) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "api-keys", ...(namespace === undefined ? {} : { namespace }) },
  stringData: Object.fromEntries(keys.map((key) => [key, "${VALUE}"])),
  ...more,
});
const reader = (...keys: string[]) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "api", namespace: "apps" },
  spec: {
    containers: [{ name: "api", env: keys.map((key) => ({ name: "X", valueFrom: { secretKeyRef: { name: "api-keys", key } } })) }],
  },
});
const store = (
  kind: "SecretStore" | "ClusterSecretStore",
  name: string,
  provider: object,
  more: { namespace?: string; conditions?: object[] } = {},
) => ({
  apiVersion: "external-secrets.io/v1",
  kind,
  metadata: { name, ...(more.namespace === undefined ? {} : { namespace: more.namespace }) },
  spec: { provider, ...(more.conditions && { conditions: more.conditions }) },
});
const VAULT = { vault: { server: "https://vault.test" } };
const KUBERNETES = { kubernetes: { server: {} } };
const SHARED = { kind: "ClusterSecretStore", name: "shared" };

/** Fetches one key from one store, and others from other stores. */
const fetches = (key: string, from: object | undefined, others: readonly object[] = [], namespace = "apps") => ({
  apiVersion: "external-secrets.io/v1",
  kind: "ExternalSecret",
  metadata: { name: "fetched", namespace },
  spec: {
    ...(from && { secretStoreRef: from }),
    data: [
      { secretKey: key, remoteRef: { key: "apps/x" } },
      ...others.map((storeRef, index) => ({ secretKey: `other-${index}`, remoteRef: { key: "apps/y" }, sourceRef: { storeRef } })),
    ],
  },
});

describe("the audit, with several providers of a Secret", () => {
  const cases: [string, Parameters<typeof findings>[0], string, RegExp][] = [
    [
      "none has all keys: the first is named, with what it has",
      { a: secret("apps", ["one"]), b: secret("apps", ["one", "two"]), c: reader("one", "three") },
      "secret-key-not-provided in c",
      /no key three; it has one$/,
    ],
    [
      "each has one of two keys: none is enough",
      {
        a: secret("apps", ["one"]),
        b: secret("apps", ["two"]),
        c: reader("one"),
        d: {
          ...reader(),
          spec: { volumes: [{ name: "v", secret: { secretName: "api-keys", items: ["one", "two"].map((key) => ({ key, path: key })) } }] },
        },
      },
      "secret-key-not-provided in d",
      /no key two; it has one$/,
    ],
    [
      "the one with the key is in another namespace: it does not count",
      { a: secret("web", ["one", "two"]), b: secret("apps", ["one"]), c: reader("two") },
      "secret-key-not-provided in c",
      /no key two/,
    ],
    [
      "all are in other namespaces: one of them is named, and once",
      { a: secret("web", ["one"]), b: secret("ops", ["one"]), c: reader("one") },
      "cross-namespace in c",
      /read in apps and is in web$/,
    ],
  ];
  for (const [what, files, begins, says] of cases) it(what, () => only(findings(files), begins, says));

  const fine: [string, Parameters<typeof findings>[0]][] = [
    ["one has all keys, the first", { a: secret("apps", ["one", "two"]), b: secret("apps", []), c: reader("one", "two") }],
    ["one has all keys, the last", { a: secret("apps", ["one"]), b: secret("apps", ["one", "two"]), c: reader("one", "two") }],
    [
      "one does not say which keys it has",
      { a: secret("apps", ["one"]), b: secret("apps", [], { stringData: undefined }), c: reader("two") },
    ],
    ["one is of no namespace, and may be meant", { a: secret("web", ["two"]), b: secret(undefined, ["one"]), c: reader("one") }],
    ["one is here, and one elsewhere", { a: secret("web", ["two"]), b: secret("apps", ["one"]), c: reader("one") }],
  ];
  for (const [what, files] of fine) it(`nothing is said: ${what}`, () => assert.deepEqual(findings(files), []));
});

describe("the audit, where kustomize or Flux says the namespace", () => {
  const files = { "base/a": secret("dev", ["one"]), "base/b": reader("one") };
  const kustomize = (resources: string[], namespace?: string) => ({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources,
    ...(namespace && { namespace }),
  });
  const flux = (namespace: string) => ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name: "apps", namespace: "flux-system" },
    spec: { path: "./base", targetNamespace: namespace },
  });

  it("is a finding where nobody does", () => only(findings(files), "cross-namespace in base/b", /read in apps and is in dev$/));

  const fine: [string, Parameters<typeof findings>[0]][] = [
    ["kustomize builds both into one", { ...files, "base/kustomization": kustomize(["a.yaml", "b.yaml"], "all") }],
    [
      "an overlay does",
      { ...files, "base/kustomization": kustomize(["a.yaml", "b.yaml"]), "over/kustomization": kustomize(["../base"], "all") },
    ],
    ["it builds the Secret into the other's", { ...files, "base/kustomization": kustomize(["a.yaml"], "apps") }],
    ["Flux applies both to one", { ...files, "clusters/apps": flux("all") }],
  ];
  for (const [what, all] of fine) it(`nothing is said: ${what}`, () => assert.deepEqual(findings(all), []));

  it("is a finding where they are built into two", () => {
    const two = { "one/kustomization": kustomize(["a.yaml"], "left"), "two/kustomization": kustomize(["b.yaml"], "right") };
    only(findings({ "one/a": secret("x", ["one"]), "two/b": reader("one"), ...two }), "cross-namespace in two/b", /api-keys/);
  });
});

describe("the audit, of a database's login that a workload reads", () => {
  const fetched = (...keys: string[]) => ({
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: "api-keys", namespace: "apps" },
    spec: { data: keys.map((key) => ({ secretKey: key, remoteRef: { key: "apps/x" } })) },
  });
  const workload = {
    ...reader(),
    spec: {
      containers: [{ name: "api", env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "api-keys", key: "DB_PASSWORD" } } }] }],
    },
  };
  it("is Postgres's where nothing says otherwise", () =>
    only(findings({ a: fetched("DB_PASSWORD"), b: workload }), "vault-authored-login in a", /reads DB_PASSWORD from it/));
  it("is MySQL's where MySQL's root is beside it", () =>
    assert.deepEqual(
      findings({ a: fetched("DB_PASSWORD", "MYSQL_ROOT_PASSWORD"), b: workload }).filter((one) => one.includes("reads DB_PASSWORD")),
      [],
    ));
});

describe("the audit, of a Secret that CloudNativePG is to reload", () => {
  const reloaded = (...keys: string[]) => ({
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: "shown", namespace: "apps" },
    spec: {
      target: {
        template: { metadata: { labels: { "cnpg.io/reload": "true" } }, data: Object.fromEntries(keys.map((key) => [key, "{{ .x }}"])) },
      },
      dataFrom: [{ extract: { key: "apps/x" } }],
    },
  });
  it("is a login where it has a password", () =>
    only(findings({ a: reloaded("username", "password") }), "vault-authored-login in a", /cnpg\.io\/reload/));
  it("is none where it has what backups are written with", () =>
    assert.deepEqual(findings({ a: reloaded("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"), b: reloaded("aws-access-key-id", "region") }), []));
});

describe("the audit, with several stores", () => {
  const shared = (provider: object, namespaces?: string[]) =>
    store("ClusterSecretStore", "shared", provider, namespaces && { conditions: [{ namespaces }] });
  const local = (namespace: string, provider: object = VAULT) => store("SecretStore", "local", provider, { namespace });
  const fromLocal = { name: "local" };

  const cases: [string, Parameters<typeof findings>[0], string, RegExp][] = [
    [
      "one of two that an ExternalSecret names is nowhere",
      { a: shared(VAULT), b: fetches("key", SHARED, [{ kind: "ClusterSecretStore", name: "gone" }]) },
      "unknown-store in b",
      /no ClusterSecretStore gone$/,
    ],
    [
      "one of two that a PushSecret names is nowhere",
      {
        a: shared(VAULT),
        b: {
          apiVersion: "external-secrets.io/v1alpha1",
          kind: "PushSecret",
          metadata: { name: "p", namespace: "apps" },
          spec: { secretStoreRefs: [SHARED, { name: "gone" }] },
        },
      },
      "unknown-store in b",
      /no SecretStore gone$/,
    ],
    [
      "none of that name, and a template makes one of some name elsewhere",
      { a: store("ClusterSecretStore", "{{ .Values.store }}", VAULT), b: fetches("key", SHARED) },
      "unknown-store in b",
      /no ClusterSecretStore shared$/,
    ],
    [
      "two of the name, of the other kind",
      { a: shared(VAULT), b: shared(KUBERNETES), c: fetches("key", { name: "shared" }) },
      "unknown-store in c",
      /no SecretStore shared$/,
    ],
    [
      "two of the name, both in other namespaces",
      { a: local("web"), b: local("ops"), c: fetches("key", fromLocal) },
      "cross-namespace in c",
      /is in web, and is used from apps$/,
    ],
    [
      "two of the name, both for others",
      { a: shared(VAULT, ["web"]), b: shared(VAULT, ["ops", "data"]), c: fetches("key", SHARED) },
      "cross-namespace in c",
      /shared may not be used from apps$/,
    ],
    [
      "a login comes from Vault and from the cluster",
      { a: shared(VAULT), b: local("apps", KUBERNETES), c: fetches("PGPASSWORD", fromLocal, [SHARED]) },
      "vault-authored-login in c",
      /authors fetched: .*PGPASSWORD/,
    ],
    [
      "a login comes from a store of this namespace, of whose name the cluster is another's",
      { a: local("web", KUBERNETES), b: local("apps"), c: fetches("PGPASSWORD", fromLocal) },
      "vault-authored-login in c",
      /PGPASSWORD/,
    ],
    [
      "a login comes from one that is the cluster here and Vault there",
      { a: shared(KUBERNETES), b: shared(VAULT), c: fetches("PGPASSWORD", SHARED) },
      "vault-authored-login in c",
      /PGPASSWORD/,
    ],
    [
      "a login comes from Vault, and a template makes a store of the cluster of some name",
      { a: shared(VAULT), b: store("ClusterSecretStore", "{{ .Values.store }}", KUBERNETES), c: fetches("PGPASSWORD", SHARED) },
      "vault-authored-login in c",
      /PGPASSWORD/,
    ],
  ];
  for (const [what, files, begins, says] of cases) it(what, () => only(findings(files), begins, says));

  const fine: [string, Parameters<typeof findings>[0]][] = [
    ["two of the name, one of them here", { a: local("web"), b: local("apps"), c: fetches("key", fromLocal) }],
    ["two of the name, one of them for everybody", { a: shared(VAULT, ["web"]), b: shared(VAULT), c: fetches("key", SHARED) }],
    ["two of the name, one of them for here", { a: shared(VAULT, ["web"]), b: shared(VAULT, ["ops", "apps"]), c: fetches("key", SHARED) }],
    [
      "a login is copied from the cluster, through two stores",
      { a: shared(KUBERNETES), b: local("apps", KUBERNETES), c: fetches("PGPASSWORD", fromLocal, [SHARED]) },
    ],
    [
      "a login is copied from the cluster, and Vault has a store of the name elsewhere",
      { a: local("apps", KUBERNETES), b: local("web"), c: fetches("PGPASSWORD", fromLocal) },
    ],
  ];
  for (const [what, files] of fine) it(`nothing is said: ${what}`, () => assert.deepEqual(findings(files), []));
});
