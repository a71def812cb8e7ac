import { Provider } from "@pulumi/kubernetes/provider";
import type { Input } from "@pulumi/pulumi";
import { kubeconfigOf } from "./kubeconfig";

/** The cluster that a stack lives in. */
export function kubernetesProvider({ context, ...named }: { context?: string; kubeconfig?: Input<string> }): Provider {
  const kubeconfig = named.kubeconfig ?? kubeconfigOf({ context });
  return new Provider(
    "kubernetes",
    {
      ...(context === undefined ? {} : { context }),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      // With one that stays, a changed kubeconfig never means "delete everything there and make it
      // here".
      clusterIdentifier: "cnpg-credentials",
      // A Secret is changed in place, never deleted and made anew: CloudNativePG would find it
      // missing in between.
      enableSecretMutable: true,
      enableConfigMapMutable: true,
      // An interrupted run leaves objects that the state does not know. `preflight` has made sure
      // that every one of a name we use is ours.
      upsertExistingObjects: true,
      // Their fields belong to the run that was killed, to a state that is taken over, to whatever
      // wrote an adopted Secret, and we want them.
      enablePatchForce: true,
    },
    // It was the stack's name once. Another one replaces the provider, and with it everything that
    // it has made.
    { ignoreChanges: ["clusterIdentifier"] },
  );
}
