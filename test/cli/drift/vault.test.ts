import assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { readCopies } from "../../../cli/drift/copies";
import { readVaultLogins } from "../../../cli/drift/vaultLogins";
import { vaultToken } from "../../../cli/drift/vaultToken";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../../support/apiServer";

const TOKEN = "POST /api/v1/namespaces/vault/serviceaccounts/ameide-vault-mirror-reader/token";
const LOGIN = "POST /v1/auth/kubernetes/login";
const REVOKE = "POST /v1/auth/token/revoke-self";
const COPY = (name: string) => `GET /v1/mirror/data/dev/apps/${name}`;
const LIST = "GET /v1/mirror/metadata/dev/apps?list=true";

/** Vault's and Kubernetes' answers, in one server. */
describe("cli/drift, what Vault says", () => {
  let server: ApiServer;
  const begin = async (replies: Record<string, Reply>) => {
    server = await startApiServer(replies);
    const config = new KubeConfig();
    config.loadFromString(kubeconfigFor(server));
    config.setCurrentContext("lab");
    return { config, vault: { address: server.url, ca: server.ca } };
  };
  afterEach(() => server.close());

  describe("of copies", () => {
    const replies: Record<string, Reply> = {
      [TOKEN]: { status: { token: "jwt of the reader" } },
      [LOGIN]: { auth: { client_token: "token of the reader" } },
      [COPY("a")]: { data: { data: { password: "one" }, metadata: { version: 2 } } },
      [LIST]: { data: { keys: ["a", "left"] } },
      [REVOKE]: 204,
    };
    const mirror = (...names: string[]) => ({
      mount: "mirror",
      authMount: "kubernetes",
      store: "ameide-vault-mirror",
      reader: "ameide-vault-mirror-reader",
      namespace: "vault",
      copies: names.map((name) => ({ name, service: name, key: `dev/apps/${name}`, spec: {} })),
    });

    it("reads them as the reader, whose token is made for Vault, for a moment, and given back", async () => {
      const { config, vault } = await begin(replies);
      assert.deepEqual(await readCopies(config, vault, mirror("a")), {
        found: new Map([["a", { data: { password: "one" } }]]),
        others: ["dev/apps/left"],
      });
      const questions = server.asked.map(({ question }) => question);
      assert.deepEqual([...questions.slice(0, 2), questions.at(-1)], [TOKEN, LOGIN, REVOKE]);
      assertReads(questions.slice(2, -1), 2);
      assert.deepEqual((server.asked[0]!.body as { spec: unknown }).spec, { audiences: ["vault"], expirationSeconds: 600 });
      assert.deepEqual(server.asked[1]!.body, { role: "ameide-vault-mirror-reader", jwt: "jwt of the reader" });
    });

    it("knows that there is none", async () => {
      const { config, vault } = await begin({ ...replies, [COPY("b")]: 404, [LIST]: 404 });
      assert.deepEqual(await readCopies(config, vault, mirror("b")), { found: new Map([["b", "missing"]]), others: [] });
    });

    const refusals: [what: string, question: string, reply: Reply, reason: RegExp][] = [
      ["Kubernetes makes no token", TOKEN, 403, /Kubernetes .*403/],
      ["Vault does not let the reader in", LOGIN, 403, /Vault .*service account vault\/ameide-vault-mirror-reader .*403/],
      ["the reader may not read", COPY("a"), 403, /Vault .*mirror\/data\/dev\/apps\/a .*403/],
      ["the reader may not list", LIST, 403, /Vault .*list mirror\/metadata\/dev\/apps .*403/],
    ];
    for (const [what, question, reply, reason] of refusals)
      it(`says so when ${what}`, async () => {
        const { config, vault } = await begin({ ...replies, [question]: reply });
        const answer = await readCopies(config, vault, mirror("a"));
        assert.ok("reason" in answer && !answer.asked);
        assert.match(answer.reason, reason);
        if (question !== TOKEN && question !== LOGIN) assert.equal(server.asked.at(-1)!.question, REVOKE);
      });

    it("says so when nobody answers, and when the certificate is another authority's", async () => {
      const { config } = await begin(replies);
      const answer = await readCopies(config, { address: server.url }, mirror("a"));
      assert.match("reason" in answer ? answer.reason : "", /self.signed certificate/);
      const nobody = await readCopies(config, { address: "https://localhost:1", ca: server.ca }, mirror("a"));
      assert.match("reason" in nobody ? nobody.reason : "", /ECONNREFUSED/);
    });
  });

  describe("of database engines", () => {
    const replies: Record<string, Reply> = {
      "GET /v1/sys/mounts": { data: { "secret/": { type: "kv" }, "database/": { type: "database" }, "db/two/": { type: "database" } } },
      "GET /v1/database/config?list=true": { data: { keys: ["pg", "ldap"] } },
      "GET /v1/database/config/pg": {
        data: {
          connection_details: { username: "agents", connection_url: "postgresql://{{username}}:{{password}}@pg-rw.apps.svc:5432/postgres" },
        },
      },
      "GET /v1/database/config/ldap": { data: { connection_details: { connection_url: "host=db.example port=5432" } } },
      "GET /v1/database/static-roles?list=true": { data: { keys: ["app", "lonely"] } },
      "GET /v1/database/static-roles/app": { data: { username: "platform_a", db_name: "ldap" } },
      "GET /v1/database/static-roles/lonely": { data: { username: "graph", db_name: "gone" } },
      "GET /v1/db/two/config?list=true": 404,
      "GET /v1/db/two/static-roles?list=true": 404,
    };

    it("reads whose passwords Vault changes and who it logs in as, of every engine", async () => {
      const { config, vault } = await begin(replies);
      assert.deepEqual(await readVaultLogins(config, { vault, token: "t" }), [
        { path: "database/config/pg", kind: "connection", username: "agents", host: "pg-rw.apps.svc" },
        { path: "database/static-roles/app", kind: "staticRole", username: "platform_a", host: "db.example" },
        { path: "database/static-roles/lonely", kind: "staticRole", username: "graph" },
      ]);
      assert.deepEqual(server.unexpected, []);
    });

    it("says what the token may not", async () => {
      const { config, vault } = await begin({ ...replies, "GET /v1/database/static-roles?list=true": 403 });
      const answer = await readVaultLogins(config, { vault, token: "t" });
      assert.ok("reason" in answer && !answer.asked);
      assert.match(answer.reason, /list database\/static-roles .*403/);
    });
  });

  it("takes token, address and authority from the variables that Vault's own command takes them from", async () => {
    await begin({});
    assert.deepEqual(await vaultToken({ VAULT_TOKEN: "t" }), { token: "t" });
    assert.deepEqual(await vaultToken({ VAULT_TOKEN: "t", VAULT_ADDR: "https://v" }), { token: "t", vault: { address: "https://v" } });
    await assert.rejects(vaultToken({ VAULT_ADDR: "https://v" }), /VAULT_TOKEN\nRemedy: /);
    await assert.rejects(
      vaultToken({ VAULT_TOKEN: "t", VAULT_ADDR: "https://v", VAULT_CACERT: "/no/such/file" }),
      /VAULT_CACERT cannot be read: ENOENT.*\nRemedy: /,
    );
  });
});
