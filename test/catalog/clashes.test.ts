import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { selectExternalSecrets } from "../../catalog/externalSecrets";
import { databaseSecrets, fetchedResource, loginRole, proofJob, resolveNames, restartOf, roleObject, SLOTS } from "../../catalog/names";
import type { ServiceRecord } from "../../catalog/record";
import { selectServices } from "../../catalog/service";
import type { Workload } from "../../config/schema";
import { ROLLED_OUT } from "../../kube/marks";
import type { FixtureKey } from "../../vault/fixture";
import { checkFixtureResources, planFixtures } from "../../vault/fixtures";
import { fixtureResource } from "../../vault/names";
import { stackConfig } from "../support/fixtures";
import { lines, problemsOf } from "../support/problems";
import { telling, type Told } from "../support/told";
import { sources, vaultStack } from "../support/vault";

/** Names in which dashes are everywhere: two pairs of them are often equal when they are joined. */
const name = fc.stringMatching(/^[ab](-?[ab]){0,3}$/);
const NAMESPACE = "a-b";

const isUnique = (names: readonly string[]) => new Set(names).size === names.length;

describe("names that are joined", () => {
  const tell = telling("configuration", "names that are joined");

  describe("of workloads that are restarted", () => {
    const select = (services: Readonly<Record<string, readonly Workload[]>>, more: object = {}) =>
      selectServices(
        Object.keys(services).map((service) => ({ name: service, description: service })),
        stackConfig({
          namespace: NAMESPACE,
          services: Object.fromEntries(Object.entries(services).map(([service, workloads]) => [service, { workloads, ...more }])),
        }),
      );
    const deployment = (workload: string, namespace?: string): Workload => ({
      kind: "Deployment",
      name: workload,
      ...(namespace === undefined ? {} : { namespace }),
    });

    const rejected: [string, Readonly<Record<string, readonly Workload[]>>, ...Told[]][] = [
      [
        "one that is listed twice",
        { orders: [deployment("web"), deployment("web")] },
        ["services.orders.workloads", "has Deployment web of orders twice"],
      ],
      [
        "one that is listed with its namespace and without",
        { orders: [deployment("web"), deployment("web", NAMESPACE)] },
        ["services.orders.workloads", "Deployment web of orders", "Deployment a-b/web of orders", "`restarts-orders-deployment-a-b-web`"],
      ],
      [
        "a dash that is the namespace's or the workload's",
        { orders: [deployment("b-c", "a"), deployment("c", "a-b")] },
        ["services.orders.workloads", "Deployment a/b-c of orders", "Deployment a-b/c of orders", "`restarts-orders-deployment-a-b-c`"],
      ],
      [
        "a service that is called as another with its workload",
        { x: [deployment("y", "deployment-n")], "x-deployment": [deployment("y", "n")] },
        ["services.x-deployment.workloads", "Deployment deployment-n/y of x", "Deployment n/y of x-deployment"],
      ],
      [
        "one that is called as what awaits another's rollout",
        { orders: [deployment("web"), deployment(`web${ROLLED_OUT}`)] },
        ["services.orders.workloads", "Deployment web of orders", "`restarts-orders-deployment-a-b-web-rolled-out`"],
      ],
    ];
    for (const [what, services, ...told] of rejected) it(`rejects ${what}`, () => tell(problemsOf(select(services)), told));

    it("lets one workload read the Secrets of two services, and two kinds be called the same", () => {
      const both = [deployment("web"), { ...deployment("web"), kind: "StatefulSet" as const }];
      assert.ok("services" in select({ orders: both, billing: both }));
    });

    it("looks at nothing that is not restarted here", () =>
      assert.ok("services" in select({ orders: [deployment("web"), deployment("web")] }, { restart: "reloader" })));

    it("says the record's place where the stack names none", () => {
      const record = { name: "orders", description: "Orders", workloads: [deployment("web"), deployment("web")] };
      tell(problemsOf(selectServices([record], stackConfig({ services: { orders: {} } }))), [["catalog.orders.workloads", "twice"]]);
    });

    it("whatever they are: each resource has one name, or there is a problem", () => {
      const workload = fc.record({
        kind: fc.constantFrom<Workload["kind"]>("Deployment", "StatefulSet", "DaemonSet"),
        name: fc.oneof(
          name,
          name.map((one) => one + ROLLED_OUT),
        ),
        namespace: name,
      });
      const services = fc.dictionary(name, fc.array(workload, { maxLength: 3 }), { minKeys: 1, maxKeys: 3, noNullPrototype: true });
      const seen = { accepted: 0, rejected: 0 };
      fc.assert(
        fc.property(services, (some) => {
          const result = select(some);
          const restarts = Object.entries(some).flatMap(([service, workloads]) =>
            workloads.flatMap((one) => {
              const resource = restartOf(service, { ...one, namespace: one.namespace ?? NAMESPACE });
              return one.kind === "Deployment" ? [resource, resource + ROLLED_OUT] : [resource];
            }),
          );
          const isAccepted = "services" in result;
          seen[isAccepted ? "accepted" : "rejected"]++;
          if (isAccepted) assert.ok(isUnique(restarts), restarts.join(" "));
          else if (isUnique(restarts)) assert.ok(lines(result.problems).every((line) => !line.includes("restarted by")));
        }),
        { numRuns: 2000 },
      );
      assert.ok(seen.accepted > 100 && seen.rejected > 20, JSON.stringify(seen));
    });
  });

  it("of roles, their objects and their Secrets: each has one name, or there is a problem", () => {
    const identifier = fc.stringMatching(/^[ab](_?[ab]){0,2}$/);
    const record = fc.record({
      name,
      role: fc.option(identifier, { nil: undefined }),
      secret: fc.option(fc.record({ name }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (some) => {
        const records = some.map((one) => JSON.parse(JSON.stringify({ ...one, description: "x" })) as ServiceRecord);
        if ("problems" in selectServices(records, stackConfig())) return;
        const all = (of: (one: ServiceRecord) => string[]) => assert.ok(isUnique(records.flatMap(of)), JSON.stringify(records));
        all((one) => SLOTS.map((slot) => loginRole(resolveNames(one).role, slot)));
        all((one) => SLOTS.map((slot) => roleObject(one.name, slot)));
        all((one) => databaseSecrets(one));
        all((one) => [proofJob(one.name)]);
        all((one) => [resolveNames(one).database]);
      }),
      { numRuns: 1000 },
    );
  });

  describe("of what is fetched from Vault", () => {
    const fetching = (owners: Readonly<Record<string, readonly string[]>>) =>
      selectExternalSecrets(
        vaultStack({ services: Object.fromEntries(Object.keys(owners).map((owner) => [owner, {}])), bundles: {} }),
        sources({
          catalogue: Object.entries(owners).map(([owner, names]) => ({
            name: owner,
            description: owner,
            externalSecrets: names.map((one) => ({ name: one, from: "shared/users" })),
          })),
        }),
      );

    it("rejects a dash that is the owner's or the Secret's, and names both", () =>
      tell(problemsOf(fetching({ a: ["b-c"], "a-b": ["c"] })), [
        ["ExternalSecret/c", "ExternalSecret apps/b-c of a", "ExternalSecret apps/c of a-b", "`a-b-c`"],
      ]));

    it("whatever they are: each resource has one name, or there is a problem", () =>
      fc.assert(
        fc.property(fc.dictionary(name, fc.uniqueArray(name, { maxLength: 3 }), { maxKeys: 3, noNullPrototype: true }), (owners) => {
          const result = fetching(owners);
          if (!("problems" in result)) assert.ok(isUnique(result.plans.map((plan) => fetchedResource(plan.owner, plan.name))));
        }),
        { numRuns: 1000 },
      ));
  });

  describe("of what is in Vault", () => {
    const random: FixtureKey = { origin: "generated" };
    const check = (paths: Readonly<Record<string, readonly string[]>>, by: "pulumi" | "cronJob" | "hand") =>
      checkFixtureResources(
        Object.fromEntries(Object.entries(paths).map(([path, keys]) => [path, Object.fromEntries(keys.map((key) => [key, random]))])),
        "dev",
        [],
        by,
      );

    it("rejects a dash that is the path's or the key's, and names both", () =>
      tell(lines(check({ "a/b": ["c-d"], "a/b-c": ["d"] }, "cronJob")), [
        ["fixtures.a/b-c.d", "`a/b#c-d`", "`a/b-c#d`", "`fixture-a-b-c-d`"],
      ]));

    it("rejects paths that are one resource where this program writes them", () => {
      const same = { "a/b-c": ["x"], "a-b/c": ["y"] };
      tell(lines(check(same, "pulumi")), [["fixtures.a-b/c", "`a/b-c`", "`a-b/c`", "`fixture-a-b-c`"]]);
      assert.deepEqual(check(same, "cronJob"), []);
      assert.deepEqual(check({ "a/b": ["c-d"], "a/b-c": ["d"] }, "hand"), []);
    });

    it("tells bytes from characters, which are resources of two kinds", () => {
      const hex: FixtureKey = { origin: "generated", format: "hex" };
      assert.deepEqual(checkFixtureResources({ "a/b": { "c-d": random }, "a/b-c": { d: hex } }, "dev", [], "cronJob"), []);
    });

    it("whatever they are: each value has one name, or there is a problem", () => {
      const path = fc.tuple(name, name).map((parts) => parts.join("/"));
      fc.assert(
        fc.property(
          fc.dictionary(path, fc.uniqueArray(name, { minLength: 1, maxLength: 2 }), { maxKeys: 3, noNullPrototype: true }),
          (paths) => {
            if (check(paths, "pulumi").length > 0) return;
            const fixtures = Object.fromEntries(
              Object.entries(paths).map(([one, keys]) => [one, Object.fromEntries(keys.map((key) => [key, random]))]),
            );
            const planned = planFixtures(fixtures, "dev", new Set());
            assert.ok(isUnique(planned.map((one) => fixtureResource(one.path, one.key))));
            assert.ok(isUnique(Object.keys(paths).map((one) => fixtureResource(one))));
          },
        ),
        { numRuns: 1000 },
      );
    });

    it("rejects a database's Secret that is Vault's own, and what is fetched into one", () => {
      const server = {
        kind: "deployed",
        namespace: "apps",
        image: "vault:2",
        replicas: 1,
        storage: { size: "1Gi" },
        seal: { type: "shamir" },
      };
      const stack = vaultStack({ services: { shop: {}, plain: {} }, bundles: {} }, { server, configuration: { by: "cronJob" } });
      const catalogue = [
        { name: "shop", description: "Shop", externalSecrets: [{ name: "vault-auto-credentials", from: "shared/users" }] },
        { name: "plain", description: "Plain", secret: { name: "vault-tls" } },
      ];
      tell(problemsOf(selectExternalSecrets(stack, sources({ catalogue }))), [
        ["vault.server.namespace", "`apps/vault-tls`", "the database credential of plain"],
        ["ExternalSecret/vault-auto-credentials", "shop wants", "Vault's own"],
      ]);
    });
  });
});
