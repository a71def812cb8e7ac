import * as assert from "node:assert/strict";
import type { AuthorityName } from "../../catalog/authorities";
import { checkAuthorities, checkModes, foundAuthorities, operatorSecret } from "../../preflight/authorities";
import { gather } from "../../preflight/gather";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type Reply } from "../support/apiServer";
import { apiReplies, clusterFacts, CNPG, OWNER, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";
import { telling } from "../support/told";

const LONG_AGO = new Date(0);

/** A cluster as an earlier `up` has left it. */
function living(mark: string | undefined, trusted: string | undefined, changedAt = LONG_AGO, tls?: string): ClusterFacts {
  const marks = (name: string) => ({
    name,
    login: "one",
    changedAt,
    ...(trusted === undefined ? {} : { authorities: trusted }),
    ...(tls === undefined ? {} : { tls }),
  });
  const facts = clusterFacts();
  facts.objects.secrets = [marks("agents-db-secret"), marks("temporal-db-env")];
  facts.liveCluster = mark === undefined ? {} : { mark, ...(/\d/.test(mark) ? { serverCaSecret: "pg-server-ca" } : {}) };
  facts.authorities = { operator: "OPERATOR" };
  return facts;
}
const asking = (authorities: AuthorityName[], change: Partial<PreflightRequest> = {}) => ({
  ...preflightRequest(),
  authorities,
  ...change,
});

describe("preflight/authorities", () => {
  const tell = telling("preflight", "Authorities of Postgres's certificate");

  it("lets a new Cluster begin with any authority of the stack's", () => {
    for (const list of [[1], [7], [2, 1]]) assert.deepEqual(checkAuthorities(asking(list), clusterFacts()), []);
  });

  const steps: [string, mark: string | undefined, trusted: string | undefined, AuthorityName[]][] = [
    ["stays as it is", "1", "1", [1]],
    ["trusts another one, too", "1", "1", [1, 2]],
    ["is signed by one that is trusted, while the former is", "1 2", "1 2", [2, 1]],
    ["forgets the one that signs no more", "2 1", "2 1", [2]],
    ["stays with CloudNativePG's own", undefined, undefined, ["operator"]],
    ["trusts an authority of the stack's beside CloudNativePG's", undefined, undefined, ["operator", 1]],
    ["goes over to it", "operator 1", "operator 1", [1, "operator"]],
    ["is restored under the authority that its manifest names", undefined, "1", [1]],
  ];
  for (const [what, mark, trusted, wanted] of steps)
    it(`lets a Cluster go on that ${what}`, () => {
      const facts = living(mark, trusted);
      if (what.startsWith("is restored")) facts.liveCluster = { serverCaSecret: "pg-server-ca" };
      assert.deepEqual(checkAuthorities(asking(wanted), facts), []);
    });

  it("has the authority taken over by a state that let go of it with its Cluster: it would make another, which no client trusts", () => {
    const facts = living("1", "operator");
    facts.objects.configmaps = [{ name: "pg-authorities", owner: OWNER, authorities: "operator" }];
    const [problem] = checkAuthorities(asking([1]), facts);
    assert.equal(problem?.path, "takeOver");
    assert.match(problem.remedy, new RegExp(`takeOver: ${OWNER}`));
    assert.deepEqual(checkAuthorities(asking([1], { takeOver: OWNER }), facts), []);
  });

  const refused: [string, ClusterFacts, AuthorityName[], ...phrases: string[]][] = [
    ["a new Cluster with an authority that is not there yet", clusterFacts(), ["operator", 1], "not there yet", "leave it out"],
    [
      "a stack of a former release at its first `up`",
      living(undefined, undefined),
      [1],
      "the Secrets of agents, temporal do not have its certificate",
      "`authorities: [operator, 1]` and the `mode`",
      "docs/runbooks/tls.md",
    ],
    ["another authority at once", living("1", "1"), [2], "the authority 2 is to sign", "`authorities: [1, 2]`"],
    ["one that only the Cluster has been told of", living("1 2", "1"), [2, 1], "the Secrets of agents, temporal do not have"],
    ["the former one to be forgotten before another has signed", living("1 2", "1 2"), [2], "is left out", "`authorities: [2, 1]`"],
    ["a change just after the certificates were handed on", living("1 2", "1 2", new Date()), [2, 1], "0 s ago", "wait 120 s"],
    [
      "CloudNativePG's own, which may not be read",
      { ...living("operator 1", "operator 1"), authorities: {} },
      ["operator", 1],
      "Secret pg-ca is not there, has no `ca.crt`, or may not be read",
      "`get` that one Secret",
    ],
  ];
  for (const [what, facts, wanted, ...phrases] of refused)
    it(`refuses ${what}`, () => tell(lines(checkAuthorities(asking(wanted), facts)), [["tls.authorities", ...phrases]]));

  it("refuses to take over a Cluster whose clients nobody knows, before they have both certificates", () => {
    const facts = living(undefined, undefined);
    facts.objects.secrets = [];
    tell(lines(checkAuthorities(asking([1]), facts)), [["tls.authorities", "no application has its certificate", "[operator, 1]"]]);
  });

  it("refuses that an authority of the stack's signs where somebody has made the server's certificate", () => {
    const own = (facts: ClusterFacts) => ({ ...facts, liveCluster: { ...facts.liveCluster, ownCertificate: "my-tls" } });
    const facts = own(living("operator 1", "operator 1"));
    tell(lines(checkAuthorities(asking([1, "operator"]), facts)), [
      ["tls.authorities", "`spec.certificates.serverTLSSecret: my-tls`", "the authority 1 has not signed", "let `operator` be the first"],
    ]);
    assert.deepEqual(checkAuthorities(asking(["operator", 1]), facts), []);
  });

  it("reads CloudNativePG's own from the Secret that the operator says", () => {
    assert.equal(operatorSecret(preflightRequest(), { liveCluster: { provenBy: "my-ca" } }), "my-ca");
    assert.equal(
      operatorSecret(preflightRequest(), { liveCluster: { serverCaSecret: "pg-server-ca", provenBy: "pg-server-ca" } }),
      "pg-ca",
    );
    assert.equal(operatorSecret(preflightRequest(), {}), "pg-ca");
  });

  it("does without what a preview may not read", () => {
    const facts = { ...living("operator 1", "operator 1"), authorities: {} };
    assert.deepEqual(checkAuthorities(asking(["operator", 1], { isPreview: true }), facts), []);
    assert.deepEqual(foundAuthorities(asking(["operator", 1]), facts), {});
  });

  describe("modes", () => {
    const modes = (isSaid: boolean, mode: string, live: string | undefined) => {
      const request = preflightRequest();
      for (const service of request.services) service.tls = { mode, isSaid };
      return checkModes(request, living("1", "1", LONG_AGO, live));
    };
    it("are not changed by a default", () =>
      tell(lines(modes(false, "verify-full", undefined)), [
        ["tls.mode", "the Secrets of agents, temporal would change to `verify-full`", "set what they have been told so far"],
      ]));
    for (const [what, isSaid, mode, live] of [
      ["are changed by name", true, "verify-full", "require"],
      ["stay", false, "verify-full", "verify-full"],
      ["are less than that by default elsewhere", false, "require", undefined],
    ] as const)
      it(what, () => assert.deepEqual(modes(isSaid, mode, live), []));
    it("of new Secrets are the default's", () => {
      const request = preflightRequest();
      for (const service of request.services) service.tls = { mode: "verify-full", isSaid: false };
      assert.deepEqual(checkModes(request, clusterFacts()), []);
    });
  });

  describe("what is read", () => {
    const cert = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
    const encode = (data: Record<string, string>): Reply => ({
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
    });
    async function read(change: Partial<PreflightRequest>, more: Record<string, Reply>) {
      const cluster = {
        metadata: { annotations: { "cnpg-credentials/authorities": "2 1" } },
        spec: { certificates: { serverCASecret: "pg-server-ca" } },
      };
      const server = await startApiServer({ ...apiReplies(), [`GET ${CNPG}/namespaces/apps/clusters/pg`]: cluster, ...more });
      try {
        const request = { ...preflightRequest(), kubeconfig: kubeconfigFor(server), ...change };
        const found = foundAuthorities(request, await gather(request));
        assert.deepEqual(server.unexpected, []);
        // They are asked at once, and arrive in any order.
        return [
          found,
          server.asked
            .map(({ question }) => question)
            .filter((question) => /secrets\//.test(question))
            .sort(),
        ];
      } finally {
        await server.close();
      }
    }
    const OPERATOR = "GET /api/v1/namespaces/apps/secrets/pg-ca";
    const OWN = "GET /api/v1/namespaces/apps/secrets/pg-server-ca";

    it("is nothing, in a stack that has authorities of its own", async () => assert.deepEqual(await read({}, {}), [{}, []]));

    it("is CloudNativePG's certificate where that is trusted, and not its key", async () =>
      assert.deepEqual(await read({ authorities: [2, "operator"] }, { [OPERATOR]: encode({ "ca.crt": cert("o"), "ca.key": "KEY" }) }), [
        { operator: cert("o") },
        [OPERATOR],
      ]));

    it("is the authority that signs, of a state that is taken over", async () =>
      assert.deepEqual(await read({ takeOver: "lost" }, { [OWN]: encode({ "ca.crt": cert("2") + cert("1"), "ca.key": "KEY" }) }), [
        { adopted: { 2: { cert: cert("2"), key: "KEY" } } },
        [OWN],
      ]));

    it("is nothing where it is not there or refused", async () =>
      assert.deepEqual(await read({ authorities: [2, "operator"], takeOver: "lost" }, { [OPERATOR]: 403, [OWN]: 404 }), [
        {},
        [OPERATOR, OWN],
      ]));
  });
});
