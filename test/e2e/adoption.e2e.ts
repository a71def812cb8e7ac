import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { backstage } from "../../catalog/services/backstage";
import { resolveNames } from "../../catalog/names";
import { timedUp } from "./support/clock";
import { npm, ROOT, transcripts } from "./support/commands";
import { configure, credentials, type Configuration, kubectl, NAMESPACE, stack, STACK, target, upWith, withTunnel } from "./support/lab";

const LEGACY = "Pa ss/w:o@r#d%?&=+'\"";
const { secret: SECRET } = resolveNames(backstage);

describe("a password that is already there", () => {
  before(async () => {
    const values = [`--from-literal=password=${LEGACY}`, "--from-literal=uri=of-the-old-days"];
    await kubectl("-n", NAMESPACE, "create", "secret", "generic", SECRET, ...values);
  });

  const adopting = (config: Configuration) => {
    config.services.backstage = { adopt: { secret: SECRET }, secretType: "Opaque" };
  };
  const adopted = async () => (await credentials([backstage])).backstage!;

  it("goes to the service that adopts it, whatever characters it has", async () => {
    await upWith(adopting);
    const credential = await adopted();
    assert.equal(credential.password, LEGACY);
    await withTunnel(async (connect) => assert.equal(await connect(credential), "backstage@backstage"));
    const uri = await kubectl("-n", NAMESPACE, "get", "secret", SECRET, "-o", "jsonpath={.data.uri}");
    assert.equal(decodeURIComponent(new URL(Buffer.from(uri, "base64").toString("utf8")).password), LEGACY);
  });

  it("is looked at once: it lives in the state, and is written again when the Secret is gone", async () => {
    await kubectl("-n", NAMESPACE, "delete", "secret", SECRET);
    const opened = await stack();
    await configure(opened, adopting);
    const args = ["up", "--refresh", "--yes", "--skip-preview", "--stack", STACK, "--config-file", opened.configFile];
    const run = await timedUp(() => execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true }));
    transcripts.push(run.all);
    const credential = await adopted();
    assert.equal(credential.password, LEGACY);
    await withTunnel(async (connect) => assert.equal(await connect(credential), "backstage@backstage"));
  });

  it("is refused when it belongs to another state of the same stack, on a cluster that KUBECONFIG names", async () => {
    const { kubeconfig, context } = await target();
    const data = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-e2e-"));
    try {
      const elsewhere = { PULUMI_BACKEND_URL: undefined, PULUMI_CONFIG_PASSPHRASE: undefined };
      const { code, text } = await npm("up", ["--context", context, "--yes"], {
        env: { KUBECONFIG: kubeconfig, XDG_DATA_HOME: data, ...elsewhere },
      });
      assert.equal(code, 2, text);
      const owner = "[0-9a-f]{16}";
      assert.match(text, new RegExp(`Secret/platform-db-credentials, .* belong to another state \\(${owner}\\)`));
    } finally {
      await fs.rm(data, { recursive: true });
    }
  });
});
