import * as assert from "node:assert/strict";
import { connect, type Answer } from "../../kube/client";
import { Unreachable } from "../../kube/kubeconfig";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";

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
      return unreachable(get(), `${server.url} does not answer (what it says is no JSON)`);
    });

    // Taken for "there is none", the guard against overwriting somebody else's object would be open.
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
