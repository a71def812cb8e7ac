import assert from "node:assert/strict";
import { vaultAccess, type Fetched } from "../../vault/access";
import type { PlannedKey } from "../../vault/fixture";
import { changedSince, wantedInVault, type WantedArgs } from "../../vault/setUpDigests";
import { REPLICATED, vaultConfig } from "../support/vaults";

const plain: PlannedKey = { path: "shop/login", key: "username", source: { kind: "plain", value: "shop" }, initial: false };
const random: PlannedKey = { path: "shop/login", key: "password", source: { kind: "random", length: 32 }, initial: false };
const given: PlannedKey = { path: "shop/api", key: "token", source: { kind: "given" }, initial: false };

function wanted(
  change: Partial<WantedArgs> = {},
  configuration: Readonly<Record<string, unknown>> = {},
  fetched: Fetched = { apps: ["shop/login"] },
): ReturnType<typeof wantedInVault> {
  const config = vaultConfig({ ...REPLICATED, ...configuration });
  const access = vaultAccess(config, "prod", "apps", fetched);
  return wantedInVault({ access, config, planned: [plain, random, given], given: { "shop/api#token": "hunter2" }, ...change });
}

describe("vault/setUpDigests", () => {
  it("names everything that is made of Vault", () =>
    assert.deepEqual(Object.keys(wanted()), [
      "kv engine secret",
      "Kubernetes authentication kubernetes",
      "policy ameide-vault",
      "role ameide-vault",
      "fixture shop/login",
      "fixture shop/api",
    ]));

  it("holds no value", () => assert.doesNotMatch(JSON.stringify(wanted()), /hunter2|"shop"/));

  const changes: [what: string, now: ReturnType<typeof wantedInVault>, ...changed: string[]][] = [
    ["nothing", wanted()],
    ["a value of a third party's", wanted({ given: { "shop/api#token": "hunter3" } }), "fixture shop/api"],
    [
      "a value of the map",
      wanted({ planned: [{ ...plain, source: { kind: "plain", value: "other" } }, random, given] }),
      "fixture shop/login",
    ],
    [
      "the length of a random one",
      wanted({ planned: [plain, { ...random, source: { kind: "random", length: 64 } }, given] }),
      "fixture shop/login",
    ],
    ["a key more", wanted({ planned: [plain, random, given, { ...random, path: "shop/api", key: "more" }] }), "fixture shop/api"],
    ["a path more", wanted({ planned: [plain, random, given, { ...random, path: "shop/more" }] }), "fixture shop/more"],
    ["a path less", wanted({ planned: [plain, random] })],
    [
      "the mirror",
      wanted({}, { "mirror.mode": "push" }),
      "kv engine mirror",
      "policy ameide-vault-mirror",
      "policy ameide-vault-mirror-reader",
      "role ameide-vault-mirror",
      "role ameide-vault-mirror-reader",
    ],
    ["what is fetched besides", wanted({}, {}, { apps: ["shop/login", "shop/api"] }), "policy ameide-vault"],
    [
      "a namespace besides",
      wanted({}, {}, { apps: ["shop/login"], web: ["shop/api"] }),
      "policy ameide-vault.web",
      "role ameide-vault.web",
    ],
    ["where the API server is", wanted({}, { "kubernetesAuth.host": "https://api.example" }), "Kubernetes authentication kubernetes"],
    ["where Vault is", wanted({}, { "configuration.address": "https://127.0.0.1:8200" })],
  ];
  for (const [what, now, ...changed] of changes) it(`sees ${what}`, () => assert.deepEqual(changedSince(wanted(), now), changed));

  it("sees everything where nothing was made before", () => assert.deepEqual(changedSince({}, wanted()), Object.keys(wanted())));
});
