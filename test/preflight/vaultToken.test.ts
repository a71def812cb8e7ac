import assert from "node:assert/strict";
import { askVault, type VaultQuestions } from "../../preflight/vaultToken";
import type { Ask } from "../../kube/http";
import { problemsOf } from "../support/problems";
import { telling, type Told } from "../support/told";

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
  const tell = telling("preflight", "what a token of Vault may lack");
  it("finds what is mounted already", async () => {
    assert.deepEqual(await ask(), { mounts: ["secret", "mirror"], auth: true });
    assert.deepEqual(await ask(NEW), { mounts: [], auth: false });
    assert.deepEqual(await ask({ "sys/mounts/mirror": 400 }), { mounts: ["secret"], auth: true });
  });

  it("accepts a token that lives for ever and is no root's", async () =>
    assert.ok(!("problems" in (await ask({ "auth/token/lookup-self": { data: { policies: ["set-up"], ttl: 0 } } })))));

  const ceremony = "npm run vault:init";
  const refused: [what: string, change: Readonly<Record<string, Reply>>, ...told: Told[]][] = [
    ["an address that is no Vault's", { "sys/seal-status": 404 }, ["vault.configuration.address", `${ADDRESS} answers`, "not as a Vault"]],
    [
      "a Vault before its ceremony",
      { "sys/seal-status": { initialized: false, sealed: true } },
      ["vault.configuration.address", `${ADDRESS} is not initialised`, "docs/runbooks/vault-ceremony.md"],
    ],
    ["a sealed Vault", { "sys/seal-status": { initialized: true, sealed: true } }, ["vault.configuration.address", `${ADDRESS} is sealed`]],
    ["a token that it does not know", { "auth/token/lookup-self": 403 }, ["VAULT_TOKEN", `${ADDRESS} does not accept it`, ceremony]],
    [
      "a root token, however it is called",
      { "auth/token/lookup-self": { data: { policies: ["other", "root"], ttl: 0 } } },
      ["VAULT_TOKEN", "root token", "revoke"],
    ],
    [
      "a token that is about to expire",
      { "auth/token/lookup-self": { data: { policies: ["a"], ttl: 59 } } },
      ["VAULT_TOKEN", "expires in 59 s", ceremony],
    ],
    ["a Vault that has trouble", { "auth/token/lookup-self": 500 }, ["VAULT_TOKEN", `${ADDRESS} answers 500`, "try again"]],
    ["a Vault that has trouble later", { "secret/config": 500 }, ["VAULT_TOKEN", "500", `secret/config`]],
    [
      "a token that may not do everything, with all that it may not",
      { "sys/mounts/mirror": 403, "sys/policies/acl/ameide-vault": 403, "secret/metadata/shop/login": 403 },
      ["VAULT_TOKEN", "may not go to `secret/metadata/shop/login`, `sys/mounts/mirror`, `sys/policies/acl/ameide-vault`;"],
    ],
    [
      "something else in the place of what is mounted",
      {
        "sys/mounts/secret": { data: { type: "kv", options: { version: "1" } } },
        "sys/mounts/mirror": { data: { type: "transit" } },
        "sys/auth/kubernetes": { data: { type: "userpass" } },
      },
      ["vault.mount", "engine at `secret`", "kv, version 2"],
      ["vault.mirror.mount", "engine at `mirror`", "kv, version 2"],
      ["vault.kubernetesAuth.mount", "method at `kubernetes`"],
    ],
  ];
  for (const [what, change, ...told] of refused) it(`refuses ${what}`, async () => tell(problemsOf(await ask(change)), told));

  const unreachable: [code: string, ...phrases: string[]][] = [
    ["ECONNREFUSED", "port-forward", "VAULT_TOKEN"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "vault.configuration.ca`", "vault.configuration.tlsServerName"],
  ];
  for (const [code, ...phrases] of unreachable)
    it(`says what to do about ${code}`, async () => {
      const gone: Ask = () => Promise.reject(Object.assign(new Error("no"), { code }));
      tell(problemsOf(await askVault(gone, ADDRESS, questions)), [
        ["vault.configuration.address", `${ADDRESS} cannot be asked (${code})`, ...phrases],
      ]);
    });
});
