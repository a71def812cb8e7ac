import { execa } from "execa";
import { stringify } from "yaml";
import { kubectlPath } from "../../../lab/toolchain";
import { eventually } from "./clock";
import { kubectl, NAMESPACE, target } from "./lab";

/** A Deployment or StatefulSet of one pod that does nothing, under the namespace's Pod Security. With a ConfigMap named, its pods begin only when that is there. */
export async function makeWorkload(
  kind: "Deployment" | "StatefulSet",
  name: string,
  configMap?: string,
  namespace = NAMESPACE,
): Promise<void> {
  const labels = { app: name };
  const image = (await kubectl("get", "nodes", "-o", "jsonpath={.items[0].status.images[*].names[0]}"))
    .split(" ")
    .find((one) => /\/pause[:@]/.test(one));
  if (image === undefined) throw new Error("the node has no pause image");
  const container = {
    name: "pause",
    image,
    imagePullPolicy: "Never",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    ...(configMap === undefined ? {} : { envFrom: [{ configMapRef: { name: configMap } }] }),
  };
  await apply({
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      ...(kind === "StatefulSet" ? { serviceName: name } : { progressDeadlineSeconds: 60 }),
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65535, seccompProfile: { type: "RuntimeDefault" } },
          containers: [container],
        },
      },
    },
  });
  await kubectl("-n", namespace, "rollout", "status", `${kind}/${name}`, "--timeout=120s");
}

/** The pod that a workload has now, by its uid. */
export async function podOf(name: string, namespace = NAMESPACE): Promise<string> {
  return (await runningPod(name, namespace)).metadata.uid;
}

/** When the pod that a workload has now was made, and when it was ready, in ms. */
export async function beginningOf(name: string): Promise<{ made: number; ready: number }> {
  const { metadata, status } = await runningPod(name);
  const ready = status.conditions.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "";
  return { made: Date.parse(metadata.creationTimestamp), ready: Date.parse(ready) };
}

interface Pod {
  metadata: { uid: string; creationTimestamp: string };
  status: { conditions: readonly { type: string; lastTransitionTime: string }[] };
}

/** The newest of those that run. */
async function runningPod(name: string, namespace = NAMESPACE): Promise<Pod> {
  const selected = ["-l", `app=${name}`, "--field-selector=status.phase=Running", "--sort-by=.metadata.creationTimestamp"];
  const expired = () => new Error(`no pod of ${name} runs`);
  return await eventually({ seconds: 60, everyMs: 500, expired }, async () => {
    const { items } = JSON.parse(await kubectl("-n", namespace, "get", "pods", ...selected, "-o", "json")) as { items: Pod[] };
    return items.at(-1);
  });
}

export async function removeWorkload(kind: "Deployment" | "StatefulSet", name: string): Promise<void> {
  await kubectl("-n", NAMESPACE, "delete", kind, name, "--ignore-not-found", "--wait=true");
}

/** An object, or a `List` of them. */
export async function apply(manifest: unknown): Promise<void> {
  const { kubeconfig, context } = await target();
  await execa(await kubectlPath(), ["--context", context, "apply", "-f", "-"], {
    env: { KUBECONFIG: kubeconfig },
    input: stringify(manifest),
  });
}
