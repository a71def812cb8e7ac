import * as assert from "node:assert/strict";
import { fixtureMap } from "../vault/fixtureMap";
import { fixturesOf, planFixtures } from "../vault/fixtures";
import type { Run } from "./support/program";
import { stackFile } from "./support/stackFiles";
import { expectedResources, ids, JOB, PROVIDER, SECRET, SERVICES, STATE, wholeProgram } from "./support/wholeProgram";

const STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore::ameide-vault";
const PUSH = "kubernetes:external-secrets.io/v1alpha1:PushSecret";
const FIRST_RUN = "kubernetes:batch/v1:Job::vault-bootstrap-first-run";

const SERVER = [
  "cnpg-credentials:index:VaultServer::vault-server",
  "cnpg-credentials:index:VaultCertificate::vault-server-tls",
  "kubernetes:apps/v1:StatefulSet::vault-server",
  "kubernetes:core/v1:ConfigMap::vault-server-config",
  "kubernetes:core/v1:Secret::vault-server-tls",
  "kubernetes:core/v1:Service::vault-server-clients",
  "kubernetes:core/v1:Service::vault-server-internal",
  "kubernetes:core/v1:ServiceAccount::vault-server-account",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::vault-server-token-review",
  "random:index/randomPassword:RandomPassword::vault-server-tls-authority-seed",
  "random:index/randomPassword:RandomPassword::vault-server-tls-server-seed",
  "random:index/randomUuid7:RandomUuid7::vault-server-tls-since",
];
const BOOTSTRAP = [
  "cnpg-credentials:index:VaultBootstrap::vault-bootstrap",
  FIRST_RUN,
  "kubernetes:batch/v1:CronJob::vault-bootstrap",
  "kubernetes:core/v1:ConfigMap::vault-bootstrap-program",
  "kubernetes:core/v1:Secret::vault-bootstrap-fixtures",
  "kubernetes:core/v1:ServiceAccount::vault-bootstrap-account",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::vault-bootstrap-role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::vault-bootstrap-binding",
];
const EXTERNAL_SECRETS = [
  "inference-inference-api-credentials",
  "k8s-dashboard-k8s-dashboard-oauth",
  "keycloak-keycloak-admin-sa-sync",
  "keycloak-keycloak-bootstrap-admin",
  "keycloak-keycloak-master-admin",
  "keycloak-keycloak-platform-client",
  "langfuse-langfuse",
  "langfuse-langfuse-bootstrap",
  "minio-minio-root-credentials",
  "minio-minio-service-users",
  "neo4j-neo4j-auth",
  "observability-clickhouse-auth",
  "observability-grafana-admin",
  "observability-loki-minio",
  "observability-tempo-minio",
  "pgadmin-pgadmin-bootstrap",
  "pgadmin-pgadmin-oauth-client",
  "plausible-plausible-admin",
  "plausible-plausible-secret",
].map((name) => `kubernetes:external-secrets.io/v1:ExternalSecret::external-${name}`);
const DELIVERY = [
  ...EXTERNAL_SECRETS,
  "cnpg-credentials:index:ExternalSecrets::external",
  "cnpg-credentials:index:SecretStore::ameide-vault",
  STORE,
  "kubernetes:core/v1:ServiceAccount::ameide-vault-account",
];

const fixtures = planFixtures(fixturesOf(fixtureMap, "dev"), "dev", new Set()).flatMap(({ path, key, source }) =>
  source.kind === "random"
    ? [
        `random:index/${source.format === "hex" ? "randomBytes:RandomBytes" : "randomPassword:RandomPassword"}::fixture-${path.replace("/", "-")}-${key}`,
      ]
    : [],
);

