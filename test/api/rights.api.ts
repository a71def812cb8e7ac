import { makeAccount, type Grant, type Rule } from "./support/accounts";
import { BIND, CLUSTER_RIGHTS, RIGHTS, ruleOf, WRITES, type Right } from "./support/rights";
import { workload } from "./support/objects";
import { Stage } from "./support/stage";
import { here } from "./support/world";

/** Those that Kubernetes aggregates into the ClusterRole `admin`, which takes a controller. */
const ADMIN = ["admin", "edit", "view"].map((name) => `system:aggregate-to-${name}`);

/** A stack that uses everything the documentation names a right for. */
async function open(): Promise<Stage> {
  const stage = await Stage.open({ vault: true });
  Object.assign(stage.settings, {
    roleApi: "databaseRole",
    services: { ...stage.settings.services, graph: {}, transformation: {}, threads: {}, "agents-runtime": {} },
    gates: { "db-migrations": {} },
  });
  Object.assign(stage.settings.cluster, { backup: { schedules: { nightly: { schedule: "0 0 0 * * *" } } } });
  return stage;
}

/** The documented rights, less those that a test takes away. */
async function grants(stage: Stage, without: (right: Right) => Right | undefined = (right) => right): Promise<Grant[]> {
  const left = (rights: readonly Right[]) => rights.flatMap((right) => without(right) ?? []).map(ruleOf);
  return [
    { namespace: stage.namespace, rules: left([...RIGHTS.always, ...RIGHTS.gates, ...RIGHTS.vault]) },
    { namespace: stage.vaultNamespace!, rules: await admin() },
    { rules: [...left(CLUSTER_RIGHTS), BIND] },
  ];
}

async function admin(): Promise<Rule[]> {
  interface ClusterRole {
    readonly rules: readonly Rule[];
  }
  const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
  const roles = await Promise.all(ADMIN.map((name) => here().api.request<ClusterRole>("GET", `${path}/${name}`)));
  return roles.flatMap(({ rules }) => rules);
}

describe("the rights that the documentation names", () => {
  let stage: Stage;
  before(async () => (stage = await open()));

  it("are enough", async () => {
    await stage.goesOn({ kubeconfig: await makeAccount(stage.namespace, await grants(stage)) });
  });

  it("are all missed by an account that has none", async () => {
    const kubeconfig = await makeAccount(stage.namespace, []);
    await stage.refused(
      {
        [`Namespace/${stage.namespace}`]: `this account may not ${WRITES.join(", ")} secrets`,
        [`Namespace/${stage.vaultNamespace!}`]: `this account may not ${WRITES.join(", ")} statefulsets`,
        Cluster: `this account may not ${WRITES.join(", ")} clustersecretstores`,
      },
      { kubeconfig },
    );
  });

  for (const right of [...RIGHTS.always, ...RIGHTS.gates, ...RIGHTS.vault])
    it(`are missed: ${right.resource}`, async () => {
      const kubeconfig = await makeAccount(stage.namespace, await grants(stage, (one) => (one === right ? undefined : one)));
      await stage.refused(missing(`Namespace/${stage.namespace}`, right.verbs, right.resource), { kubeconfig });
    });

  for (const right of CLUSTER_RIGHTS)
    it(`are missed in the cluster: ${right.resource}`, async () => {
      const kubeconfig = await makeAccount(stage.namespace, await grants(stage, (one) => (one === right ? undefined : one)));
      await stage.refused(missing("Cluster", right.verbs, right.resource), { kubeconfig });
    });

  for (const verb of WRITES)
    it(`are missed: ${verb}`, async () => {
      const lessVerb = ({ verbs, ...right }: Right): Right | undefined => {
        const left = verbs.filter((one) => one !== verb);
        return left.length === 0 ? undefined : { ...right, verbs: left };
      };
      const kubeconfig = await makeAccount(stage.namespace, await grants(stage, lessVerb));
      await stage.refused(
        {
          [`Namespace/${stage.namespace}`]: `this account may not ${verb} secrets`,
          Cluster: `this account may not ${verb} clustersecretstores`,
        },
        { kubeconfig },
      );
    });

  it("are missed: a workload that is to be restarted may not be patched", async () => {
    const own = await Stage.open();
    await own.up();
    await own.apply(workload("Deployment", "api"));
    own.settings.services.platform = { workloads: [{ kind: "Deployment", name: "api" }] };
    own.settings.rotation = { services: { platform: { generation: 1 } } };
    const rules = RIGHTS.always.map(ruleOf);
    const looks: Rule = { verbs: ["get"], apiGroups: ["apps"], resources: ["deployments"] };
    const mayNot = await makeAccount(own.namespace, [{ namespace: own.namespace, rules: [...rules, looks] }]);
    await own.refused(
      { "services.platform.workloads": `this account may not patch the Deployment ${own.namespace}/api` },
      { kubeconfig: mayNot },
    );
    // One that may not even be read is refused for the same reason.
    const knowsNothing = await makeAccount(own.namespace, [{ namespace: own.namespace, rules }]);
    await own.refused(
      { "services.platform.workloads": `this account may not patch the Deployment ${own.namespace}/api` },
      { kubeconfig: knowsNothing },
    );
    const may = await makeAccount(own.namespace, [{ namespace: own.namespace, rules: [...rules, { ...looks, verbs: ["get", "patch"] }] }]);
    await own.goesOn({ kubeconfig: may });
  });
});

const missing = (path: string, verbs: readonly string[], resource: string) => ({
  // What is fetched from Vault needs a list of Secrets, and says so, too.
  [path]: new RegExp(`^this account may not ${verbs.join(", ")} ${resource};[^\n]*(\nthis account may not list secrets;[^\n]*)?$`),
});
