import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { holds } from "./support/clock";
import { npm, ok } from "./support/commands";
import { stopAtFailure } from "./support/inOrder";
import { kubectl } from "./support/lab";

const NAMESPACE = "cnpg-try";

describe("the first ten minutes: try, a rotation under its client, and the end of it", () => {
  stopAtFailure();
  let data: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    data = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-try-"));
    env = { XDG_DATA_HOME: data };
  });
  after(async () => {
    await npm("try", ["--down"], { env });
    await fs.rm(data, { recursive: true, force: true });
  });

  it("brings two services up, and shows a client that logs in", async function () {
    this.timeout(10 * 60_000);
    const said = await ok(npm("try", ["--lab", "--seconds", "3"], { env }));
    assert.match(said, /^try: in the lab, a throw-away cluster of this machine, in the namespace cnpg-try$/m);
    assert.match(said, /^shop +shop +shop +shop-db-auth +ok, TLSv1\.3/m);
    assert.match(
      said,
      /^\d\d:\d\d:\d\d {2}(shop ok as shop_a, \d+ ms {3}orders ok as orders|orders ok as orders, \d+ ms {3}shop ok as shop_a), \d+ ms$/m,
    );
    assert.match(said, /^shop +\d+ logins, none refused; as shop_a$/m);
  });

  it("rotates beside it: the login that takes turns is refused at no moment, and the next client has the other one", async function () {
    this.timeout(10 * 60_000);
    const watching = npm("try", ["--seconds", "40"], { env });
    await holds(async () =>
      assert.equal(await kubectl("-n", NAMESPACE, "get", "pod", "client", "-o", "jsonpath={.status.phase}"), "Running"),
    );
    await ok(npm("try", ["rotate", "shop", "--yes"], { env }));
    assert.match(await ok(watching), /^shop +\d+ logins, none refused; as shop_a/m);
    assert.match(await ok(npm("try", ["--seconds", "2"], { env })), /^shop +\d+ logins, none refused; as shop_b$/m);
    assert.match(await ok(npm("try", ["status"], { env })), /shop_b/);
  });

  it("takes all of it away, and nothing else", async function () {
    this.timeout(10 * 60_000);
    assert.match(
      await ok(npm("try", ["--down"], { env })),
      /^Removed: the namespace cnpg-try, and the files of the trial on this machine\.$/m,
    );
    const left = await kubectl("get", "namespaces", "-o", "name");
    // Files beside this one make and remove namespaces of their own, so whole lists do not compare.
    const all = left.split("\n");
    assert.ok(!all.includes(`namespace/${NAMESPACE}`), left);
    for (const kept of ["ameide-dev", "cnpg-system", "default", "kube-system"]) {
      assert.ok(all.includes(`namespace/${kept}`), `${kept} is gone: ${left}`);
    }
    assert.deepEqual(await fs.readdir(path.join(data, "cnpg-credentials")), []);
    assert.match(await ok(npm("try", ["--down"], { env })), /Nothing is tried/);
  });
});
