import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { clientOf, connect, type Answer } from "../../kube/client";
import { connect as connectTo } from "../../kube/http";
import { clientConfig, connectionOf, Unreachable } from "../../kube/kubeconfig";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { startConnectProxy, withoutProxies, type ConnectProxy } from "../support/connectProxy";

const SECRETS = "/api/v1/namespaces/apps/secrets";

describe("kube/client", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer({ "GET /version": {}, [`GET ${SECRETS}`]: { items: [] } })));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  /** Connects, and asks one question. */
  async function get(kubeconfig = kubeconfigFor(server)): Promise<Answer> {
    const { ask } = await connect({ context: "lab", kubeconfig });
    return ask("GET", SECRETS);
  }
  async function unreachable(asking: Promise<unknown>, message: string): Promise<void> {
    await assert.rejects(asking, (error) => error instanceof Unreachable && assert.equal(error.message, message) === undefined);
  }

  it("asks with the kubeconfig's credentials, for JSON unless it is told otherwise", async () => {
    const { ask, server: url } = await connect({ context: "lab", kubeconfig: kubeconfigFor(server) });
    assert.equal(url, server.url);
    assert.deepEqual(await ask("GET", SECRETS), { status: 200, body: { items: [] } });
    server.replies["POST /reviews"] = {};
    await ask("POST", "/reviews", { accept: "text/json", body: { a: 1 } });
    const { authorization, accept } = server.asked[1]!;
    assert.deepEqual([authorization, accept], ["Bearer token-of-the-test", "application/json"]);
    assert.deepEqual([server.asked[2]?.accept, server.asked[2]?.body], ["text/json", { a: 1 }]);
  });

  it("asks for nothing where a name that others have written leads elsewhere", async () => {
    const { ask } = await connect({ context: "lab", kubeconfig: kubeconfigFor(server) });
    const before = server.asked.length;
    for (const name of [
      "../pods/evil:80/proxy/x",
      "..",
      ".",
      "a/../../b",
      "%2E%2e/pods/x",
      "..\\pods",
      ".\t./pods",
      "a b",
      "a//b",
      "a#b",
      "é",
    ])
      await assert.rejects(ask("GET", `${SECRETS}/${name}`), /has a path in the place of a name/, name);
    assert.equal(server.asked.length, before);
  });

  it("hands on what is refused or not there", async () => {
    for (const status of [403, 404]) {
      server.replies[`GET ${SECRETS}`] = status;
      assert.equal((await get()).status, status);
    }
  });

  it("waits as long as a server asks for that is not ready yet", async () => {
    let times = 0;
    server.replies[`GET ${SECRETS}`] = () => (++times < 3 ? [429, { "retry-after": "0" }] : { items: ["x"] });
    assert.deepEqual((await get()).body, { items: ["x"] });
    assert.equal(times, 3);
  });

  it("loses patience in the end", async () => {
    server.replies[`GET ${SECRETS}`] = () => [429, { "retry-after": "0" }];
    await unreachable(get(), `${server.url} answers 429 to ${SECRETS}`);
    assert.equal(server.asked.length, 12);
  });

  describe("a cluster behind a proxy", () => {
    withoutProxies();
    let proxy: ConnectProxy;
    beforeEach(async () => (proxy = await startConnectProxy(Number(new URL(server.url).port))));
    afterEach(() => proxy.close());

    /** The same server, by a name that leads to it through the proxy alone. */
    const behind = (cluster: object = {}) => {
      const config = JSON.parse(kubeconfigFor({ ...server, url: "https://api.invalid:6443" })) as { clusters: { cluster: object }[] };
      Object.assign(config.clusters[0]!.cluster, { "tls-server-name": "localhost", ...cluster });
      return JSON.stringify(config);
    };
    const asked = () => [...new Set(proxy.asked.map(({ to }) => to))];

    it("is asked through the one that the environment names", async () => {
      process.env.HTTPS_PROXY = proxy.url;
      assert.deepEqual((await get(behind())).body, { items: [] });
      assert.deepEqual(asked(), ["api.invalid:6443"]);
    });

    it("is asked through the one that the kubeconfig names, with what that wants to know", async () => {
      process.env.HTTPS_PROXY = "http://127.0.0.1:1";
      assert.deepEqual((await get(behind({ "proxy-url": proxy.url.replace("//", "//me:secret@") }))).body, { items: [] });
      assert.equal(proxy.asked[0]?.authorization, `Basic ${Buffer.from("me:secret").toString("base64")}`);
    });

    it("is asked directly where the environment says so", async () => {
      Object.assign(process.env, { HTTPS_PROXY: proxy.url, NO_PROXY: "10.0.0.0/8,.invalid" });
      await unreachable(get(behind()), "https://api.invalid:6443 does not answer (ENOTFOUND)");
      assert.deepEqual(proxy.asked, []);
    });

    it("is asked so by the whole client, too, and by what commands ask with beside it", async () => {
      process.env.HTTPS_PROXY = proxy.url;
      server.replies["GET /api/v1/namespaces"] = { items: [] };
      const config = await clientConfig({ context: "lab", kubeconfig: behind() });
      assert.deepEqual((await config.makeApiClient(CoreV1Api).listNamespace()).items, []);
      assert.equal((await clientOf(await connectionOf(config))("GET", "/version")).status, 200);
      assert.deepEqual(asked(), ["api.invalid:6443"]);
    });

    it("names the proxy's own refusal", async () => {
      const { port } = new URL(server.url);
      process.env.HTTPS_PROXY = `http://127.0.0.1:${port}`;
      await assert.rejects(
        get(behind()),
        (error) => error instanceof Unreachable && error.message.includes("api.invalid:6443 does not answer"),
      );
    });

    it("is no exception: so is Vault", async () => {
      process.env.HTTPS_PROXY = proxy.url;
      const ask = connectTo({ address: "https://vault.invalid:8200", ca: server.ca, serverName: "localhost" });
      assert.equal((await ask("GET", "/version")).status, 200);
      assert.deepEqual(asked(), ["vault.invalid:8200"]);
    });
  });

  it("has a command give new credentials when those that it gave are not accepted any more, and once more only", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "exec-plugin-"));
    try {
      const plugin = path.join(directory, "login");
      const counts = `n=$(($(cat ${directory}/times 2>/dev/null || echo 0) + 1)); echo $n > ${directory}/times`;
      const says = `printf '{"kind":"ExecCredential","status":{"token":"turn-%s"}}' $n`;
      fs.writeFileSync(plugin, `#!/bin/sh\n${counts}\n${says}\n`, { mode: 0o755 });
      const config = JSON.parse(kubeconfigFor(server)) as { users: { user: object }[] };
      config.users[0]!.user = { exec: { apiVersion: "client.authentication.k8s.io/v1", command: plugin } };
      const { ask } = await connect({ context: "lab", kubeconfig: JSON.stringify(config) });
      server.replies[`GET ${SECRETS}`] = ({ authorization }) => (authorization === "Bearer turn-1" ? 401 : { items: ["x"] });
      const answers = await Promise.all([ask("GET", SECRETS), ask("GET", SECRETS)]);
      assert.deepEqual(
        answers.map(({ body }) => body as unknown),
        [{ items: ["x"] }, { items: ["x"] }],
      );
      server.replies[`GET ${SECRETS}`] = 401;
      assert.equal((await ask("GET", SECRETS)).status, 401);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  describe("a cluster that cannot be asked", () => {
    it("does not answer", async () => {
      const kubeconfig = kubeconfigFor(server);
      await server.close();
      await unreachable(get(kubeconfig), `${server.url} does not answer (ECONNREFUSED)`);
    });

    it("is not the one that the kubeconfig trusts", async () => {
      const other = await startApiServer({});
      await other.close();
      await unreachable(get(kubeconfigFor({ ...server, ca: other.ca })), `${server.url} does not answer (DEPTH_ZERO_SELF_SIGNED_CERT)`);
    });

    it("does not accept the credentials", () => {
      server.replies["GET /version"] = 401;
      return unreachable(get(), `${server.url} does not accept the kubeconfig's credentials`);
    });

    it("answers something else than JSON", () => {
      server.replies[`GET ${SECRETS}`] = "<html>";
      return unreachable(get(), `${server.url} does not answer (the response is not JSON)`);
    });

    // Taken for "there is none", the guard against overwriting somebody else's object would be
    // open.
    for (const status of [429, 500, 503])
      it(`answers ${status} half way through`, () => {
        server.replies[`GET ${SECRETS}`] = status;
        return unreachable(get(), `${server.url} answers ${status} to ${SECRETS}`);
      });

    it("speaks no TLS", () =>
      unreachable(
        get(kubeconfigFor({ url: "http://localhost:1", ca: server.ca })),
        "http://localhost:1 does not answer (ERR_INVALID_PROTOCOL)",
      ));

    it("has an address that is none", () =>
      unreachable(get(kubeconfigFor({ url: "nowhere", ca: server.ca })), "nowhere does not answer (ERR_INVALID_URL)"));
  });
});
