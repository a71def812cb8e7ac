/** Label with the stack's name, on every object: `kubectl get secret -l cnpg-credentials/stack=dev`. */
export const STACK_LABEL = "cnpg-credentials/stack";
/** Label with the service's name, on every object that belongs to one. */
export const SERVICE_LABEL = "cnpg-credentials/service";
/** Annotation with the state that an object belongs to. An object of a known name without it, or with another, is somebody else's. */
export const OWNER_ANNOTATION = "cnpg-credentials/owner";
