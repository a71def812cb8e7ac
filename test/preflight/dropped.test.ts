import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import type { PreflightRequest } from "../../preflight/types";
import { planRotation, type RotationPlan } from "../../rotation/plan";
import { kubeconfigFor, startApiServer } from "../support/apiServer";
import { apiReplies, CNPG, OWNER, preflightRequest, requestedService } from "../support/cluster";
import { madeUp } from "../support/madeUp";

const FOREIGN = "organization/cnpg-credentials/other/ffffffffffffffff";
type Role = { name: string; ensure?: string };

/** A Secret of ours, or of another state. */
const secret = (name: string, generation: string, more: object = {}, owner = OWNER) => ({
  metadata: { name, annotations: { "cnpg-credentials/owner": owner, "cnpg-credentials/generation": generation, ...more } },
});
const login = (role: string) => ({ "cnpg-credentials/login": role });
const absent = (name: string): Role => ({ name, ensure: "absent" });

/** The plan for a service in place whose namespace and Cluster have this. */
async function plan(secrets: readonly object[], roles: readonly Role[], strategy = "inPlace"): Promise<RotationPlan> {
  const server = await startApiServer({
    ...apiReplies(),
    "GET /api/v1/namespaces/apps/secrets": { items: secrets },
    [`GET ${CNPG}/namespaces/apps/clusters/pg`]: { spec: { storage: { size: "1Gi" }, managed: { roles } } },
  });
  try {
    const of = madeUp({}, { rotation: { strategy } });
    const services = [requestedService("shop", of.secret, of.secretType)];
    const request: PreflightRequest = { ...preflightRequest(), services, kubeconfig: kubeconfigFor(server) };
    const { credentials, problems } = evaluate(request, await gather(request));
    assert.deepEqual([problems, server.unexpected], [[], []]);
    const outcome = planRotation(of, credentials.shop!, 0);
    assert.ok("plan" in outcome, JSON.stringify(outcome));
    return outcome.plan;
  } finally {
    await server.close();
  }
}

describe("roles that were dropped", () => {
  const application = secret("shop-db-auth", "0.0.0", login("shop"));
  const owner = secret("shop-db-role", "0.0.0");
  const [a, b] = ["a", "b"].map((slot) => secret(`shop-db-role-${slot}`, "unused"));

  const cases: [string, secrets: readonly object[], roles: readonly Role[], dropped: string[], dropping: string[]][] = [
    ["none, of a service that never had another login", [application, owner], [{ name: "shop" }], [], []],
    [
      "go, while they have Secrets",
      [application, owner, a!, b!],
      [{ name: "shop" }, { name: "shop_a" }],
      ["shop_a", "shop_b"],
      ["shop_a", "shop_b"],
    ],
    [
      "stay in the Cluster as absent, when their Secrets are gone",
      [application, owner],
      [absent("shop_b"), absent("shop_a")],
      ["shop_a", "shop_b"],
      [],
    ],
    ["one goes, and one is gone", [application, owner, b!], [absent("shop_a")], ["shop_a", "shop_b"], ["shop_b"]],
    [
      "are not those of other services, or what the Cluster has",
      [application, owner],
      [absent("mail_a"), absent("shop_c"), { name: "shop_a" }],
      [],
      [],
    ],
    // In place, the owner is the login.
    ["are never the owner", [application, owner], [absent("shop")], [], []],
  ];
  for (const [what, secrets, roles, dropped, dropping] of cases)
    it(what, async () => {
      const made = await plan(secrets, roles);
      assert.deepEqual([made.dropped, made.dropping], [dropped, dropping]);
      assert.deepEqual(
        made.logins.map(({ role, login }) => [role, login]),
        [["shop", true]],
      );
      assert.equal(made.rotates, false);
    });

  it("are not those whose Secret is another state's", async () => {
    const foreign = secret("shop-db-role-a", "0.0.0", {}, FOREIGN);
    const request = { ...preflightRequest(), services: [requestedService("shop", "shop-db-auth", "kubernetes.io/basic-auth")] };
    const server = await startApiServer({
      ...apiReplies(),
      "GET /api/v1/namespaces/apps/secrets": { items: [application, owner, foreign] },
    });
    try {
      const report = evaluate(request, await gather({ ...request, kubeconfig: kubeconfigFor(server) }));
      assert.deepEqual(report.credentials.shop?.generations, { owner: "0.0.0" });
      assert.equal(report.problems.length, 1);
    } finally {
      await server.close();
    }
  });

  it("come back when logins alternate again", async () => {
    const made = await plan([application, owner], [absent("shop_a"), absent("shop_b")], "alternating");
    assert.deepEqual([made.dropped, made.dropping], [[], []]);
    assert.deepEqual(
      made.logins.map(({ role, login }) => [role, login]),
      [
        ["shop", true],
        ["shop_a", true],
        ["shop_b", false],
      ],
    );
  });
});
