const ROLE = { serviceAccounts: ["s"], namespaces: ["n"], audience: "vault", policies: ["ameide-vault"], ttlSeconds: 600 };

/** What a small stack wants of Vault. */
export const RIGHTS = {
  mounts: { secret: { description: "Fixtures" } },
  policies: { "ameide-vault": "of the store" },
  kubernetes: { mount: "kubernetes", host: "https://api.test", roles: { "ameide-vault": ROLE } },
};

export const KV2 = { type: "kv", options: { version: "2" } };

/** What a Vault answers that the ceremony has set up so, by the path. */
export const SET_UP = {
  "sys/mounts": { data: { "secret/": KV2 } },
  "secret/config": { data: { cas_required: false, max_versions: 0 } },
  "sys/auth": { data: { "kubernetes/": { type: "kubernetes" }, "token/": { type: "token" } } },
  "auth/kubernetes/config": { data: { kubernetes_host: "https://api.test", kubernetes_ca_cert: "", disable_local_ca_jwt: false } },
  "sys/policies/acl/ameide-vault": { data: { policy: "of the store" } },
  "auth/kubernetes/role/ameide-vault": {
    data: {
      bound_service_account_names: ["s"],
      bound_service_account_namespaces: ["n"],
      audience: "vault",
      token_policies: ["ameide-vault"],
      token_ttl: 600,
      token_max_ttl: 600,
      token_no_default_policy: true,
    },
  },
};
