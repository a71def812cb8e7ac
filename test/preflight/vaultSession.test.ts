import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../../config/load";
import { openDoors, vaultSession, type VaultSessionReport } from "../../preflight/vaultSession";
import { vaultAccess } from "../../vault/access";
import { fixtureMap } from "../../vault/fixtureMap";
import { fixturesOf, planFixtures } from "../../vault/fixtures";
import { writersOf } from "../../vault/fixtureWriters";
import { EXISTING, vaultConfig } from "../support/vaults";
import { startApiServer, type ApiServer } from "../support/apiServer";
import { stackConfig } from "../support/fixtures";
import { lines } from "../support/problems";
import { run } from "../support/program";
import { telling, type Told } from "../support/told";

const TOKEN = "hvs.of-the-test";
const CA = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const DEPLOYED = {
  kind: "deployed",
  ...{ image: "vault:1", replicas: 3, storage: { size: "1Gi" } },
  seal: { type: "transit", address: "https://kms.example", tokenSecret: "kms" },
};

interface Case {
  vault?: object;
  outputs?: object;
  preview?: boolean;
  token?: string;
}

function ask({ vault = {}, outputs = {}, preview = false, token }: Case): Promise<VaultSessionReport> {
  const config = { server: { kind: "existing", address: "https://vault.example" }, configuration: { by: "pulumi" }, ...vault };
  const program = () => {
    const vaultValues = { "shared/ghcr-token#token": pulumi.secret("hunter2") };
    const { kubeconfig: _, ...settings } = stackConfig({ environment: "prod", vault: config });
    const stack: Stack = { ...settings, name: "prod", fullName: "o/p/prod", environment: "prod", vaultValues };
    return vaultSession(stack, { apps: ["shop/login"] }, token);
  };
  return run(program, { preview, outputs: outputs as Record<string, unknown> }).then(({ result }) => result);
}
/** The paths that the program writes in prod, with that value. */
const FIXTURES = (() => {
  const fixtures = fixturesOf(fixtureMap, "prod");
  const planned = planFixtures(fixtures, "prod", new Set(["shared/ghcr-token#token"]));
  return [...new Set(writersOf(fixtures, planned).planned.map(({ path }) => path))];
})();
const wanted = async () => (await ask({ preview: true })).session!.wanted;

