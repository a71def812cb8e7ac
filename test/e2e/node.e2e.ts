import assert from "node:assert/strict";
import { ensureNodeImage } from "../../lab/images";
import { kubectl } from "./support/lab";
import { nodePod, startPod } from "./support/nodePod";
import { apply } from "./support/workloads";

const NAMESPACE = "e2e-node";

describe("a program in a pod", () => {
  const name = "node-e2e";

  before(async () => {
    await kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait");
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  });
  after(() => kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false"));

  it("runs under the pinned Node, where Pod Security is restricted and the root is read-only", async () => {
    const print = 'const { uid, username } = require("node:os").userInfo(); console.log(JSON.stringify([process.version, uid, username]))';
    await startPod(await nodePod(name, { program: print }), NAMESPACE);
    await kubectl("-n", NAMESPACE, "wait", `pod/${name}`, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=180s");
    assert.deepEqual(JSON.parse(await kubectl("-n", NAMESPACE, "logs", name)), [process.version, 1000, "node"]);
  });

  it("is made once and given once", async () => {
    const titles: string[] = [];
    const step = <T>(title: string, work: (update: (text: string) => void) => Promise<T>) =>
      work((text) => titles.push(`${title}: ${text}`));
    await ensureNodeImage({ step, note: () => undefined });
    assert.deepEqual(titles, []);
  });
});
