import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import type * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { clientConfig, connection, Unreachable } from "../../kube/kubeconfig";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A kubeconfig with one context, `lab`. */
function kubeconfig(cluster: object = {}, user: object | undefined = { token: "t" }): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://lab.example:6443", ...cluster } }],
    users: user === undefined ? [] : [{ name: "u", user }],
    contexts: [{ name: "lab", context: { cluster: "c", user: "u" } }],
    "current-context": "lab",
  });
}

async function refused(asking: Promise<unknown>, message: string): Promise<void> {
  await assert.rejects(asking, (error) => error instanceof Unreachable && assert.equal(error.message, message) === undefined);
}

describe("kube/kubeconfig", () => {
  let dir: string;
  const previous = process.env.KUBECONFIG;
  const file = (name: string, text: string) => {
    fs.writeFileSync(path.join(dir, name), text);
    return path.join(dir, name);
  };
  beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"))));
  afterEach(() => {
    fs.rmSync(dir, { recursive: true });
    if (previous === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = previous;
  });

  describe("means by each way to prove oneself what the Kubernetes client means", () => {
    const ca = { "certificate-authority-data": base64("authority") };
    const certificate = { "client-certificate-data": base64("certificate"), "client-key-data": base64("key") };
    const script = (token: string) =>
      `process.stdout.write(JSON.stringify({ kind: "ExecCredential", status: { token: ${JSON.stringify(token)} } }))`;
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script("from a command")] };
    const ways: [string, object, object | undefined][] = [
      ["a token", ca, { token: "t" }],
      ["a certificate", ca, certificate],
      ["a command", ca, { exec }],
      ["user and password", ca, { username: "u", password: "p" }],
      ["somebody else's identity", ca, { token: "t", as: "other" }],
      ["nothing", {}, undefined],
      ["another name for the server", { ...ca, "tls-server-name": "lab" }, { token: "t" }],
      ["trust in anybody", { "insecure-skip-tls-verify": true }, { token: "t" }],
      ["a proxy", { ...ca, "proxy-url": "http://proxy.example:3128" }, { token: "t" }],
      ["an address with a slash", { server: "https://lab.example:6443/" }, { token: "t" }],
    ];
    for (const [what, cluster, user] of ways)
      it(what, async () => {
        const text = kubeconfig(cluster, user);
        const client = new KubeConfig();
        client.loadFromString(text);
        const expected = {};
        await client.applyToHTTPSOptions(expected);
        const { server, options } = await connection({ kubeconfig: text });
        assert.equal(server, "https://lab.example:6443");
        assert.deepEqual(meaning(options), meaning(expected));
      });

    it("files beside the kubeconfig", async () => {
      for (const name of ["ca", "cert", "key"]) file(`${name}.pem`, name);
      const text = kubeconfig({ "certificate-authority": "ca.pem" }, { "client-certificate": "cert.pem", "client-key": "key.pem" });
      const { options } = await connection({ kubeconfig: file("config", text) });
      assert.deepEqual([options.ca, options.cert, options.key].map(String), ["ca", "cert", "key"]);
    });
  });

  describe("finds", () => {
    it("the context that is asked for, and without one the current", async () => {
      const text = kubeconfig();
      assert.deepEqual(await connection({ kubeconfig: text, context: "lab" }), await connection({ kubeconfig: text }));
    });

    it("KUBECONFIG, of whose files the first counts", async () => {
      const [first, second] = [file("a", kubeconfig()), file("b", kubeconfig({ server: "https://other.example" }))];
      process.env.KUBECONFIG = [path.join(dir, "missing"), first, second].join(path.delimiter);
      assert.equal((await connection({ context: "lab" })).server, "https://lab.example:6443");
    });

    it("the file of the home directory, where nothing else is said", async () => {
      const home = process.env.HOME;
      delete process.env.KUBECONFIG;
      process.env.HOME = dir;
      try {
        fs.mkdirSync(path.join(dir, ".kube"));
        file(".kube/config", kubeconfig());
        assert.equal((await connection({})).server, "https://lab.example:6443");
      } finally {
        process.env.HOME = home;
      }
    });
  });

  describe("gives the whole client", () => {
    it("the context that is asked for, and without one the current", async () => {
      for (const context of ["lab", undefined]) {
        const client = await clientConfig({ kubeconfig: kubeconfig(), ...(context === undefined ? {} : { context }) });
        assert.deepEqual([client.getCurrentContext(), client.getCurrentCluster()?.server], ["lab", "https://lab.example:6443"]);
      }
    });

    it("no other context than that", () =>
      refused(clientConfig({ kubeconfig: kubeconfig(), context: "prod" }), "the kubeconfig has no context `prod` (it has `lab`)"));
  });

  describe("refuses", () => {
    const neither = "the kubeconfig can be neither found nor read";

    it("a context that is not there", () =>
      refused(connection({ kubeconfig: kubeconfig(), context: "prod" }), "the kubeconfig has no context `prod` (it has `lab`)"));

    it("any context of an empty kubeconfig", () =>
      refused(connection({ kubeconfig: "{}", context: "lab" }), "the kubeconfig has no context `lab` (it has none)"));

    it("a context without a cluster", () =>
      refused(
        connection({ kubeconfig: '{"contexts":[{"name":"lab","context":{"cluster":"gone"}}]}' }),
        "the kubeconfig's context names no cluster",
      ));

    it("a path that leads nowhere", () => refused(connection({ kubeconfig: "/nowhere/config", context: "lab" }), neither));

    it("a directory", () => refused(connection({ kubeconfig: dir, context: "lab" }), neither));

    it("text that is no YAML, without repeating it", () => refused(connection({ kubeconfig: "hunter2: [" }), neither));

    it("a KUBECONFIG that leads nowhere", () => {
      process.env.KUBECONFIG = path.join(dir, "missing");
      return refused(connection({ context: "lab" }), neither);
    });

    it("a certificate that is not there", () =>
      refused(
        connection({ kubeconfig: kubeconfig({}, { "client-certificate": "/nowhere/crt", "client-key": "/nowhere/key" }) }),
        "the kubeconfig cannot be used (ENOENT: no such file or directory, open '/nowhere/crt')",
      ));

    it("a command that is not there", () =>
      refused(
        connection({ kubeconfig: kubeconfig({}, { exec: { command: "/nowhere/login" } }) }),
        "the kubeconfig cannot be used (spawn /nowhere/login ENOENT)",
      ));
  });
});

/** What a request is made with; the client repeats part of it in an agent of its own. */
function meaning(options: https.RequestOptions): object {
  const { ca, cert, key, auth, headers, rejectUnauthorized, servername, agent } = options;
  const named = Object.entries((headers ?? {}) as Record<string, string>).map(([name, value]) => [name.toLowerCase(), value]);
  const { proxy } = (agent ?? {}) as { proxy?: URL };
  return {
    pem: [ca, cert, key].map((one) => (one as Buffer | string | undefined)?.toString()),
    auth,
    headers: Object.fromEntries(named) as object,
    rejectUnauthorized,
    servername,
    proxy: proxy?.href,
  };
}
