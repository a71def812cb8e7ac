import * as assert from "node:assert/strict";
import { exitCode, expectedSecrets, renderJson, renderText, smoke, type SmokeOutputs, type SmokeReport } from "../../../cli/smoke/command";
import { golden } from "../../support/golden";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../../support/apiServer";
import { failing, liveExternalSecret, liveStore } from "../../support/secretsSeen";
import { serviceOutput } from "../../support/outputs";

const API = "GET /apis/external-secrets.io/v1";
const [APPS, TOOLS] = ["GET /api/v1/namespaces/apps/secrets", "GET /api/v1/namespaces/tools/secrets"];
const MADE = `${API}/namespaces/tools/externalsecrets`;
const STORE = `${API}/clustersecretstores/ameide-vault`;
const EVENTS = "GET /api/v1/namespaces/tools/events?fieldSelector=involvedObject.kind%3DExternalSecret%2Ctype%3DWarning";
const VALUE = "c2VjcmV0LXZhbHVl"; // secret-value
const PG = ["username", "user", "password", "host", "port", "dbname", "uri", "jdbc-uri", "ca.crt", "pgpass"];

const secret = (name: string, keys: readonly string[]) => ({
  metadata: { name },
  data: Object.fromEntries(keys.map((key) => [key, VALUE])),
});

function outputs(): SmokeOutputs {
  return {
    cluster: "apps/pg",
    services: { agents: serviceOutput({ secret: "agents-db-secret" }) },
    externalSecrets: {
      stores: ["ameide-vault"],
      secrets: [{ owner: "tools", kind: "bundle", namespace: "tools", name: "tools-login", keys: ["username", "password"] }],
      copies: [],
      leftOut: [{ bundle: "argocd", namespace: "argocd" }],
    },
  };
}

