import * as assert from "node:assert/strict";
import fc from "fast-check";
import { agesOf, overdue } from "../../../cli/inventory/ages";
import { compareLive } from "../../../cli/inventory/compareLive";
import { lookAtCluster, type LiveFacts } from "../../../cli/inventory/live";
import type { Difference, FoundSecret, Inventory } from "../../../cli/inventory/types";
import { Refused } from "../../../kube/live";
import { asDeclared, inventoryFor, ON_DAY } from "../../support/inventories";
import { answering } from "../../support/secretsSeen";
import { stackFile } from "../../support/stackFiles";
import { telling, type Told } from "../../support/told";

const VALUE = "c2VjcmV0LXZhbHVl";
const vault = stackFile("dev").vault as Record<string, object>;

describe("cli/inventory/live", () => {
  const CORE = "/api/v1/namespaces";
  const ES = "/apis/external-secrets.io";
  const CLUSTER = "/apis/postgresql.cnpg.io/v1/namespaces/apps/clusters/pg";
  const inventory: Inventory = {
    schema: 1,
    stack: "test",
    namespace: "apps",
    ownNamespaces: ["apps"],
    cluster: "pg",
    owners: [],
    gates: [],
    atTimes: [],
    secrets: [],
  };
  const secret = { namespace: "tools", name: "login" } as Inventory["secrets"][number];
  const nothing = (namespace: string) => ({
    [`${CORE}/${namespace}/secrets`]: { items: [] },
    [`${ES}/v1/namespaces/${namespace}/externalsecrets`]: 404,
    [`${ES}/v1alpha1/namespaces/${namespace}/pushsecrets`]: 404,
  });

  it("sees names, types, keys and marks, and keeps no value", async () => {
    const metadata = {
      name: "platform",
      labels: { "cnpg-credentials/stack": "test" },
      annotations: { "cnpg-credentials/password-changed-at": ON_DAY },
      ownerReferences: [
        { kind: "Other", name: "o" },
        { kind: "Cluster", name: "pg", controller: true },
      ],
    };
    const data = { password: VALUE, empty: "" };
    const { get } = answering({
      [CLUSTER]: { spec: { instances: 1 } },
      [`${CORE}/apps/secrets`]: {
        items: [
          { metadata, type: "Opaque", data },
          {
            metadata: {
              name: "fetched",
              managedFields: [{ time: "2026-01-02T03:04:05Z", fieldsV1: { "f:data": {} } }],
              creationTimestamp: "2020-01-01T00:00:00Z",
            },
          },
          { metadata: { name: "made", creationTimestamp: "2020-01-01T00:00:00Z" }, data: null },
        ],
      },
      [`${ES}/v1/namespaces/apps/externalsecrets`]: {
        items: [
          { metadata: { name: "e", labels: { "cnpg-credentials/stack": "test" } }, spec: { target: { name: "fetched" } } },
          { metadata: { name: "none" }, spec: { target: { creationPolicy: "None" } } },
        ],
      },
      [`${ES}/v1alpha1/namespaces/apps/pushsecrets`]: {
        items: [
          {
            metadata: { name: "p" },
            spec: { selector: { secret: { name: "platform" } }, data: [{ match: { remoteRef: { remoteKey: "a/b" } } }] },
          },
        ],
      },
    });
    const facts = await lookAtCluster(get, inventory);
    const namespace = "apps";
    assert.deepEqual(facts, {
      cluster: { spec: { instances: 1 } },
      missingNamespaces: [],
      secrets: [
        { kind: "Secret", namespace, name: "fetched", keys: [], changedAt: "2026-01-02T03:04:05.000Z" },
        { kind: "Secret", namespace, name: "made", keys: [], changedAt: "2020-01-01T00:00:00Z" },
        {
          kind: "Secret",
          namespace,
          name: "platform",
          type: "Opaque",
          keys: ["empty", "password"],
          controller: "Cluster/pg",
          changedAt: ON_DAY,
          stack: "test",
        },
      ],
      links: [
        { kind: "ExternalSecret", namespace, name: "e", secret: "fetched", remoteKeys: [], stack: "test" },
        { kind: "PushSecret", namespace, name: "p", secret: "platform", remoteKeys: ["a/b"] },
      ],
    });
    assert.ok(!JSON.stringify(facts).includes(VALUE));
  });

  it("looks into every namespace that the program has a Secret in, and says which is not there", async () => {
    const { get, asked } = answering({ [CLUSTER]: 404, [`${CORE}/tools`]: 404, ...nothing("apps"), ...nothing("tools") });
    assert.deepEqual(await lookAtCluster(get, { ...inventory, secrets: [secret] }), {
      missingNamespaces: ["tools"],
      secrets: [],
      links: [],
    });
    assert.equal(asked.length, 8);
  });

  it("does not take for nothing what it may not see", async () => {
    for (const path of [CLUSTER, `${CORE}/tools`, ...Object.keys(nothing("tools"))]) {
      const { get } = answering({ [CLUSTER]: 404, [`${CORE}/tools`]: {}, ...nothing("apps"), ...nothing("tools"), [path]: 403 });
      await assert.rejects(
        lookAtCluster(get, { ...inventory, secrets: [secret] }),
        (error) => error instanceof Refused && error.message.includes(path),
      );
    }
  });
});

