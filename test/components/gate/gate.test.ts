import * as assert from "node:assert/strict";
import type { GatePlan } from "../../../catalog/gates";
import { Gate, makeGates } from "../../../components/gate/gate";
import { DATABASE, FETCHED } from "../../support/secretsSeen";
import { expectedMetadata, place } from "../../support/fixtures";
import { run } from "../../support/program";

const COMPONENT = "cnpg-credentials:index:Gate::gate-db-migrations";
const CRON_JOB = "kubernetes:batch/v1:CronJob::gate-db-migrations";
const FILES = "kubernetes:core/v1:ConfigMap::gate-db-migrations-files";
const ACCOUNT = "kubernetes:core/v1:ServiceAccount::gate-db-migrations-account";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role::gate-db-migrations-role";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::gate-db-migrations-binding";

const plan = (change: Partial<GatePlan> = {}): GatePlan => ({ name: "db-migrations", image: "node:22", secrets: [DATABASE], ...change });
const make = (change: Partial<GatePlan> = {}, preview = false) =>
  run(() => new Gate("gate-db-migrations", { plan: plan(change), place: place() }), { preview });

interface Pod {
  securityContext: object;
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  volumes: object[];
  containers: Record<string, unknown>[];
}
async function cronJob(change: Partial<GatePlan> = {}) {
  const { inputs } = (await make(change)).get(CRON_JOB);
  const { jobTemplate, ...spec } = inputs.spec as { jobTemplate: { spec: { template: { spec: Pod } } & Record<string, unknown> } };
  const { template, ...job } = jobTemplate.spec;
  return { spec, job, pod: template.spec };
}

describe("components/gate/gate", () => {
  it("makes a CronJob with what it may and what it runs, the same in a preview, with nothing secret in it", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make({}, preview);
      assert.deepEqual(
        resources.map(({ id, parent, secrets }) => [id, parent, secrets]),
        [COMPONENT, CRON_JOB, FILES, ACCOUNT, ROLE, BINDING].map((id) => [id, id === COMPONENT ? undefined : COMPONENT, []]),
      );
      for (const { id, inputs } of resources.filter((one) => one.id !== COMPONENT)) {
        const { name } = inputs.metadata as { name: string };
        if (id === FILES) assert.match(name, /^secrets-smoke-db-migrations-[0-9a-f]{10}$/);
        assert.deepEqual(inputs.metadata, expectedMetadata(id === FILES ? name : "secrets-smoke-db-migrations", {}), id);
      }
    }
  });

  it("may get the Secrets that it waits for, by name, and nothing else", async () => {
    const rules = async (change: Partial<GatePlan>) => (await make(change)).get(ROLE).inputs.rules;
    const get = (group: string, resource: string, ...names: string[]) => ({
      apiGroups: [group],
      resources: [resource],
      resourceNames: names,
      verbs: ["get"],
    });
    assert.deepEqual(await rules({}), [get("", "secrets", "agents-db-secret")]);
    assert.deepEqual(await rules({ secrets: [DATABASE, FETCHED] }), [
      get("", "secrets", "agents-db-secret", "tools-login"),
      get("external-secrets.io", "externalsecrets", "tools-login"),
    ]);
    const { roleRef, subjects } = (await make()).get(BINDING).inputs;
    const name = "secrets-smoke-db-migrations";
    assert.deepEqual(roleRef, { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name });
    assert.deepEqual(subjects, [{ kind: "ServiceAccount", name, namespace: "apps" }]);
    assert.equal((await make()).get(ACCOUNT).inputs.automountServiceAccountToken, false);
  });

  it("never runs by itself, is tried once, and waits no longer than an hour", async () => {
    const { spec, job } = await cronJob();
    assert.deepEqual(spec, { suspend: true, schedule: "0 0 1 1 *" });
    assert.deepEqual(job, { backoffLimit: 0, activeDeadlineSeconds: 3600, ttlSecondsAfterFinished: 86_400 });
    assert.deepEqual((await make()).get(CRON_JOB).dependsOn, [FILES, ACCOUNT, BINDING]);
  });

  it("is a restricted pod with its program and its list", async () => {
    const { pod } = await cronJob();
    const [container, ...others] = pod.containers;
    assert.deepEqual(others, []);
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65_534,
      runAsGroup: 65_534,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual([pod.serviceAccountName, pod.automountServiceAccountToken], ["secrets-smoke-db-migrations", true]);
    assert.deepEqual(container!.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual([container!.command, (container!.args as string[]).slice(3)], [["node"], ["/gate/gate.cjs", "/gate/secrets.json"]]);
    assert.deepEqual(container!.env, [
      { name: "EXTERNALSECRET_WAIT_ATTEMPTS", value: "60" },
      { name: "EXTERNALSECRET_WAIT_SLEEP", value: "5" },
    ]);
    const { data, metadata, immutable } = (await make()).get(FILES).inputs as {
      data: Record<string, string>;
      metadata: { name: string };
      immutable: boolean;
    };
    assert.deepEqual(pod.volumes, [{ name: "files", configMap: { name: metadata.name } }]);
    assert.equal(immutable, true);
    assert.deepEqual(Object.keys(data).sort(), ["gate.cjs", "secrets.json"]);
    assert.deepEqual(JSON.parse(data["secrets.json"]!), [DATABASE]);
  });

  it("carries what the platform asks of pods, and keeps its account", async () => {
    const pods = {
      resources: { limits: { cpu: "100m" } },
      user: "platform" as const,
      serviceAccount: "jobs",
      imagePullSecrets: ["registry"],
    };
    const made = await run(() => new Gate("gate-db-migrations", { plan: plan(), place: { ...place(), pods } }), {});
    const { jobTemplate } = made.get(CRON_JOB).inputs.spec as {
      jobTemplate: { spec: { template: { spec: Pod & { imagePullSecrets: object[] } } } };
    };
    const pod = jobTemplate.spec.template.spec;
    assert.deepEqual(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual([pod.imagePullSecrets, pod.serviceAccountName], [[{ name: "registry" }], "secrets-smoke-db-migrations"]);
    assert.deepEqual(pod.containers[0]!.resources, { requests: { cpu: "10m", memory: "48Mi" }, limits: { memory: "128Mi", cpu: "100m" } });
  });

  it("pulls the image as the stack says", async () => {
    assert.ok(!("imagePullPolicy" in (await cronJob()).pod.containers[0]!));
    const { image, imagePullPolicy } = (await cronJob({ image: "own", imagePullPolicy: "Never" })).pod.containers[0]!;
    assert.deepEqual([image, imagePullPolicy], ["own", "Never"]);
  });

  it("is made for every gate that is on", async () => {
    const { ofKind } = await run(() => makeGates([plan(), plan({ name: "other" })], place(), {}));
    assert.deepEqual(
      ofKind("Gate").map(({ id }) => id),
      [COMPONENT, "cnpg-credentials:index:Gate::gate-other"],
    );
  });
});
