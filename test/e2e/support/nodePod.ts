import { CoreV1Api, type V1EnvVar, type V1Pod } from "@kubernetes/client-node";
import { giveImages, labStatus } from "../../../lab/cluster";
import { ensureNodeImage } from "../../../lab/images";
import { quiet } from "../../support/quiet";
import { NAMESPACE, target } from "./lab";

/** What runs in a pod: the text of a CommonJS program without dependencies, or bundled with them. */
export interface NodeProgram {
  readonly program: string;
  readonly env?: readonly V1EnvVar[];
}

/** A pod that runs a program under Node as the namespace's Pod Security wants it. The lab is given the image first. */
export async function nodePod(name: string, { program, env = [] }: NodeProgram): Promise<V1Pod> {
  const image = await ensureNodeImage(quiet);
  const lab = await labStatus();
  if (lab === undefined) throw new Error("the lab does not run");
  await giveImages(quiet, lab, [image]);
  return {
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "node",
          image: image.reference,
          imagePullPolicy: "IfNotPresent",
          args: ["--eval", program],
          env: [...env],
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

export async function startPod(pod: V1Pod, namespace = NAMESPACE): Promise<void> {
  await (await target()).config.makeApiClient(CoreV1Api).createNamespacedPod({ namespace, body: pod });
}
