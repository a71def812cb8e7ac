import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { checkFormer, copiesIn } from "../../preflight/copies";
import { gather } from "../../preflight/gather";
import { checkWorkloads } from "../../preflight/workloads";
import type { ClusterFacts, ElsewhereFacts, FormerNamespace, Marks, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type Reply } from "../support/apiServer";
import { apiReplies, clusterFacts, OWNER, preflightRequest, REVIEWS } from "../support/cluster";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";

const JOBS = "/api/v1/namespaces/jobs";
const SECRET = "agents-db-secret";

/** `agents` is read in another namespace, too. */
function request(): PreflightRequest {
  const plain = preflightRequest();
  const [agents, temporal] = plain.services;
  const services = [{ ...agents!, namespaces: ["jobs"] }, temporal!];
  return { ...plain, services, elsewhere: copiesIn(services) };
}

const there = (changes: Partial<ElsewhereFacts> = {}): ElsewhereFacts => ({
  namespaceExists: true,
  marks: { secrets: [] },
  missing: [],
  forbidden: [],
  externalSecrets: [],
  ...changes,
});
const facts = (changes: Partial<ElsewhereFacts> = {}, more: Partial<ClusterFacts> = {}): ClusterFacts => ({
  ...clusterFacts(),
  elsewhere: [there(changes)],
  ...more,
});
const problems = (changes: Partial<ElsewhereFacts>) => lines(evaluate(request(), facts(changes)).problems);
const copy = (marks: Partial<Marks> = {}): Partial<ElsewhereFacts> => ({
  marks: { secrets: [{ name: SECRET, owner: OWNER, service: "agents", ...marks }] },
});

