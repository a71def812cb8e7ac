import assert from "node:assert/strict";
import { bootstrapPolicy } from "../../../cli/ceremony/policy";

describe("cli/ceremony/policy", () => {
  it("has what Pulumi's provider needs for what is the stack's, word by word", () =>
    assert.equal(
      bootstrapPolicy({ mount: "fetched", mirrorMount: "copies", authMount: "cluster", policies: ["store"] }),
      `path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}

path "sys/mounts/fetched" {
  capabilities = ["create","read","update"]
}

path "sys/mounts/fetched/tune" {
  capabilities = ["read","update"]
}

path "fetched/config" {
  capabilities = ["create","read","update"]
}

path "fetched/data/*" {
  capabilities = ["create","read","update","delete"]
}

path "fetched/metadata/*" {
  capabilities = ["create","read","update"]
}

path "sys/mounts/copies" {
  capabilities = ["create","read","update"]
}

path "sys/mounts/copies/tune" {
  capabilities = ["read","update"]
}

path "copies/config" {
  capabilities = ["create","read","update"]
}

path "sys/auth/cluster" {
  capabilities = ["create","read","update","sudo"]
}

path "sys/mounts/auth/cluster" {
  capabilities = ["read"]
}

path "sys/mounts/auth/cluster/tune" {
  capabilities = ["read","update"]
}

path "auth/cluster/config" {
  capabilities = ["create","read","update"]
}

path "auth/cluster/role/*" {
  capabilities = ["create","read","update","delete"]
}

path "sys/policies/acl/store" {
  capabilities = ["create","read","update","delete"]
}
`,
    ));
});
