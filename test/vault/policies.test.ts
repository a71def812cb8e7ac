import assert from "node:assert/strict";
import { mirrorPolicy, mirrorReaderPolicy, storePolicy } from "../../vault/policies";

const own = `path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}

`;

describe("vault/policies", () => {
  it("lets a store read what its namespace fetches, path by path, and nothing else", () =>
    assert.equal(
      storePolicy("secret", ["shared/b", "own/a"]),
      `${own}path "secret/data/own/a" {\n  capabilities = ["read"]\n}\n\npath "secret/data/shared/b" {\n  capabilities = ["read"]\n}\n`,
    ));

  it("lets a store of a namespace that fetches nothing look itself up", () => assert.equal(`${storePolicy("secret", [])}\n`, own));

  it("lets the mirror write below its path, and nowhere else", () => {
    const rules = (capabilities: string) =>
      `${own}path "mirror/data/dev/*" {\n  capabilities = ${capabilities}\n}\n\npath "mirror/metadata/dev/*" {\n  capabilities = ${capabilities}\n}\n`;
    assert.equal(mirrorPolicy("mirror", "dev", false), rules('["create","read","update"]'));
    assert.equal(mirrorPolicy("mirror", "dev", true), rules('["create","read","update","delete"]'));
  });

  it("lets the mirror's reader read and list below its path, and change nothing", () => {
    const rules = `path "mirror/data/dev/*" {\n  capabilities = ["read"]\n}\n\npath "mirror/metadata/dev/*" {\n  capabilities = ["read","list"]\n}\n`;
    assert.equal(mirrorReaderPolicy("mirror", "dev"), own + rules);
  });
});
