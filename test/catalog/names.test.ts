import * as assert from "node:assert/strict";
import { loginRole, proofJob, roleObject, roleSecret, SLOTS } from "../../catalog/names";

describe("catalog/names", () => {
  it("names a service's logins after it", () => {
    const names = SLOTS.map((slot) => [
      loginRole("agents_runtime", slot),
      roleSecret("agents-runtime", slot),
      roleObject("agents-runtime", slot),
    ]);
    assert.deepEqual(names, [
      ["agents_runtime", "agents-runtime-db-role", "agents-runtime"],
      ["agents_runtime_a", "agents-runtime-db-role-a", "agents-runtime-a"],
      ["agents_runtime_b", "agents-runtime-db-role-b", "agents-runtime-b"],
    ]);
    assert.equal(proofJob("agents-runtime"), "agents-runtime-db-proof");
  });
});
