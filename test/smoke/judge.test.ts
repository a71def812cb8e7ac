import * as assert from "node:assert/strict";
import { judgeSecrets, judgeStores } from "../../smoke/judge";
import type { LiveExternalSecret, LiveStore, Missing, Seen } from "../../smoke/types";
import { DATABASE, failing, FETCHED, liveExternalSecret, liveStore, seen } from "../support/secretsSeen";

const lines = (missing: readonly Missing[]) =>
  missing.map(({ owner, kind, what, said, remedy }) => [`${kind} ${owner}: ${what}`, ...(said === undefined ? [] : [said]), remedy]);
const judge = (live: Seen, badStores: string[] = []) => lines(judgeSecrets([DATABASE, FETCHED], live, new Set(badStores)));
const with_ = (live: LiveExternalSecret, warnings: [string, string][] = []) =>
  judge(seen({ externalSecrets: [["tools/tools-login", live]], warnings }));

const AGAIN = 'fetched again at once by kubectl annotate -n tools externalsecret tools-login --overwrite force-sync="$(date +%s)"';
const NOT_LOOKED_AT = [
  "bundle tools: ExternalSecret tools/tools-login has not been looked at yet",
  "wait; else see that External Secrets runs: kubectl get deployments -A -l app.kubernetes.io/name=external-secrets",
];

describe("smoke/judge", () => {
  it("misses nothing where everything is there", () => assert.deepEqual(judge(seen()), []));

  it("misses Secrets, and keys without a value, with their owners", () => {
    assert.deepEqual(judge(seen({ secrets: [] })), [
      [
        "service agents: Secret apps/agents-db-secret does not exist",
        "`pulumi up --refresh` writes it again, with the password that it had",
      ],
      ["bundle tools: Secret tools/tools-login does not exist", AGAIN],
    ]);
    const lacking = seen({
      secrets: [
        ["apps/agents-db-secret", new Set(["uri"])],
        ["tools/tools-login", new Set(["username"])],
      ],
    });
    assert.deepEqual(
      judge(lacking).map(([what]) => what),
      [
        "service agents: Secret apps/agents-db-secret has nothing in the keys user, password",
        "bundle tools: Secret tools/tools-login has nothing in the key password",
      ],
    );
  });

  it("misses an ExternalSecret that is not there", () =>
    assert.deepEqual(judge(seen({ externalSecrets: [] })), [
      ["bundle tools: ExternalSecret tools/tools-login does not exist", "`pulumi up` makes it"],
    ]));

  it("says why one is not ready, what Vault must have, and how to have it tried at once", () => {
    const what = "bundle tools: ExternalSecret tools/tools-login is not ready";
    const remedy = `see that Vault has tools/tools-login (username, password); ${AGAIN}`;
    const live = liveExternalSecret(failing());
    assert.deepEqual(with_(live), [[what, "could not get secret data from provider", remedy]]);
    assert.deepEqual(with_(live, [["tools/tools-login", 'cannot find secret data for key: "password"']]), [
      [what, 'cannot find secret data for key: "password"', remedy],
    ]);
  });

  it("leaves it at the store where that is the cause", () => {
    const live = seen({ externalSecrets: [["tools/tools-login", liveExternalSecret(failing())]] });
    assert.equal(judge(live, ["ameide-vault"])[0]?.at(-1), "mend the store ameide-vault; it is fetched then");
    assert.match(judge(live, ["another"])[0]!.at(-1)!, /^see that Vault has/);
  });

  for (const [what, change] of [
    ["that nobody has looked at", { conditions: [], syncedResourceVersion: undefined }],
    ["that was changed since", { syncedResourceVersion: "1-abc" }],
    ["whose tenth generation was looked at, and this is another", { syncedResourceVersion: "21-abc" }],
  ] as const)
    it(`waits for one ${what}`, () => assert.deepEqual(with_(liveExternalSecret(change as object)), [NOT_LOOKED_AT]));

  it("keeps what others say to a line of some length", () => {
    const [[, said] = []] = with_(liveExternalSecret(failing(`a\n  b ${"x".repeat(400)}`)));
    assert.match(said!, /^a b x{296}…$/);
  });

  describe("stores", () => {
    const stores = (...live: LiveStore[]) => lines(judgeStores(["ameide-vault"], new Map(live.map((one) => [one.metadata.name, one]))));

    it("misses none that are ready", () => assert.deepEqual(stores(liveStore()), []));

    it("misses one that is not there, that nobody has looked at, that is not ready", () => {
      assert.deepEqual(stores(), [["store ameide-vault: ClusterSecretStore ameide-vault does not exist", "`pulumi up` makes it"]]);
      assert.equal(stores(liveStore({}))[0]?.[0], "store ameide-vault: ClusterSecretStore ameide-vault has not been looked at yet");
      assert.deepEqual(stores(liveStore(failing("Vault is sealed"))), [
        [
          "store ameide-vault: ClusterSecretStore ameide-vault is not ready",
          "Vault is sealed",
          "see that Vault answers and is unsealed, and why the store does not: kubectl describe clustersecretstore ameide-vault",
        ],
      ]);
    });
  });
});
