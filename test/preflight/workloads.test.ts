import * as assert from "node:assert/strict";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { checkWorkloads } from "../../preflight/workloads";
import { clusterFacts, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";

const workloads: PreflightRequest["services"][number]["workloads"] = [
  { kind: "Deployment", name: "api" },
  { kind: "StatefulSet", name: "worker", namespace: "jobs" },
];
const there = { exists: true, patchable: true };

/** The lines about these workloads of `agents`, when it is rotated and `temporal` is not. */
function check(facts: ClusterFacts["workloads"], { rotates = true } = {}): string[] {
  const request = preflightRequest();
  for (const one of request.services) one.workloads = workloads;
  const { problems, notes } = checkWorkloads(new Set(rotates ? ["agents"] : []), request, { ...clusterFacts(), workloads: facts });
  return [...lines(problems), ...notes];
}

describe("preflight/workloads", () => {
  const tell = telling("preflight", "workloads that are in the way");
  it("lets a rotation be whose workloads can be restarted", () =>
    assert.deepEqual(check({ "Deployment apps/api": there, "StatefulSet jobs/worker": there }), []));

  const missing = (id: string): Told => ["services.agents.workloads", `the ${id},`, "does not exist"];
  const cases: [string, ClusterFacts["workloads"], ...Told[]][] = [
    [
      "is not there",
      { "Deployment apps/api": { ...there, exists: false }, "StatefulSet jobs/worker": there },
      missing("Deployment apps/api"),
    ],
    [
      "may not be patched",
      { "Deployment apps/api": there, "StatefulSet jobs/worker": { ...there, patchable: false } },
      ["services.agents.workloads", "may not patch the StatefulSet jobs/worker", "restart: none"],
    ],
    [
      "is not there, twice",
      { "Deployment apps/api": { exists: false, patchable: false }, "StatefulSet jobs/worker": { ...there, exists: false } },
      missing("Deployment apps/api"),
      missing("StatefulSet jobs/worker"),
    ],
    [
      "is paused",
      { "Deployment apps/api": { ...there, held: "paused" }, "StatefulSet jobs/worker": there },
      ["services.agents.workloads", "Deployment apps/api is paused", "kubectl rollout resume"],
    ],
    [
      "is restarted by hand alone",
      { "Deployment apps/api": there, "StatefulSet jobs/worker": { ...there, held: "OnDelete" } },
      ["services.agents.workloads", "StatefulSet jobs/worker has the update strategy OnDelete", "delete its pods"],
    ],
  ];
  for (const [what, facts, ...expected] of cases) it(`refuses to rotate when a workload ${what}`, () => tell(check(facts), expected));

  it("notes a workload that is not well before the rotation", () =>
    tell(check({ "Deployment apps/api": { ...there, lacking: { wanted: 3, available: 1 } }, "StatefulSet jobs/worker": there }), [
      ["services.agents.workloads", "Deployment apps/api has 1 of 3 pods available"],
    ]));

  it("says nothing of a workload that it may not ask for", () =>
    assert.deepEqual(check({ "Deployment apps/api": { ...there, exists: "unknown" }, "StatefulSet jobs/worker": there }), []));

  it("says nothing while nothing is rotated", () =>
    assert.deepEqual(check({ "Deployment apps/api": { ...there, exists: false } }, { rotates: false }), []));
});
