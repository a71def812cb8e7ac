import assert from "node:assert/strict";
import { askVault, type VaultQuestions } from "../../preflight/vaultToken";
import type { Ask } from "../../kube/http";
import { lines } from "../support/problems";
import { KV2, RIGHTS, SET_UP } from "../support/setUpVault";
import { telling, type Told } from "../support/told";

const ADDRESS = "https://vault.example:8200";
const questions: VaultQuestions = {
  rights: { ...RIGHTS, mounts: { ...RIGHTS.mounts, mirror: { description: "Copies", checkAndSet: true, versions: 1 } } },
  fixtureMount: "secret",
  fixtures: ["shop/login"],
};
type Reply = number | object;

/**
 * A Vault as the ceremony leaves it, and a token that may do what it has to. Whatever is asked that
 * is not here, or that would change it, fails the test.
 */
const ANSWERS: Readonly<Record<string, Reply>> = {
  ...SET_UP,
  "sys/seal-status": { initialized: true, sealed: false },
  "auth/token/lookup-self": { data: { policies: ["cnpg-credentials-bootstrap"], ttl: 1800 } },
  "sys/mounts": { data: { "secret/": KV2, "mirror/": KV2 } },
  "mirror/config": { data: { cas_required: true, max_versions: 1 } },
  "secret/metadata/shop/login": 404,
};

function vault(change: Readonly<Record<string, Reply>>): Ask {
  const replies = { ...ANSWERS, ...change };
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

describe("preflight/vaultToken", () => {
  const tell = telling("preflight", "what a token of Vault may lack");
  it("finds nothing wrong where the ceremony of this version was, whatever the fixtures are", async () => {
    assert.deepEqual(await ask(), []);
    assert.deepEqual(await ask({ "secret/metadata/shop/login": { data: {} } }), []);
  });

  it("accepts a token that lives for ever and is no root's", async () =>
    assert.deepEqual(await ask({ "auth/token/lookup-self": { data: { policies: ["set-up"], ttl: 0 } } }), []));

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
    ["a Vault that has trouble later", { "secret/config": 500 }, ["VAULT_TOKEN", "GET secret/config with 500", "try again"]],
    [
      "a token that may not do everything, with all that it may not",
      { "mirror/config": 403, "sys/policies/acl/ameide-vault": 403, "secret/metadata/shop/login": 403 },
      ["VAULT_TOKEN", "may not go to `mirror/config`, `secret/metadata/shop/login`, `sys/policies/acl/ameide-vault`;"],
    ],
    [
      "something else in the place of what is mounted",
      {
        "sys/mounts": { data: { "secret/": { type: "kv", options: { version: "1" } }, "mirror/": { type: "transit" } } },
        "sys/auth": { data: { "kubernetes/": { type: "userpass" } } },
      },
      ["vault", "engine at secret/ that is not kv, version 2"],
      ["vault", "engine at mirror/ that is not kv, version 2"],
      ["vault", "method at kubernetes/ that is not for Kubernetes"],
    ],
    [
      "a Vault whose ceremony has given nobody anything yet",
      {
        ...{ "sys/mounts": { data: {} }, "sys/auth": { data: {} }, "secret/config": 404, "mirror/config": 404 },
        ...{ "auth/kubernetes/config": 404, "sys/policies/acl/ameide-vault": 404, "auth/kubernetes/role/ameide-vault": 404 },
      },
      [
        "vault",
        "the kv engine secret; ",
        "Kubernetes authentication at kubernetes; ",
        "the policy ameide-vault; the role ameide-vault;",
        "--refresh-token",
      ],
    ],
    [
      "a policy that somebody has made more of",
      { "sys/policies/acl/ameide-vault": { data: { policy: "more" } } },
      ["vault", ": the policy ameide-vault;"],
    ],
    [
      "a mirror that keeps former passwords",
      { "mirror/config": { data: { cas_required: true, max_versions: 10 } } },
      ["vault", "versions to 1"],
    ],
  ];
  for (const [what, change, ...told] of refused) it(`refuses ${what}`, async () => tell(lines(await ask(change)), told));

  const unreachable: [code: string, ...phrases: string[]][] = [
    ["ECONNREFUSED", "port-forward", "VAULT_TOKEN"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "vault.configuration.ca`", "vault.configuration.tlsServerName"],
  ];
  for (const [code, ...phrases] of unreachable)
    it(`says what to do about ${code}`, async () => {
      const gone: Ask = () => Promise.reject(Object.assign(new Error("no"), { code }));
      tell(lines(await askVault(gone, ADDRESS, questions)), [
        ["vault.configuration.address", `${ADDRESS} cannot be asked (${code})`, ...phrases],
      ]);
    });
});