describe("preflight/vaultSession", () => {
  const tell = telling("preflight", "what a session with Vault may lack");
  it("says what is open to everybody, and is to be closed again", () => {
    const open = vaultConfig({ "server.unauthenticated": ["generate-root"] });
    tell(openDoors(open), [["vault.server.unauthenticated", "cancel generate-root without a token", "take it out"]]);
    assert.deepEqual([openDoors(vaultConfig()), openDoors(vaultConfig(EXISTING))], [[], []]);
  });

  it("has nothing to say of a Vault that somebody else sets up", async () =>
    assert.deepEqual(await ask({ vault: { configuration: { by: "hand" } } }), { problems: [], notes: [] }));

  describe("without a token", () => {
    it("lets a preview be, and says that the up needs one", async () => {
      const { session, problems, notes } = await ask({ preview: true });
      assert.equal(session?.address, "https://vault.example");
      assert.deepEqual(problems, []);
      assert.deepEqual(notes.length, 1);
      assert.match(notes[0]!, /^VAULT_TOKEN is not set, .*: kv engine secret, .*, and \d+ more\. `pulumi up`/);
    });

    it("refuses an up that changes something, and says what", async () => {
      const applied = { ...(await wanted()), "policy ameide-vault": "of another text" };
      const { session, problems } = await ask({ outputs: { vault: { applied } } });
      assert.equal(session, undefined);
      tell(lines(problems), [["VAULT_TOKEN", "is not set", "changes: policy ameide-vault;", "docs/runbooks/vault-ceremony.md"]]);
    });

    it("lets an up be that changes nothing, or that wants less than there is", async () => {
      const applied = { ...(await wanted()), "policy of-former-times": "any" };
      const { session, problems, notes } = await ask({ outputs: { vault: { applied } } });
      assert.deepEqual([problems, notes, session?.address], [[], [], "https://vault.example"]);
    });
  });

  describe("of a Vault of the stack's own", () => {
    const hand: Told = [
      "vault.configuration.by",
      "`pulumi` sets up a Vault that runs",
      "use `hand` for the first `up`",
      "docs/runbooks/vault-azure.md",
    ];

    it("says that it has to be there first", async () => {
      for (const token of [undefined, TOKEN]) {
        tell(lines((await ask({ vault: { server: DEPLOYED }, ...(token && { token }) })).problems), [hand]);
        const preview = await ask({ vault: { server: DEPLOYED }, preview: true, ...(token && { token }) });
        assert.deepEqual(preview.problems, []);
        tell(preview.notes, [hand]);
        assert.equal(preview.session?.ca, undefined);
      }
    });

    it("knows its authority from what an earlier up has said", async () => {
      const outputs = { vault: { ca: CA } };
      const { session } = await ask({ vault: { server: DEPLOYED }, outputs, preview: true });
      assert.deepEqual([session?.address, session?.ca, session?.tlsServerName], ["https://vault.vault.svc:8200", CA, undefined]);
    });

    it("goes by what the configuration says of it", async () => {
      const configuration = { by: "pulumi", address: "https://127.0.0.1:8200", tlsServerName: "vault.vault.svc", ca: `${CA}\n` };
      const { session } = await ask({ vault: { server: DEPLOYED, configuration }, outputs: { vault: { ca: CA } }, preview: true });
      assert.deepEqual([session?.address, session?.ca, session?.tlsServerName], ["https://127.0.0.1:8200", `${CA}\n`, "vault.vault.svc"]);
    });
  });

  describe("with a token", () => {
    let vault: ApiServer;
    before(async () => {
      const access = vaultAccess(vaultConfig(EXISTING), "prod", "apps", { apps: ["shop/login"] });
      const role = access.roles["ameide-vault"]!;
      vault = await startApiServer({
        "GET /v1/sys/seal-status": { initialized: true, sealed: false },
        "GET /v1/auth/token/lookup-self": { data: { policies: ["a"], ttl: 600 } },
        "GET /v1/sys/mounts": { data: { "secret/": { type: "kv", options: { version: "2" } } } },
        "GET /v1/secret/config": { data: { cas_required: false } },
        "GET /v1/sys/auth": { data: { "kubernetes/": { type: "kubernetes" } } },
        "GET /v1/auth/kubernetes/config": {
          data: { kubernetes_host: "https://kubernetes.default.svc", kubernetes_ca_cert: "", disable_local_ca_jwt: false },
        },
        "GET /v1/sys/policies/acl/ameide-vault": { data: { policy: access.policies["ameide-vault"] } },
        "GET /v1/auth/kubernetes/role/ameide-vault": {
          data: {
            bound_service_account_names: role.serviceAccounts,
            bound_service_account_namespaces: role.namespaces,
            audience: role.audience,
            token_policies: role.policies,
            token_ttl: role.ttlSeconds,
            token_max_ttl: role.ttlSeconds,
            token_no_default_policy: true,
          },
        },
        ...Object.fromEntries(FIXTURES.map((path) => [`GET /v1/secret/metadata/${path}`, 404])),
      });
    });
    after(() => vault.close());

    it("asks Vault over TLS, with the authority that the configuration names, in a preview too", async () => {
      const server = { kind: "existing", address: vault.url, ca: vault.ca };
      for (const preview of [false, true]) {
        const { session, problems } = await ask({ vault: { server }, token: TOKEN, preview });
        assert.deepEqual([problems, session?.address], [[], vault.url]);
      }
      assert.deepEqual(vault.unexpected, []);
    });

    it("asks nobody whom it cannot tell", async () => {
      const asked = vault.asked.length;
      const { problems } = await ask({ vault: { server: { kind: "existing", address: vault.url } }, token: TOKEN });
      assert.match(
        lines(problems).join("\n"),
        /^vault\.configuration\.address: the Vault at \S+ cannot be asked \((DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT\w*)\); set `vault.configuration.ca`/,
      );
      assert.equal(vault.asked.length, asked);
    });
  });
});
