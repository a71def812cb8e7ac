import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { npm, ok, ROOT, transcripts } from "./support/commands";
import { configure, credentials, type Configuration, kubectl, NAMESPACE, stack, target, upWith, withTunnel } from "./support/lab";

const LEGACY = "Pa ss/w:o@r#d%?&=+'\"";

describe("what is already there", () => {
  before(async () => {
    await upWith((config) => {
      delete config.services.backstage;
    });
    await kubectl(
      "-n",
      NAMESPACE,
      "create",
      "secret",
      "generic",
      "backstage-db-credentials",
      `--from-literal=password=${LEGACY}`,
      "--from-literal=uri=of-the-old-days",
    );
  });
  after(async () => {
    await upWith((config) => {
      delete config.services.backstage;
    });
    await ok(npm("up"));
  });

  const adopting = (config: Configuration) => {
    config.services.backstage = { adopt: { secret: "backstage-db-credentials" }, secretType: "Opaque" };
  };

  it("is refused by name when it is nobody's we know, and left alone", async () => {
    await assert.rejects(
      upWith((config) => {
        config.services.backstage = {};
      }),
      /Secret\/backstage-db-credentials: exists in ameide-dev and was not made by this program/,
    );
    assert.equal(
      await kubectl("-n", NAMESPACE, "get", "secret", "backstage-db-credentials", "-o", "jsonpath={.data.password}"),
      Buffer.from(LEGACY).toString("base64"),
    );
  });

  it("gives its password, whatever characters it has, to the service that adopts it", async () => {
    await upWith(adopting);
    const { backstage } = await credentials();
    assert.equal(backstage!.password, LEGACY);
    await withTunnel(async (connect) => assert.equal(await connect(backstage!), "backstage@backstage"));
    const uri = Buffer.from(
      await kubectl("-n", NAMESPACE, "get", "secret", "backstage-db-credentials", "-o", "jsonpath={.data.uri}"),
      "base64",
    ).toString("utf8");
    assert.equal(decodeURIComponent(new URL(uri).password), LEGACY);
  });

  it("is looked at once: the password lives in the state, and is written again when the Secret is gone", async () => {
    await kubectl("-n", NAMESPACE, "delete", "secret", "backstage-db-credentials");
    const opened = await stack();
    await configure(opened, adopting);
    const args = ["up", "--refresh", "--yes", "--skip-preview", "--stack", "dev", "--config-file", opened.configFile];
    const run = await execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true });
    transcripts.push(run.all);
    assert.equal((await credentials()).backstage!.password, LEGACY);
  });

  it("is refused when it belongs to another state of the same stack, on a cluster that KUBECONFIG names", async () => {
    const { kubeconfig } = await target();
    const data = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-e2e-"));
    try {
      const { code, text } = await npm("up", [], { env: { KUBECONFIG: kubeconfig, XDG_DATA_HOME: data } });
      assert.equal(code, 2);
      assert.match(
        text,
        /Secret\/platform-db-credentials, .* belong to another state \(organization\/cnpg-credentials\/dev\/[0-9a-f]{16}\)/,
      );
    } finally {
      await fs.rm(data, { recursive: true });
    }
  });
});
