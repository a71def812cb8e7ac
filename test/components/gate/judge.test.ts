import * as assert from "node:assert/strict";
import { judgeSecrets, judgeStores } from "../../../components/gate/judge";
import type { LiveExternalSecret, LiveStore, Seen } from "../../../components/gate/types";
import { DATABASE, failing, FETCHED, linesOf, liveExternalSecret, liveStore, seen } from "../../support/secretsSeen";
import { telling, type Told } from "../../support/told";

const [AGENTS, TOOLS, STORE] = ["service agents", "bundle tools", "store ameide-vault"];
const [SECRET, LOGIN, FETCH] = ["Secret apps/agents-db-secret", "Secret tools/tools-login", "ExternalSecret tools/tools-login"];

describe("components/gate/judge", () => {
  const tell = telling("smoke", "what may be missing");
  const misses = (lines: string[], ...told: Told[]) => tell(lines, told);
  const judge = (live: Seen, badStores: string[] = []) => linesOf(judgeSecrets([DATABASE, FETCHED], live, new Set(badStores)));
  const judgeOne = (live: LiveExternalSecret, warnings: [string, string][] = []) =>
    judge(seen({ externalSecrets: [["tools/tools-login", live]], warnings }));

  it("misses nothing where everything is there", () => misses(judge(seen())));

  it("misses Secrets, and keys without a value, with their owners", () => {
    misses(
      judge(seen({ secrets: [] })),
      [AGENTS, `${SECRET} does not exist`, "up --refresh"],
      [TOOLS, `${LOGIN} does not exist`, "force-sync"],
    );
    const lacking = seen({
      secrets: [
        ["apps/agents-db-secret", new Set(["uri"])],
        ["tools/tools-login", new Set(["username"])],
      ],
    });
    misses(
      judge(lacking),
      [AGENTS, `${SECRET} has nothing in the keys user, password;`],
      [TOOLS, `${LOGIN} has nothing in the key password;`],
    );
  });

  it("misses an ExternalSecret that is not there", () =>
    misses(judge(seen({ externalSecrets: [] })), [TOOLS, `${FETCH} does not exist`, "`pulumi up`"]));

  it("says why one is not ready, what Vault must have, and how to have it tried at once", () => {
    const live = liveExternalSecret(failing());
    const told = (reason: string): Told => [
      TOOLS,
      `${FETCH} is not ready (${reason})`,
      "Vault has tools/tools-login (username, password)",
      "kubectl annotate -n tools externalsecret tools-login --overwrite force-sync=",
    ];
    misses(judgeOne(live), told("could not get secret data from provider"));
    const warning = 'cannot find secret data for key: "password"';
    misses(judgeOne(live, [["tools/tools-login", warning]]), told(warning));
  });

  it("leaves it at the store where that is the cause", () => {
    const live = seen({ externalSecrets: [["tools/tools-login", liveExternalSecret(failing())]] });
    misses(judge(live, ["ameide-vault"]), [TOOLS, "the store ameide-vault"]);
    misses(judge(live, ["another"]), [TOOLS, "see that Vault has"]);
  });

  for (const [what, change] of [
    ["that nobody has looked at", { conditions: [], syncedResourceVersion: undefined }],
    ["that was changed since", { syncedResourceVersion: "1-abc" }],
    ["whose tenth generation was looked at, and this is another", { syncedResourceVersion: "21-abc" }],
  ] as const)
    it(`waits for one ${what}`, () => misses(judgeOne(liveExternalSecret(change)), [TOOLS, `${FETCH} has not been looked at`, "wait"]));

  it("keeps what others say to a line of some length", () => {
    const live = liveExternalSecret(failing(`a\n  b ${"x".repeat(400)}`));
    const [missing] = judgeSecrets([FETCHED], seen({ externalSecrets: [["tools/tools-login", live]] }));
    assert.match(missing!.said!, /^a b x{296}…$/);
  });

  describe("stores", () => {
    const stores = (...live: LiveStore[]) => linesOf(judgeStores(["ameide-vault"], new Map(live.map((one) => [one.metadata.name, one]))));

    it("misses none that are ready", () => misses(stores(liveStore())));

    it("misses one that is not there, that nobody has looked at, that is not ready", () => {
      const store = "ClusterSecretStore ameide-vault";
      misses(stores(), [STORE, `${store} does not exist`, "`pulumi up`"]);
      misses(stores(liveStore({})), [STORE, `${store} has not been looked at`, "wait"]);
      misses(stores(liveStore(failing("Vault is sealed"))), [STORE, `${store} is not ready (Vault is sealed)`, "unsealed"]);
    });
  });
});
