import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ExternalSecretsSummary } from "../catalog/outputs";
import { bundles } from "../catalog/bundles";
import { stackFile } from "./support/stackFiles";
import { expectedResources, finding, GATE, ids, SERVICES, wholeProgram } from "./support/wholeProgram";

const STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore::ameide-vault";
const EXTERNAL_SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret";
/** Bundles that dev's fixture map has everything for. */
const IN_DEV = bundles.filter(({ name }) => !["workrequests-runner", "cert-manager"].includes(name));

describe("index, what is fetched", () => {
  const { up, onPreflight } = wholeProgram();
  // Somebody else's: what it is made of has tests of its own.
  const vault = { server: { kind: "existing", address: "https://vault.example" }, configuration: { by: "hand" } };
  const withBundles = (on: Record<string, object>, preview = false) => up("dev", { vault, bundles: on }, preview);
  const objectsOf = ({ name, externalSecrets }: (typeof bundles)[number]) =>
    externalSecrets.map((record) => `${EXTERNAL_SECRET}::external-${name}-${record.name}`);
  const storeOf = (namespace: string) => [
    `cnpg-credentials:index:SecretStore::ameide-vault.${namespace}`,
    `kubernetes:core/v1:ServiceAccount::ameide-vault.${namespace}-account`,
    `${STORE}.${namespace}`,
  ];
  const summaryOf = (result: object) => (result as { externalSecrets?: ExternalSecretsSummary }).externalSecrets;

  it("is as the stack's file says: exactly the bundles that are on, the same in a preview", async () => {
    const on = stackFile("dev").bundles as Record<string, object>;
    const expected = bundles.filter(({ name }) => name in on).flatMap(objectsOf);
    for (const preview of [false, true]) {
      const made = ids((await withBundles(on, preview)).resources).filter((id) => id.startsWith(EXTERNAL_SECRET));
      assert.deepEqual(made.filter((id) => !/inference|keycloak|plausible/.test(id)).sort(), expected.sort());
    }
  });

  it("has nothing of a bundle that is off, and everything else all the same", async () => {
    const all = Object.fromEntries(IN_DEV.map(({ name }) => [name, {}]));
    const before = ids((await withBundles(all)).resources);
    for (const bundle of IN_DEV) {
      const { resources, result } = await withBundles({ ...all, [bundle.name]: { enabled: false } });
      // A bundle in a namespace of its own takes the store with it.
      const store = bundle.namespace === undefined ? [] : storeOf(bundle.namespace);
      const gone = [...objectsOf(bundle), ...store].sort();
      assert.deepEqual(
        before.filter((id) => !ids(resources).includes(id)),
        gone,
      );
      assert.equal(resources.length, before.length - gone.length);
      assert.ok(!summaryOf(result)!.secrets.some(({ owner }) => owner === bundle.name));
    }
  });

  it("is fetched into each namespace through a store of its own, once that is there", async () => {
    const made = await withBundles({ argocd: {}, minio: { namespace: "minio" } });
    for (const [store, namespace] of Object.entries({
      [STORE]: "ameide-dev",
      [`${STORE}.argocd`]: "argocd",
      [`${STORE}.minio`]: "minio",
    })) {
      const { conditions, provider } = made.get(store).inputs.spec as { conditions: object[]; provider: { vault: { auth: object } } };
      assert.deepEqual(conditions, [{ namespaces: [namespace] }]);
      const name = store.split("::").at(-1);
      const serviceAccountRef = { name, namespace: "ameide-dev", audiences: ["vault"] };
      assert.deepEqual(provider.vault.auth, { kubernetes: { mountPath: "kubernetes", role: name, serviceAccountRef } });
    }
    const { dependsOn, inputs } = made.get(`${EXTERNAL_SECRET}::external-argocd-argocd-oauth-client`);
    assert.ok(dependsOn.includes(`${STORE}.argocd`) && !dependsOn.includes(STORE));
    assert.deepEqual((inputs.spec as { secretStoreRef: object }).secretStoreRef, {
      name: "ameide-vault.argocd",
      kind: "ClusterSecretStore",
    });
    assert.equal((inputs.metadata as { namespace: string }).namespace, "argocd");
  });

  it("leaves out what has no namespace, and says so in the outputs", async () => {
    onPreflight(async (...args) => ({ ...(await finding({})(...args)), missingNamespaces: new Set(["argocd"]) }));
    const made = await withBundles({ argocd: {}, minio: {} });
    const { conditions } = made.get(STORE).inputs.spec as { conditions: object[] };
    assert.deepEqual(conditions, [{ namespaces: ["ameide-dev"] }]);
    assert.ok(!ids(made.resources).some((id) => id.startsWith(EXTERNAL_SECRET) && id.includes("argocd")));
    const summary = summaryOf(made.result)!;
    assert.deepEqual(summary.leftOut, [{ bundle: "argocd", namespace: "argocd" }]);
    assert.ok(!summary.secrets.some(({ owner }) => owner === "argocd"));
  });

  it("tells what it fetches, without a value", async () => {
    const { stores, secrets, leftOut } = summaryOf((await withBundles({ minio: {} })).result)!;
    assert.deepEqual([stores, leftOut, secrets.length], [["ameide-vault"], [], 9]);
    assert.deepEqual(secrets.at(-1), {
      owner: "minio",
      kind: "bundle",
      namespace: "ameide-dev",
      name: "minio-service-users",
      keys: ["langfuse", "loki", "tempo"],
    });
  });

  it("asks the cluster about it before anything is made", async () => {
    let asked: string[] = [];
    onPreflight((...args) => {
      const [, , , more] = args;
      asked = [...(more?.fetched?.plans ?? []), ...(more?.gates ?? [])].map(({ name }) => name);
      return finding({})(...args);
    });
    await up("dev", { vault, bundles: { neo4j: {} }, gates: { "db-migrations": {} }, services: stackFile("dev").services });
    assert.deepEqual(asked.slice(-2), ["neo4j-auth", "db-migrations"]);
  });

  it("is refused together with what is wrong with services, by name", async () => {
    onPreflight(() => assert.fail("asked"));
    const services = { ...(stackFile("dev").services as object), langfuse: {} };
    await assert.rejects(up("dev", { vault, services, bundles: { "cert-manager": {} } }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(
        error.message,
        /^Services of stack dev: 3 problems, nothing was changed\n {2}- services\.langfuse: is not in the catalogue/,
      );
      assert.match(
        error.message,
        /ExternalSecret\/azure-dns\.client-id: Vault has no `cert-manager\/azure-dns` here; add it to the fixture map/,
      );
      return true;
    });
  });

  describe("gates", () => {
    it("are made with or without Vault, and say nothing of their own", async () => {
      const { resources, result } = await up("dev", { gates: { "db-migrations": {} } });
      assert.deepEqual(ids(resources), [...expectedResources(SERVICES), ...GATE].sort());
      assert.equal(summaryOf(result), undefined);
    });

    it("do not wait for what they are there to wait for", async () => {
      const { get } = await up("dev", { gates: { "db-migrations": {} } });
      const waitsFor = GATE.flatMap((id) => get(id).dependsOn).filter((id) => /Cluster|Database|Secret|RandomPassword/.test(id));
      assert.deepEqual(waitsFor, []);
    });

    it("are refused when a service that they wait for is off", async () => {
      const { graph: _, ...services } = stackFile("dev").services as Record<string, object>;
      await assert.rejects(up("dev", { gates: { "db-migrations": {} }, services }), {
        message: [
          "Services of stack dev: 1 problem, nothing was changed",
          "  - gates.db-migrations: waits for the Secret `graph-db-credentials`, which nothing in this stack makes; turn the service graph on, or the gate off",
        ].join("\n"),
      });
    });
  });
});