describe("index, Vault", () => {
  const { up } = wholeProgram();
  const { vault, bundles } = stackFile("dev");
  const dev = (preview = false) => up("dev", { vault, bundles }, preview);
  const delivered = ({ resources }: Run<unknown>) => ids(resources).filter((id) => !expectedResources(SERVICES).includes(id));

  it("dev: comes up by itself beside the databases, the same in a preview", async () => {
    const expected = ["cnpg-credentials:index:Vault::vault", ...SERVER, ...BOOTSTRAP, ...DELIVERY, ...fixtures].sort();
    for (const preview of [false, true]) assert.deepEqual(delivered(await dev(preview)), expected);
  });

  it("waits with the store until Vault is as configured, and has no database's credential wait for it", async () => {
    const { get, resources } = await dev();
    assert.ok(get(STORE).dependsOn.includes(FIRST_RUN));
    const ofVault = new Set(delivered(await dev()));
    for (const { id, dependsOn } of resources)
      if (!ofVault.has(id))
        assert.deepEqual(
          dependsOn.filter((other) => ofVault.has(other)),
          [],
          id,
        );
  });

  it("lets the stack's namespace use the store, and no other", async () => {
    const { conditions } = (await dev()).get(STORE).inputs.spec as { conditions: object[] };
    assert.deepEqual(conditions, [{ namespaces: ["ameide-dev"] }]);
  });

  it("marks every object as this state's, in Vault's namespace or in none", async () => {
    const made = await dev();
    for (const { id, inputs, provider } of made.resources.filter(
      (one) => one.id.startsWith("kubernetes:") && delivered(made).includes(one.id),
    )) {
      const { namespace, annotations } = inputs.metadata as Record<string, Record<string, string> & string>;
      const wide = /ClusterRoleBinding|ClusterSecretStore/.test(id);
      assert.equal(namespace, wide ? undefined : id.includes("ExternalSecret::") ? "ameide-dev" : "vault", id);
      assert.equal(annotations!["cnpg-credentials/owner"], "0123456789abcdef", id);
      assert.equal(provider, PROVIDER, id);
    }
  });

  it("copies every service's Secret where the mirror is on, once it is proven, and makes nothing of it where it is off", async () => {
    const off = await dev();
    const on = await up("dev", { vault: { ...(vault as object), mirror: { mode: "push" } } });
    const mirror = delivered(on).filter((id) => !delivered(off).includes(id));
    assert.deepEqual(
      mirror,
      [
        "cnpg-credentials:index:CredentialMirror::mirror",
        "cnpg-credentials:index:SecretStore::ameide-vault-mirror",
        "kubernetes:core/v1:ServiceAccount::ameide-vault-mirror-account",
        "kubernetes:core/v1:ServiceAccount::ameide-vault-mirror-reader",
        `${STORE}-mirror`,
        ...SERVICES.map((name) => `${PUSH}::mirror-${name}`),
      ].sort(),
    );
    for (const name of SERVICES)
      assert.deepEqual(
        on.get(`${PUSH}::mirror-${name}`).dependsOn,
        [`${STORE}-mirror`, `${SECRET}::${name}`, `${JOB}::${name}-proof`, STATE].sort(),
      );
    for (const { id, dependsOn } of on.resources)
      if (!mirror.includes(id)) assert.ok(!dependsOn.some((other) => mirror.includes(other)), id);
  });

  it("leaves nothing where a stack has none, and loads nothing of it", async () => {
    const modules = () => Object.keys(require.cache).filter((file) => /components\/vault\/|@pulumi\/(vault|azure-native)\//.test(file));
    const loaded = modules().map((file) => [file, require.cache[file]!] as const);
    for (const [file] of loaded) delete require.cache[file];
    try {
      assert.deepEqual(ids((await up("dev")).resources), expectedResources(SERVICES));
      // What preflight and tests know of Vault's names is data.
      assert.deepEqual(
        modules().filter((file) => !file.endsWith("/names.ts")),
        [],
      );
    } finally {
      for (const [file, module] of loaded) require.cache[file] = module;
    }
  });
});
