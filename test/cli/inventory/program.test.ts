import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { Selected } from "../../../catalog/select";
import type { Choices } from "../../../config/choices";
import { renderHtml } from "../../../cli/inventory/htmlPage";
import { renderCompact, renderMarkdown } from "../../../cli/inventory/markdown";
import { renderMermaid } from "../../../cli/inventory/mermaid";
import { programInventory } from "../../../cli/inventory/program";
import { chosen, inventoryFor, secretOf } from "../../support/inventories";
import { stackFile, STACKS } from "../../support/stackFiles";
import { EXISTING, TRANSIT } from "../../support/vaults";

const services = stackFile("dev").services as Record<string, object>;
const vault = stackFile("dev").vault as Record<string, object>;

describe("cli/inventory/program", () => {
  it("says of an application's Secret whose it is, who has the last word, who reads it, how it is replaced, and what checks it", async () => {
    const inventory = await inventoryFor("prod", { rotation: { maxAgeDays: 90 } });
    assert.deepEqual(secretOf(inventory, "ameide-prod/graph-db-credentials"), {
      namespace: "ameide-prod",
      name: "graph-db-credentials",
      type: "kubernetes.io/basic-auth",
      purpose: "what the application logs in to the database graph with",
      owner: "graph",
      ownerKind: "service",
      origins: ["generated"],
      authority: "the state of stack prod; CloudNativePG alone applies it, to the role graph",
      producer: { kind: "Pulumi" },
      after: ["Cluster ameide-prod/postgres-ameide (role graph)"],
      consumers: ["CronJob ameide-prod/secrets-smoke-db-migrations", "what runs graph"],
      keys: ["ca.crt", "dbname", "host", "jdbc-uri", "password", "pgpass", "port", "uri", "user", "username"].map((name) => ({
        name,
        origin: /^(password|uri|jdbc-uri|pgpass)$/.test(name) ? "generated" : "plain",
      })),
      rotation: { policy: "in place, by generation: `npm run rotate -- graph --stack prod`", maxAgeDays: 90 },
      checks: ["drift", "gate db-migrations", "smoke"],
    });
  });

  it("has an application's Secret in each of its namespaces, each with its own readers, and copied into Vault once", async () => {
    const platform = {
      namespaces: ["web", "jobs"],
      workloads: [
        { kind: "Deployment", name: "api" },
        { kind: "Deployment", name: "site", namespace: "web" },
      ],
    };
    const inventory = await inventoryFor("dev", { services: { ...services, platform }, vault: { ...vault, mirror: { mode: "push" } } });
    const found = inventory.secrets.filter(({ name }) => name === "platform-db-credentials");
    const [home, ...copies] = ["ameide-dev", "jobs", "web"].map((place) => found.find(({ namespace }) => namespace === place)!);
    assert.equal(found.length, 3);
    assert.ok(home!.mirror !== undefined && home!.consumers.includes("Deployment ameide-dev/api"));
    assert.deepEqual(
      copies.map(({ mirror, consumers, checks }) => [mirror, consumers, checks]),
      [
        [undefined, ["what runs platform in jobs"], ["drift", "smoke"]],
        [undefined, ["Deployment web/site"], ["drift", "smoke"]],
      ],
    );
    for (const { keys, type, rotation, authority } of copies)
      assert.deepEqual([keys, type, rotation, authority], [home!.keys, home!.type, home!.rotation, home!.authority]);
  });

  it("has both logins of a service that alternates, the owner's of the one that initdb knows, and the others at times", async () => {
    const inventory = await inventoryFor("dev", { rotation: { strategy: "alternating" }, roleApi: "databaseRole" });
    const names = inventory.secrets.filter(({ checks }) => checks.includes("proof")).map(({ name }) => name);
    assert.equal(names.length, 2 * 14 + 1);
    assert.deepEqual(
      names.filter((name) => /^(base|graph)-/.test(name)),
      ["base-db-role", "base-db-role-a", "base-db-role-b", "graph-db-role-a", "graph-db-role-b"],
    );
    const { consumers, purpose } = secretOf(inventory, "ameide-dev/graph-db-role-b");
    assert.deepEqual(
      [purpose, consumers],
      [
        "what CloudNativePG reads the password of the role graph_b from",
        ["DatabaseRole ameide-dev/graph-b (role graph_b)", "Job ameide-dev/graph-db-proof"],
      ],
    );
    assert.deepEqual(
      inventory.atTimes.filter(({ name }) => /^(base|graph)-/.test(name)),
      [{ namespace: "ameide-dev", name: "graph-db-role", why: "graph is a former login of graph, which may log in until it is retired" }],
    );
    assert.deepEqual(secretOf(inventory, "ameide-dev/base-db-role-a").consumers[0], "DatabaseRole ameide-dev/base-a (role dbuser_a)");
    assert.deepEqual(
      secretOf(inventory, "ameide-dev/postgres-ameide-auth").after,
      ["a", "b"].map((slot) => `DatabaseRole ameide-dev/base-${slot} (role dbuser_${slot})`),
    );
  });

  it("names the command that ends the credential before, where logins take turns", async () => {
    const { rotation } = secretOf(
      await inventoryFor("prod", { rotation: { strategy: "alternating" } }),
      "ameide-prod/graph-db-credentials",
    );
    assert.equal(
      rotation.policy,
      "two logins take turns, by generation: `npm run rotate -- graph --stack prod`, then `npm run retire -- graph --stack prod`, which ends the one before",
    );
  });

  it("has the alerts on a service's credential, where there are any", async () => {
    const inventory = await inventoryFor("dev", { alerts: "prometheusRule" });
    assert.ok(secretOf(inventory, "ameide-dev/graph-db-credentials").checks.includes("alerts"));
    assert.match(renderMarkdown(inventory), /^- alerts: Prometheus says by itself/m);
    assert.ok(!renderMarkdown(await inventoryFor("dev")).includes("\n- alerts: "));
  });

  it("names workloads that the stack names, copies, and the Secret that a password is taken over from", async () => {
    const workloads = [
      { kind: "Deployment", name: "graph" },
      { kind: "StatefulSet", name: "graph", namespace: "other" },
    ];
    const graph = { workloads, adopt: { secret: "legacy" } };
    const inventory = await inventoryFor("dev", { services: { ...services, graph }, vault: { ...vault, mirror: { mode: "push" } } });
    const secret = secretOf(inventory, "ameide-dev/graph-db-credentials");
    assert.deepEqual(secret.consumers, [
      "CronJob ameide-dev/secrets-smoke-db-migrations",
      "Deployment ameide-dev/graph",
      "PushSecret ameide-dev/graph-db-credentials",
      "StatefulSet other/graph",
    ]);
    assert.equal(secret.mirror, "mirror/dev/ameide-dev/graph-db-credentials");
    assert.match(secret.rotation.policy, /; the first password is taken over from the Secret legacy$/);
    assert.ok(inventory.atTimes.some(({ name, why }) => name === "legacy" && why.startsWith("the first password of graph")));
  });

  it("has a Secret that is adopted in its place once, as the application's", async () => {
    const inventory = await inventoryFor("dev", { services: { ...services, graph: { adopt: { secret: "graph-db-credentials" } } } });
    assert.equal(inventory.secrets.filter(({ name }) => name === "graph-db-credentials").length, 1);
    assert.ok(!inventory.atTimes.some(({ name }) => name === "graph-db-credentials"));
  });

  it("has of each key that is fetched who is its authority and where Vault has it", async () => {
    const inventory = await inventoryFor("dev");
    const { keys, origins, authority, rotation, producer } = secretOf(inventory, "ameide-dev/k8s-dashboard-oauth");
    assert.deepEqual(keys, [
      { name: "client-id", origin: "plain", from: "k8s-dashboard/k8s-dashboard-oauth#client-id" },
      { name: "client-secret", origin: "service", from: "k8s-dashboard/k8s-dashboard-oauth#client-secret" },
      { name: "cookie-secret", origin: "generated", from: "k8s-dashboard/k8s-dashboard-cookie#cookie-secret" },
    ]);
    assert.deepEqual(origins, ["generated", "service"]);
    assert.equal(authority, "the service that gives it out, and writes it into Vault when it runs; the state of stack dev");
    assert.match(
      rotation.policy,
      /^none by itself: .*; when the service gives out another; fetched again every 1h, or at once by `kubectl annotate -n ameide-dev externalsecret k8s-dashboard-oauth /,
    );
    assert.deepEqual(producer, { kind: "ExternalSecret", object: "ameide-dev/k8s-dashboard-oauth" });
  });

  it("says of a fetched Secret that its readers are restarted, where they are", async () => {
    const { stack, selected } = await chosen("dev");
    const restarted = (name: string) => (name === "k8s-dashboard-oauth" ? ({ restart: "reloader" } as const) : {});
    const plans = selected.fetched!.plans.map((plan) => ({ ...plan, ...restarted(plan.name) }));
    const { secrets } = programInventory(stack, { ...selected, fetched: { ...selected.fetched!, plans } });
    const said = secrets.filter(({ rotation }) => rotation.policy.endsWith("; its readers are restarted by Reloader"));
    assert.deepEqual(
      said.map(({ name }) => name),
      ["k8s-dashboard-oauth"],
    );
  });

  const keysOf = { "inference/inference-api-credentials#OPENAI_API_KEY": { secure: "v1:c2VjcmV0" } };
  for (const [what, stack, change, expected] of [
    ["a random one stands in for, in dev", "dev", {}, "a third party, for whose value a random one stands in"],
    [
      "somebody writes, outside dev",
      "prod",
      { vault: { ...EXISTING, configuration: { by: "pulumi", address: "https://vault.example" } } },
      "a third party, whose value somebody writes into Vault",
    ],
    [
      "the configuration has",
      "dev",
      { vaultValues: keysOf },
      "a third party, for whose value a random one stands in; a third party, whose value is in `vaultValues`",
    ],
  ] as const)
    it(`says of a third party's value that ${what}`, async () => {
      const inventory = await inventoryFor(stack, change);
      assert.equal(secretOf(inventory, `ameide-${stack}/inference-api-credentials`).authority, expected);
    });

  it("says of a Vault that somebody else sets up that its random values are theirs", async () => {
    const inventory = await inventoryFor("prod", { vault: EXISTING, bundles: { neo4j: {} } });
    assert.equal(secretOf(inventory, "ameide-prod/neo4j-auth").authority, "the party that sets Vault up");
    assert.ok(!inventory.secrets.some(({ ownerKind }) => ownerKind === "vault"));
    assert.deepEqual(inventory.ownNamespaces, ["ameide-prod"]);
  });

  it("has what the configuration names and others make, each once with all that is read of it", async () => {
    const credentials = {
      barmanObjectStore: { s3Credentials: { accessKeyId: { name: "store", key: "id" }, secretAccessKey: { name: "store", key: "key" } } },
    };
    const cluster = { ...(stackFile("prod").cluster as object), imagePullSecrets: ["store"], backup: { configuration: credentials } };
    const server = {
      kind: "deployed",
      image: "v:1",
      replicas: 3,
      storage: { size: "1Gi" },
      seal: TRANSIT,
      tls: { kind: "secret", name: "certificate" },
    };
    const inventory = await inventoryFor("prod", { cluster, vault: { server, configuration: { by: "hand" } } });
    const outside = inventory.secrets.filter(({ producer }) => producer.kind === "outside");
    assert.deepEqual(
      outside.map(({ namespace, name, keys, owner }) => [`${namespace}/${name}`, owner, ...keys.map((key) => key.name)]),
      [
        ["ameide-prod/store", "postgres-ameide", ".dockerconfigjson", "id", "key"],
        ["vault/certificate", "vault", "ca.crt", "tls.crt", "tls.key"],
        ["vault/kms-token", "vault", "token"],
      ],
    );
    assert.ok(outside.every(({ origins, moreKeys }) => origins.join() === "external" && moreKeys));
    assert.deepEqual(inventory.ownNamespaces, ["ameide-prod", "vault"]);
  });

  it("has every owner of a Secret, and no other", async () => {
    const inventory = await inventoryFor("dev");
    const pairs = new Set(inventory.secrets.map(({ ownerKind, owner }) => `${ownerKind} ${owner}`));
    assert.deepEqual(inventory.owners.map(({ kind, name }) => `${kind} ${name}`).sort(), [...pairs].sort());
  });

  it("is the same to the byte, in whatever order it is told", async () => {
    for (const stack of STACKS) {
      const change = {
        rotation: { strategy: "alternating" },
        ...(stack === "dev" ? { vault: { ...vault, mirror: { mode: "push" } } } : {}),
      };
      const { stack: choices, selected } = await chosen(stack, change);
      const pages = (...[of, on]: [Choices, Selected]) => {
        const inventory = programInventory(of, on);
        return [renderMarkdown(inventory), renderHtml(inventory), renderMermaid(inventory), renderCompact(inventory)];
      };
      const expected = pages(choices, selected);
      assert.deepEqual(pages(choices, selected), expected);
      fc.assert(
        fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
          const shuffle = <T>(items: readonly T[]): T[] =>
            items
              .map((item) => [numbers.next().value, item] as const)
              .sort(([a], [b]) => a - b)
              .map(([, item]) => item);
          const { services: on, gates, fetched } = selected;
          const plans = fetched && shuffle(fetched.plans).map((plan) => ({ ...plan, data: shuffle(plan.data) }));
          const shuffled = {
            services: shuffle(on),
            off: selected.off,
            gates: shuffle(gates).map((gate) => ({ ...gate, secrets: shuffle(gate.secrets) })),
            ...(fetched && plans ? { fetched: { ...fetched, plans } } : {}),
          };
          const settings = Object.fromEntries(shuffle(Object.entries(choices))) as unknown as Choices;
          assert.deepEqual(pages(settings, shuffled), expected);
        }),
        { numRuns: 5 },
      );
    }
  });

  it("has no value of the configuration that is encrypted, in whatever form", async () => {
    const inventory = await inventoryFor("dev", { vaultValues: keysOf });
    for (const page of [renderMarkdown(inventory), renderHtml(inventory), renderMermaid(inventory), renderCompact(inventory)])
      assert.doesNotMatch(page, /c2VjcmV0|encrypted/);
  });
});
