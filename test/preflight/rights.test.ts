import * as assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { gather } from "../../preflight/gather";
import { missingRights } from "../../preflight/rights";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { accessReview, apiReplies, preflightRequest, REVIEWS } from "../support/cluster";

const SECRETS = "/api/v1/namespaces/apps/secrets";

describe("preflight/gather, of rights", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer(apiReplies())));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  const ask = (change: Partial<PreflightRequest> = {}): Promise<ClusterFacts> =>
    gather({ ...preflightRequest(), kubeconfig: kubeconfigFor(server), ...change });
  /** Asks with one thing answered differently. */
  const answering = (question: string, reply: (typeof server.replies)[string], change: Partial<PreflightRequest> = {}) => {
    server.replies[question] = reply;
    return ask(change);
  };
  const RULES = `POST ${REVIEWS}/selfsubjectrulesreviews`;
  const ACCESS = `POST ${REVIEWS}/selfsubjectaccessreviews`;
  const verbs = ["get", "list", "create", "patch", "update", "delete"];
  const rules = (...resourceRules: object[]) => ({ status: { resourceRules } });

  it("asks singly for what the rules do not grant, in the namespace", async () => {
    server.replies[RULES] = rules(
      { verbs, apiGroups: ["", "batch"], resources: ["secrets", "jobs"] },
      { verbs: ["get", "list"], apiGroups: ["", "postgresql.cnpg.io"], resources: ["*"] },
    );
    const { forbidden } = await answering(
      ACCESS,
      accessReview((verb) => verb !== "delete" && verb !== "watch"),
    );
    assert.deepEqual(forbidden, ["delete clusters", "delete databases", "delete configmaps", "watch pods"]);
    const reviews = server.asked.filter(({ question }) => question === ACCESS);
    assert.equal(reviews.length, 13);
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { namespace: "apps", verb: "create", group: "postgresql.cnpg.io", resource: "clusters" } },
    };
    // Of all at once, whichever came first.
    assert.equal(reviews.filter(({ body }) => isDeepStrictEqual(body, review)).length, 1);
  });

  it("asks for Poolers only where a service is led to one, which gets an annotation", async () => {
    server.replies["GET /apis/postgresql.cnpg.io/v1/namespaces/apps/poolers"] = { items: [] };
    const [agents, temporal] = preflightRequest().services;
    const asking = (change: object) =>
      answering(
        ACCESS,
        accessReview((_, resource) => resource !== "poolers"),
        { services: [{ ...agents!, ...change }, temporal!] },
      );
    server.replies[RULES] = rules();
    assert.deepEqual((await asking({ pooler: "pooler-rw" })).forbidden, ["get poolers", "patch poolers"]);
    assert.deepEqual((await asking({})).forbidden, []);
  });

  it("means by a Job one of Kubernetes' own, and by a pod what pulumi watches while it waits for one", async () => {
    server.replies[RULES] = rules({
      verbs,
      apiGroups: ["", "postgresql.cnpg.io"],
      resources: ["secrets", "clusters", "databases", "configmaps"],
    });
    await answering(
      ACCESS,
      accessReview(() => true),
    );
    const asked = server.asked.flatMap(({ question, body }) =>
      question === ACCESS ? [(body as { spec: { resourceAttributes: Record<string, string> } }).spec.resourceAttributes] : [],
    );
    assert.deepEqual(
      asked.map(({ verb, group, resource }) => `${verb} ${resource}.${group}`).sort(),
      [...verbs.map((verb) => `${verb} jobs.batch`), "get pods.", "list pods.", "watch pods."].sort(),
    );
  });

  for (const [what, rule] of [
    ["other names", { verbs, apiGroups: ["*"], resources: ["*"], resourceNames: ["one"] }],
    ["another group", { verbs, apiGroups: ["apps"], resources: ["*"] }],
    ["another resource", { verbs, apiGroups: ["*"], resources: ["services"] }],
  ] as const)
    it(`takes a rule for ${what} for none`, async () => {
      server.replies[RULES] = rules(rule);
      const { forbidden } = await answering(
        ACCESS,
        accessReview(() => false),
      );
      assert.equal(forbidden.length, 5 * verbs.length + 3);
    });

  it("asks singly for everything where the rules cannot be listed", async () => {
    server.replies[RULES] = 403;
    assert.deepEqual(
      (
        await answering(
          ACCESS,
          accessReview(() => true),
        )
      ).forbidden,
      [],
    );
  });

  const named = (...names: string[]) => ({
    verbs: ["get", "patch", "update", "delete"],
    apiGroups: ["*"],
    resources: ["*"],
    resourceNames: names,
  });
  const NAMES = [
    ...[
      "agents-db-secret",
      "temporal-db-env",
      "agents",
      "temporal",
      "pg",
      "pg-server-ca",
      "pg-authorities",
      "agents-db-proof",
      "temporal-db-proof",
    ],
    ...["agents", "temporal"].flatMap((name) => [`${name}-db-role`, `${name}-db-role-a`, `${name}-db-role-b`]),
  ];
  const nameless = { verbs: ["list", "create", "watch"], apiGroups: ["*"], resources: ["*"] };
  const pods = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };

  it("is content with rules for the names that are meant, and asks nothing more", async () => {
    const { forbidden } = await answering(RULES, rules(named(...NAMES), nameless, pods));
    assert.deepEqual(forbidden, []);
    assert.ok(!server.asked.some(({ question }) => question === ACCESS));
  });

  it("names what rules for other names leave out", async () => {
    server.replies[ACCESS] = accessReview(() => false);
    const { forbidden } = await answering(
      RULES,
      rules(named(...NAMES.filter((name) => !name.startsWith("agents-db-role"))), nameless, pods),
    );
    const left = "agents-db-role,agents-db-role-a,agents-db-role-b";
    assert.deepEqual(
      forbidden,
      ["get", "patch", "update", "delete"].map((verb) => `${verb} secrets ${left}`),
    );
    assert.deepEqual(
      missingRights(forbidden, "apps").map(({ message }) => message),
      [`this account may not get, patch, update, delete secrets (${left.replaceAll(",", ", ")})`],
    );
  });

  it("asks by name where something else than RBAC decides", async () => {
    server.replies[RULES] = { status: { resourceRules: [nameless, pods], incomplete: true } };
    server.replies[ACCESS] = ({ body }) => {
      const { name } = (body as { spec: { resourceAttributes: { name?: string } } }).spec.resourceAttributes;
      return { status: { allowed: name !== undefined && name !== "pg" } };
    };
    const { forbidden } = await ask();
    assert.deepEqual(forbidden, ["get clusters", "patch clusters", "update clusters", "delete clusters"]);
  });

  it("has a preview read and no more, and no list of Secrets", async () => {
    server.replies[ACCESS] = accessReview(() => false);
    server.replies[`GET ${SECRETS}`] = 403;
    for (const name of NAMES) server.replies[`GET ${SECRETS}/${name}`] = name === "agents-db-secret" ? { metadata: { name } } : 404;
    const reads = [
      { verbs: ["get"], apiGroups: ["*"], resources: ["*"], resourceNames: NAMES },
      { verbs: ["list"], apiGroups: ["batch", "postgresql.cnpg.io"], resources: ["*"] },
      { verbs: ["list"], apiGroups: [""], resources: ["configmaps"] },
    ];
    const { forbidden, objects } = await answering(RULES, rules(...reads), { isPreview: true });
    assert.deepEqual([forbidden, objects.secrets], [[], [{ name: "agents-db-secret" }]]);
  });

  it("takes a refused list for a missing right, and knows nothing of those objects", async () => {
    const { forbidden, objects } = await answering(`GET ${SECRETS}`, 403);
    assert.deepEqual([forbidden, Object.keys(objects)], [["list secrets"], ["jobs", "clusters", "databases", "configmaps"]]);
  });
});
