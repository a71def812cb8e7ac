import * as assert from "node:assert/strict";
import { proxyFor } from "../../kube/proxy";

const API = "https://api.shop.example:6443";
const PROXY = "http://proxy.example:3128";

describe("kube/proxy", () => {
  const found = (server: string, env: Record<string, string>) => proxyFor(server, { HTTPS_PROXY: PROXY, ...env });

  it("is the one that the environment names, by either name, with `http://` where nothing else is said", () => {
    assert.equal(proxyFor(API, {}), undefined);
    assert.equal(proxyFor(API, { HTTP_PROXY: PROXY }), undefined);
    assert.equal(proxyFor(API, { https_proxy: PROXY }), PROXY);
    assert.equal(proxyFor(API, { HTTPS_PROXY: "", https_proxy: PROXY }), PROXY);
    assert.equal(proxyFor(API, { HTTPS_PROXY: "proxy.example:3128" }), PROXY);
    assert.equal(proxyFor(API, { HTTPS_PROXY: "socks5://proxy.example" }), "socks5://proxy.example");
  });

  for (const server of [
    "https://localhost:6443",
    "https://127.0.0.1:6443",
    "https://127.9.9.9",
    "https://[::1]:6443",
    "http://api",
    "nowhere",
  ])
    it(`is none for ${server}`, () => assert.equal(found(server, {}), undefined));

  const exceptions: [noProxy: string, server: string, isException: boolean][] = [
    ["*", API, true],
    ["", API, false],
    ["api.shop.example", API, true],
    ["API.Shop.Example", API, true],
    ["shop.example", API, true],
    [".shop.example", API, true],
    ["*.shop.example", API, true],
    [".api.shop.example", API, false],
    ["op.example", API, false],
    ["other, shop.example ,x", API, true],
    ["shop.example:6443", API, true],
    ["shop.example:443", API, false],
    ["shop.example:443", "https://shop.example", true],
    ["10.1.2.3", "https://10.1.2.3:6443", true],
    ["10.1.2.3:6443", "https://10.1.2.3:6443", true],
    ["2.3", "https://10.1.2.3:6443", false],
    ["10.0.0.0/8", "https://10.1.2.3:6443", true],
    ["10.2.0.0/16", "https://10.1.2.3:6443", false],
    ["10.0.0.0/99", "https://10.1.2.3:6443", false],
    ["fd00::/8", "https://[fd00::1]:6443", true],
    ["fd00::1", "https://[fd00::1]:6443", true],
    ["[fd00::1]:6443", "https://[fd00::1]:6443", true],
    ["10.0.0.0/8", API, false],
  ];
  for (const [noProxy, server, isException] of exceptions)
    it(`NO_PROXY=${noProxy} ${isException ? "has" : "has not"} ${server}`, () =>
      assert.equal(found(server, { NO_PROXY: noProxy }), isException ? undefined : PROXY));

  it("knows the other name of the exceptions", () => assert.equal(found(API, { no_proxy: "shop.example" }), undefined));
});
