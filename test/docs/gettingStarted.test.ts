import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const PAGE = fs.readFileSync(path.join(__dirname, "../../docs/getting-started.md"), "utf8");
/** The commands for a stack of one's own. */
const OWN = /^## Your own stacks\n[^]*?```sh\n([^]*?)```/m.exec(PAGE)![1]!;

describe("docs/getting-started", () => {
  it("makes namespaces that take restricted pods alone", () =>
    assert.match(OWN, /kubectl create namespace (\S+)\nkubectl label namespace \1 pod-security\.kubernetes\.io\/enforce=restricted\n/));

  it("keeps the provider's copies of the kubeconfig out of a directory that everybody has", () =>
    assert.match(OWN, /export TMPDIR="\$\(mktemp -d\)".*\npulumi up .*\nrm -r "\$TMPDIR"\n/));

  it("says what a pod of the lab may become, beside what the lab needs", () => {
    assert.match(PAGE, /needs Linux and root[^]*A pod that leaves its container is root on this machine/);
    const readme = fs.readFileSync(path.join(__dirname, "../../README.md"), "utf8");
    assert.match(readme, /throw-away lab on this machine \(Linux, root; a pod that leaves its container is root here\)/);
  });
});
