import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parseConfiguration } from "../../vault/bootstrap/configuration";
import { parseCredentials, withCredentials } from "../../vault/bootstrap/credentials";
import { FixableError } from "../../config/fixableError";
import { connect } from "../../kube/http";
import { requireShamir, unseal, vaultApi } from "../../vault/bootstrap/vaultApi";
import { bundleBootstrap } from "../../components/bundle";
import { startApiServer } from "../support/apiServer";

describe("vault/bootstrap", () => {
  describe("where it may run", () => {
    for (const environment of ["staging", "prod", "", undefined])
      it(`refuses the environment ${environment}`, () => {
        assert.throws(() => parseConfiguration(JSON.stringify({ environment })), {
          name: "FixableError",
          message: `this program keeps Vault's unseal key and root token in the cluster, and the environment is \`${environment}\`\nRemedy: it is for dev only: initialise this Vault by the ceremony for staging and prod, and remove the CronJob`,
        });
      });

    for (const type of ["azurekeyvault", "transit"])
      it(`refuses a Vault whose seal is ${type}`, () => {
        assert.throws(() => requireShamir({ initialized: false, sealed: true, type }), FixableError);
      });

    it("accepts dev, and a seal of shares", () => {
      assert.equal(parseConfiguration('{"environment":"dev"}').environment, "dev");
      requireShamir({ initialized: false, sealed: true, type: "shamir" });
    });
  });

  describe("the Secret", () => {
    const keys = { unsealKey: "key", rootToken: "token" };
    const attempt = { id: "a", until: 5, storage: "uid" };
    const encoded = { "unseal-key": "a2V5", "root-token": "dG9rZW4=" };

    it("holds an attempt, then the keys in its place", () => {
      const first = withCredentials(undefined, "auto", { attempt });
      assert.deepEqual(parseCredentials(first), { attempt });
      assert.deepEqual(first.data, {});
      const second = withCredentials(first, "auto", { keys });
      assert.deepEqual(parseCredentials(second), { keys });
      assert.deepEqual(second.data, encoded);
      assert.deepEqual(second.metadata.annotations, {});
    });

    it("keeps what others have put there, and its version", () => {
      const theirs = {
        metadata: { name: "auto", resourceVersion: "7", annotations: { theirs: "1" }, labels: { theirs: "2" } },
        data: { theirs: "Mw==" },
      };
      assert.deepEqual(withCredentials(theirs, "auto", { keys }), {
        metadata: {
          name: "auto",
          resourceVersion: "7",
          annotations: { theirs: "1" },
          labels: { theirs: "2", "app.kubernetes.io/managed-by": "foundation-vault-bootstrap" },
        },
        data: { theirs: "Mw==", ...encoded },
      });
    });

    it("has no keys when it has one of them", () => {
      assert.deepEqual(parseCredentials({ metadata: { name: "auto" }, data: { "unseal-key": "a2V5" } }), {});
      assert.deepEqual(parseCredentials(undefined), {});
    });
  });

  describe("Vault's answers", () => {
    const key = "a-key-that-is-not-to-be-seen";

    it("tells a key that does not fit from a failure", async () => {
      let status = 400;
      const server = await startApiServer({ "PUT /v1/sys/unseal": () => status });
      try {
        const vault = vaultApi(connect({ address: server.url, ca: server.ca }));
        assert.equal(await unseal(vault, key), false);
        status = 403;
        await assert.rejects(unseal(vault, key), (error: Error) => !error.message.includes(key));
      } finally {
        await server.close();
      }
    });

    it("asks again when Vault has an error of its own, and gives up in the end", async () => {
      let errors = 2;
      const server = await startApiServer({ "GET /v1/sys/mounts": () => (errors-- > 0 ? 500 : { data: {} }) });
      try {
        const vault = vaultApi(connect({ address: server.url, ca: server.ca }));
        assert.deepEqual(await vault.read("sys/mounts"), { data: {} });
        errors = Infinity;
        await assert.rejects(vault.read("sys/mounts"), { message: "Vault answered GET sys/mounts with 500" });
      } finally {
        await server.close();
      }
    });
  });

  it("speaks to nobody over a wire in clear, and to nobody whose certificate is another's", async () => {
    assert.throws(() => connect({ address: "http://vault:8200", ca: "" }), { message: "http://vault:8200 is not an https address" });
    const [one, other] = await Promise.all([startApiServer({}), startApiServer({})]);
    try {
      await assert.rejects(connect({ address: one.url, ca: other.ca })("GET", "/version"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
      assert.deepEqual(one.asked, []);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

  describe("the bundle", () => {
    it("is the same each time, fits a ConfigMap several times over, and names no directory of this machine", () => {
      const bundle = bundleBootstrap();
      assert.equal(bundleBootstrap(), bundle);
      assert.equal(bundle.length < 100_000, true);
      assert.equal(bundle.includes(os.homedir()) || bundle.includes(process.cwd()), false);
    });

    it("needs nothing but Node", async () => {
      const directory = await fs.mkdtemp(path.join(os.tmpdir(), "bundle-"));
      try {
        const file = path.join(directory, "bootstrap.cjs");
        await fs.writeFile(file, bundleBootstrap());
        await fs.writeFile(path.join(directory, "configuration.json"), '{"environment":"prod"}');
        await fs.mkdir(path.join(directory, "account"));
        for (const name of ["ca.crt", "namespace", "token"]) await fs.writeFile(path.join(directory, "account", name), "x");
        await fs.writeFile(path.join(directory, "fixtures.json"), "{}");
        const files = [file, ...["configuration.json", "fixtures.json", "account/ca.crt"].map((name) => path.join(directory, name))];
        const env = { SERVICE_ACCOUNT_DIRECTORY: path.join(directory, "account"), KUBERNETES_SERVICE_HOST: "127.0.0.1" };
        const { exitCode, stderr } = await execa(process.execPath, files, { cwd: directory, env, extendEnv: false, reject: false });
        assert.equal(exitCode, 1);
        assert.match(stderr, /the environment is `prod`/);
      } finally {
        await fs.rm(directory, { recursive: true });
      }
    });
  });
});
