import * as assert from "node:assert/strict";
import { count } from "../../../cli/rotate/poolers";
import { inUse } from "../../../cli/rotate/sessions";

/** What CloudNativePG exports of one pod's pools. */
const PAGE = `# HELP cnpg_pgbouncer_pools_cl_active Client connections that are linked to server connection and can process queries.
# TYPE cnpg_pgbouncer_pools_cl_active gauge
cnpg_pgbouncer_pools_cl_active{database="pgbouncer",user="pgbouncer"} 1
cnpg_pgbouncer_pools_cl_active{database="platform",user="platform_a"} 2
cnpg_pgbouncer_pools_cl_active{database="platform",user="platform_b"} 0
cnpg_pgbouncer_pools_cl_waiting{database="platform",user="platform_a"} 1
cnpg_pgbouncer_pools_cl_cancel_req{database="platform",user="platform_a"} 7
cnpg_pgbouncer_pools_maxwait{database="platform",user="platform_a"} 9
cnpg_pgbouncer_pools_sv_active{database="platform",user="platform_a"} 1
cnpg_pgbouncer_pools_sv_idle{database="platform",user="platform_a"} 3
cnpg_pgbouncer_pools_sv_used{database="platform",user="platform_b"} 4
`;

describe("cli/rotate/poolers", () => {
  it("counts clients and sessions of each role, over all pods", () =>
    assert.deepEqual(
      count([PAGE, 'cnpg_pgbouncer_pools_sv_login{database="platform",user="platform_a"} 1\n']),
      new Map([
        ["pgbouncer", { clients: 1, sessions: 0 }],
        ["platform_a", { clients: 3, sessions: 5 }],
        ["platform_b", { clients: 0, sessions: 4 }],
      ]),
    ));

  it("counts nothing where there are no pools", () => assert.deepEqual(count([]), new Map()));
});

describe("cli/rotate/sessions", () => {
  for (const [what, sessions, pooled, expected] of [
    ["sessions without a Pooler", 2, [], 2],
    ["no session that a Pooler keeps for nobody", 4, [{ clients: 0, sessions: 4 }], 0],
    ["a Pooler's clients, whether they have a session or not", 1, [{ clients: 3, sessions: 1 }], 3],
    ["both", 5, [{ clients: 2, sessions: 3 }], 4],
    ["clients alone where sessions have ended meanwhile", 1, [{ clients: 1, sessions: 2 }], 1],
  ] as const)
    it(`counts ${what}`, () => assert.equal(inUse(sessions, pooled), expected));
});
