import * as assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { checkExisting, closedObjects, letGo, withLimits } from "../../preflight/existing";
import { liveCluster, type ClusterObject } from "../../preflight/clusterState";
import { gather } from "../../preflight/gather";
import { readCluster } from "../../preflight/readCluster";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { loadX509 } from "../../components/x509";
import { METADATA_ONLY } from "../../kube/client";
import { planRotations, type PlannedService } from "../../rotation/plan";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { apiReplies, clusterFacts, CNPG, OWNER, preflightRequest, REVIEWS } from "../support/cluster";
import { service } from "../support/fixtures";
import { lines } from "../support/problems";

const FOREIGN = "ffffffffffffffff";

/** A Cluster as its owner's manifest has it. */
function object(spec: object = {}, status: object = {}, annotations: Record<string, string> = {}) {
  return {
    metadata: { name: "pg", annotations },
    spec: {
      instances: 2,
      imagePullSecrets: [{ name: "registry" }],
      affinity: { nodeSelector: { disk: "fast" } },
      postgresql: { parameters: { max_connections: "40" }, pg_hba: ["host all all all scram-sha-256"] },
      ...spec,
    },
    status: {
      image: "registry/postgresql:17.6",
      certificates: { serverCASecret: "their-ca", serverAltDNSNames: [] as string[] },
      ...status,
    },
  };
}

interface World {
  request: PreflightRequest;
  facts: ClusterFacts;
  planned: readonly PlannedService[];
}

function world(of: ReturnType<typeof object> | null = object(), planned = planRotations([service("agents")])): World {
  const request: PreflightRequest = {
    ...preflightRequest(),
    authorities: ["operator"],
    databaseRoles: true,
    cluster: { name: "pg", existing: true, storageClasses: [], hasOwnLines: false },
  };
  const owner = of?.metadata.annotations["cnpg-credentials/owner"];
  const marks = { name: "pg", ...(owner === undefined ? {} : { owner }) };
  const facts: ClusterFacts =
    of === null ? clusterFacts() : { ...clusterFacts(), liveCluster: liveCluster(of as ClusterObject), existing: readCluster(of, marks) };
  return { request, facts, planned };
}

function judge({ planned, request, facts }: World): { problems: string[]; notes: string[] } {
  const { problems, notes } = checkExisting(planned, request, facts);
  return { problems: lines(problems), notes };
}

/** A certificate with that name, PEM. */
async function certificateFor(host: string): Promise<string> {
  const x509 = await loadX509();
  const signingAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ["sign", "verify"]);
  const extensions = [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }])];
  const made = await x509.X509CertificateGenerator.createSelfSigned({ name: "CN=pg", signingAlgorithm, keys, extensions });
  return made.toString("pem");
}

