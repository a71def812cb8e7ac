import * as assert from "node:assert/strict";
import { droppedRole, inlineRole, objectStatus, roleObjectStatus, type ClusterStatus, type ObjectStatus } from "../../rotation/status";

const reconciled = (role: string, resourceVersion?: string): ClusterStatus => ({
  managedRolesStatus: {
    byStatus: { reconciled: [role] },
    ...(resourceVersion === undefined ? {} : { passwordStatus: { [role]: { resourceVersion } } }),
  },
});
const failed: ClusterStatus = {
  managedRolesStatus: { byStatus: { reconciled: ["agents"] }, cannotReconcile: { agents: ["no such role: x", "and another"] } },
};
const reasons = ["role agents: no such role: x", "role agents: and another"];

describe("rotation/status", () => {
  const inline: [string, ClusterStatus, string[]][] = [
    ["is applied", reconciled("agents", "7"), []],
    ["has not been looked at", {}, ["role agents is not reconciled yet"]],
    ["is not reconciled, another one is", reconciled("graph", "7"), ["role agents is not reconciled yet"]],
    ["has an earlier password", reconciled("agents", "6"), ["role agents: the Secret's present version is not applied yet"]],
    ["has no password", reconciled("agents"), ["role agents: the Secret's present version is not applied yet"]],
    ["cannot be reconciled", failed, reasons],
  ];
  for (const [what, status, expected] of inline)
    it(`inline: a role that ${what}`, () => assert.deepEqual(inlineRole("agents", "7", status), expected));

  const dropped: [string, ClusterStatus, string[]][] = [
    ["is gone", reconciled("agents"), []],
    ["has not been looked at", {}, ["role agents is not dropped yet"]],
    ["cannot be dropped", failed, reasons],
  ];
  for (const [what, status, expected] of dropped)
    it(`dropped: a role that ${what}`, () => assert.deepEqual(droppedRole("agents", status, false), expected));
  it("dropped: a role that CloudNativePG has had time to refuse, and has not", () => {
    assert.deepEqual(droppedRole("agents", {}, true), []);
    const refused = { managedRolesStatus: { cannotReconcile: { agents: ["owns objects"] } } };
    assert.deepEqual(droppedRole("agents", refused, true), ["role agents: owns objects"]);
  });

  const object = (status?: ObjectStatus) => ({ metadata: { name: "agents", generation: 2 }, ...(status ? { status } : {}) });
  const applied = { applied: true, observedGeneration: 2 };
  const objects: [string, ReturnType<typeof object> | undefined, string[]][] = [
    ["is applied with its Secret", object({ ...applied, secretResourceVersion: "7" }), []],
    ["is not there", undefined, ["DatabaseRole does not exist"]],
    ["has not been looked at", object(), ["DatabaseRole: not applied yet"]],
    ["is applied as it was before", object({ applied: true, observedGeneration: 1 }), ["DatabaseRole: not applied yet"]],
    ["cannot be applied", object({ applied: false, message: "no Secret", observedGeneration: 2 }), ["DatabaseRole: no Secret"]],
    [
      "is applied with an earlier Secret",
      object({ ...applied, secretResourceVersion: "6" }),
      ["DatabaseRole: the Secret's present version is not applied yet"],
    ],
    ["is applied without a Secret", object(applied), ["DatabaseRole: the Secret's present version is not applied yet"]],
  ];
  for (const [what, role, expected] of objects)
    it(`DatabaseRole: one that ${what}`, () => assert.deepEqual(roleObjectStatus(role, "7"), expected));

  it("says of any kind whether its present generation is applied", () => {
    assert.deepEqual(objectStatus("Database", object(applied)), []);
    assert.deepEqual(objectStatus("Database", object({ applied: true })), ["Database: not applied yet"]);
  });
});
