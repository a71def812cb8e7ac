import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { OwnPods } from "../catalog/ownPods";
import { OWNER_ANNOTATION, POD_LABEL, SERVICE_LABEL, STACK_LABEL, WRITTEN_ANNOTATION, type PodKind } from "../kube/marks";
import { serviceHost as knownHost } from "../kube/primary";

/** Where objects go and what each of them carries. */
export interface Place {
  /** Namespace of every object. Changing it replaces everything. */
  namespace: pulumi.Input<string>;
  /** Name of the stack. */
  stack: string;
  /** What tells this stack's objects from those of another state. */
  owner: pulumi.Input<string>;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** What pods carry besides. @default nothing */
  pods?: OwnPods | undefined;
}

/** The same where the namespace is known before anything is made, as a stack's file has it. */
export interface Placement extends Place {
  namespace: string;
}

/** Where a component's objects go, and what each of them carries. */
export interface PlaceArgs {
  /** Namespace of every object. It must exist. Another one replaces everything. */
  namespace: pulumi.Input<string>;
  /** Labels of every object. @default none */
  labels?: Record<string, string>;
  /** Annotations of every object. @default none */
  annotations?: Record<string, string>;
  /** The mark of whose every object is. @default the organization, the project and the stack */
  owner?: pulumi.Input<string>;
}

export function placeOf({ namespace, labels = {}, annotations = {}, owner }: PlaceArgs): Place {
  const stack = pulumi.getStack();
  return { namespace, stack, owner: owner ?? `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`, labels, annotations };
}

/** Metadata of an object under its explicit name. */
export function metadata(
  place: Place,
  name: string,
  extra: {
    service?: string;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  } = {},
): { name: string; namespace: pulumi.Input<string>; labels: Record<string, string>; annotations: Record<string, pulumi.Input<string>> } {
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

/** What pods that end are known by, to policies for the network among others. */
export function podLabels(kind: PodKind, { stack }: Pick<Place, "stack">): Record<string, string> {
  return { [POD_LABEL]: kind, [STACK_LABEL]: stack };
}

/** Metadata of an object that belongs to no namespace. */
export function clusterMetadata(
  place: Place,
  name: string,
  extra: Parameters<typeof metadata>[2] = {},
): Omit<ReturnType<typeof metadata>, "namespace"> {
  const { labels, annotations } = metadata(place, name, extra);
  return { name, labels, annotations };
}

/** Where a service of a namespace is found, from any namespace. */
export function serviceHost(name: string, place: Pick<Placement, "namespace">): string;
export function serviceHost(name: pulumi.Input<string>, place: Pick<Place, "namespace">): pulumi.Input<string>;
export function serviceHost(name: pulumi.Input<string>, { namespace }: Pick<Place, "namespace">): pulumi.Input<string> {
  if (typeof name === "string" && typeof namespace === "string") return knownHost(name, namespace);
  return pulumi.all([name, namespace]).apply(([service, of]) => knownHost(service, of));
}

/**
 * Metadata by which the provider waits until a custom object is what the conditions or JSONPaths say,
 * and is the one that was just written. The provider looks into its cache first, where the object may
 * still be as it was: a change of metadata alone has no generation to tell it by, and what was so
 * before is so at once. The state would keep that object, and the next `up` write the difference again.
 */
export function waitFor<T extends Pick<ReturnType<typeof metadata>, "labels" | "annotations">>(
  given: T,
  ...conditions: [string, ...pulumi.Input<string>[]]
): T {
  const { labels, annotations } = given;
  const written = pulumi.all([labels, annotations]).apply(digestOf);
  const isWritten = pulumi.interpolate`jsonpath={.metadata.annotations['${WRITTEN_ANNOTATION}']}=${written}`;
  return {
    ...given,
    annotations: {
      ...annotations,
      [WRITTEN_ANNOTATION]: written,
      "pulumi.com/waitFor": pulumi.jsonStringify([...conditions, isWritten]),
    },
  };
}

function digestOf(written: readonly Readonly<Record<string, string>>[]): string {
  const sorted = written.map((all) => Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}
