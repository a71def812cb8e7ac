import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gateObject } from "../../catalog/names";
import type { GatePlan } from "../../catalog/gates";
import { CONTAINER_SECURITY, podMetadata, podPlacement, podResources, podSecurity, type PodNeeds } from "../../catalog/ownPods";
import { bundleProgram } from "../bundle";
import { metadata, podLabels, type Placement } from "../metadata";
import { shippedFiles, shippedProgram, type ShippedProgram } from "../shippedProgram";
import { EXTERNAL_SECRETS } from "../../kube/kinds/groups";

export interface GateArgs {
  plan: GatePlan;
  place: Placement;
}

/** No run waits longer, whatever it is told: it would hold up its pipeline, an image that never comes included. */
const LONGEST_SECONDS = 3600;
/** A run's log stays for a day. */
const KEPT_SECONDS = 86_400;
const NEEDS: PodNeeds = {
  user: 65_534,
  group: 65_534,
  resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { memory: "128Mi" } },
};
const FILES = "/gate";

/**
 * A gate: what a pipeline runs in the cluster before something that reads Secrets, and that ends well when all of them have all of their keys:
 * `kubectl create job migrations-1 --from=cronjob/secrets-smoke-db-migrations`. It may look at these Secrets, and at nothing else.
 */
export class Gate extends pulumi.ComponentResource {
  constructor(name: string, { plan, place }: GateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Gate", name, {}, opts);
    const child = { parent: this };
    const own = metadata(place, gateObject(plan.name));
    const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata: own, automountServiceAccountToken: false }, child);
    const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata: own, rules: rules(plan) }, child);
    const binding = new k8s.rbac.v1.RoleBinding(
      `${name}-binding`,
      {
        metadata: own,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: place.namespace }],
      },
      child,
    );
    const program = shippedProgram(
      own.name,
      { "gate.cjs": bundleProgram(path.join(__dirname, "program.ts")), "secrets.json": JSON.stringify(plan.secrets) },
      FILES,
    );
    const files = new k8s.core.v1.ConfigMap(`${name}-files`, shippedFiles(own, program), child);
    const job = jobSpec(plan, place, own, account.metadata.name, { ...program, configMap: files.metadata.name });
    // It is there for its template: it never runs by itself.
    const spec = { suspend: true, schedule: "0 0 1 1 *", jobTemplate: { metadata: { labels: own.labels }, spec: job } };
    new k8s.batch.v1.CronJob(name, { metadata: own, spec }, { parent: this, dependsOn: [binding] });
    this.registerOutputs();
  }
}

/** Every gate that is on. */
export function makeGates(gates: readonly GatePlan[], place: Placement, opts: pulumi.ComponentResourceOptions): void {
  for (const plan of gates) new Gate(`gate-${plan.name}`, { plan, place }, opts);
}

function rules({ secrets }: GatePlan): k8s.types.input.rbac.v1.PolicyRule[] {
  const fetched = secrets.filter(({ source }) => source === "vault");
  const get = (apiGroup: string, resource: string, names: readonly { name: string }[]) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    resourceNames: names.map(({ name }) => name),
    verbs: ["get"],
  });
  return [get("", "secrets", secrets), ...(fetched.length === 0 ? [] : [get(EXTERNAL_SECRETS.group, "externalsecrets", fetched)])];
}

function jobSpec(
  { image, imagePullPolicy }: GatePlan,
  place: Placement,
  { labels }: ReturnType<typeof metadata>,
  account: pulumi.Input<string>,
  { command, args, configMap }: ShippedProgram & { configMap: pulumi.Input<string> },
): k8s.types.input.batch.v1.JobSpec {
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: LONGEST_SECONDS,
    ttlSecondsAfterFinished: KEPT_SECONDS,
    template: {
      metadata: podMetadata(place.pods, { ...labels, ...podLabels("gate", place) }, place.annotations),
      spec: {
        restartPolicy: "Never",
        serviceAccountName: account,
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        ...podPlacement(place.pods),
        securityContext: podSecurity(place.pods, NEEDS),
        containers: [
          {
            name: "gate",
            image,
            ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
            command,
            args,
            // Where `kubectl set env` changes how long it waits.
            env: [
              { name: "EXTERNALSECRET_WAIT_ATTEMPTS", value: "60" },
              { name: "EXTERNALSECRET_WAIT_SLEEP", value: "5" },
            ],
            resources: podResources(place.pods, NEEDS.resources),
            // Its last words, where a deployment that waits for it looks.
            terminationMessagePolicy: "FallbackToLogsOnError",
            securityContext: CONTAINER_SECURITY,
            volumeMounts: [{ name: "files", mountPath: FILES, readOnly: true }],
          },
        ],
        volumes: [{ name: "files", configMap: { name: configMap } }],
      },
    },
  };
}
