import assert from "node:assert/strict";
import { select } from "../../catalog/select";
import { neededGrants, type Purpose } from "../../cli/rbac/rights";
import { choicesOf } from "../../config/choices";
import { validateStack } from "../../config/validate";
import { asEngineValues } from "../support/stackFiles";
import { makeAccount, type Grant, type Rule } from "./support/accounts";
import { Api } from "./support/client";
import { BIND, CLUSTER_RIGHTS, RIGHTS, ruleOf, WRITES, type Right } from "./support/rights";
import { workload } from "./support/objects";
import { Stage, STACK } from "./support/stage";
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
  // What is fetched from Vault is looked at by name, and that is said, too.
  [path]: new RegExp(`^this account may not ${verbs.join(", ")} ${resource};[^\n]*(\nthis account may not get secrets \\([^\n]*)?$`),
});

describe("the rights that `rbac` prints", () => {
  const open = async () => {
    const stage = await Stage.open({ vault: true });
    Object.assign(stage.settings, {
      ...{ roleApi: "databaseRole", network: "policies" },
      services: { ...stage.settings.services, graph: {}, transformation: {}, threads: {}, "agents-runtime": {} },
      gates: { "db-migrations": {} },
    });
    Object.assign(stage.settings.cluster, { backup: { schedules: { nightly: { schedule: "0 0 0 * * *" } } } });
    return stage;
  };

  it("are enough for an up", async () => {
    const stage = await open();
    await stage.goesOn({ kubeconfig: await makeAccount(stage.namespace, await printed(stage, "up")) });
  });

  it("are missed by an account that has those of a preview", async () => {
    const stage = await open();
    const kubeconfig = await makeAccount(stage.namespace, await printed(stage, "preview"));
    const { refusal } = await stage.attempt({ kubeconfig });
    assert.match(refusal ?? "", /this account may not list, create, patch, update, delete secrets; .*`npm run rbac` prints what it needs/);
  });

  it("let an up change no Secret but the stack's, and a preview change and list none", async () => {
    const stage = await open();
    const { api } = here();
    await stage.up();
    const other = { apiVersion: "v1", kind: "Secret", metadata: { name: "somebody-elses", namespace: stage.namespace } };
    await api.apply(other);
    const own = { ...other, metadata: { ...other.metadata, name: "platform-db-credentials" } };
    for (const [purpose, mayPatch] of [
      ["up", true],
      ["preview", false],
    ] as const) {
      const account = await Api.of(await makeAccount(stage.namespace, await printed(stage, purpose)));
      try {
        await assert.rejects(account.patch(other, { metadata: { labels: { x: "y" } } }), /403|forbidden/);
        const change = account.patch(own, { metadata: { labels: { x: "y" } } });
        await (mayPatch ? change : assert.rejects(change, /403|forbidden/));
        const list = account.answers(`/api/v1/namespaces/${stage.namespace}/secrets`);
        assert.equal(await list, mayPatch);
        assert.equal(await account.answers(`/api/v1/namespaces/${stage.namespace}/secrets/platform-db-credentials`), true);
        assert.equal(await account.answers(`/api/v1/namespaces/${stage.namespace}/secrets/somebody-elses`), false);
      } finally {
        account.close();
      }
    }
  });
});

/** What `cnpg-credentials rbac` would print for a stage. */
async function printed(stage: Stage, purpose: Purpose): Promise<readonly Grant[]> {
  const result = validateStack(asEngineValues(stage.settings), STACK);
  assert.ok("config" in result, JSON.stringify(result));
  const stack = choicesOf(result.config, STACK);
  const selected = await select(stack);
  assert.ok("services" in selected, JSON.stringify(selected));
  return neededGrants(stack, selected, purpose);
}
