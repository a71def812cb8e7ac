import * as assert from "node:assert/strict";
import { ENVIRONMENTS, type Environment } from "../config/environment";
import { problemsOf } from "../test/support/problems";
import { vaultStack } from "../test/support/vault";
import { fixtureMap } from "../vault/fixtureMap";
import { fixturesOf } from "../vault/fixtures";
import { bundles } from "./bundles";
import { selectExternalSecrets, type ExternalSecretPlan } from "./externalSecrets";
import { selectGates } from "./gates";
import { catalogue } from "./services";

/** Names that the applications know, in prod: by owner, in the stack's namespace or another. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  plausible: ["plausible-secret", "plausible-admin"],
  keycloak: ["keycloak-bootstrap-admin", "keycloak-master-admin", "keycloak-platform-client", "keycloak-admin-sa-sync"],
  inference: ["inference-api-credentials"],
  pgadmin: ["pgadmin-oauth-client", "pgadmin-bootstrap"],
  langfuse: ["langfuse", "langfuse-bootstrap"],
  minio: ["minio-root-credentials", "minio-service-users"],
  "workrequests-runner": ["workrequests-github-token", "workrequests-domain-token", "workrequests-minio-credentials"],
  "cert-manager": ["cert-manager/azure-dns"],
  "k8s-dashboard": ["k8s-dashboard-oauth"],
  neo4j: ["neo4j-auth"],
  observability: ["grafana-admin", "loki-minio", "tempo-minio", "clickhouse-auth"],
  argocd: ["argocd/argocd-oauth-client"],
};
/** Problems of the owners that dev has nothing for. */
const NOT_IN_DEV: Readonly<Record<string, readonly string[]>> = {
  "workrequests-runner": [
    "ExternalSecret/workrequests-domain-token.token: Vault has no `workrequests-runner/workrequests-domain-token` here",
    "ExternalSecret/workrequests-minio-credentials.access-key: Vault has no `workrequests-runner/workrequests-minio-credentials` here",
    "ExternalSecret/workrequests-minio-credentials.secret-key: Vault's `shared/object-store-users` has no key `workrequests` here",
  ],
  "cert-manager": [
    "ExternalSecret/azure-dns.client-id: Vault has no `cert-manager/azure-dns` here",
    "ExternalSecret/azure-dns.client-secret: Vault has no `cert-manager/azure-dns` here",
  ],
};

describe("the Secrets from Vault of this company", () => {
  const ALL = bundles.map(({ name }) => name);
  const select = (environment: Environment, names: readonly string[]) =>
    selectExternalSecrets(
      {
        ...vaultStack({ environment }),
        services: vaultStack({ services: Object.fromEntries(catalogue.map(({ name }) => [name, {}])) }).services,
        bundles: Object.fromEntries(names.map((name) => [name, { enabled: true }])),
      },
      { catalogue, bundles, fixtureMap },
    );
  function plansOf(environment: Environment, names: readonly string[]): readonly ExternalSecretPlan[] {
    const selected = select(environment, names);
    assert.ok("plans" in selected, JSON.stringify(selected));
    return selected.plans;
  }

  for (const environment of ENVIRONMENTS)
    it(`can all be on in ${environment}${environment === "dev" ? ", but for those that are not in dev" : ""}`, () => {
      plansOf(environment, environment === "dev" ? ALL.filter((name) => !(name in NOT_IN_DEV)) : ALL);
    });

  it("are refused in dev where the fixture map has nothing for them, each key by its name", () =>
    assert.deepEqual(
      problemsOf(select("dev", ALL)).map((line) => line.split(";")[0]),
      ALL.flatMap((name) => NOT_IN_DEV[name] ?? []),
    ));

  it("are what the gates of MinIO and ClickHouse wait for, with every key", () => {
    const names = ["clickhouse", "minio-provisioning"];
    const stack = vaultStack({ gates: Object.fromEntries(names.map((name) => [name, {}])) });
    const selected = selectGates(stack, [], plansOf("prod", ALL));
    assert.ok("gates" in selected, JSON.stringify(selected));
    assert.deepEqual(
      selected.gates.flatMap(({ name, secrets }) => secrets.map((secret) => [name, secret.name, secret.keys])),
      [
        ["clickhouse", "clickhouse-auth", ["username", "password"]],
        ["minio-provisioning", "minio-root-credentials", ["root-user", "root-password"]],
        ["minio-provisioning", "minio-service-users", Object.keys(fixturesOf(fixtureMap, "prod")["shared/object-store-users"]!)],
      ],
    );
  });

  it("make the Secrets that the applications know", () => {
    const known = plansOf("prod", ALL).filter(({ owner }) => owner in KNOWN);
    const owners = [...catalogue, ...bundles].map(({ name }) => name);
    assert.deepEqual(
      known.map(({ namespace, name }) => `${namespace}/${name}`).sort(),
      owners
        .flatMap((owner) => KNOWN[owner] ?? [])
        .map((name) => (name.includes("/") ? name : `apps/${name}`))
        .sort(),
    );
  });

  it("read every key that the fixture map has of them", () => {
    const read = new Set(plansOf("prod", ALL).flatMap(({ data }) => data.map(({ remoteRef }) => `${remoteRef.key}#${remoteRef.property}`)));
    const owners = new Set([...catalogue, ...bundles].map(({ name }) => name));
    const held = Object.entries(fixturesOf(fixtureMap, "prod"))
      .filter(([at]) => owners.has(at.split("/")[0]!) || [...read].some((one) => one.startsWith(`${at}#`)))
      .flatMap(([at, keys]) => Object.keys(keys).map((key) => `${at}#${key}`));
    assert.deepEqual(
      held.filter((one) => !read.has(one)),
      [],
    );
  });
});
