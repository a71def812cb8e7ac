import * as assert from "node:assert/strict";
import { evaluate } from "../../../preflight/evaluate";
import { gather } from "../../../preflight/gather";
import type { ClusterFacts, PreflightRequest } from "../../../preflight/types";
import { kubeconfigFor, startApiServer } from "../../support/apiServer";
import { apiReplies, clusterFacts, OWNER, preflightRequest } from "../../support/cluster";

const MONITORING = "GET /apis/monitoring.coreos.com/v1";
const request: PreflightRequest = { ...preflightRequest(), services: [], prometheusRule: true };
const facts = (change: Partial<ClusterFacts> = {}): ClusterFacts => ({
  ...clusterFacts(),
  workloads: {},
  prometheusRules: true,
  ...change,
});
const problems = (change: Partial<ClusterFacts>) => evaluate(request, facts(change)).problems;

describe("preflight of alerts", () => {
  it("finds nothing wrong where the kind is and the names are free or ours", () => {
    const ours = (name: string) => [{ name, owner: OWNER }];
    assert.deepEqual(problems({}), []);
    const objects = { ...facts().objects, prometheusrules: ours("pg-credentials"), configmaps: ours("pg-credential-queries") };
    assert.deepEqual(problems({ objects }), []);
  });

  it("wants the Prometheus operator's kind, when they are on", () => {
    const problem = {
      path: "alerts",
      message: "`prometheusRule` needs the Prometheus operator's PrometheusRule, which the cluster does not have",
      remedy: "install it, or set `none`",
    };
    assert.deepEqual(problems({ prometheusRules: false }), [problem]);
    assert.deepEqual(evaluate({ ...request, prometheusRule: false }, facts({ prometheusRules: false })).problems, []);
  });

  it("leaves somebody else's objects alone", () => {
    const objects = { ...facts().objects, prometheusrules: [{ name: "pg-credentials" }], configmaps: [{ name: "pg-credential-queries" }] };
    assert.deepEqual(
      problems({ objects }).map(({ path }) => path),
      ["PrometheusRule/pg-credentials", "ConfigMap/pg-credential-queries"],
    );
  });

  it("asks for the kind, for its objects and for the rights to them, only when they are on", async () => {
    const server = await startApiServer({
      ...apiReplies(),
      "GET /apis/batch/v1/namespaces/apps/jobs": { items: [] },
      [MONITORING]: { resources: [{ name: "prometheusrules" }] },
      "GET /apis/monitoring.coreos.com/v1/namespaces/apps/prometheusrules": { items: [{ metadata: { name: "pg-credentials" } }] },
      "GET /api/v1/namespaces/apps/configmaps": { items: [] },
    });
    try {
      const asked = { ...request, kubeconfig: kubeconfigFor(server) };
      const { prometheusRules, podMonitors, objects } = await gather(asked);
      assert.deepEqual([prometheusRules, podMonitors, objects.configmaps], [true, false, []]);
      assert.deepEqual(objects.prometheusrules, [{ name: "pg-credentials" }]);
      server.replies[MONITORING] = 404;
      assert.equal((await gather(asked)).prometheusRules, false);
      server.asked.length = 0;
      await gather({ ...asked, prometheusRule: false });
      assert.ok(!server.asked.some(({ question }) => /monitoring/.test(question)));
      assert.deepEqual(server.unexpected, []);
    } finally {
      await server.close();
    }
  });
});
