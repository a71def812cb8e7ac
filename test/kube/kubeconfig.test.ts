import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import type * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { clientConfig, connection, IN_CLUSTER, inClusterKubeconfig, Unreachable } from "../../kube/kubeconfig";
import { withoutProxies } from "../support/connectProxy";

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
  withoutProxies();
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

  it("tells a command what kubectl tells it, and looks for it beside the kubeconfig", async () => {
    const says = 'printf \'{"status":{"token":"%s"}}\' "$(printf %s "$KUBERNETES_EXEC_INFO" | base64 -w0)"';
    fs.mkdirSync(path.join(dir, "bin"));
    fs.writeFileSync(path.join(dir, "bin", "login"), `#!/bin/sh\n${says}\n`, { mode: 0o755 });
    const cluster = { "certificate-authority-data": base64("authority"), "tls-server-name": "lab" };
    const told = async (exec: object) => {
      const named = file("config", kubeconfig(cluster, { exec: { apiVersion: "v1beta1", command: "./bin/login", ...exec } }));
      const [small, whole] = [(await connection({ kubeconfig: named })).options, {}];
      await (await clientConfig({ kubeconfig: named })).applyToHTTPSOptions(whole);
      const [one, other] = [small, whole].map((options: https.RequestOptions) => {
        const headers = (options.headers ?? {}) as Record<string, string>;
        return Buffer.from((headers.authorization ?? headers.Authorization)!.slice("Bearer ".length), "base64").toString();
      });
      assert.equal(one, other);
      return JSON.parse(one!) as unknown;
    };
    assert.deepEqual(await told({}), { apiVersion: "v1beta1", kind: "ExecCredential", spec: { interactive: false } });
    assert.deepEqual(await told({ provideClusterInfo: true }), {
      apiVersion: "v1beta1",
      kind: "ExecCredential",
      spec: {
        interactive: false,
        cluster: {
          server: "https://lab.example:6443",
          "tls-server-name": "lab",
          "certificate-authority-data": base64("authority"),
        },
      },
    });
  });

  describe("of a token in a file", () => {
    const authorization = ({ options }: Awaited<ReturnType<typeof connection>>) =>
      (({ ...options.headers }) as Record<string, string>).authorization;

    it("has the present one at each question", async () => {
      file("token", "first\n");
      const found = await connection({ kubeconfig: file("config", kubeconfig({}, { tokenFile: "token" })) });
      assert.equal(authorization(found), "Bearer first");
      file("token", "second\n");
      assert.equal(authorization(found), "Bearer second");
    });

    it("says that it is not there", () =>
      refused(
        connection({ kubeconfig: kubeconfig({}, { tokenFile: "/nowhere/token" }) }),
        "the kubeconfig cannot be used (ENOENT: no such file or directory, open '/nowhere/token')",
      ));
  });

  describe("in a pod", () => {
    const pod = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

    it("has the pod's own service account, as a kubeconfig without a secret", async () => {
      file("token", "of the pod");
      file("ca.crt", "authority");
      const text = inClusterKubeconfig(pod, dir)!;
      assert.doesNotMatch(text, /of the pod/);
      for (const context of [undefined, IN_CLUSTER]) {
        const { server, options } = await connection({ kubeconfig: text, ...(context === undefined ? {} : { context }) });
        assert.deepEqual(
          [server, String(options.ca), { ...options.headers }],
          ["https://10.96.0.1:443", "authority", { authorization: "Bearer of the pod" }],
        );
      }
      const whole: https.RequestOptions = { headers: {} };
      await (await clientConfig({ kubeconfig: text })).applyToHTTPSOptions(whole);
      assert.equal((whole.headers as Record<string, string>).Authorization, "Bearer of the pod");
      assert.match(inClusterKubeconfig({ ...pod, KUBERNETES_SERVICE_HOST: "fd00::1" }, dir)!, /https:\/\/\[fd00::1\]:443/);
    });

    it("has none without an account, and elsewhere", () => {
      assert.equal(inClusterKubeconfig(pod, dir), undefined);
      file("token", "of the pod");
      assert.equal(inClusterKubeconfig({}, dir), undefined);
    });

    it("is said where this is none", async () => {
      const nowhere = "`in-cluster` is the service account of the pod that this runs in, and this runs in none";
      process.env.KUBECONFIG = path.join(dir, "missing");
      await refused(connection({ context: IN_CLUSTER }), nowhere);
      process.env.KUBECONFIG = file("config", kubeconfig());
      await refused(connection({ context: IN_CLUSTER }), `the kubeconfig has no context \`in-cluster\` (it has \`lab\`): ${nowhere}`);
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
