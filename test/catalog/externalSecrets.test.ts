import * as assert from "node:assert/strict";
import { selectExternalSecrets, type ExternalSecretPlan, type Sources } from "../../catalog/externalSecrets";
import type { ExternalSecretRecord } from "../../catalog/externalSecret";
import type { FixtureMap } from "../../vault/fixture";
import { problemsOf } from "../support/problems";
import { telling, type Told } from "../support/told";
import { fetching, sources, vaultStack } from "../support/vault";

type Stack = ReturnType<typeof vaultStack>;

function select(stack: Stack = vaultStack(), from: Sources = sources()): readonly ExternalSecretPlan[] {
  const selected = selectExternalSecrets(stack, from);
  assert.ok("plans" in selected, JSON.stringify(selected));
  return selected.plans;
}
const rejected = (stack: Stack, from: Sources) => problemsOf(selectExternalSecrets(stack, from));

describe("catalog/externalSecrets", () => {
  const tell = telling("configuration", "what is fetched");
  it("plans what the services and bundles that are on fetch, key by key, with every default", () =>
    assert.deepEqual(selectExternalSecrets(vaultStack(), sources()), {
      plans: [
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
            { secretKey: "key", remoteRef: { key: "shop/shop-keys", property: "key" } },
          ],
        },
        {
          owner: "tools",
          kind: "bundle",
          name: "tools-login",
          namespace: "apps",
          type: "Opaque",
          labels: {},
          refreshInterval: "1h",
          data: [
            { secretKey: "username", remoteRef: { key: "tools/tools-login", property: "username" } },
            { secretKey: "password", remoteRef: { key: "tools/tools-login", property: "password" } },
          ],
        },
      ],
      stores: [{ name: "ameide-vault", namespace: "apps" }],
      paths: { apps: ["shop/shop-keys", "tools/tools-login"] },
      copies: [],
    }));

  it("plans nothing without Vault", () =>
    assert.deepEqual(selectExternalSecrets({ ...vaultStack(), vault: undefined }, sources()), {
      plans: [],
      stores: [],
      paths: {},
      copies: [],
    }));

  it("leaves out what is off", () => {
    const owners = (values: Record<string, unknown>) => select(vaultStack(values)).map(({ owner }) => owner);
    assert.deepEqual(owners({ services: { plain: {} } }), ["tools"]);
    assert.deepEqual(owners({ services: { shop: { enabled: false } } }), ["tools"]);
    for (const off of [{}, { tools: { enabled: false } }]) assert.deepEqual(owners({ bundles: off }), ["shop"]);
  });

  it("puts a bundle where the stack says, else where its record does, else into the stack's namespace", () => {
    const [tools] = sources().bundles;
    const own = sources({ bundles: [{ ...tools!, namespace: "tools" }] });
    const namespaceOf = (from: Sources, namespace?: string) =>
      select(vaultStack({ bundles: { tools: namespace === undefined ? {} : { namespace } } }), from).at(-1)?.namespace;
    assert.deepEqual([namespaceOf(sources()), namespaceOf(own), namespaceOf(own, "elsewhere")], ["apps", "tools", "elsewhere"]);
  });

  it("takes a record's interval, type and labels, else the stack's interval", () => {
    const record = { name: "shop-keys", type: "kubernetes.io/basic-auth", labels: { a: "b" }, refreshInterval: "5m" };
    const stack = vaultStack({ bundles: {} }, { store: { refreshInterval: "30m" } });
    const [own, other] = select(stack, fetching(record, { name: "tools-login", from: "tools/tools-login" }));
    assert.deepEqual([own?.type, own?.labels, own?.refreshInterval], ["kubernetes.io/basic-auth", { a: "b" }, "5m"]);
    assert.equal(other?.refreshInterval, "30m");
  });

  it("has its readers restarted where its record says so, and not otherwise", () => {
    const restarts = (restart?: "reloader" | "none") =>
      select(vaultStack({ bundles: {} }), fetching({ name: "shop-keys", ...(restart === undefined ? {} : { restart }) }))[0];
    assert.equal(restarts("reloader")?.restart, "reloader");
    for (const one of [restarts("none"), restarts()]) assert.ok(one !== undefined && !("restart" in one));
  });

  it("names the mirror's store, where there is one, and what it copies", () => {
    const mirrored = (mirror: object) => {
      const selected = selectExternalSecrets(vaultStack({}, { mirror: { mode: "push", ...mirror }, store: { name: "own" } }), sources());
      assert.ok("stores" in selected);
      return [selected.stores.map(({ name }) => name), selected.copies.map(({ owner, name }) => `${owner} ${name}`)];
    };
    const stores = ["own", "own-mirror"];
    assert.deepEqual(mirrored({}), [stores, ["shop shop-db-auth", "plain plain-db-auth"]]);
    assert.deepEqual(mirrored({ services: ["plain"] }), [stores, ["plain plain-db-auth"]]);
  });

  describe("references", () => {
    const refs = (record: Omit<ExternalSecretRecord, "name">) =>
      Object.fromEntries(
        select(vaultStack({ bundles: {} }), fetching({ name: "x", ...record })).flatMap(({ data }) =>
          data.map(({ secretKey, remoteRef }) => [secretKey, remoteRef]),
        ),
      );

    it("are text or a map, with the mount or without; a path alone means the key of that name", () =>
      assert.deepEqual(
        refs({
          keys: {
            loki: "shared/users",
            again: "shared/users#loki",
            mounted: "secret/shared/users#tempo",
            map: { key: "shop/shop-keys", property: "key", version: "3", decodingStrategy: "Base64" },
            key: { key: "secret/shop/shop-keys" },
          },
        }),
        {
          loki: { key: "shared/users", property: "loki" },
          again: { key: "shared/users", property: "loki" },
          mounted: { key: "shared/users", property: "tempo" },
          map: { key: "shop/shop-keys", property: "key", version: "3", decodingStrategy: "Base64" },
          key: { key: "shop/shop-keys", property: "key" },
        },
      ));

    it("to a whole path become one for each of its keys, and keep what else they say", () => {
      const version = (property: string) => ({ key: "shared/users", property, version: "2" });
      assert.deepEqual(refs({ from: { key: "shared/users", version: "2" } }), { loki: version("loki"), tempo: version("tempo") });
      assert.deepEqual(refs({ from: "shared/users", keys: ["tempo"] }), { tempo: { key: "shared/users", property: "tempo" } });
    });
  });

  const cases: [what: string, stack: Stack, from: Sources, ...told: Told[]][] = [
    ["a bundle that is not there", vaultStack({ bundles: { tool: {} } }), sources(), ["bundles.tool", "is not among the bundles"]],
    [
      "a bundle of a service's name, one of the shared paths', and one that is no name",
      vaultStack({ bundles: {} }),
      sources({ bundles: ["shop", "shared", "My Tools"].map((name) => ({ name, description: "", externalSecrets: [] })) }),
      ["catalog.bundles.shop", "is already the name of another owner in Vault's paths"],
      ["catalog.bundles.shared", "is already the name of another owner in Vault's paths"],
      ["catalog.bundles.My Tools", "is not a DNS label of at most 50 characters that begins with a letter"],
    ],
    [
      "two of one name in one namespace",
      vaultStack(),
      fetching({ name: "tools-login", from: "tools/tools-login" }),
      ["ExternalSecret/tools-login", "tools wants the Secret `tools-login` of apps", "is shop's;"],
    ],
    [
      "Secrets that CloudNativePG's credentials are in, of services that are off, too, and its own",
      vaultStack({ bundles: {}, services: { shop: {} } }),
      sources({
        catalogue: [
          {
            name: "shop",
            description: "",
            externalSecrets: ["plain-db-auth", "shop-db-role-a", "pg-app"].map((name) => ({ name, from: "shared/users" })),
          },
          { name: "plain", description: "" },
        ],
      }),
      ["ExternalSecret/plain-db-auth", "shop wants the Secret `plain-db-auth` of apps", "credential of plain;"],
      ["ExternalSecret/shop-db-role-a", "shop wants the Secret `shop-db-role-a` of apps", "credential of shop;"],
      ["ExternalSecret/pg-app", "shop wants the Secret `pg-app` of apps", "CloudNativePG's own;"],
    ],
    [
      "what is no name, no key, no reference, no interval",
      vaultStack({ bundles: {} }),
      fetching(
        { name: "Shop", from: "shared/users", refreshInterval: "soon" },
        { name: "a", keys: { "my key": "shared/users#loki", broken: "shared/users#", b: "" } },
        { name: "b", from: "shared/users#loki" },
        { name: "c", from: "#" },
        { name: "d", keys: [] },
      ),
      ["ExternalSecret/Shop", "is not a Kubernetes object name (shop)"],
      ["ExternalSecret/Shop", "`soon` is not a duration"],
      ["ExternalSecret/a.my key", "is not a key of a Kubernetes Secret"],
      ["ExternalSecret/a.broken", "`shared/users#` is not `path#property` or `path`"],
      ["ExternalSecret/a.b", "`` is not `path#property` or `path`"],
      ["ExternalSecret/b.from", "`shared/users#loki` is one key"],
      ["ExternalSecret/c.from", "`#` is not `path#property` or `path`"],
      ["ExternalSecret/d", "has no keys"],
    ],
    [
      "metadata of Vault's",
      vaultStack({ bundles: {} }),
      fetching({ name: "a", keys: { loki: { key: "shared/users", metadataPolicy: "Fetch" } } }),
      ["ExternalSecret/a.loki", "asks for metadata"],
    ],
    [
      "values that the fixture map does not have",
      { ...vaultStack({ bundles: {} }), vaultValues: { "shop/shop-keys#typo": "x", "shop/shop-keys#key": "y" } },
      sources(),
      ["vaultValues.shop/shop-keys#typo", "is not in the fixture map"],
    ],
  ];
  for (const [what, stack, from, ...told] of cases) it(`rejects ${what}`, () => tell(rejected(stack, from), told));

  describe("a fixture that is removed", () => {
    const without = (change: FixtureMap["environments"]["dev"]): Sources => {
      const { fixtureMap: map } = sources();
      return sources({ fixtureMap: { ...map, environments: { ...map.environments, dev: change } } });
    };

    it("is missed by name: a key", () =>
      tell(rejected(vaultStack(), without({ "shop/shop-keys": { key: null } })), [
        ["ExternalSecret/shop-keys.key", "Vault's `shop/shop-keys` has no key `key` here"],
      ]));

    it("is missed by name: all keys of a path, listed and inferred", () =>
      tell(rejected(vaultStack(), without({ "shop/shop-keys": null, "tools/tools-login": null })), [
        ["ExternalSecret/shop-keys.id", "Vault has no `shop/shop-keys` here"],
        ["ExternalSecret/shop-keys.key", "Vault has no `shop/shop-keys` here"],
        ["ExternalSecret/tools-login", "Vault has no `tools/tools-login` here"],
      ]));

    it("is not missed where what needs it is off, or elsewhere", () => {
      const from = without({ "tools/tools-login": null });
      assert.equal(select(vaultStack({ bundles: {} }), from).length, 1);
      assert.equal(select(vaultStack({ environment: "prod" }), from).length, 2);
    });
  });

  it("names what the fixture map itself breaks", () => {
    const map = sources().fixtureMap;
    const from = sources({ fixtureMap: { ...map, shared: { ...map.shared, "shop/plain-db-auth": { a: { origin: "external" } } } } });
    tell(rejected(vaultStack(), from), [["fixtures.shared.shop/plain-db-auth", "is a Secret of CloudNativePG's"]]);
  });
});
