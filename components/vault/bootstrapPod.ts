import type * as k8s from "@pulumi/kubernetes";
import { CONTAINER_SECURITY, podMetadata, podPlacement, podResources, podSecurity, type PodNeeds } from "../../catalog/ownPods";
import type { VaultConfig } from "../../config/schema";
import { podLabels, type Placement } from "../metadata";
import { shippedProgram, type ShippedProgram } from "../shippedProgram";
import { BOOTSTRAP, FIXTURES_KEY } from "../../vault/names";

/**
 * The longest that a run may take. At this end its pod is removed, and its log with it. Its own
 * patience (100 s, vault/bootstrap/main.ts) and a last question that nobody answers (41 s) must end
 * before, after the start of a pod whose image is fetched.
 */
export const BOOTSTRAP_SECONDS = 300;

/** User `node` in the official images of Node. */
const NEEDS: PodNeeds = {
  user: 1000,
  group: 1000,
  resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
};

export interface BootstrapPodArgs {
  image: Extract<VaultConfig["configuration"], { by: "cronJob" }>;
  program: ShippedProgram;
  /** Where Vault's authority is. */
  caSecret: string;
  /** Secret with the fixtures' values. */
  fixtures: string;
  place: Placement;
}

const at = (directory: string, file: string) => `/bootstrap/${directory}/${file}`;

/** The program with its configuration, and where it finds what is secret and what Vault is proven by. */
export function bootstrapProgram(files: Readonly<Record<string, string>>): ShippedProgram {
  return shippedProgram(BOOTSTRAP, files, "/bootstrap/program", [at("fixtures", FIXTURES_KEY), at("ca", "ca.crt")]);
}

/** A run of the bootstrap: plain Node, the program from a ConfigMap, Pod Security "restricted". */
export function bootstrapPod({ image, program, caSecret, fixtures, place }: BootstrapPodArgs): {
  metadata: k8s.types.input.meta.v1.ObjectMeta;
  spec: k8s.types.input.core.v1.PodSpec;
} {
  const volumes = [
    { name: "program", configMap: { name: program.name } },
    { name: "fixtures", secret: { secretName: fixtures } },
    { name: "ca", secret: { secretName: caSecret, items: [{ key: "ca.crt", path: "ca.crt" }] } },
  ];
  return {
    metadata: podMetadata(place.pods, { "app.kubernetes.io/name": BOOTSTRAP, ...podLabels("vault-bootstrap", place) }, place.annotations),
    spec: {
      restartPolicy: "Never",
      serviceAccountName: BOOTSTRAP,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      ...podPlacement(place.pods),
      securityContext: podSecurity(place.pods, NEEDS),
      containers: [
        {
          name: "bootstrap",
          image: image.image,
          ...(image.imagePullPolicy === undefined ? {} : { imagePullPolicy: image.imagePullPolicy }),
          command: program.command,
          args: program.args,
          resources: podResources(place.pods, NEEDS.resources),
          // Its last words, where a deployment that waits for it looks.
          terminationMessagePolicy: "FallbackToLogsOnError",
          securityContext: CONTAINER_SECURITY,
          volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/bootstrap/${name}`, readOnly: true })),
        },
      ],
      volumes,
    },
  };
}
