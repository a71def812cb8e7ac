import assert from "node:assert/strict";
import { parseRemoteRef, referenceOf } from "../../vault/remoteRef";

describe("vault/remoteRef", () => {
  it("reads a reference in short, and leaves a map as it is", () => {
    assert.deepEqual(parseRemoteRef("shop/shop-login#password"), { key: "shop/shop-login", property: "password" });
    assert.deepEqual(parseRemoteRef("shop/shop-login"), { key: "shop/shop-login" });
    const map = { key: "shop/shop-login", property: "a#b", version: "2", decodingStrategy: "Base64" } as const;
    assert.deepEqual(parseRemoteRef(map), map);
  });

  for (const text of ["", "#password", "shop/shop-login#", "a#b#c"])
    it(`rejects \`${text}\``, () => {
      assert.throws(() => parseRemoteRef(text), { message: `\`${text}\` is not \`path#property\` or \`path\`` });
    });

  it("says what it needs in Vault, with or without the mount in front", () => {
    assert.deepEqual(referenceOf("secret/shop/shop-login#password", "secret"), { path: "shop/shop-login", property: "password" });
    assert.deepEqual(referenceOf("shop/shop-login#password", "secret"), { path: "shop/shop-login", property: "password" });
    assert.deepEqual(referenceOf({ key: "secrets/shop" }, "secret"), { path: "secrets/shop" });
  });
});