describe("preflight, a Cluster that is somebody else's", () => {
  it("is read: image, nodes, registries, lines and parameters, what its certificate has besides", () => {
    assert.deepEqual(readCluster(object(), { name: "pg" }).settings, {
      instances: 2,
      parameters: { max_connections: "40" },
      pgHba: ["host all all all scram-sha-256"],
      imagePullSecrets: ["registry"],
      superuserAccess: "disabled",
      placement: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname", zones: "any", nodeSelector: { disk: "fast" } },
      image: "registry/postgresql:17.6",
    });
  });

  it("stands in nobody's way as it is, and its owner is told the lines that keep these logins where they belong", () => {
    const { problems, notes } = judge(world());
    assert.deepEqual(problems, []);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^Cluster\/pg: nothing in its pg_hba\.conf keeps these services' logins/);
    assert.ok(
      notes[0]!.endsWith(
        '`pg_hba: ["hostssl agents agents,agents_a,agents_b all scram-sha-256","host all agents,agents_a,agents_b all reject"]`',
      ),
      notes[0],
    );
    const pg_hba = ["hostssl agents agents,agents_a,agents_b all scram-sha-256", "host all agents,agents_a,agents_b all reject"];
    assert.deepEqual(judge(world(object({ postgresql: { pg_hba } }))).notes, []);
    // As a Cluster has them that was the stack's own.
    const left = [pg_hba[0], "hostssl shop reporting all scram-sha-256", "host all all all reject"];
    assert.deepEqual(judge(world(object({ postgresql: { pg_hba: left } }))).notes, []);
  });

  it("has to be there: what the namespace has is named", () => {
    const of = world(null);
    of.facts.otherClusters = [{ name: "main" }];
    const [problem] = judge(of).problems;
    assert.match(problem!, /^cluster\.existing: the namespace apps has no Cluster `pg`.*there are main/);
  });

  it("is no other stack's", () =>
    assert.match(
      judge(world(object({}, {}, { "cnpg-credentials/owner": FOREIGN }))).problems[0]!,
      /belongs to another state \(ffffffffffffffff\)/,
    ));

  it("lists no role of a service's: two would write one password", () => {
    const roles = { managed: { roles: [{ name: "agents_a" }, { name: "theirs" }] } };
    const [other, own] = [object(roles), object(roles, {}, { "cnpg-credentials/owner": OWNER })].map((one) => judge(world(one)).problems);
    assert.equal(other!.length, 1);
    assert.match(other![0]!, /has `agents_a` in its own `spec\.managed\.roles`.*`services\.<service>\.adopt` takes over/);
    assert.match(own![0]!, /still this stack's.*roleApi: databaseRole/);
  });

  it("has the Service that applications are led to", () => {
    const without = object({ managed: { services: { disabledDefaultServices: ["rw"] } } });
    assert.match(judge(world(without)).problems[0]!, /without the Service `pg-rw`/);
  });

  it("has in its certificate what proofs and applications call it, and Poolers", async () => {
    const pooled = planRotations([service("agents", { pooler: "way" })]);
    assert.match(
      judge(world(object(), pooled)).problems[0]!,
      /does not have the names of the Poolers.*way\.apps\.svc.*`certificates: \{"serverAltDNSNames":\["way\.apps\.svc"\]\}`/,
    );
    assert.deepEqual(
      judge(world(object({}, { certificates: { serverCASecret: "their-ca", serverAltDNSNames: ["way.apps.svc"] } }), pooled)).problems,
      [],
    );
    const own = async (host: string) => {
      const of = world(object({ certificates: { serverTLSSecret: "their-tls", serverCASecret: "their-ca" } }));
      of.facts.ownCertificate = await certificateFor(host);
      return judge(of).problems;
    };
    assert.deepEqual(await own("pg-rw.apps.svc"), []);
    assert.match((await own("pg.example"))[0]!, /does not have the name pg-rw\.apps\.svc: no login that proves the server would work/);
  });

  it("is not left behind where this state has made it: the engine would delete it", () => {
    const of = world();
    of.facts.otherClusters = [{ name: "ours", owner: OWNER }, { name: "theirs" }];
    assert.match(judge(of).problems[0]!, /this stack has made the Cluster `ours`: the `up` would delete that, with every database/);
  });

  it("bounds connections by what it has in all, and drops no role, which only its own list could", () => {
    const off = planRotations([
      service("agents", { rotation: { strategy: "inPlace" } }, { services: { agents: { generation: 1, a: "retired" } } }),
    ]);
    const shared = off.map(({ service: of, plan }) => ({ plan, service: { ...of, hasShare: true as const } }));
    assert.equal(shared[0]!.plan.dropped.length, 1);
    const { planned, problems } = withLimits(shared, world().facts);
    assert.deepEqual(problems, []);
    assert.equal(planned[0]!.service.connectionLimit, 32);
    assert.deepEqual(planned[0]!.plan.dropped, []);
    const many = planRotations([service("agents", { connectionLimit: 90 })]);
    assert.match(lines(withLimits(many, world().facts).problems)[0]!, /max_connections. 40.*have the Cluster's `max_connections` raised/);
  });

  it("closes the roles of services that are off and of logins that are not in use, those that have objects", () => {
    const { request, facts } = world();
    facts.objects.databaseroles = ["agents", "agents-a", "gone", "theirs"].map((name) => ({
      name,
      ...(name === "theirs" ? {} : { owner: OWNER }),
    }));
    assert.deepEqual(
      closedObjects(
        planRotations([service("agents")]),
        [
          { name: "gone", role: "gone_role" },
          { name: "theirs", role: "theirs" },
        ],
        request,
        facts,
      ),
      [
        { service: "agents", object: "agents-a", role: "agents_a" },
        { service: "gone", object: "gone", role: "gone_role" },
      ],
    );
  });

  it("keeps backups and the authority that were this stack's", () => {
    const { request, facts } = world(
      object({ certificates: { serverCASecret: "pg-server-ca" } }, { certificates: { serverCASecret: "pg-server-ca" } }),
    );
    facts.scheduledBackups = [{ name: "daily", owner: OWNER }, { name: "theirs" }];
    facts.objects.secrets = [{ name: "pg-server-ca", owner: OWNER }];
    assert.deepEqual(letGo(request, facts), { scheduledBackups: ["daily"], authority: true });
    assert.deepEqual(letGo(world().request, world().facts), { scheduledBackups: [], authority: false });
  });

  describe("is asked", () => {
    let server: ApiServer;
    beforeEach(async () => {
      server = await startApiServer(apiReplies());
      server.replies[`GET ${CNPG}/namespaces/apps/databaseroles`] = { items: [] };
      server.replies["GET /api/v1/namespaces/apps/secrets/their-ca"] = { data: { "ca.crt": Buffer.from("PEM").toString("base64") } };
    });
    afterEach(async () => {
      await server.close();
      assert.deepEqual(server.unexpected, []);
    });
    const ask = () => gather({ ...world().request, kubeconfig: kubeconfigFor(server) });

    it("by its name, reading only, and its authority is the one that CloudNativePG names", async () => {
      server.replies[`GET ${CNPG}/namespaces/apps/clusters/pg`] = object();
      const facts = await ask();
      assert.equal(facts.existing?.settings.image, "registry/postgresql:17.6");
      assert.deepEqual(facts.authorities, { operator: "PEM" });
      assert.deepEqual(facts.objects.clusters, [{ name: "pg" }]);
      assertReads(
        server.asked.map(({ question }) => question).filter((question) => !question.startsWith(`POST ${REVIEWS}/`)),
        server.asked.filter(({ question }) => !question.startsWith(`POST ${REVIEWS}/`)).length,
      );
    });

    it("and needs no right to write Clusters", async () => {
      server.replies[`GET ${CNPG}/namespaces/apps/clusters/pg`] = object();
      server.replies[`POST ${REVIEWS}/selfsubjectrulesreviews`] = { status: { resourceRules: [] } };
      server.replies[`POST ${REVIEWS}/selfsubjectaccessreviews`] = { status: { allowed: false } };
      const { forbidden } = await ask();
      assert.deepEqual(
        forbidden.filter((right) => right.includes(" clusters")),
        ["get clusters"],
      );
    });

    it("and where it is not there, for those that are", async () => {
      server.replies[`GET ${CNPG}/namespaces/apps/clusters`] = { items: [{ metadata: { name: "main" } }] };
      const { existing, otherClusters } = await ask();
      assert.deepEqual([existing, otherClusters], [undefined, [{ name: "main" }]]);
      assert.equal(server.asked.find(({ question }) => question === `GET ${CNPG}/namespaces/apps/clusters`)?.accept, METADATA_ONLY);
    });
  });
});
