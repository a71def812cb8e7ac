import * as assert from "node:assert/strict";
import { connect } from "../../kube/client";
import { checkTakenRoles, rolesTakenBefore } from "../../preflight/askRoles";
import { liveCluster } from "../../preflight/clusterState";
import type { ClusterFacts } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type Reply } from "../support/apiServer";
import { apiReplies, clusterFacts, OWNER, preflightRequest } from "../support/cluster";
import { planned, service } from "../support/fixtures";
import { lines } from "../support/problems";
import { telling } from "../support/told";

const agents = service("agents");
const planning = [{ service: agents, plan: planned(agents) }];
const SECRETS = "/api/v1/namespaces/apps/secrets";

/** A Cluster of that state, with these roles in its list. */
function living(owner: string | undefined, managedRoles: string[], more: Partial<ClusterFacts["liveCluster"]> = {}): ClusterFacts {
  const facts = clusterFacts();
  facts.objects.clusters = [{ name: "pg", ...(owner === undefined ? {} : { owner }) }];
  facts.liveCluster = { managedRoles, ...more };
  return facts;
}

/** What is said where the API server has this, and no Postgres answers. */
async function check(facts: ClusterFacts, replies: Record<string, Reply> = {}, adopted: Record<string, string> = {}) {
  const server = await startApiServer({ ...apiReplies(), ...replies });
  try {
    const request = { ...preflightRequest(), kubeconfig: kubeconfigFor(server), takeOver: "legacy/pg" };
    const { problems, notes } = await checkTakenRoles(planning, request, facts, {
      client: await connect(request),
      adopted,
      pgHba: [],
    });
    return {
      notes,
      problems: lines(problems),
      asked: server.asked.flatMap(({ question }) => (question.includes(SECRETS) ? [question] : [])),
    };
  } finally {
    await server.close();
  }
}

describe("preflight/askRoles", () => {
  const tell = telling("preflight", "roles that nobody could look at");

  it("asks nobody where every role is the program's already, where there is no Cluster, and of somebody else's", async () => {
    for (const facts of [living(OWNER, ["agents"]), clusterFacts(), living("another state", []), living(undefined, [])])
      assert.deepEqual(await check(facts), { notes: [], problems: [], asked: [] });
  });

  const encode = (data: Record<string, string>): Reply => ({
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
  });
  const primary = { primary: "pg-1" };
  const unseen: [what: string, ClusterFacts, Record<string, Reply>, Record<string, string>, reason: string][] = [
    ["without a primary", living("legacy/pg", ["agents"]), {}, { agents: "secret" }, "(it has no primary)"],
    ["without a password", living("legacy/pg", ["agents"], primary), {}, {}, "(no service has a password to look with)"],
    [
      "without the authority",
      living("legacy/pg", ["agents"], { ...primary, provenBy: "my-ca" }),
      { [`GET ${SECRETS}/my-ca`]: encode({ "tls.crt": "x" }) },
      { agents: "secret" },
      "(the authority of its certificate is not there, or may not be read)",
    ],
    ["for a service that is new on a Cluster of its own", living(OWNER, [], primary), {}, {}, "(no service has a password to look with)"],
  ];
  for (const [what, facts, replies, adopted, reason] of unseen)
    it(`says loudly that nobody has looked: ${what}`, async () => {
      const { notes, problems } = await check(facts, replies, adopted);
      assert.deepEqual(problems, []);
      tell(notes, [
        ["Cluster/pg", "NOT CHECKED what the roles agents have", reason, "kubectl exec -n apps pg-1 -c postgres -- psql", "\\drds"],
      ]);
      assert.ok(!notes.join().includes("secret-"));
    });

  it("goes by what somebody else's Cluster says of its roles, where nobody can look further", async () => {
    const declaredRoles = [
      { name: "agents", login: true, createdb: true, inRoles: ["readers"], validUntil: "2027-01-01T00:00:00Z" },
      { name: "another", superuser: true },
    ];
    const { problems, notes } = await check(living("legacy/pg", ["agents"], { declaredRoles }));
    assert.deepEqual(
      problems.map((line) => /would lose (?:its )?(\w+)/.exec(line)?.[1]),
      ["CREATEDB", "membership", "VALID"],
    );
    assert.match(notes[0]!, /NOT CHECKED/);
    const { managedRoles, declaredRoles: read } = liveCluster({
      spec: { managed: { roles: [{ name: "gone", ensure: "absent" }, ...declaredRoles] } },
    });
    assert.deepEqual([managedRoles, read], [["agents", "another"], declaredRoles]);
  });

  it("knows which roles an earlier up has taken: inline ones of its own Cluster, and those of its DatabaseRoles and of its Secrets", () => {
    const taken = (facts: ClusterFacts) => [...rolesTakenBefore(planning, preflightRequest(), facts)];
    assert.deepEqual([taken(living(OWNER, ["agents", "x"])), taken(living("legacy/pg", ["agents"]))], [["agents", "x"], []]);
    const objects = living("legacy/pg", []);
    objects.objects.databaseroles = [{ name: "agents", owner: OWNER }];
    assert.deepEqual(taken(objects), ["agents"]);
    objects.objects.databaseroles = [{ name: "agents", owner: "another" }];
    assert.deepEqual(taken(objects), []);
    // On the way from objects to the Cluster's list, nobody asks for objects, and the list is
    // empty.
    objects.objects.secrets = [{ name: "agents-db-role", owner: OWNER }];
    assert.deepEqual(taken(objects), ["agents"]);
    objects.objects.secrets = [{ name: "agents-db-role", owner: "another" }];
    assert.deepEqual(taken(objects), []);
  });
});
