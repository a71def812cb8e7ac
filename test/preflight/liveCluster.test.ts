import * as assert from "node:assert/strict";
import type { Service } from "../../catalog/service";
import { liveCluster, type ClusterObject } from "../../preflight/clusterState";
import { checkLiveCluster, closedRoles } from "../../preflight/liveCluster";
import { planned, service } from "../support/fixtures";
import type { ClusterFacts } from "../../preflight/types";
import { OWNER, preflightRequest, requestedService } from "../support/cluster";
import { lines } from "../support/problems";
import { telling } from "../support/told";

const READY = { conditions: [{ type: "Ready", status: "True" }] };
const metadata = { name: "pg" };
const agents = service("agents");
const generation = (count: number) => ({ services: { agents: { generation: count } } });
const rotated = service("agents", {}, generation(1));
const alternating = service("agents", { rotation: { strategy: "alternating" } });

/** What is said of the Cluster, problems first, when a service's credential changes, or not. */
function check(object: ClusterObject, of: Service, { changes = false, isNew = false } = {}): { problems: string[]; notes: string[] } {
  const request = { ...preflightRequest(), services: [requestedService("agents", "agents-db-secret", "Opaque")] };
  const credentials = { agents: isNew ? { generations: {} } : { application: {}, generations: {} } };
  const planning = [{ service: of, plan: planned(of) }];
  const { problems, notes } = checkLiveCluster(planning, new Set(changes ? ["agents"] : []), request, {
    live: liveCluster({ metadata, status: READY, ...object }),
    credentials,
  });
  return { problems: lines(problems), notes };
}

