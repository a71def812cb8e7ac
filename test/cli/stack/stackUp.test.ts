import assert from "node:assert/strict";
import { warnings } from "../../../cli/stack/stackUp";

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
});