describe("preflight of applications' namespaces", () => {
  const tell = telling("preflight", "the namespaces of applications");

  it("asks for each once, and for none where nothing is read elsewhere", () => {
    const services = [
      { name: "a", secret: "a-db", namespaces: ["web", "jobs"] },
      { name: "b", secret: "b-db", namespaces: ["jobs"] },
      { name: "c", secret: "c-db" },
    ];
    assert.deepEqual(
      copiesIn(services).map(({ namespace, setting, objects }) => [namespace, setting, objects.map(({ name }) => name)]),
      [
        ["web", "services.a.namespaces", ["a-db"]],
        ["jobs", "services.a.namespaces", ["a-db", "b-db"]],
      ],
    );
    assert.deepEqual(copiesIn(services.slice(2)), []);
  });

  const cases: [what: string, changes: Partial<ElsewhereFacts>, ...told: Told[]][] = [
    ["nothing there yet", {}],
    ["what this state has made", copy()],
    [
      "a namespace that is not there, by its name and with what makes it",
      { namespaceExists: false },
      ["Namespace/jobs", "does not exist", "kubectl create namespace jobs, or correct `services.agents.namespaces`"],
    ],
    [
      "a namespace that is being removed",
      { namespaceExists: false, isTerminating: true },
      ["Namespace/jobs", "is being removed", "wait until it is gone; then kubectl create namespace jobs"],
    ],
    [
      "somebody's Secret of that name",
      { marks: { secrets: [{ name: SECRET }] } },
      [`Secret/${SECRET}`, "exists in jobs and was not made by this program", "remove it or rename it"],
    ],
    ["another state's", copy({ owner: "fedcba9876543210" }), [`Secret/${SECRET}`, "another state (fedcba9876543210)"]],
    ["rights that are missing", { forbidden: ["create secrets"] }, ["Namespace/jobs", "may not create secrets", "rbac"]],
    [
      "an ExternalSecret that writes into it",
      { externalSecrets: [{ name: "theirs", target: SECRET, stores: [] }] },
      ["ExternalSecret/jobs/theirs", `writes into the Secret jobs/${SECRET}`, "kubectl delete -n jobs"],
    ],
    ["an ExternalSecret that writes another", { externalSecrets: [{ name: "theirs", target: "other", stores: [] }] }],
    [
      "what somebody has put into it",
      copy({ added: { keys: ["LD_PRELOAD"] } }),
      [`Secret/jobs/${SECRET}`, "`LD_PRELOAD`", "kubectl patch -n jobs secret"],
    ],
  ];
  for (const [what, changes, ...expected] of cases) it(`judges ${what}`, () => tell(problems(changes), expected));

  it("lets a restart there pass, which without the Secret is refused with the setting that writes it", () => {
    const restarted = request();
    restarted.services[0]!.workloads = [{ kind: "Deployment", name: "api", namespace: "jobs" }];
    const refused = () => lines(checkWorkloads(new Set(["agents"]), restarted, facts()).problems);
    assert.deepEqual(refused(), []);
    delete restarted.services[0]!.namespaces;
    tell(refused(), [
      ["services.agents.workloads", "cannot read the Secret apps/agents-db-secret", "add `jobs` to `services.agents.namespaces`"],
    ]);
  });

  it("hands the marks on to whoever judges a rotation, of what is ours alone", () => {
    const copies = (marks: Partial<Marks>) => evaluate(request(), facts(copy(marks))).credentials.agents?.copies;
    assert.deepEqual(
      copies({ login: "agents_a" })?.map(({ namespace, login }) => [namespace, login]),
      [["jobs", "agents_a"]],
    );
    assert.equal(copies({ owner: "other" }), undefined);
  });

  it("counts it among what has to trust an authority before that signs", () => {
    const asked: PreflightRequest = { ...request(), authorities: [2, 1] };
    const live = { mark: "1" };
    const secrets = [{ name: SECRET, owner: OWNER, login: "agents", authorities: "1 2" }];
    const found = (authorities: string) =>
      lines(
        evaluate(
          asked,
          facts(copy({ login: "agents", authorities }), { liveCluster: live, objects: { ...clusterFacts().objects, secrets } }),
        ).problems,
      );
    assert.deepEqual(found("1 2"), []);
    tell(found("1"), [["tls.authorities", "the Secrets of agents in jobs do not have its certificate"]]);
  });

  describe("that the file leaves out", () => {
    const former = (changes: Partial<FormerNamespace> = {}): Pick<ClusterFacts, "former"> => ({
      former: [
        {
          service: "agents",
          secret: SECRET,
          namespace: "web",
          forbidden: [],
          readers: [],
          copy: { name: SECRET, owner: OWNER },
          ...changes,
        },
      ],
    });
    const asked = { ...preflightRequest(), takeOver: "fedcba9876543210" };
    const judged = (changes: Partial<FormerNamespace>) => {
      const { problems: found, notes } = checkFormer(asked, { ...clusterFacts(), ...former(changes) });
      return [...lines(found), ...notes];
    };
    const all: [what: string, changes: Partial<FormerNamespace>, ...told: Told[]][] = [
      ["says that the Secret goes", {}, ["services.agents.namespaces", "the Secret agents-db-secret there goes", "no Deployment"]],
      [
        "names what reads it",
        { readers: ["Deployment web/api", "StatefulSet web/worker"] },
        ["services.agents.namespaces", "Deployment web/api, StatefulSet web/worker read it", "remove their reference first"],
      ],
      [
        "says that nobody may look",
        { readers: "unknown" },
        ["services.agents.namespaces", "whether something in web reads it is not known"],
      ],
      [
        "refuses to take away a protected one, with the way to do it",
        { copy: { name: SECRET, owner: OWNER, isProtected: true }, readers: ["Deployment web/api"] },
        ["services.agents.namespaces", "leaves out `web`", "is protected: Deployment web/api reads it", "write `protection: none` there"],
      ],
      [
        "refuses what the account may not remove",
        { forbidden: ["delete secrets"] },
        ["Namespace/web", "may not delete secrets"],
        ["services.agents.namespaces", "the Secret agents-db-secret there goes"],
      ],
      [
        "leaves a lost state's, and says what removes it",
        { copy: { name: SECRET, owner: "fedcba9876543210", isProtected: true } },
        ["services.agents.namespaces", "stays: `kubectl delete -n web secret agents-db-secret`"],
      ],
    ];
    for (const [what, changes, ...expected] of all) it(what, () => tell(judged(changes), expected));
    it("refuses nothing where there is none, and nothing of what is somebody's", () => {
      assert.deepEqual(checkFormer(asked, clusterFacts()), { problems: [], notes: [] });
      assert.deepEqual(judged({ copy: { name: SECRET, isProtected: true } }), []);
    });
  });

  describe("asks the cluster", () => {
    const metadata = (annotations: Record<string, string> = {}, managedFields: object[] = []) => ({
      metadata: { name: SECRET, annotations: { "cnpg-credentials/owner": OWNER, ...annotations }, managedFields },
    });
    const replies: Record<string, Reply> = {
      [`GET ${JOBS}`]: { metadata: { name: "jobs" } },
      [`GET ${JOBS}/secrets`]: { items: [metadata({ "cnpg-credentials/login": "agents" })] },
      "GET /apis/external-secrets.io/v1/namespaces/jobs/externalsecrets": { items: [{ metadata: { name: "e" }, spec: {} }] },
    };
    async function gathered(of: PreflightRequest, more: Record<string, Reply>): Promise<{ facts: ClusterFacts; asked: string[] }> {
      const server = await startApiServer({ ...apiReplies(), ...more });
      try {
        const found = await gather({ ...of, kubeconfig: kubeconfigFor(server) });
        assert.deepEqual(server.unexpected, []);
        return { facts: found, asked: server.asked.map(({ question }) => question) };
      } finally {
        await server.close();
      }
    }

    it("what is there, by marks alone", async () => {
      const { facts: found, asked } = await gathered(request(), replies);
      const [place] = found.elsewhere;
      assert.deepEqual(place!.marks.secrets, [{ name: SECRET, owner: OWNER, login: "agents" }]);
      assert.deepEqual(place!.externalSecrets, [{ name: "e", target: "e", stores: [] }]);
      assert.equal(found.former, undefined);
      assert.ok(!asked.some((question) => question.startsWith(`GET ${JOBS}/secrets/`)));
    });

    it("that a namespace is on its way out", async () => {
      const { facts: found } = await gathered(request(), { ...replies, [`GET ${JOBS}`]: { status: { phase: "Terminating" } } });
      assert.deepEqual([found.elsewhere[0]!.namespaceExists, found.elsewhere[0]!.isTerminating], [false, true]);
    });

    it("of a key that somebody has written, whether it is there", async () => {
      const theirs = { manager: "kubectl-patch", operation: "Update", fieldsV1: { "f:data": { "f:more": {}, "f:uri": {} } } };
      const { facts: found } = await gathered(request(), {
        ...replies,
        [`GET ${JOBS}/secrets`]: { items: [metadata({}, [theirs])] },
        [`GET ${JOBS}/secrets/${SECRET}`]: { data: { more: "", uri: "" } },
      });
      const { secrets } = found.elsewhere[0]!.marks;
      assert.deepEqual(secrets === "unknown" ? secrets : secrets![0]!.added, { keys: ["more"] });
    });

    it("of one that is left out, who reads the Secret there", async () => {
      const pods = (spec: object) => ({ spec: { template: { spec } } });
      const workloads = (plural: string, ...items: object[]): Record<string, Reply> => ({
        [`GET /apis/apps/v1/namespaces/web/${plural}`]: { items },
      });
      const secret = { name: SECRET };
      // Whose state it is, the engine says meanwhile.
      const { owner: _, ...unmarked } = preflightRequest();
      const { facts: found, asked } = await gathered(unmarked, {
        "GET /api/v1/namespaces/apps/secrets": { items: [metadata({ "cnpg-credentials/namespaces": "web" })] },
        [`GET /api/v1/namespaces/web/secrets/${SECRET}`]: metadata({ "cnpg-credentials/protection": "protected" }),
        ...workloads(
          "deployments",
          { metadata: { name: "env" }, ...pods({ containers: [{ env: [{ valueFrom: { secretKeyRef: secret } }] }] }) },
          { metadata: { name: "init" }, ...pods({ initContainers: [{ envFrom: [{ secretRef: secret }] }] }) },
          { metadata: { name: "other" }, ...pods({ volumes: [{ secret: { secretName: "other" } }] }) },
        ),
        ...workloads("statefulsets", { metadata: { name: "volume" }, ...pods({ volumes: [{ secret: { secretName: SECRET } }] }) }),
        ...workloads("daemonsets", {
          metadata: { name: "projected" },
          ...pods({ volumes: [{ projected: { sources: [{ secret }] } }] }),
        }),
      });
      assert.deepEqual(found.former, [
        {
          ...{ service: "agents", secret: SECRET, namespace: "web", forbidden: [] },
          copy: { name: SECRET, owner: OWNER, isProtected: true },
          readers: ["Deployment web/env", "Deployment web/init", "StatefulSet web/volume", "DaemonSet web/projected"],
        },
      ]);
      assert.ok(asked.includes(`POST ${REVIEWS}/selfsubjectrulesreviews`));
    });

    it("nothing of a mark that names no namespace: who may write the Secret would ask the API server in this account's name", async () => {
      const forged = ["apps/pods/evil:80/proxy/x?a=", "../secrets", "web\nnote: all is well", "", "Web"].join(",");
      const { facts: found, asked } = await gathered(preflightRequest(), {
        "GET /api/v1/namespaces/apps/secrets": { items: [metadata({ "cnpg-credentials/namespaces": forged })] },
      });
      assert.equal(found.former, undefined);
      assert.deepEqual(
        asked.filter((question) => /proxy|\.\.|%0A|Web/.test(question)),
        [],
      );
    });

    it("nothing of one that has gone with its namespace", async () => {
      const { facts: found } = await gathered(preflightRequest(), {
        "GET /api/v1/namespaces/apps/secrets": { items: [metadata({ "cnpg-credentials/namespaces": "web" })] },
        [`GET /api/v1/namespaces/web/secrets/${SECRET}`]: 404,
      });
      assert.equal(found.former, undefined);
    });
  });
});
