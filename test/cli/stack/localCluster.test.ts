import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ensureLocalCluster, hasLocalCluster, LOCAL_CLUSTER, removeLocalCluster, suitable } from "../../../cli/stack/localCluster";
import { quiet } from "../../support/quiet";

// No test has Docker: what is called `docker`, `kind`, `k3d`, `minikube` and `kubectl` here are
// fakes that
// write down how they were called.
describe("cli/stack/localCluster, with fakes of Docker, kind and kubectl", () => {
  const { PATH, CI, XDG_CACHE_HOME } = process.env;
  let directory: string;
  const at = (...names: string[]) => path.join(directory, ...names);
  const fake = (name: string, script = "") =>
    fs.writeFileSync(at("bin", name), `#!/bin/sh\necho "${name} $*" >> "${at("calls")}"\n${script}\n`, { mode: 0o755 });
  const calls = () => fs.readFileSync(at("calls"), "utf8").trim().split("\n");

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "local-cluster-"));
    fs.mkdirSync(at("bin"));
    fs.writeFileSync(at("calls"), "");
    process.env.PATH = `${at("bin")}:/usr/bin:/bin`;
    // The lab's own kubectl, if there is one, is in the cache.
    process.env.XDG_CACHE_HOME = at("cache");
    delete process.env.CI;
    fake("kubectl");
  });
  afterEach(() => {
    process.env.PATH = PATH;
    for (const [name, value] of Object.entries({ CI, XDG_CACHE_HOME }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    fs.rmSync(directory, { recursive: true });
  });

  it("makes a cluster of kind's once, with CloudNativePG in it, and removes it", async () => {
    fake("docker", "echo 28.0.0");
    fake("kind", `case "$*" in "get clusters") cat "${at("clusters")}" ;; create*) echo cnpg-try > "${at("clusters")}" ;; esac`);
    fs.writeFileSync(at("clusters"), "");
    assert.deepEqual(await ensureLocalCluster(quiet, "kind", "cnpg-try"), { context: "kind-cnpg-try", isNew: true });
    assert.deepEqual(await ensureLocalCluster(quiet, "kind", "cnpg-try"), { context: "kind-cnpg-try", isNew: false });
    await removeLocalCluster(quiet, "kind", "cnpg-try");
    const made = calls();
    assert.equal(made.filter((line) => line === "kind create cluster --name cnpg-try").length, 1);
    assert.ok(
      made.some((line) => /^kubectl --context kind-cnpg-try apply --server-side -f https:.*cnpg-1\.30\.0\.yaml$/.test(line)),
      made.join("\n"),
    );
    assert.equal(made.at(-1), "kind delete cluster --name cnpg-try");
  });

  it("installs External Secrets where the stack wants them, and finds again what it has made", async () => {
    fake("docker", "echo 28.0.0");
    fake("helm");
    fake("kind", 'case "$*" in "get clusters") echo cnpg-credentials ;; esac');
    await ensureLocalCluster(quiet, "kind", LOCAL_CLUSTER, { externalSecrets: true });
    const helm = calls().filter((line) => line.startsWith("helm "));
    assert.equal(helm.length, 1);
    assert.match(helm[0]!, /^helm --kube-context kind-cnpg-credentials upgrade --install external-secrets external-secrets --repo https:/);
    assert.equal(await hasLocalCluster(), true);
    fake("kind");
    assert.equal(await hasLocalCluster(), false);
  });

  for (const [maker, create, context] of [
    ["k3d", "k3d cluster create cnpg-try", "k3d-cnpg-try"],
    ["minikube", "minikube start --profile cnpg-try --driver docker", "cnpg-try"],
  ] as const)
    it(`makes one of ${maker}'s`, async () => {
      fake("docker", "echo 28.0.0");
      fake(maker);
      assert.deepEqual(await ensureLocalCluster(quiet, maker, "cnpg-try"), { context, isNew: true });
      assert.ok(calls().includes(create), calls().join("\n"));
    });

  it("says what is not there before it makes anything", async () => {
    await assert.rejects(ensureLocalCluster(quiet, "kind", "x"), /kind is not on the PATH\nRemedy: /);
    fake("kind");
    await assert.rejects(ensureLocalCluster(quiet, "kind", "x"), /kind needs Docker, which does not answer/);
    assert.ok(!calls().some((line) => line.includes("create")));
  });

  it("tells what a program says when it fails", async () => {
    fake("docker", "echo 28.0.0");
    fake("kind", 'case "$*" in create*) echo "no space left" >&2; exit 1 ;; esac');
    await assert.rejects(ensureLocalCluster(quiet, "kind", "x"), /kind create cluster --name x failed\nno space left\nRemedy: /);
  });

  it("takes kind where nobody has named a cluster and Docker answers, and never in a pipeline", async () => {
    assert.equal(await suitable(), "lab");
    fake("kind");
    assert.equal(await suitable(), "lab");
    fake("docker", "echo 28.0.0");
    assert.equal(await suitable(), "kind");
    process.env.CI = "true";
    assert.equal(await suitable(), "lab");
  });
});
