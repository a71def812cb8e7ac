import type { BundleRecord } from "../../catalog/bundles/record";
import type { ExternalSecretPlan, Sources } from "../../catalog/externalSecrets";
import type { ExternalSecretRecord } from "../../catalog/externalSecret";
import type { ServiceRecord } from "../../catalog/record";
import type { FixtureMap } from "../../vault/fixture";
import { stackConfig } from "./fixtures";

const FIXTURES: FixtureMap = {
  shared: {
    "shared/users": { loki: { origin: "generated" }, tempo: { origin: "generated" } },
    "shop/shop-keys": { id: { origin: "plain", value: "shop" }, key: { origin: "external" } },
    "tools/tools-login": { username: { origin: "plain", value: "admin" }, password: { origin: "generated" } },
  },
  environments: { dev: {}, staging: {}, prod: {} },
};

/** A service and a bundle that fetch something each, and a service that does not. */
export function sources(change: Partial<Sources> = {}): Sources {
  const catalogue: ServiceRecord[] = [
    { name: "shop", description: "Shop", externalSecrets: [{ name: "shop-keys", keys: ["id", "key"] }] },
    { name: "plain", description: "Fetches nothing" },
  ];
  const bundles: BundleRecord[] = [{ name: "tools", description: "Tools", externalSecrets: [{ name: "tools-login" }] }];
  return { catalogue, bundles, fixtureMap: FIXTURES, ...change };
}

/** The service with this to fetch instead. */
export function fetching(...externalSecrets: ExternalSecretRecord[]): Sources {
  return sources({ catalogue: [{ name: "shop", description: "Shop", externalSecrets }] });
}

const VAULT = { server: { kind: "existing", address: "https://vault.example" }, configuration: { by: "hand" } };

/** A stack of dev's that has Vault, with both services and the bundle on. */
export function vaultStack(
  values: Readonly<Record<string, unknown>> = {},
  vault: Readonly<Record<string, unknown>> = {},
): ReturnType<typeof stackConfig> & { vaultValues: Record<string, string> } {
  const config = stackConfig({
    environment: "dev",
    services: { shop: {}, plain: {} },
    bundles: { tools: {} },
    vault: { ...VAULT, ...vault },
    ...values,
  });
  return { vaultValues: {}, ...config };
}

/** One of a service's, and one of a bundle's that is elsewhere and has a type and a label. */
export function externalSecretPlans(): ExternalSecretPlan[] {
  return [
    {
      owner: "shop",
      kind: "service",
      name: "shop-keys",
      namespace: "apps",
      type: "Opaque",
      labels: {},
      refreshInterval: "1h",
      data: [
        { secretKey: "id", remoteRef: { key: "shop/shop-keys", property: "id" } },
        { secretKey: "key", remoteRef: { key: "shop/shop-keys", property: "key", version: "2" } },
      ],
    },
    {
      owner: "tools",
      kind: "bundle",
      name: "tools-login",
      namespace: "tools",
      type: "kubernetes.io/basic-auth",
      labels: { "app.kubernetes.io/part-of": "tools" },
      refreshInterval: "15m",
      data: [{ secretKey: "password", remoteRef: { key: "tools/tools-login", property: "password" } }],
    },
  ];
}
