import * as assert from "node:assert/strict";
import { auditDevices, isAudit } from "../../config/auditDevices";

describe("config/auditDevices", () => {
  it("names the first device as it has always been called, and a second one after it", () => {
    assert.deepEqual(auditDevices("stdout"), { file: { file: "stdout" } });
    assert.deepEqual(auditDevices("stdout, /vault/audit/audit.log"), {
      file: { file: "stdout" },
      "file-2": { file: "/vault/audit/audit.log" },
    });
  });

  it("takes one place or two, and none that Vault or a command line would read as something else", () => {
    for (const where of ["stdout", "/vault/audit.log", "stdout,/vault/audit/audit.log", "/a,/b"]) assert.ok(isAudit(where), where);
    for (const where of ["", "audit.log", "stdout,", "stdout,stdout", "stdout,/a,/b", "/a b", "/a;x", "discard"])
      assert.ok(!isAudit(where), where);
  });
});
