import type * as pulumi from "@pulumi/pulumi";
import { OWNER_ANNOTATION, SERVICE_LABEL, STACK_LABEL } from "../kube/marks";

/** Where objects go and what each of them carries. */
export interface Placement {
  /** Namespace of every object. Changing it replaces everything. */
  namespace: string;
  /** Name of the stack. */
  stack: string;
  /** What tells this stack's objects from those of another state. */
  owner: pulumi.Input<string>;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/** Metadata of an object under its explicit name. */
export function metadata(
  place: Placement,
  name: string,
  extra: {
    service?: string;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  } = {},
): { name: string; namespace: string; labels: Record<string, string>; annotations: Record<string, pulumi.Input<string>> } {
  return {
    name,
    namespace: place.namespace,
    labels: {
      ...place.labels,
      ...extra.labels,
      "app.kubernetes.io/managed-by": "pulumi",
      "app.kubernetes.io/part-of": "cnpg-credentials",
      [STACK_LABEL]: place.stack,
      ...(extra.service === undefined ? {} : { [SERVICE_LABEL]: extra.service }),
    },
    annotations: { ...place.annotations, ...extra.annotations, [OWNER_ANNOTATION]: place.owner },
  };
}

/** Metadata of an object that belongs to no namespace. */
export function clusterMetadata(
  place: Placement,
  name: string,
  extra: Parameters<typeof metadata>[2] = {},
): Omit<ReturnType<typeof metadata>, "namespace"> {
  const { labels, annotations } = metadata(place, name, extra);
  return { name, labels, annotations };
}

/** Where a service of the stack's namespace is found, from any namespace. */
export function serviceHost(name: string, { namespace }: Pick<Placement, "namespace">): string {
  return `${name}.${namespace}.svc`;
}

/** Makes the provider wait until a custom object is what the conditions or JSONPaths say. */
export function waitFor(...conditions: [string, ...string[]]): Record<string, string> {
  return { "pulumi.com/waitFor": conditions.length === 1 ? conditions[0] : JSON.stringify(conditions) };
}
