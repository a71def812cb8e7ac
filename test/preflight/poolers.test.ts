import * as assert from "node:assert/strict";
import { checkPoolers } from "../../preflight/poolers";
import type { Known, PoolerFacts, PreflightRequest } from "../../preflight/types";
import { clusterFacts, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";

/** A Pooler as it should be. */
const there: PoolerFacts = { name: "pooler-rw", cluster: "pg", asksAsItself: false, clientTls: "require" };

/** What is said of the Pooler that `agents` is led to. */
function check(poolers: Known<PoolerFacts[]>, tls = "require", change: Partial<PreflightRequest["cluster"]> = {}) {
  const request = preflightRequest();
  Object.assign(request.cluster, change);
  request.services[0]!.pooler = { name: "pooler-rw", tls };
  const { problems, notes } = checkPoolers(request, { ...clusterFacts(), poolers });
  return { problems: lines(problems), notes };
}

describe("preflight/poolers", () => {
  it("has nothing to say of one that takes clients over TLS, and asks as CloudNativePG's own user", () =>
    assert.deepEqual(check([there]), { problems: [], notes: [] }));

  it("asks for none where no service is led to one", () =>
    assert.deepEqual(checkPoolers(preflightRequest(), clusterFacts()), { problems: [], notes: [] }));

  it("says nothing where the account may not ask", () => assert.deepEqual(check("unknown"), { problems: [], notes: [] }));

  const refused: [string, PoolerFacts[], string][] = [
    [
      "that is not there",
      [],
      "services.agents.pooler: the namespace apps has no Pooler `pooler-rw`; create it (it waits for the Cluster where there is none yet), or correct the name",
    ],
    [
      "that is not there, while others are",
      [
        { ...there, name: "pooler" },
        { ...there, name: "reporting", cluster: "other" },
      ],
      "services.agents.pooler: the namespace apps has no Pooler `pooler-rw`; create it (it waits for the Cluster where there is none yet), or correct the name (there are pooler)",
    ],
    [
      "of another Cluster",
      [{ ...there, cluster: "other" }],
      "services.agents.pooler: the Pooler `pooler-rw` leads to the Cluster other; name one of pg's: a Pooler's Cluster cannot be changed",
    ],
    [
      "with an authentication of its own",
      [{ ...there, asksAsItself: true }],
      "services.agents.pooler: the Pooler `pooler-rw` looks passwords up as a user of its own, whom pg_hba.conf refuses; take `authQuery`, `authQuerySecret` and `serverTLSSecret` out of its `spec.pgbouncer`: CloudNativePG's own user is let in; or let that user into the database `postgres` by a line of `cluster.pgHba`",
    ],
    [
      "without TLS",
      [{ ...there, clientTls: "disable" }],
      "services.agents.pooler: the Pooler `pooler-rw` takes no TLS from clients, and the Secret tells the application `require`; set `client_tls_sslmode: require` among its `spec.pgbouncer.parameters`",
    ],
  ];
  for (const [what, poolers, expected] of refused)
    it(`refuses one ${what}`, () => assert.deepEqual(check(poolers), { problems: [expected], notes: [] }));

  it("lets the stack's own lines of pg_hba.conf be for an authentication of its own", () =>
    assert.deepEqual(check([{ ...there, asksAsItself: true }], "require", { hasOwnLines: true }).problems, []));

  it("lets a service that may do without TLS do without", () =>
    assert.deepEqual(check([{ ...there, clientTls: "disable" }], "prefer"), { problems: [], notes: [] }));

  for (const clientTls of ["prefer", "allow"])
    it(`says that one which has \`${clientTls}\` lets clients in without TLS`, () => {
      assert.deepEqual(check([{ ...there, clientTls }]), {
        problems: [],
        notes: [
          "the Pooler pooler-rw lets clients in without TLS, too, which Postgres would not: set `client_tls_sslmode: require` among its `spec.pgbouncer.parameters`",
        ],
      });
      assert.deepEqual(check([{ ...there, clientTls }], "prefer").notes, []);
    });

  it("says so once, however many services are led to it", () => {
    const request = preflightRequest();
    for (const service of request.services) service.pooler = { name: "pooler-rw", tls: "require" };
    assert.equal(checkPoolers(request, { ...clusterFacts(), poolers: [{ ...there, clientTls: "prefer" }] }).notes.length, 1);
  });
});
