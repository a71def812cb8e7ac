import * as assert from "node:assert/strict";
import { EXTERNAL_SECRET } from "../../kube/externalSecrets";
import { evaluate } from "../../preflight/evaluate";
import type { FetchedFacts, Marks, PreflightReport, PreflightRequest } from "../../preflight/types";
import { clusterFacts, OWNER, preflightRequest } from "../support/cluster";
import { golden } from "../support/golden";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";

const RESOURCE = EXTERNAL_SECRET;
const FOREIGN = "organization/cnpg-credentials/other/ffffffffffffffff";

type Namespace = FetchedFacts[string];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Case {
  request: PreflightRequest;
  facts: FetchedFacts;
  apps: Mutable<Namespace> & { secrets: Marks[]; marks: { externalsecrets: Marks[] } };
  tools: Mutable<Namespace> & { secrets: Marks[]; marks: { externalsecrets: Marks[] } };
}

/**
 * Judges a stack that fetches one Secret for a service, and one for each of two bundles in a
 * namespace of their own.
 */
function judge(change: (one: Case) => unknown): PreflightReport {
  const namespace = () => ({ namespaceExists: true, missing: [], forbidden: [], marks: { externalsecrets: [] }, secrets: [] });
  const [apps, tools] = [namespace(), namespace()];
  const facts: FetchedFacts = { apps, tools };
  const request: PreflightRequest = {
    ...preflightRequest(),
    fetched: [
      { owner: "shop", kind: "service", namespace: "apps", name: "shop-keys" },
      { owner: "tools", kind: "bundle", namespace: "tools", name: "tools-login" },
      { owner: "more", kind: "bundle", namespace: "tools", name: "more-login" },
    ],
  };
  change({ request, facts, apps, tools });
  return evaluate(request, { ...clusterFacts(), fetched: facts });
}

describe("preflight/fetchedSecrets", () => {
  const tell = telling("preflight", "what is in the way of what is fetched");
  const accepted: [what: string, change: (one: Case) => unknown][] = [
    ["nothing in its way", () => undefined],
    [
      "a stack without Vault, whatever the cluster has",
      ({ request, apps }) => {
        delete request.fetched;
        apps.missing = [RESOURCE];
      },
    ],
    [
      "its own ExternalSecrets with their Secrets",
      ({ apps }) => {
        apps.marks.externalsecrets = [{ name: "shop-keys", owner: OWNER }];
        apps.secrets = [{ name: "shop-keys", owner: OWNER, fetched: true, fetchedFor: "shop-keys" }];
      },
    ],
    [
      "a Secret that its ExternalSecret was taken away from",
      ({ apps }) => (apps.secrets = [{ name: "shop-keys", owner: OWNER, fetched: true }]),
    ],
    [
      "those of the state that it takes over",
      ({ request, tools }) => {
        request.takeOver = FOREIGN;
        tools.marks.externalsecrets = [{ name: "tools-login", owner: FOREIGN }];
        tools.secrets = [{ name: "tools-login", owner: FOREIGN, fetched: true, fetchedFor: "tools-login" }];
      },
    ],
    ["somebody else's objects of other names", ({ tools }) => (tools.secrets = [{ name: "shop-keys" }])],
    ["a namespace that it may not look at", ({ tools }) => (tools.namespaceExists = "unknown")],
  ];
  for (const [what, change] of accepted)
    it(`accepts ${what}`, () => {
      const { problems, notes, missingNamespaces } = judge(change);
      assert.deepEqual([lines(problems), notes, missingNamespaces], [[], [], []]);
    });

  const empties = (owner: string) => `would empty it for the ${owner};`;
  const rejected: [what: string, change: (one: Case) => unknown, ...told: Told[]][] = [
    [
      "a cluster without External Secrets, once",
      ({ apps, tools }) => (apps.missing = tools.missing = [RESOURCE]),
      ["Cluster", "no kind ExternalSecret of external-secrets.io/v1", "0.16"],
    ],
    [
      "an account without rights",
      ({ tools }) => {
        tools.forbidden = ["create externalsecrets", "patch externalsecrets"];
        Object.assign(tools, { secrets: "unknown" });
      },
      ["Namespace/tools", "may not create, patch externalsecrets;"],
      ["Namespace/tools", "may not get secrets (tools-login"],
    ],
    [
      "ExternalSecrets of somebody else's, and does not go on about their Secrets",
      ({ apps, tools }) => {
        apps.marks.externalsecrets = [{ name: "shop-keys" }];
        apps.secrets = [{ name: "shop-keys", fetched: true, fetchedFor: "shop-keys" }];
        tools.marks.externalsecrets = [{ name: "tools-login", owner: FOREIGN }];
        tools.secrets = [{ name: "tools-login" }];
      },
      ["ExternalSecret/shop-keys", "exists in apps", "not made by this program"],
      ["ExternalSecret/tools-login", `another state (${FOREIGN})`],
    ],
    [
      "Secrets of somebody else's: made by hand, by another ExternalSecret, by this stack for something else",
      ({ apps, tools }) => {
        apps.secrets = [{ name: "shop-keys" }];
        tools.secrets = [
          { name: "tools-login", fetched: true, fetchedFor: "another" },
          { name: "more-login", owner: OWNER },
        ];
      },
      ["Secret/shop-keys", "exists in apps", "not made by this program", empties("service shop")],
      ["Secret/tools-login", "made by the ExternalSecret another", empties("bundle tools")],
      ["Secret/more-login", "this stack's own", empties("bundle more")],
    ],
    [
      "one that External Secrets merged something into for somebody else",
      ({ apps }) => (apps.secrets = [{ name: "shop-keys", fetched: true }]),
      ["Secret/shop-keys", "exists in apps", "not made by this program", empties("service shop")],
    ],
  ];
  for (const [what, change, ...told] of rejected) it(`rejects ${what}`, () => tell(lines(judge(change).problems), told));

  it("leaves out the bundles whose namespace is not there, says which it is, and wants nothing of it", () => {
    const { problems, notes, missingNamespaces } = judge(({ tools }) => {
      Object.assign(tools, { namespaceExists: false, forbidden: ["create externalsecrets"], secrets: [{ name: "tools-login" }] });
    });
    assert.deepEqual([lines(problems), missingNamespaces], [[], ["tools"]]);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^the bundles tools, more need the namespace tools, .*create namespace tools/);
    golden("preflight", "bundles without a namespace", notes[0]!);
    const one = judge(({ request, tools }) => {
      request.fetched = request.fetched!.slice(0, 2);
      tools.namespaceExists = false;
    });
    assert.match(one.notes[0]!, /^the bundle tools needs the namespace tools, /);
  });
});
