import assert from "node:assert/strict";
import { askVault, type VaultQuestions } from "../../preflight/vaultToken";
import type { Ask } from "../../vault/bootstrap/http";
import { problemsOf } from "../support/problems";

const ADDRESS = "https://vault.example:8200";
const questions: VaultQuestions = {
  mounts: ["secret", "mirror"],
  authMount: "kubernetes",
  policies: ["ameide-vault"],
  roles: ["ameide-vault"],
  fixtureMount: "secret",
  fixtures: ["shop/login"],
};
const KV2 = { data: { type: "kv", options: { version: "2" } } };
type Reply = number | object;

/** A Vault that is set up, and a token that may do what it has to. */
const SET_UP: Readonly<Record<string, Reply>> = {
  "sys/seal-status": { initialized: true, sealed: false },
  "auth/token/lookup-self": { data: { policies: ["cnpg-credentials-bootstrap"], ttl: 1800 } },
  "sys/mounts/secret": KV2,
  "sys/mounts/mirror": KV2,
  "sys/auth/kubernetes": { data: { type: "kubernetes" } },
  "sys/policies/acl/ameide-vault": 404,
  "secret/config": {},
  "mirror/config": {},
  "auth/kubernetes/config": {},
  "auth/kubernetes/role/ameide-vault": 404,
  "secret/metadata/shop/login": 404,
};

function vault(change: Readonly<Record<string, Reply>>): Ask {
  const replies = { ...SET_UP, ...change };
  return (method, path) => {
    const reply = method === "GET" ? replies[path.replace("/v1/", "")] : undefined;
    assert.notEqual(reply, undefined, `${method} ${path}`);
    return Promise.resolve({
      status: typeof reply === "number" ? reply : 200,
      body: typeof reply === "number" ? { errors: [] } : reply,
      date: Number.NaN,
    });
  };
}
const ask = (change: Readonly<Record<string, Reply>> = {}) => askVault(vault(change), ADDRESS, questions);
const NEW = { "sys/mounts/secret": 400, "sys/mounts/mirror": 400, "sys/auth/kubernetes": 400 };

describe("preflight/vaultToken", () => {
  it("finds what is mounted already", async () => {
    assert.deepEqual(await ask(), { mounts: ["secret", "mirror"], auth: true });
    assert.deepEqual(await ask(NEW), { mounts: [], auth: false });
    assert.deepEqual(await ask({ "sys/mounts/mirror": 400 }), { mounts: ["secret"], auth: true });
  });

  it("accepts a token that lives for ever and is no root's", async () =>
    assert.ok(!("problems" in (await ask({ "auth/token/lookup-self": { data: { policies: ["set-up"], ttl: 0 } } })))));

  const ceremony = "have another one made (`npm run vault:init`, docs/runbooks/vault-ceremony.md)";
  const refused: [what: string, change: Readonly<Record<string, Reply>>, ...problems: string[]][] = [
    [
      "an address that is no Vault's",
      { "sys/seal-status": 404 },
      `vault.configuration.address: ${ADDRESS} answers, and not as a Vault does (status 404); name Vault's own address`,
    ],
    [
      "a Vault before its ceremony",
      { "sys/seal-status": { initialized: false, sealed: true } },
      `vault.configuration.address: the Vault at ${ADDRESS} is not initialised; hold its ceremony: docs/runbooks/vault-ceremony.md`,
    ],
    [
      "a sealed Vault",
      { "sys/seal-status": { initialized: true, sealed: true } },
      `vault.configuration.address: the Vault at ${ADDRESS} is sealed; see what its log says of its seal, whose key service unseals it; somebody may have sealed it in an emergency`,
    ],
    [
      "a token that it does not know",
      { "auth/token/lookup-self": 403 },
      `VAULT_TOKEN: the Vault at ${ADDRESS} does not accept it: it has expired, was revoked, is another Vault's, or may not even look itself up; ${ceremony}`,
    ],
    [
      "a root token, however it is called",
      { "auth/token/lookup-self": { data: { policies: ["other", "root"], ttl: 0 } } },
      "VAULT_TOKEN: is a root token, which may do everything and does not expire; revoke it (`vault token revoke -self`), and use one that may do what this takes: docs/runbooks/vault-ceremony.md",
    ],
    [
      "a token that is about to expire",
      { "auth/token/lookup-self": { data: { policies: ["a"], ttl: 59 } } },
      `VAULT_TOKEN: expires in 59 s; ${ceremony}`,
    ],
    [
      "a Vault that has trouble",
      { "auth/token/lookup-self": 500 },
      `VAULT_TOKEN: the Vault at ${ADDRESS} answers 500 to the question whose it is; try again`,
    ],
    [
      "a Vault that has trouble later",
      { "secret/config": 500 },
      "VAULT_TOKEN: Vault answers 500 to a question for `secret/config`; try again",
    ],
    [
      "a token that may not do everything, with all that it may not",
      { "sys/mounts/mirror": 403, "sys/policies/acl/ameide-vault": 403, "secret/metadata/shop/login": 403 },
      "VAULT_TOKEN: may not go to `secret/metadata/shop/login`, `sys/mounts/mirror`, `sys/policies/acl/ameide-vault`; use one with the policy that `npm run vault:init -- --show policy` prints for the names of this stack",
    ],
    [
      "something else in the place of what is mounted",
      {
        "sys/mounts/secret": { data: { type: "kv", options: { version: "1" } } },
        "sys/mounts/mirror": { data: { type: "transit" } },
        "sys/auth/kubernetes": { data: { type: "userpass" } },
      },
      "vault.mount: Vault has an engine at `secret` that is not kv, version 2; move it by hand (`vault secrets move`), or configure another path",
      "vault.mirror.mount: Vault has an engine at `mirror` that is not kv, version 2; move it by hand (`vault secrets move`), or configure another path",
      "vault.kubernetesAuth.mount: Vault has an authentication method at `kubernetes` that is not for Kubernetes; move it by hand (`vault auth move`), or configure another path",
    ],
  ];
  for (const [what, change, ...problems] of refused)
    it(`refuses ${what}`, async () => assert.deepEqual(problemsOf(await ask(change)), problems));

  const unreachable: [code: string, remedy: string][] = [
    [
      "ECONNREFUSED",
      "open a way to it, a port-forward for one, and name that; where nothing in Vault is to be changed, leave VAULT_TOKEN unset",
    ],
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "set `vault.configuration.ca` to the authority that has signed its certificate, and `vault.configuration.tlsServerName` to the name in it where that is not the address",
    ],
  ];
  for (const [code, remedy] of unreachable)
    it(`says what to do about ${code}`, async () => {
      const gone: Ask = () => Promise.reject(Object.assign(new Error("no"), { code }));
      assert.deepEqual(problemsOf(await askVault(gone, ADDRESS, questions)), [
        `vault.configuration.address: the Vault at ${ADDRESS} cannot be asked (${code}); ${remedy}`,
      ]);
    });
});