describe("cli/smoke/command", () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await startApiServer({
      "GET /version": {},
      [APPS]: { items: [secret("agents-db-secret", PG)] },
      [TOOLS]: { items: [secret("tools-login", ["username", "password"])] },
      [MADE]: { items: [liveExternalSecret()] },
      [STORE]: { ...liveStore() },
      [EVENTS]: { items: [{ involvedObject: { name: "tools-login" }, message: 'cannot find secret data for key: "password"' }] },
    });
  });
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  async function ask(change: Record<string, Reply> = {}, of = outputs()): Promise<SmokeReport> {
    Object.assign(server.replies, change);
    const env = { EXTERNALSECRET_WAIT_ATTEMPTS: "2", EXTERNALSECRET_WAIT_SLEEP: "0" };
    const target = { kubeconfig: kubeconfigFor(server), context: "lab" };
    return smoke({ stack: "dev", outputs: of, target, env, update: (text) => updates.push(text) });
  }
  let updates: string[];
  beforeEach(() => (updates = []));

  it("is clean where stores, ExternalSecrets, Secrets and keys are there, and says what it looked for", async () => {
    const report = await ask();
    const { checkedAt, seconds, notes, ...rest } = report;
    assert.deepEqual(rest, {
      schema: 1,
      stack: "dev",
      clean: true,
      secrets: 2,
      stores: 1,
      copies: 0,
      attempts: 1,
      missing: [],
    });
    assert.match(notes.join("\n"), /^the bundle argocd .*kubectl create namespace argocd/);
    assert.ok(Date.parse(checkedAt) > 0 && seconds >= 0);
    assert.equal(exitCode(report), 0);
    assert.match(renderText(report), /^Note: the bundle argocd .*\nAll there: 2 Secrets, 1 store of stack dev, after [\d.]+ s$/);
    assert.deepEqual(JSON.parse(renderJson(report)), report);
  });

  it("lists what is missing in the end, with its owner, what External Secrets said, and the remedy", async () => {
    const report = await ask({
      [APPS]: { items: [secret("agents-db-secret", PG.slice(1))] },
      [MADE]: { items: [liveExternalSecret(failing())] },
    });
    assert.deepEqual([report.clean, exitCode(report), report.attempts, updates], [false, 1, 2, ["2 missing (1 of 2)"]]);
    const text = renderText(report);
    assert.match(text, /^1\. service agents: Secret apps\/agents-db-secret .*username\n +remedy: .*up --refresh/);
    assert.match(text, /^2\. bundle tools: ExternalSecret tools\/tools-login is not ready\n +said: .*"password"\n +remedy: .*force-sync/m);
    assert.match(text, /\n2 missing after [\d.]+ s, 2 Secrets, 1 store of stack dev$/);
    golden("smoke", "two Secrets that are missing", text.replace(/after [\d.]+ s/, "after 0.1 s"));
  });

  it("names the store first, and leaves the rest to it", async () => {
    const { missing } = await ask({ [STORE]: { ...liveStore(failing("sealed")) }, [MADE]: { items: [liveExternalSecret(failing())] } });
    assert.deepEqual(
      missing.map(({ kind, owner }) => [kind, owner]),
      [
        ["store", "ameide-vault"],
        ["bundle", "tools"],
      ],
    );
    assert.match(missing[1]!.remedy, /the store ameide-vault/);
  });

  it("waits until it is there", async () => {
    let asked = 0;
    const report = await ask({ [TOOLS]: () => ({ items: asked++ === 0 ? [] : [secret("tools-login", ["username", "password"])] }) });
    assert.deepEqual([report.clean, report.attempts, updates], [true, 2, ["1 missing (1 of 2)"]]);
  });

  it("misses a copy that is behind its Secret", async () => {
    const of = outputs();
    const copied = { ...of, externalSecrets: { ...of.externalSecrets!, copies: [{ owner: "agents", name: "agents-db-secret" }] } };
    const pushes = "GET /apis/external-secrets.io/v1alpha1/namespaces/apps/pushsecrets";
    const report = await ask({ [pushes]: { items: [] } }, copied);
    assert.deepEqual([report.clean, report.copies], [false, 1]);
    assert.match(renderText(report), /^1\. service agents: PushSecret apps\/agents-db-secret does not exist\n/);
    assert.match(renderText(report), /2 Secrets, 1 store, 1 copy of stack dev$/);
  });

  it("looks at databases' Secrets alone where a stack has no Vault", async () => {
    const { externalSecrets: _, ...rest } = outputs();
    const report = await ask({}, rest);
    assert.deepEqual([report.clean, report.secrets, report.stores], [true, 1, 0]);
    assert.match(renderText(report), /^All there: 1 Secret of stack dev/);
    const questions = server.asked.map(({ question }) => question);
    assertReads(questions, 2);
    assert.ok(questions.includes(APPS));
  });

  it("says no value of a Secret", async () => {
    const report = await ask({ [MADE]: { items: [liveExternalSecret(failing())] } });
    for (const text of [renderText(report), renderJson(report), ...updates])
      for (const value of [VALUE, "secret-value"]) assert.ok(!text.includes(value));
  });

  it("fails with a remedy where it may not look, where nobody answers, and where it cannot tell how long to wait", async () => {
    await assert.rejects(ask({ [TOOLS]: 403, [`${TOOLS}/tools-login`]: 403 }), {
      name: "FixableError",
      message: /may not get \/api\/v1\/namespaces\/tools\/secrets\nRemedy: grant that/,
    });
    await assert.rejects(ask({ [TOOLS]: 503 }), { name: "FixableError", message: /answers 503 to/ });
    const args = { stack: "dev", outputs: outputs(), target: { kubeconfig: kubeconfigFor(server) }, update: () => undefined };
    await assert.rejects(smoke({ ...args, env: { EXTERNALSECRET_WAIT_SLEEP: "5m" } }), {
      name: "FixableError",
      message: /^EXTERNALSECRET_WAIT_SLEEP .*number of seconds/,
    });
  });

  it("expects of a service that has left the catalogue its Secret with its keys: the stack says them, not the clone", () => {
    const { services } = outputs();
    const [one] = expectedSecrets({ cluster: "apps/pg", services: { gone: services.agents! } });
    assert.deepEqual([one?.owner, one?.namespace, one?.name, one?.keys], ["gone", "apps", "agents-db-secret", PG]);
  });

  it("expects a service's Secret in every namespace that its applications are in, too", () => {
    const { agents } = outputs().services;
    const found = expectedSecrets({ cluster: "apps/pg", services: { agents: { ...agents!, namespaces: ["jobs", "web"] } } });
    assert.deepEqual(
      found.map(({ namespace, name }) => `${namespace}/${name}`),
      ["apps", "jobs", "web"].map((namespace) => `${namespace}/agents-db-secret`),
    );
    assert.deepEqual(
      found.map(({ keys, source }) => [keys, source]),
      found.map(() => [PG, "database"]),
    );
  });
});
