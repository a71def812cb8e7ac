import * as assert from "node:assert/strict";
import { METADATA_ONLY, METADATA_ONLY_ONE } from "../../kube/client";
import { EXTERNAL_SECRET } from "../../kube/externalSecrets";
import { gather } from "../../preflight/gather";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../support/apiServer";
import { accessReview, apiReplies, OWNER, preflightRequest, REVIEWS } from "../support/cluster";

const API = "/apis/external-secrets.io/v1";
const namespaced = (namespace: string) => ({
  namespace: `GET /api/v1/namespaces/${namespace}`,
  secret: (name: string) => `GET /api/v1/namespaces/${namespace}/secrets/${name}`,
  externalSecrets: `GET ${API}/namespaces/${namespace}/externalsecrets`,
});
const [APPS, TOOLS] = [namespaced("apps"), namespaced("tools")];

describe("preflight/gather, of what is fetched", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer({ ...apiReplies(), ...replies() })));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  function replies(): Record<string, Reply> {
    return {
      [TOOLS.namespace]: { status: { phase: "Active" } },
      [TOOLS.secret("tools-login")]: 404,
      [TOOLS.secret("tools-more")]: 404,
      [APPS.secret("shop-keys")]: 404,
      [TOOLS.externalSecrets]: { items: [] },
      [APPS.externalSecrets]: { items: [] },
    };
  }
  const facts = async (change: Record<string, Reply> = {}): Promise<NonNullable<ClusterFacts["fetched"]>> => {
    Object.assign(server.replies, change);
    const request: PreflightRequest = {
      ...preflightRequest(),
      kubeconfig: kubeconfigFor(server),
      fetched: [
        { owner: "shop", kind: "service", namespace: "apps", name: "shop-keys" },
        { owner: "tools", kind: "bundle", namespace: "tools", name: "tools-login" },
        { owner: "tools", kind: "bundle", namespace: "tools", name: "tools-more" },
      ],
    };
    const { fetched } = await gather(request);
    assert.ok(fetched);
    return fetched;
  };
  const RESOURCE = EXTERNAL_SECRET;
  const empty = { missing: [], namespaceExists: true, forbidden: [], marks: { externalsecrets: [] }, secrets: [] };

  it("finds a cluster in which nothing is in the way", async () => assert.deepEqual(await facts(), { apps: empty, tools: empty }));

  it("asks for names and marks alone, and for no list of somebody else's Secrets", async () => {
    await facts();
    const asked = server.asked.filter(({ question }) => /tools\/(secrets|externalsecrets)/.test(question));
    const accepted = new Map(asked.map(({ question, accept }) => [question, accept]));
    assert.deepEqual(
      [...accepted].sort(),
      [
        [TOOLS.externalSecrets, METADATA_ONLY],
        [TOOLS.secret("tools-login"), METADATA_ONLY_ONE],
        [TOOLS.secret("tools-more"), METADATA_ONLY_ONE],
      ].sort(),
    );
  });

  it("reads whose the objects are, and which ExternalSecret a Secret goes with", async () => {
    const metadata = { name: "tools-login", annotations: { "cnpg-credentials/owner": OWNER } };
    const labels = { "reconcile.external-secrets.io/managed": "true" };
    const controller = { kind: "ExternalSecret", name: "tools-login", controller: true };
    const namespaces = await facts({
      [TOOLS.externalSecrets]: { items: [{ metadata }] },
      [TOOLS.secret("tools-login")]: {
        metadata: { ...metadata, labels, ownerReferences: [{ kind: "ExternalSecret", name: "x", controller: false }, controller] },
      },
      [TOOLS.secret("tools-more")]: {
        metadata: { name: "tools-more", labels, ownerReferences: [{ kind: "Certificate", name: "theirs", controller: true }] },
      },
    });
    assert.deepEqual(namespaces.tools, {
      ...empty,
      marks: { externalsecrets: [{ name: "tools-login", owner: OWNER }] },
      secrets: [
        { name: "tools-login", owner: OWNER, fetchedFor: "tools-login", fetched: true },
        { name: "tools-more", fetched: true, added: { owners: ["Certificate/theirs"] } },
      ],
    });
  });

  for (const [what, reply, exists] of [
    ["there is none", 404, false],
    ["it is going", { status: { phase: "Terminating" } }, false],
    ["the account may not ask", 403, "unknown"],
  ] as const)
    it(`knows of a namespace when ${what}`, async () =>
      assert.equal((await facts({ [TOOLS.namespace]: reply })).tools?.namespaceExists, exists));

  it("knows when the kinds are not there", async () => {
    const without = { ...empty, missing: [RESOURCE] };
    const missing = { [TOOLS.externalSecrets]: 404, [APPS.externalSecrets]: 404 };
    assert.deepEqual(await facts(missing), { apps: without, tools: without });
  });

  it("asks for the rights in each namespace", async () => {
    const namespaces = await facts({
      [`POST ${REVIEWS}/selfsubjectrulesreviews`]: { status: { resourceRules: [] } },
      [`POST ${REVIEWS}/selfsubjectaccessreviews`]: accessReview((_, resource) => resource !== "externalsecrets"),
    });
    const denied = ["get", "list", "create", "patch", "update", "delete"].map((verb) => `${verb} externalsecrets`);
    assert.deepEqual([namespaces.apps?.forbidden, namespaces.tools?.forbidden], [denied, denied]);
  });

  it("knows of no Secrets where it may not get one of them", async () =>
    assert.equal((await facts({ [TOOLS.secret("tools-more")]: 403 })).tools?.secrets, "unknown"));
});
