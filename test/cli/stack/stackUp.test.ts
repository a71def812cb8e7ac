import assert from "node:assert/strict";
import { diagnostics, warnings } from "../../../cli/stack/stackUp";

describe("cli/stack/stackUp", () => {
  it("repeats what the program has to say, and not what providers say of their resources", () => {
    const lines = [
      "Diagnostics:",
      "  pulumi:pulumi:Stack (cnpg-credentials-dev):",
      "    warning: plausible is off: its Secret and its password go",
      "    info: nothing",
      "    warning: the bundle argocd needs the namespace argocd, which does not exist",
      "",
      "  kubernetes:batch/v1:Job (plausible-proof):",
      '    warning: [Pod ameide-dev/plausible-db-proof]: container "proof" completed with exit code 0',
      "",
    ];
    assert.deepEqual(warnings(lines), [
      "plausible is off: its Secret and its password go",
      "the bundle argocd needs the namespace argocd, which does not exist",
    ]);
    assert.deepEqual(warnings(["Updating (dev):", "    warning: of nobody"]), []);
  });

  it("repeats why a resource has failed, and not that the program did not get it", () => {
    const why = ["Diagnostics:", "  kubernetes:batch/v1:Job (platform-proof):", "    error: the proof of platform failed", ""];
    const program = ["  pulumi:pulumi:Stack (cnpg-credentials-dev):", "    warning: plausible is off"];
    const consequence = [
      "    error: Error: resource platform-proof [kubernetes:batch/v1:Job] failed to register",
      "        at /clone/node_modules/@pulumi/runtime/resource.ts:795:40",
      "        at processTicksAndRejections (node:internal/process/task_queues:103:5)",
    ];
    const other = ["    error: Error: something else", "        at /clone/index.ts:1:2"];
    assert.deepEqual(diagnostics([...why, ...program, ...consequence, ...other, "Resources:", "    3 errored"]), [
      ...why,
      ...program,
      ...other,
    ]);
  });
});