describe("preflight/liveCluster", () => {
  const tell = telling("preflight", "a living Cluster that changed passwords would not last in");
  const nothing = { problems: [], notes: [] };

  it("has nothing to say of a Cluster that is not there, or is as it should be", () => {
    const asking = { live: undefined, credentials: {} };
    assert.deepEqual(checkLiveCluster([], new Set(), preflightRequest(), asking), nothing);
    assert.deepEqual(check({}, rotated, { changes: true }), nothing);
  });

  describe("applies nothing", () => {
    const cases: [string, ClusterObject, string][] = [
      ["hibernated", { metadata: { ...metadata, annotations: { "cnpg.io/hibernation": "on" } } }, "is hibernated"],
      ["fenced whole", { metadata: { ...metadata, annotations: { "cnpg.io/fencedInstances": '["*"]' } } }, "is fenced"],
      [
        "whose primary is fenced",
        {
          metadata: { ...metadata, annotations: { "cnpg.io/fencedInstances": '["pg-2"]' } },
          status: { ...READY, currentPrimary: "pg-2" },
        },
        "is fenced",
      ],
      ["that follows another", { spec: { replica: { enabled: true } } }, "is a replica of another"],
      ["that follows another, by name", { spec: { replica: { primary: "elsewhere" } } }, "is a replica of another"],
    ];
    for (const [what, object, said] of cases)
      it(`a Cluster ${what}: no password is changed in it, and no service added`, () => {
        for (const asking of [{ changes: true }, { isNew: true }]) tell(check(object, rotated, asking).problems, [["Cluster/pg", said]]);
        const { problems, notes } = check(object, rotated);
        assert.deepEqual([problems.length, notes.length], [0, 1]);
        tell(notes, [["Cluster/pg", said]]);
      });

    const works: [string, ClusterObject][] = [
      ["woken up", { metadata: { ...metadata, annotations: { "cnpg.io/hibernation": "off" } } }],
      [
        "with a fenced replica",
        { metadata: { ...metadata, annotations: { "cnpg.io/fencedInstances": '["pg-1"]' } }, status: { ...READY, currentPrimary: "pg-2" } },
      ],
      ["with an annotation that is no list", { metadata: { ...metadata, annotations: { "cnpg.io/fencedInstances": "pg-1" } } }],
      ["promoted", { spec: { replica: { enabled: false, primary: "elsewhere" } } }],
      ["that others follow", { spec: { replica: { primary: "pg" } } }],
      ["that others follow, by a name of its own", { spec: { replica: { primary: "here", self: "here" } } }],
    ];
    for (const [what, object] of works)
      it(`a Cluster ${what} does`, () => assert.deepEqual(check(object, rotated, { changes: true }), nothing));
  });

  describe("sets a password back", () => {
    const made = (way: "initdb" | "recovery" | "pg_basebackup", owner: string, secret?: string): ClusterObject => ({
      spec: { bootstrap: { [way]: { database: owner, owner, ...(secret === undefined ? {} : { secret: { name: secret } }) } } },
    });
    const initdb = (owner: string, secret?: string) => made("initdb", owner, secret);
    const harmful: [string, ClusterObject, Service, { changes?: boolean }, string][] = [
      ["from the Secret that CloudNativePG has made", initdb("agents"), rotated, { changes: true }, "`pg-app`"],
      ["from one of somebody's", initdb("agents", "agents-db-secret"), rotated, { changes: true }, "`agents-db-secret`"],
      ["after a rotation, too", initdb("agents"), rotated, {}, "`pg-app`"],
      ["where logins take turns", initdb("agents"), alternating, {}, "`pg-app`"],
      ["of a Cluster that was restored", made("recovery", "agents"), rotated, {}, "`pg-app`"],
      ["of a Cluster that was restored with one of somebody's", made("recovery", "agents", "restored"), rotated, {}, "`restored`"],
      ["of a Cluster that was cloned", made("pg_basebackup", "agents"), rotated, { changes: true }, "`pg-app`"],
    ];
    for (const [what, object, of, asking, secret] of harmful)
      it(`${what}: refused, with what leads it to the role's own`, () =>
        tell(check(object, of, asking).problems, [
          [
            "Cluster/pg",
            "`agents` as owner",
            secret,
            "kubectl patch -n apps clusters.postgresql.cnpg.io pg",
            `{"bootstrap":{"${Object.keys(object.spec!.bootstrap!)[0]}":{"secret":{"name":"agents-db-role"}}}}`,
          ],
        ]));

    it("says so before the first rotation, while both have the same password", () => {
      const { problems, notes } = check(initdb("agents"), agents);
      assert.deepEqual(problems, []);
      tell(notes, [["Cluster/pg", "`agents` as owner", "`pg-app`"]]);
    });

    for (const [what, object] of [
      ["the role's own Secret", initdb("agents", "agents-db-role")],
      ["another's role", initdb("app")],
      ["a backup", { spec: { bootstrap: { recovery: {} } } }],
      ["a backup for another's role", made("recovery", "app")],
    ] as const)
      it(`not from ${what}`, () => assert.deepEqual(check(object, rotated, { changes: true }), nothing));
  });

  describe("is known by names that it does not have", () => {
    const readOnly = service("agents", { keys: ["readOnly"] });
    const pooled = service("agents", { pooler: "pooler-rw" });
    const without = (...names: string[]): ClusterObject => ({ spec: { managed: { services: { disabledDefaultServices: names } } } });
    const own: ClusterObject = { spec: { certificates: { serverTLSSecret: "my-tls", serverCASecret: "my-ca" } } };

    it("refuses keys that lead to a Service which the Cluster is without", () => {
      tell(check(without("ro", "r"), readOnly).problems, [["services.agents.keys", "`pg-ro`", "disabledDefaultServices", "take `ro` out"]]);
      assert.deepEqual([check(without("r"), readOnly), check(without("ro"), agents)], [nothing, nothing]);
    });

    it("refuses a Pooler's name for a certificate that is somebody's own", () => {
      tell(check(own, pooled).problems, [["services.agents.pooler", "`pooler-rw`", "serverTLSSecret: my-tls"]]);
      assert.deepEqual([check(own, agents), check({}, pooled)], [nothing, nothing]);
    });
  });

  describe("is not ready", () => {
    const status = { conditions: [{ type: "Ready", status: "False" }] };
    it("is said where a password ends in it, which is applied all the same", () => {
      const { problems, notes } = check({ status }, rotated, { changes: true });
      assert.deepEqual(problems, []);
      tell(notes, [["Cluster/pg", "is not ready", "cluster.readyTimeout"]]);
    });
    it("is nothing to say where none ends", () => {
      assert.deepEqual(check({ status }, rotated), nothing);
      assert.deepEqual(check({ status }, service("agents", { rotation: { strategy: "alternating" } }), { changes: true }).notes, []);
    });
  });

  it("closes the roles of services that are off and that this state has made, their logins among them, and nobody else's", () => {
    const live = liveCluster({
      spec: {
        managed: {
          roles: [{ name: "shop" }, { name: "shop_b" }, { name: "gone", ensure: "absent" }, { name: "stranger" }, { name: "agents" }],
        },
      },
    });
    const off = (...names: string[]) => names.map((name) => ({ name: `${name}-app`, role: name }));
    const clusters = (owner: string | undefined) => [{ name: "pg", ...(owner === undefined ? {} : { owner }) }];
    const closed = (owner: string | undefined) =>
      closedRoles(off("shop", "gone", "never"), preflightRequest(), { liveCluster: live, objects: { clusters: clusters(owner) } });
    assert.deepEqual(closed(OWNER), ["shop", "shop_b"]);
    assert.deepEqual([closed(undefined), closed("another state")], [[], []]);
    assert.deepEqual(closedRoles(off("shop"), preflightRequest(), { objects: {} }), []);
    // Roles as objects, or as they were until this `up`, which takes them away and has the Cluster
    // list none of them.
    const made = (objects: Partial<ClusterFacts["objects"]>) =>
      closedRoles(off("shop", "never"), preflightRequest(), { liveCluster: live, objects: { clusters: clusters(OWNER), ...objects } });
    const [ours, theirs] = [{ owner: OWNER }, { owner: "another state" }];
    assert.deepEqual(made({ databaseroles: [{ name: "never-app", ...ours }] }), ["shop", "shop_b", "never"]);
    assert.deepEqual(made({ secrets: [{ name: "never-app-db-role-a", ...ours }] }), ["shop", "shop_b", "never", "never_a"]);
    assert.deepEqual(made({ databaseroles: [{ name: "never-app", ...theirs }], secrets: [{ name: "never-app-db-role" }] }), [
      "shop",
      "shop_b",
    ]);
  });

  it("knows a Cluster that was made otherwise", () => {
    const isCopy = (bootstrap: object) => liveCluster({ spec: { bootstrap } }).isCopy ?? false;
    assert.deepEqual([{}, { initdb: {} }, { recovery: {} }, { pg_basebackup: {} }].map(isCopy), [false, false, true, true]);
  });
});
