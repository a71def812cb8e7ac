import * as assert from "node:assert/strict";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { checkWorkloads } from "../../preflight/workloads";
import { clusterFacts, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";

const workloads: PreflightRequest["services"][number]["workloads"] = [
  { kind: "Deployment", name: "api" },
  { kind: "StatefulSet", name: "worker", namespace: "apps" },
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
    assert.deepEqual(check({ "Deployment apps/api": there, "StatefulSet apps/worker": there }), []));

  const missing = (id: string): Told => ["services.agents.workloads", `the ${id},`, "does not exist"];
  const cases: [string, ClusterFacts["workloads"], ...Told[]][] = [
    [
      "is not there",
      { "Deployment apps/api": { ...there, exists: false }, "StatefulSet apps/worker": there },
      missing("Deployment apps/api"),
    ],
    [
      "may not be patched",
      { "Deployment apps/api": there, "StatefulSet apps/worker": { ...there, patchable: false } },
      ["services.agents.workloads", "may not patch the StatefulSet apps/worker", "restart: none"],
    ],
    [
      "is not there, twice",
      { "Deployment apps/api": { exists: false, patchable: false }, "StatefulSet apps/worker": { ...there, exists: false } },
      missing("Deployment apps/api"),
      missing("StatefulSet apps/worker"),
    ],
    [
      "is paused",
      { "Deployment apps/api": { ...there, held: "paused" }, "StatefulSet apps/worker": there },
      ["services.agents.workloads", "Deployment apps/api is paused", "kubectl rollout resume"],
    ],
    [
      "is restarted by hand alone",
      { "Deployment apps/api": there, "StatefulSet apps/worker": { ...there, held: "OnDelete" } },
      ["services.agents.workloads", "StatefulSet apps/worker has the update strategy OnDelete", "delete its pods"],
    ],
  ];
  for (const [what, facts, ...expected] of cases) it(`refuses to rotate when a workload ${what}`, () => tell(check(facts), expected));

  it("refuses to rotate what a workload of another namespace reads, which can only be a copy", () => {
    const request = preflightRequest();
    for (const one of request.services) one.workloads = [{ kind: "Deployment", name: "shop", namespace: "shop" }];
    const live = { ...clusterFacts(), workloads: { "Deployment shop/shop": there } };
    const { problems, notes } = checkWorkloads(new Set(["agents"]), request, live);
    assert.deepEqual(notes, []);
    tell(lines(problems), [
      [
        "services.agents.workloads",
        "the Deployment shop/shop cannot read the Secret apps/agents-db-secret",
        "add `shop` to `services.agents.namespaces`",
        "alternating",
      ],
    ]);
    assert.deepEqual(checkWorkloads(new Set(), request, live).problems, []);
  });

  it("notes a workload that is not well before the rotation", () =>
    tell(check({ "Deployment apps/api": { ...there, lacking: { wanted: 3, available: 1 } }, "StatefulSet apps/worker": there }), [
      ["services.agents.workloads", "Deployment apps/api has 1 of 3 pods available"],
    ]));

  it("says nothing of a workload that it may not ask for", () =>
    assert.deepEqual(check({ "Deployment apps/api": { ...there, exists: "unknown" }, "StatefulSet apps/worker": there }), []));

  it("says nothing while nothing is rotated", () =>
    assert.deepEqual(check({ "Deployment apps/api": { ...there, exists: false } }, { rotates: false }), []));
});
