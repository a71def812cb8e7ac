import assert from "node:assert/strict";
import { reach } from "../../../cli/ceremony/reach";
import { kubeconfigFor, startApiServer, type Reply } from "../../support/apiServer";

const SECRET = "GET /api/v1/namespaces/vault/secrets/vault-tls";
const POD = "GET /api/v1/namespaces/vault/pods/vault-0";
const REMEDY = "see that kubectl can forward a port to that pod and read the Secret with its certificate; or name an address, and --ca";

describe("cli/ceremony/reach", () => {
  it("asks an address, with a token or without", async () => {
    const server = await startApiServer({ "GET /v1/sys/health": 200 });
    try {
      const reached = await reach({ address: server.url, authority: server.ca });
      assert.ok("ask" in reached);
      assert.equal((await reached.ask()("GET", "/v1/sys/health")).status, 200);
      await reached.close();
    } finally {
      await server.close();
    }
  });

  /** What is asked of Kubernetes, and what is said of its answers. */
  async function through(replies: Readonly<Record<string, Reply>>, context = "lab", authority?: string) {
    const server = await startApiServer(replies);
    try {
      const reached = await reach({
        address: "https://vault-0.vault-internal.vault.svc:8200",
        ...(authority === undefined ? { caSecret: { name: "vault-tls", namespace: "vault" } } : { authority }),
        cluster: { kubeconfig: kubeconfigFor(server), context },
      });
      if ("ask" in reached) await reached.close();
      return { asked: server.asked.map(({ question }) => question), problem: "ask" in reached ? undefined : reached };
    } finally {
      await server.close();
    }
  }
  const problem = (reason: string, context = "lab") => ({
    path: "--address",
    message: `is not given, and https://vault-0.vault-internal.vault.svc:8200 cannot be reached through the cluster of the context ${context}: ${reason}`,
    remedy: REMEDY,
  });
  const certificate = { data: { "ca.crt": Buffer.from("ca").toString("base64") } };

  it("finds a pod that runs, ready or not", async () => {
    assert.deepEqual(await through({ [SECRET]: certificate, [POD]: { status: { phase: "Running" } } }), {
      asked: [SECRET, POD],
      problem: undefined,
    });
  });

  it("reads no Secret where the authority is known", async () => {
    assert.deepEqual(await through({ [POD]: { status: { phase: "Running" } } }, "lab", "ca"), { asked: [POD], problem: undefined });
  });

  it("says that the pod does not run", async () => {
    const found = await through({ [SECRET]: certificate, [POD]: { status: { phase: "Pending" } } });
    assert.deepEqual(found.problem, problem("the pod vault/vault-0 does not run (Pending)"));
  });

  it("says what Kubernetes refuses", async () => {
    const found = await through({ [SECRET]: 403 });
    assert.deepEqual(found.problem, problem("Kubernetes answers 403"));
  });

  it("goes to no other cluster than the stack's", async () => {
    const found = await through({}, "prod");
    assert.deepEqual(found, { asked: [], problem: problem("the kubeconfig has no context `prod` (it has `lab`)", "prod") });
  });
});
