import * as assert from "node:assert/strict";
import { gather } from "../../preflight/gather";
import type { PreflightRequest } from "../../preflight/types";
import { checkWorkloads } from "../../preflight/workloads";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { accessReview, apiReplies, preflightRequest, REVIEWS } from "../support/cluster";

const API = "GET /apis/apps/v1/namespaces/apps/deployments/api";
const REVIEW = `POST ${REVIEWS}/selfsubjectaccessreviews`;

describe("a workload that is to be restarted", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer(apiReplies())));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  /** What the API server's answers come to, when its service is rotated. */
  async function judge(workload: number | object, review: number | boolean): Promise<string[]> {
    server.replies[API] = workload as number;
    server.replies[REVIEW] =
      typeof review === "number" ? review : accessReview((verb, resource) => review && verb === "patch" && resource === "deployments");
    const request: PreflightRequest = { ...preflightRequest(), kubeconfig: kubeconfigFor(server) };
    request.services = [{ ...request.services[0]!, name: "shop", workloads: [{ kind: "Deployment", name: "api" }] }];
    const { problems } = checkWorkloads(new Set(["shop"]), request, await gather(request));
    return problems.map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
  }
  const MAY_NOT_PATCH = /^services\.shop\.workloads: this account may not patch the Deployment apps\/api; .*restart: none/;
  const IS_NOT_THERE = /^services\.shop\.workloads: the Deployment apps\/api.* does not exist/;

  const cases: [string, workload: number | object, review: number | boolean, RegExp | undefined][] = [
    ["is there and may be patched", {}, true, undefined],
    ["may be patched, and not read", 403, true, undefined],
    ["may be read, and not patched", {}, false, MAY_NOT_PATCH],
    ["may be neither read nor patched", 403, false, MAY_NOT_PATCH],
    ["may be neither read nor patched, by one whom nobody knows", 401, false, MAY_NOT_PATCH],
    ["may be read, and nobody may ask of what else", {}, 403, MAY_NOT_PATCH],
    ["is not there, and may be patched", 404, true, IS_NOT_THERE],
    ["is not there, and may not be patched", 404, false, IS_NOT_THERE],
  ];
  for (const [what, workload, review, expected] of cases)
    it(`${what}: ${expected ? "the rotation is refused" : "the rotation goes on"}`, async () => {
      const found = await judge(workload, review);
      assert.equal(found.length, expected ? 1 : 0, found.join("\n"));
      if (expected) assert.match(found[0]!, expected);
    });
});
