import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { restartOf } from "../../catalog/names";
import type { Service } from "../../catalog/service";
import { Restarts, type RestartsArgs } from "../../components/restarts";
import { Database } from "../../kube/kinds/database";
import { planned, service } from "../support/fixtures";
import { run, type Run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:Restarts::restarts";
const DEPLOYMENT = "kubernetes:apps/v1:DeploymentPatch";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSetPatch";
const DAEMON_SET = "kubernetes:apps/v1:DaemonSetPatch";
const SECRET = "kubernetes:core/v1:Secret";
const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";

const nameOf: RestartsArgs["nameOf"] = (of, workload) => restartOf(of, { namespace: "apps", ...workload });

const workloads = [
  { kind: "Deployment", name: "api" },
  { kind: "StatefulSet", name: "worker", namespace: "jobs" },
];
const rotated = (name: string, settings: object = {}, entry: object = { generation: 1 }): Service =>
  service(name, { workloads, ...settings }, { services: { [name]: entry } });

/** Restarts of services, each of which has its credential when an object of its name is there, and is done when another is. */
function make(
  on: readonly Service[],
  {
    preview = false,
    marks = {},
    there = marks,
  }: { preview?: boolean; marks?: Record<string, string>; there?: Record<string, string> } = {},
) {
  const spec = { cluster: { name: "pg" }, name: "d", owner: "o", databaseReclaimPolicy: "retain" } as const;
  const program = () => {
    const credentials: RestartsArgs["credentials"] = on.map((of) => ({
      service: of,
      plan: planned(of),
      secret: new k8s.core.v1.Secret(of.name, { metadata: { annotations: marks } }),
      copies: new Map(
        (of.namespaces ?? []).map((namespace) => [
          namespace,
          new k8s.core.v1.Secret(`${of.name}/${namespace}`, { metadata: { namespace, annotations: there } }),
        ]),
      ),
      done: [new Database(`${of.name}-done`, { metadata: {}, spec })],
    }));
    return new Restarts("restarts", { namespace: "apps", nameOf, seconds: 90, credentials });
  };
  return run(program, { preview });
}
const childrenOf = ({ resources }: Run<unknown>) => resources.filter(({ parent }) => parent === COMPONENT).map(({ id }) => id);
const restartsOf = (made: Run<unknown>) => childrenOf(made).filter((id) => !id.endsWith("-rolled-out"));

describe("components/restarts", () => {
  it("restarts every workload of what was rotated, the same in a preview, each a child of the component", async () => {
    const on = [rotated("agents", { workloads: [...workloads, { kind: "DaemonSet", name: "node" }] }), rotated("graph")];
    for (const preview of [false, true])
      assert.deepEqual(restartsOf(await make(on, { preview })), [
        `${DAEMON_SET}::restarts-agents-daemonset-apps-node`,
        `${DEPLOYMENT}::restarts-agents-deployment-apps-api`,
        `${DEPLOYMENT}::restarts-graph-deployment-apps-api`,
        `${STATEFUL_SET}::restarts-agents-statefulset-jobs-worker`,
        `${STATEFUL_SET}::restarts-graph-statefulset-jobs-worker`,
      ]);
  });

  it("owns nothing of a workload but one annotation of its pods, and leaves that when it goes", async () => {
    const { get } = await make([rotated("agents", { rotation: { strategy: "alternating" } }, { active: "a", a: 1, owner: 0 })]);
    const { inputs, options } = get(`${STATEFUL_SET}::restarts-agents-statefulset-jobs-worker`);
    assert.deepEqual(inputs, {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "worker", namespace: "jobs" },
      spec: { template: { metadata: { annotations: { "cnpg-credentials/generation-agents": "1 agents_a" } } } },
    });
    assert.deepEqual(Object.keys(options), ["retainOnDelete", "aliases", "customTimeouts"]); // the aliases are the SDK's
    assert.deepEqual(options.customTimeouts, { create: "90s", update: "90s" });
    assert.deepEqual(get(`${DEPLOYMENT}::restarts-agents-deployment-apps-api`).inputs.metadata, { name: "api", namespace: "apps" });
  });

  it("names the credential that the application's Secret has: with `--target`, one that was not written has the former one", async () => {
    const marks = { "cnpg-credentials/generation": "0.0.0", "cnpg-credentials/login": "agents" };
    const named = async (preview: boolean) => {
      const { get } = await make([rotated("agents")], { preview, marks });
      const { template } = get(`${STATEFUL_SET}::restarts-agents-statefulset-jobs-worker`).inputs.spec as {
        template: { metadata: { annotations: Record<string, string> } };
      };
      return template.metadata.annotations["cnpg-credentials/generation-agents"];
    };
    assert.deepEqual([await named(false), await named(true)], ["0.0.0 agents", "1 agents"]);
  });

  const turn = (name: string) => rotated(name, { rotation: { strategy: "alternating" } }, { active: "a", a: 1, owner: 0 });

  it("in place, restarts everything as soon as its Secret is written: neither a proof nor another workload is waited for", async () => {
    const { get } = await make([rotated("agents"), rotated("graph")]);
    for (const name of ["agents", "graph"])
      for (const id of [`${DEPLOYMENT}::restarts-${name}-deployment-apps-api`, `${STATEFUL_SET}::restarts-${name}-statefulset-jobs-worker`])
        assert.deepEqual(get(id).dependsOn, [`${SECRET}::${name}`]);
  });

  it("with logins that alternate, restarts one workload at a time, through all services, each once its own credential is proven", async () => {
    const { get } = await make([turn("agents"), rotated("platform"), turn("graph")]);
    // Besides the Secret, which says what the restart is for.
    const dependsOn = (id: string) => get(id).dependsOn.filter((one) => !one.startsWith(SECRET));
    const chain = [
      `${DEPLOYMENT}::restarts-agents-deployment-apps-api`,
      `${STATEFUL_SET}::restarts-agents-statefulset-jobs-worker`,
      `${DEPLOYMENT}::restarts-graph-deployment-apps-api`,
      `${STATEFUL_SET}::restarts-graph-statefulset-jobs-worker`,
    ] as const;
    const [agents, graph] = [`${DATABASE}::agents-done`, `${DATABASE}::graph-done`];
    const after = (deployment: string) => `${deployment}-rolled-out`;
    assert.deepEqual(chain.map(dependsOn), [
      [agents],
      [after(chain[0]), agents].sort(),
      [chain[1], graph].sort(),
      [after(chain[2]), graph].sort(),
    ]);
  });

  it("has the end of a Deployment's rollout looked at twice: the same patch again, by a resource that is tried again when it does not come", async () => {
    const made = await make([rotated("agents", { workloads: [...workloads, { kind: "DaemonSet", name: "node" }] })]);
    const restart = `${DEPLOYMENT}::restarts-agents-deployment-apps-api`;
    assert.deepEqual(
      childrenOf(made).filter((id) => id.endsWith("-rolled-out")),
      [`${restart}-rolled-out`],
    );
    const [first, second] = [made.get(restart), made.get(`${restart}-rolled-out`)];
    assert.deepEqual(second.dependsOn, [restart, `${SECRET}::agents`]);
    assert.deepEqual([second.inputs, second.options], [first.inputs, first.options]);
  });

  it("goes past services that restart nothing without breaking the chain", async () => {
    const { get } = await make([turn("agents"), rotated("keycloak", { restart: "none" }), turn("graph")]);
    assert.deepEqual(
      get(`${DEPLOYMENT}::restarts-graph-deployment-apps-api`).dependsOn,
      [`${STATEFUL_SET}::restarts-agents-statefulset-jobs-worker`, `${DATABASE}::graph-done`, `${SECRET}::graph`].sort(),
    );
  });

  describe("where applications are elsewhere", () => {
    const WORKER = `${STATEFUL_SET}::restarts-agents-statefulset-jobs-worker`;
    const API = `${DEPLOYMENT}::restarts-agents-deployment-apps-api`;
    const namespaces = ["jobs", "web"];
    const copy = `${SECRET}::agents/jobs`;

    it("in place, a workload follows the Secret of its own namespace, and no other", async () => {
      const { get } = await make([rotated("agents", { namespaces })]);
      assert.deepEqual(get(WORKER).dependsOn, [copy]);
      assert.deepEqual(get(API).dependsOn, [`${SECRET}::agents`]);
    });

    it("where logins take turns, it does so once the login is proven, in its turn", async () => {
      const { get } = await make([
        rotated("agents", { namespaces, rotation: { strategy: "alternating" } }, { active: "a", a: 1, owner: 0 }),
      ]);
      const first = `${DEPLOYMENT}::restarts-agents-deployment-apps-api-rolled-out`;
      assert.deepEqual(get(API).dependsOn, [`${DATABASE}::agents-done`, `${SECRET}::agents`].sort());
      assert.deepEqual(get(WORKER).dependsOn, [`${DATABASE}::agents-done`, first, copy].sort());
    });

    it("names the credential that its own Secret has", async () => {
      const marks = { "cnpg-credentials/generation": "1", "cnpg-credentials/login": "agents" };
      const there = { ...marks, "cnpg-credentials/generation": "0.0.0" };
      const { get } = await make([rotated("agents", { namespaces })], { marks, there });
      const credential = (id: string) =>
        (get(id).inputs.spec as { template: { metadata: { annotations: object } } }).template.metadata.annotations;
      assert.deepEqual(credential(API), { "cnpg-credentials/generation-agents": "1 agents" });
      assert.deepEqual(credential(WORKER), { "cnpg-credentials/generation-agents": "0.0.0 agents" });
    });
  });

  const alternating = { workloads, rotation: { strategy: "alternating" } };
  const cases: [string, Service, number][] = [
    ["nothing before the first rotation", service("agents", { workloads }), 0],
    ["nothing before the first rotation of logins that alternate", service("agents", alternating), 0],
    ["nothing of a service that begins in a later generation", rotated("agents", {}, { generation: 1, first: 1 }), 0],
    ["nothing of one that began in the older form", rotated("agents", {}, { generation: "1.0.0", first: "1.0.0" }), 0],
    ["what is given another login of the same generation", rotated("agents", alternating, { active: "a", a: 0, owner: 0 }), 2],
    ["what is rotated", rotated("agents"), 2],
    ["what takes turns, once the login before is retired, too", rotated("agents", alternating, { active: "b", a: "retired", b: 1 }), 2],
    ["nothing where Reloader does that", rotated("agents", { restart: "reloader" }), 0],
    ["nothing where the stack says so", rotated("agents", { restart: "none" }), 0],
    ["nothing of a service without workloads", rotated("agents", { workloads: [] }), 0],
  ];
  for (const [what, of, expected] of cases) it(`restarts ${what}`, async () => assert.equal(restartsOf(await make([of])).length, expected));

  it("means each workload of a service, and each service of a workload, by a name of its own", async () => {
    const shared = [
      { kind: "Deployment", name: "api" },
      { kind: "Deployment", name: "api", namespace: "other" },
      { kind: "DaemonSet", name: "api" },
    ];
    const made = await make([rotated("agents", { workloads: shared }), rotated("graph", { workloads: shared })]);
    assert.equal(restartsOf(made).length, 6);
    assert.ok(made.result instanceof pulumi.ComponentResource);
  });
});
