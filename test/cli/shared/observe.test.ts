import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { observe } from "../../../cli/shared/observe";
import { METADATA_ONLY, METADATA_ONLY_ONE } from "../../../kube/client";
import { CNPG, objectsPath } from "../../../kube/kinds/groups";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../../support/apiServer";
import { serviceOutput } from "../../support/outputs";

const SERVICE = serviceOutput();
const SECRETS = "GET /api/v1/namespaces/apps/secrets";
const STATUS = {
  phase: "Cluster in healthy state",
  currentPrimary: "pg-1",
  conditions: [{ type: "Ready", status: "True" }],
  managedRolesStatus: { byStatus: { reconciled: ["app"] }, passwordStatus: { app: { resourceVersion: "7" } } },
};
const at = (plural: string, name?: string) => `GET ${objectsPath(CNPG, "apps", plural, name)}`;
const DATABASE = { metadata: { name: "app", generation: 2 }, status: { applied: true, observedGeneration: 2 } };
const REPLIES: Readonly<Record<string, Reply>> = {
  [at("clusters", "pg")]: { status: STATUS },
  [at("databases")]: { items: [DATABASE] },
  [at("databaseroles")]: { items: [] },
  [SECRETS]: { items: [{ metadata: { name: "app-db-role", resourceVersion: "7" } }] },
};

describe("cli/shared/observe", () => {
  let server: ApiServer | undefined;
  afterEach(async () => {
    await server?.close();
    assert.deepEqual(server?.unexpected, []);
  });
  const observed = async (replies: Readonly<Record<string, Reply>> = {}, output = SERVICE) => {
    await server?.close();
    server = await startApiServer({ ...REPLIES, ...replies });
    const config = new KubeConfig();
    config.loadFromString(kubeconfigFor(server));
    config.setCurrentContext("lab");
    return observe(config, "apps/pg", { app: output });
  };
  const waiting = async (...given: Parameters<typeof observed>) => (await observed(...given)).services[0]!.waiting;

  it("says what CloudNativePG has applied, with four questions that read, and none for what is in a Secret", async () => {
    assert.deepEqual(await observed(), {
      primary: "pg-1",
      phase: "Cluster in healthy state",
      services: [{ service: "app", waiting: [] }],
    });
    assertReads(
      server!.asked.map(({ question }) => question),
      4,
    );
    assert.equal(server!.asked.find(({ question }) => question === SECRETS)!.accept, METADATA_ONLY);
  });

  it("waits for the Secret's present version, the Database and the role's own object", async () => {
    const newer = { items: [{ metadata: { name: "app-db-role", resourceVersion: "8" } }] };
    assert.deepEqual(await waiting({ [SECRETS]: newer }), ["role app: the Secret's present version is not applied yet"]);
    assert.deepEqual(await waiting({ [SECRETS]: { items: [] } }), ["Secret app-db-role does not exist"]);
    assert.deepEqual(await waiting({ [at("databases")]: { items: [] } }), ["Database does not exist"]);
    assert.deepEqual(await waiting({}, { ...SERVICE, roleObject: "app" }), ["DatabaseRole does not exist"]);
  });

  it("waits for the Database of the service that a profile is of", async () => {
    const output = { ...SERVICE, profile: { kind: "reader", of: "shop", owner: "shop" } as const };
    assert.deepEqual(await waiting({}, output), ["Database does not exist"]);
    const shop = { ...DATABASE, metadata: { ...DATABASE.metadata, name: "shop" } };
    assert.deepEqual(await waiting({ [at("databases")]: { items: [shop] } }, output), []);
  });

  it("waits for the Secrets of applications' namespaces to name the login in use, and reads none of them", async () => {
    const output = { ...SERVICE, namespaces: ["jobs"] };
    const path = `GET /api/v1/namespaces/jobs/secrets/${SERVICE.secret}`;
    const marked = (login: string, generation: string) => ({
      metadata: { annotations: { "cnpg-credentials/login": login, "cnpg-credentials/generation": generation } },
    });
    const { login, generation, secret } = SERVICE;
    assert.deepEqual(await waiting({ [path]: marked(login, generation) }, output), []);
    assert.equal(server!.asked.find(({ question }) => question === path)!.accept, METADATA_ONLY_ONE);
    for (const reply of [marked("app_a", generation), marked(login, "former")])
      assert.deepEqual(await waiting({ [path]: reply }, output), [
        `Secret jobs/${secret} does not name ${login} in the generation ${generation}`,
      ]);
    assert.deepEqual(await waiting({ [path]: 404 }, output), [`Secret jobs/${secret} does not exist`]);
  });

  it("waits for a Cluster that is not there, too", async () => {
    const { primary, phase, services } = await observed({ [at("clusters", "pg")]: 404 });
    assert.deepEqual([primary, phase], [undefined, "unknown"]);
    assert.ok(services[0]!.waiting.includes("Cluster: no status yet"));
  });
});
