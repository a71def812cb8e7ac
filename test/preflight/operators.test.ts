import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import { kubeconfigFor, startApiServer } from "../support/apiServer";
import { apiReplies, clusterFacts, operator, OPERATORS, preflightRequest } from "../support/cluster";

type Operators = { version: string; available: number; watches?: string[] }[];

/**
 * What is wrong with the operators of a cluster in which all else is as it should be; `undefined`
 * for nothing.
 */
function judge(operators: Operators): string | undefined {
  const { problems } = evaluate(preflightRequest(), { ...clusterFacts(), operators });
  assert.ok(problems.length <= 1 && problems.every(({ path }) => path === "CloudNativePG"), JSON.stringify(problems));
  return problems[0]?.message;
}
/** A Deployment that says so; `undefined` stands for a value from elsewhere. */
const watching = (image: string, value: string | undefined) => ({
  spec: { template: { spec: { containers: [{ image, env: [{ name: "WATCH_NAMESPACE", ...(value === undefined ? {} : { value }) }] }] } } },
  status: { availableReplicas: 1 },
});
/**
 * One by its digest, that is told what to watch by a ConfigMap, and otherwise by its environment.
 */
const configured = (name: string) => ({
  metadata: { name, namespace: "cnpg-system", labels: { "app.kubernetes.io/version": "1.30.3" } },
  spec: {
    template: {
      spec: {
        containers: [
          {
            image: `registry.example/cnpg@sha256:${"0".repeat(64)}`,
            args: ["controller", "--config-map-name=$(OPERATOR_DEPLOYMENT_NAME)-config"],
            env: [{ name: "WATCH_NAMESPACE", value: "theirs" }],
          },
        ],
      },
    },
  },
  status: { availableReplicas: 1 },
});
const up = (version: string) => ({ version, available: 1 });
const down = (version: string) => ({ version, available: 0 });

describe("preflight, several operators", () => {
  const cases: [string, Operators, RegExp | undefined][] = [
    ["one of two is down, the first", [down("1.30.0"), up("1.30.0")], undefined],
    ["one of two is down, the second", [up("1.30.0"), down("1.30.0")], undefined],
    ["both are down", [down("1.30.0"), down("1.31.0")], /no running pod/],
    ["the second is too old", [up("1.30.0"), up("1.29.4")], /is 1\.29\.4, older/],
    ["the one that runs is too old", [down("1.30.0"), up("1.29.4")], /is 1\.29\.4, older/],
    ["one has no version, and the other is too old", [up("main"), up("1.28.0")], /is 1\.28\.0, older/],
    ["one is of the least version, and the other far beyond", [up("1.30.0"), up("1.100.2")], undefined],
    ["one has a minor version of one digit", [up("1.30.0"), up("1.9.1")], /is 1\.9\.1, older/],
    ["one has a lower major version and a higher minor one", [up("1.30.0"), up("0.99.0")], /is 0\.99\.0, older/],
    ["one watches this namespace", [{ ...up("1.30.0"), watches: ["other", "apps"] }], undefined],
    ["another's is too old, and one watches all", [{ ...up("1.28.0"), watches: ["other"] }, up("1.30.0")], undefined],
    [
      "none watches this namespace",
      [
        { ...up("1.30.0"), watches: ["other"] },
        { ...up("1.30.0"), watches: ["app"] },
      ],
      /no operator watches the namespace apps: .* `other`, `app`$/,
    ],
    [
      "the one that watches is down",
      [
        { ...up("1.30.0"), watches: ["other"] },
        { ...down("1.30.0"), watches: ["apps"] },
      ],
      /no running pod/,
    ],
  ];
  for (const [what, operators, expected] of cases)
    it(`${expected ? "refuses" : "accepts"}: ${what}`, () => {
      const message = judge(operators);
      if (expected) assert.match(message ?? "nothing", expected);
      else assert.equal(message, undefined);
    });

  it("are each read from the cluster, in whatever namespace, with how many of its pods run", async () => {
    const items = [
      operator("registry.example/cloudnative-pg:1.30.0", 0),
      operator("registry.example/cloudnative-pg:1.30.1", 2),
      { ...operator("cnpg:1.31.0"), status: {} },
      ...["apps, jobs", "", undefined].map((value) => watching("cnpg:1.30.2", value)),
      ...["here", "elsewhere", "nowhere"].map(configured),
    ];
    const maps = "GET /api/v1/namespaces/cnpg-system/configmaps";
    const server = await startApiServer({
      ...apiReplies(),
      [`GET ${OPERATORS}`]: { items },
      [`${maps}/here-config`]: { data: { WATCH_NAMESPACE: "apps" } },
      [`${maps}/elsewhere-config`]: { data: { WATCH_NAMESPACE: "other,more" } },
      [`${maps}/nowhere-config`]: 403,
    });
    try {
      const { operators } = await gather({ ...preflightRequest(), kubeconfig: kubeconfigFor(server) });
      assert.deepEqual(operators, [
        down("1.30.0"),
        { version: "1.30.1", available: 2 },
        down("1.31.0"),
        { ...up("1.30.2"), watches: ["apps", "jobs"] },
        up("1.30.2"),
        up("1.30.2"),
        { ...up("1.30.3"), namespace: "cnpg-system", watches: ["apps"] },
        { ...up("1.30.3"), namespace: "cnpg-system", watches: ["other", "more"] },
        { ...up("1.30.3"), namespace: "cnpg-system", watches: ["theirs"] },
      ]);
    } finally {
      await server.close();
    }
    assert.deepEqual(server.unexpected, []);
  });
});
