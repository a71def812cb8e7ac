import assert from "node:assert/strict";
import { bootstrapPolicy } from "../../../cli/ceremony/policy";
import { rightsOf } from "../../../cli/ceremony/rights";
import { stackConfig } from "../../support/fixtures";
import { EXISTING } from "../../support/vaults";

describe("cli/ceremony/policy", () => {
  it("lets the token write the fixtures that are named, and see what else the stack wants of Vault, word by word", () =>
    assert.equal(
      bootstrapPolicy({
        mounts: ["fetched", "copies"],
        mount: "fetched",
        fixtures: ["shop/login"],
        authMount: "cluster",
        policies: ["store"],
      }),
      [
        ["auth/token/lookup-self", "read"],
        ["auth/token/revoke-self", "update"],
        ["fetched/data/shop/login", "create", "read", "update"],
        ["fetched/metadata/shop/login", "read", "update"],
        ["sys/mounts", "read"],
        ["fetched/config", "read"],
        ["copies/config", "read"],
        ["sys/auth", "read"],
        ["sys/policies/acl", "list"],
        ["auth/cluster/role", "list"],
        ["auth/cluster/config", "read"],
        ["sys/policies/acl/store", "read"],
        ["auth/cluster/role/store", "read"],
      ]
        .map(([path, ...capabilities]) => `path "${path}" {\n  capabilities = ${JSON.stringify(capabilities)}\n}\n`)
        .join("\n"),
    ));

  it("has no pattern, and writes nothing but fixtures, whatever a stack has", () => {
    const found = rightsOf(stackConfig({ environment: "prod", vault: { ...EXISTING, mirror: { mode: "push" } } }), "prod");
    assert.ok(found && "owned" in found);
    const rules = bootstrapPolicy(found.owned).split("\n\n");
    assert.ok(rules.length > 30);
    for (const rule of rules) {
      assert.doesNotMatch(rule, /[*+]|sudo|delete|patch/);
      if (/create|update/.test(rule))
        assert.match(rule, /^path "(secret\/(data|metadata)\/[a-z0-9-]+\/[a-z0-9-]+|auth\/token\/revoke-self)" /);
    }
  });
});