describe("cli/inventory/compareLive", () => {
  const tell = telling("inventory", "what differs in a cluster");
  let inventory: Inventory;
  before(
    async () =>
      (inventory = await inventoryFor("dev", {
        vault: { ...vault, mirror: { mode: "push", services: ["graph"] } },
        bundles: { argocd: {} },
      })),
  );

  const words = (differences: readonly Difference[]) => differences.map(({ about, what }) => `${about}: ${what}`);
  const compare = (facts: LiveFacts) => {
    const { differences, others, notes } = compareLive(inventory, facts);
    return { differences: words(differences), others: others.map(({ name }) => name), notes };
  };
  const CLEAN = { differences: [], others: [], notes: [] };
  const without = (name: string, of = asDeclared(inventory)) => ({ ...of, secrets: of.secrets.filter((one) => one.name !== name) });
  const withSecret = (secret: Partial<FoundSecret>) => {
    const live = asDeclared(inventory);
    return { ...live, secrets: [...live.secrets, { kind: "Secret" as const, namespace: "ameide-dev", name: "x", keys: [], ...secret }] };
  };
  const changed = (name: string, change: Partial<FoundSecret>) => {
    const live = asDeclared(inventory);
    return { ...live, secrets: live.secrets.map((one) => (one.name === name ? { ...one, ...change } : one)) };
  };

  it("finds nothing where everything is as the program has it, in whatever order", () => {
    assert.deepEqual(compare(asDeclared(inventory)), CLEAN);
    const live = asDeclared(inventory);
    const broken = { ...live, secrets: live.secrets.slice(3), links: live.links.slice(2) };
    const expected = compareLive(inventory, broken);
    fc.assert(
      fc.property(fc.shuffledSubarray(broken.secrets, { minLength: broken.secrets.length }), (secrets) =>
        assert.deepEqual(compareLive(inventory, { ...broken, secrets, links: [...broken.links].reverse() }), expected),
      ),
      { numRuns: 5 },
    );
  });

  const cases: [string, () => LiveFacts, ...Told[]][] = [
    ["a Secret that is gone", () => without("graph-db-credentials"), ["ameide-dev/graph-db-credentials", "is not there"]],
    ["a Secret of CloudNativePG's that is gone", () => without("postgres-ameide-ca"), ["ameide-dev/postgres-ameide-ca", "is not there"]],
    ["Vault's keys that are gone", () => without("vault-auto-credentials"), ["vault/vault-auto-credentials", "is not there"]],
    ["a Secret that nobody knows", () => withSecret({ keys: ["b", "a"] }), ["ameide-dev/x", "not the program's", "the keys a, b"]],
    [
      "one beside Vault, of somebody else's",
      () => withSecret({ namespace: "vault", controller: "SealedSecret/x" }),
      ["vault/x", "not the program's", "SealedSecret/x", "no keys"],
    ],
    [
      "the superuser's, although it is switched off",
      () => withSecret({ name: "postgres-ameide-superuser", controller: "Cluster/postgres-ameide" }),
      ["ameide-dev/postgres-ameide-superuser", "not the program's", "Cluster/postgres-ameide"],
    ],
    [
      "one that is left of a bundle that is off",
      () => withSecret({ namespace: "argocd", name: "left", stack: "dev" }),
      ["argocd/left", "not the program's", "no keys"],
    ],
    [
      "keys that are gone, and others",
      () => changed("graph-db-role", { keys: ["password", "more"] }),
      ["ameide-dev/graph-db-role", "has the key more,"],
      ["ameide-dev/graph-db-role", "lacks the key username"],
    ],
    [
      "another type",
      () => changed("graph-db-role", { type: "Opaque" }),
      ["ameide-dev/graph-db-role", "type Opaque", "kubernetes.io/basic-auth"],
    ],
    [
      "a Secret that something else keeps",
      () => changed("graph-db-role", { controller: "ExternalSecret/g" }),
      ["ameide-dev/graph-db-role", "belongs to ExternalSecret/g,", "to nothing"],
    ],
    [
      "one that External Secrets has let go",
      () => {
        const { controller: _, ...rest } = asDeclared(inventory).secrets.find(({ name }) => name === "plausible-admin")!;
        const live = without("plausible-admin");
        return { ...live, secrets: [...live.secrets, rest] };
      },
      ["ameide-dev/plausible-admin", "belongs to nothing,", "to ExternalSecret/plausible-admin"],
    ],
    [
      "a Cluster that is gone",
      () => {
        const { cluster: _, ...live } = asDeclared(inventory);
        return live;
      },
      ["Cluster ameide-dev/postgres-ameide", "is not there"],
    ],
    [
      "a Cluster that reads another Secret",
      () => ({ ...asDeclared(inventory), cluster: { spec: { superuserSecret: { name: "mine" } } } }),
      ["Cluster ameide-dev/postgres-ameide", "the Secret mine,", "not the program's"],
    ],
  ];
  for (const [what, facts, ...expected] of cases) it(`finds ${what}`, () => tell(compare(facts()).differences, expected));

  it("has what it does not know among the others, with its keys", () => {
    const { others } = compareLive(inventory, withSecret({ keys: ["a"], controller: "Certificate/x" }));
    assert.deepEqual(others, [{ kind: "Secret", namespace: "ameide-dev", name: "x", keys: ["a"], controller: "Certificate/x" }]);
  });

  it("has a remedy for each, which is not the same for all", () => {
    const { differences } = compareLive(inventory, { ...asDeclared(inventory), secrets: [] });
    assert.equal(differences.length, inventory.secrets.length);
    assert.equal(new Set(differences.map(({ remedy }) => remedy)).size, 4);
    assert.ok(differences.every(({ remedy, source }) => remedy !== "" && source === "cluster"));
  });

  it("leaves somebody else's Secrets alone where the program only fetches into", () =>
    assert.deepEqual(compare(withSecret({ namespace: "argocd", name: "argocd-secret" })), CLEAN));

  it("notes what is there at times, and Secrets of Kubernetes' and Helm's", () => {
    const live = withSecret({ name: "graph-db-role-a" });
    const more = ["v1", "v2"].map((name) => ({
      kind: "Secret" as const,
      namespace: "ameide-dev",
      name,
      keys: ["release"],
      type: "helm.sh/release.v1",
    }));
    const { notes, ...rest } = compare({ ...live, secrets: [...live.secrets, ...more] });
    assert.deepEqual(rest, { differences: [], others: [] });
    tell(notes, [
      ["ameide-dev/graph-db-role-a is there", "graph_a is a former login of graph,"],
      ["2 of Helm's releases, which hold the values of charts", "not looked at"],
    ]);
  });

  it("notes a namespace that is not there, and misses nothing in it", () => {
    const live = without("argocd-oauth-client");
    const there = live.links.filter(({ namespace }) => namespace !== "argocd");
    const { notes, ...rest } = compare({ ...live, missingNamespaces: ["argocd"], links: there });
    assert.deepEqual(rest, { differences: [], others: [] });
    tell(notes, [["nothing of what belongs into the namespace argocd is there", "does not exist"]]);
  });

  describe("ExternalSecrets and PushSecrets", () => {
    const links = (change: (links: LiveFacts["links"]) => LiveFacts["links"]) => {
      const live = asDeclared(inventory);
      return compare({ ...live, links: change(live.links) }).differences;
    };
    const own = { namespace: "ameide-dev", remoteKeys: [] };
    const copy = (path: string, secret = "graph-db-credentials") =>
      links((all) => all.map((one) => (one.kind === "PushSecret" ? { ...one, secret, remoteKeys: [path] } : one)));

    it("that are gone", () =>
      tell(
        links((all) => all.filter(({ name }) => !["plausible-admin", "graph-db-credentials"].includes(name))),
        [
          ["ExternalSecret ameide-dev/plausible-admin", "is not there"],
          ["PushSecret ameide-dev/graph-db-credentials", "is not there"],
        ],
      ));
    it("that the program did not make", () =>
      tell(
        links((all) => [
          ...all,
          { kind: "ExternalSecret", name: "e", secret: "platform-db-credentials", ...own },
          { kind: "PushSecret", name: "p", secret: "platform-db-role", ...own },
          { kind: "ExternalSecret", name: "theirs", secret: "theirs", namespace: "argocd", remoteKeys: [] },
        ]),
        [
          ["ExternalSecret ameide-dev/e", "writes the Secret platform-db-credentials,", "not the program's"],
          ["PushSecret ameide-dev/p", "copies the Secret platform-db-role,", "not the program's"],
        ],
      ));
    it("that write or copy something else than the program has them", () => {
      tell(
        links((all) => all.map((one) => (one.name === "plausible-admin" ? { ...one, secret: "y" } : one))),
        [["ExternalSecret ameide-dev/plausible-admin", "writes the Secret y,", "not the program's"]],
      );
      tell(copy("x/y"), [
        ["PushSecret ameide-dev/graph-db-credentials", "graph-db-credentials to x/y,", "to dev/ameide-dev/graph-db-credentials"],
      ]);
      assert.equal(copy("dev/ameide-dev/graph-db-credentials", "postgres-ameide-ca").length, 1);
    });
  });

  it("knows how old each Secret is, and which is older than it may be", async () => {
    const now = new Date("2026-09-29T12:00:00.000Z");
    const limited = await inventoryFor("dev", {
      rotation: { maxAgeDays: 90 },
      services: { graph: {}, base: { rotation: { maxAgeDays: 91 } } },
      gates: {},
      bundles: {},
    });
    const ages = agesOf(limited, asDeclared(limited), now);
    assert.deepEqual(ages["ameide-dev/graph-db-credentials"], { changedAt: ON_DAY, days: 90 });
    assert.equal(Object.keys(ages).length, limited.secrets.length);
    tell(
      overdue(limited, ages),
      ["graph-db-credentials", "graph-db-role"].map((name) => [
        `ameide-dev/${name} is 90 days old, and 90 are allowed`,
        "npm run rotate -- graph --stack dev",
      ]),
    );
    assert.deepEqual(agesOf(limited, { secrets: [], links: [], missingNamespaces: [] }, now), {});
  });
});
