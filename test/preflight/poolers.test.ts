import * as assert from "node:assert/strict";
import { checkPoolers } from "../../preflight/poolers";
import type { PoolerFacts, PreflightRequest } from "../../preflight/types";
import type { Known } from "../../kube/live";
import { clusterFacts, preflightRequest } from "../support/cluster";
import { golden } from "../support/golden";
import { lines } from "../support/problems";
import { telling } from "../support/told";

/** A Pooler as it should be. */
const there: PoolerFacts = { name: "pooler-rw", cluster: "pg", asksAsItself: false, clientTls: "require", hasOwnCertificate: false };

/** What is said of the Pooler that `agents` is led to. */
function check(poolers: Known<PoolerFacts[]>, tls = "require", change: Partial<PreflightRequest["cluster"]> = {}) {
  const request = preflightRequest();
  Object.assign(request.cluster, change);
  Object.assign(request.services[0]!, { pooler: "pooler-rw", tls: { mode: tls, isSaid: true } });
  const { problems, notes } = checkPoolers(request, { ...clusterFacts(), poolers });
  return { problems: lines(problems), notes };
}

describe("preflight/poolers", () => {
  const tell = telling("preflight", "Poolers that are in the way");
  it("has nothing to say of one that takes clients over TLS, and asks as CloudNativePG's own user", () =>
    assert.deepEqual(check([there]), { problems: [], notes: [] }));

  it("asks for none where no service is led to one", () =>
    assert.deepEqual(checkPoolers(preflightRequest(), clusterFacts()), { problems: [], notes: [] }));

  it("says nothing where the account may not ask", () => assert.deepEqual(check("unknown"), { problems: [], notes: [] }));

  const refused: [string, PoolerFacts[], ...phrases: string[]][] = [
    ["that is not there", [], "no Pooler `pooler-rw`", "create it"],
    [
      "that is not there, while others are",
      [
        { ...there, name: "pooler" },
        { ...there, name: "reporting", cluster: "other" },
      ],
      "no Pooler `pooler-rw`",
      "(there are pooler)",
    ],
    ["of another Cluster", [{ ...there, cluster: "other" }], "`pooler-rw` leads to the Cluster other"],
    ["with an authentication of its own", [{ ...there, asksAsItself: true }], "a user of its own", "`authQuery`", "cluster.pgHba"],
    ["with a certificate of its own", [{ ...there, hasOwnCertificate: true }], "a certificate of its own", "`clientTLSSecret`"],
    ["without TLS", [{ ...there, clientTls: "disable" }], "no TLS from clients", "`require`"],
  ];
  for (const [what, poolers, ...phrases] of refused)
    it(`refuses one ${what}`, () => {
      const { problems, notes } = check(poolers);
      tell(problems, [["services.agents.pooler", ...phrases]]);
      assert.deepEqual(notes, []);
    });

  it("lets the stack's own lines of pg_hba.conf be for an authentication of its own", () =>
    assert.deepEqual(check([{ ...there, asksAsItself: true }], "require", { hasOwnLines: true }).problems, []));

  it("lets a service that may do without TLS do without", () =>
    assert.deepEqual(check([{ ...there, clientTls: "disable" }], "prefer"), { problems: [], notes: [] }));

  for (const clientTls of ["prefer", "allow"])
    it(`says that one which has \`${clientTls}\` lets clients in without TLS`, () => {
      const { problems, notes } = check([{ ...there, clientTls }]);
      assert.deepEqual([problems, notes.length], [[], 1]);
      assert.match(notes[0]!, /the Pooler pooler-rw lets clients in without TLS.*client_tls_sslmode: require/);
      assert.deepEqual(check([{ ...there, clientTls }], "prefer").notes, []);
    });

  it("says so once, however many services are led to it", () => {
    const request = preflightRequest();
    for (const service of request.services) service.pooler = "pooler-rw";
    const { notes } = checkPoolers(request, { ...clusterFacts(), poolers: [{ ...there, clientTls: "prefer" }] });
    assert.equal(notes.length, 1);
    golden("preflight", "a Pooler that lets clients in without TLS", notes[0]!);
  });
});
