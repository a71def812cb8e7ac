import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { bundleProgram } from "../../../components/bundle";
import { startApiServer, type ApiServer, type Reply } from "../../support/apiServer";
import { golden } from "../../support/golden";
import { DATABASE, FETCHED, failing, liveExternalSecret } from "../../support/secretsSeen";

const DATABASE_SECRET = "GET /api/v1/namespaces/apps/secrets/agents-db-secret";
const FETCHED_SECRET = "GET /api/v1/namespaces/tools/secrets/tools-login";
const MADE = "GET /apis/external-secrets.io/v1/namespaces/tools/externalsecrets/tools-login";
const VALUE = "c2VjcmV0LXZhbHVl";
const secret = (name: string, ...keys: string[]) => ({
  metadata: { name },
  data: Object.fromEntries(keys.map((key) => [key, VALUE])),
});

describe("components/gate/program", () => {
  const program = bundleProgram(path.join(__dirname, "../../../components/gate/program.ts"));
  let server: ApiServer;
  let directory: string;
  beforeEach(async () => {
    server = await startApiServer({
      [DATABASE_SECRET]: secret("agents-db-secret", "user", "password"),
      [FETCHED_SECRET]: secret("tools-login", "username", "password"),
      [MADE]: { ...liveExternalSecret() },
    });
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "gate-"));
    await fs.mkdir(path.join(directory, "account"));
    await fs.writeFile(path.join(directory, "account", "ca.crt"), server.ca);
    await fs.writeFile(path.join(directory, "account", "token"), "token-of-the-gate");
    await fs.writeFile(path.join(directory, "gate.cjs"), program);
    await fs.writeFile(path.join(directory, "secrets.json"), JSON.stringify([DATABASE, FETCHED]));
  });
  afterEach(async () => {
    await server.close();
    await fs.rm(directory, { recursive: true });
    assert.deepEqual(server.unexpected, []);
  });

  async function run(change: Record<string, Reply> = {}, attempts = "2"): Promise<{ code: number | undefined; text: string }> {
    Object.assign(server.replies, change);
    const { hostname, port } = new URL(server.url);
    const env = {
      SERVICE_ACCOUNT_DIRECTORY: path.join(directory, "account"),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      EXTERNALSECRET_WAIT_ATTEMPTS: attempts,
      EXTERNALSECRET_WAIT_SLEEP: "0",
    };
    const files = ["gate.cjs", "secrets.json"].map((file) => path.join(directory, file));
    const { exitCode, all } = await execa(process.execPath, files, { cwd: directory, env, extendEnv: false, reject: false, all: true });
    assert.ok(!all.includes(VALUE) && !all.includes("secret-value"));
    return { code: exitCode, text: all };
  }

  it("ends well when every Secret has every key, with the pod's account", async () => {
    const { code, text } = await run();
    assert.equal(code, 0);
    assert.match(text, /^All there: .*agents-db-secret.*tools-login/);
    assert.deepEqual([...new Set(server.asked.map(({ authorization }) => authorization))], ["Bearer token-of-the-gate"]);
  });

  it("waits, and says what for", async () => {
    let asked = 0;
    const reply: Reply = () => (asked++ === 0 ? 404 : secret("agents-db-secret", "user", "password"));
    const { code, text } = await run({ [DATABASE_SECRET]: reply });
    assert.equal(code, 0);
    assert.match(text, /^1 of 2: Secret apps\/agents-db-secret does not exist\nAll there: /);
    golden("smoke", "a gate that waits", text);
  });

  it("ends with what is missing and whose it is", async () => {
    const { code, text } = await run({
      [DATABASE_SECRET]: secret("agents-db-secret", "user"),
      [MADE]: { ...liveExternalSecret(failing()) },
    });
    assert.equal(code, 1);
    assert.match(text, /^1\. service agents: Secret apps\/agents-db-secret has nothing in the key password$/m);
    assert.match(text, /^2\. bundle tools: ExternalSecret tools\/tools-login is not ready$/m);
    golden("smoke", "a gate that ends with what is missing", text);
  });

  it("fails at once where it may not look, and for a number that is none", async () => {
    const refused = await run({ [DATABASE_SECRET]: 403 });
    assert.equal(refused.code, 2);
    assert.match(refused.text, /may not get \/api\/v1\/namespaces\/apps\/secrets\/agents-db-secret$/);
    const misused = await run({}, "none");
    assert.equal(misused.code, 2);
    assert.match(misused.text, /^EXTERNALSECRET_WAIT_ATTEMPTS .*number of attempts$/);
  });

  it("is small, the same each time, and names no directory of this machine", () => {
    assert.equal(bundleProgram(path.join(__dirname, "../../../components/gate/program.ts")), program);
    assert.ok(program.length < 50_000, String(program.length));
    assert.ok(!program.includes(process.cwd()) && !program.includes(os.homedir()));
  });
});
