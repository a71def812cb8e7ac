import { kindOf, type Resource } from "./resource";
import { at, isObject, objects, text, type Properties } from "./values";

/**
 * Where the kinds of Kubernetes, and those that are modelled on them, have what their pods are to
 * be.
 */
const TEMPLATES = [["spec"], ["spec", "template", "spec"], ["spec", "jobTemplate", "spec", "template", "spec"], ["template", "spec"]];

/** What a pod is to be, and where in its resource that is. */
export interface Pod {
  readonly where: string;
  readonly spec: Properties;
  /** Init and ephemeral containers are among them. */
  readonly containers: readonly { readonly where: string; readonly container: Properties }[];
}

/**
 * The pods that an object has made of it. None of a patch, which says only what it changes, unless
 * what it changes is asked for.
 */
export function podsOf(resource: Resource, patches?: "with patches"): Pod[] {
  const kind = kindOf(resource);
  if (kind === undefined || (kind.patch && patches === undefined)) return [];
  return TEMPLATES.flatMap((path) => {
    const spec = at(resource.props, ...path);
    if (!isObject(spec) || !(Array.isArray(spec.containers) || kind.patch)) return [];
    const where = path.join(".");
    const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
      objects(spec, list).map((container) => ({ where: `${where}.${list}.${text(container, "name") ?? "?"}`, container })),
    );
    return [{ where, spec, containers }];
  });
}

/** A Secret that something reads. */
export interface SecretReference {
  readonly name: string;
  /** Those that are read; none: whatever it has. */
  readonly keys: readonly string[];
  readonly where: string;
  /** Whether it does without, where there is none. */
  readonly optional: boolean;
}

/** The Secrets that a pod reads. */
export function secretsOf({ where, spec, containers }: Pod): SecretReference[] {
  return [
    ...objects(spec, "imagePullSecrets").flatMap((one) => reference(`${where}.imagePullSecrets`, one, "name")),
    ...objects(spec, "volumes").flatMap((volume) => ofVolume(`${where}.volumes.${text(volume, "name") ?? "?"}`, volume)),
    ...containers.flatMap((one) => ofContainer(one.where, one.container)),
  ];
}

function ofVolume(where: string, volume: Properties): SecretReference[] {
  const projected = objects(volume, "projected", "sources").map((source) => source.secret);
  return [
    ...reference(where, volume.secret, "secretName"),
    ...projected.flatMap((source) => reference(where, source, "name")),
    ...reference(where, at(volume, "csi", "nodePublishSecretRef"), "name"),
    ...["cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"].flatMap((kind) =>
      reference(where, at(volume, kind, "secretRef"), "name"),
    ),
    ...reference(where, volume.azureFile, "secretName"),
  ];
}

function ofContainer(where: string, container: Properties): SecretReference[] {
  return [
    ...objects(container, "env").flatMap((variable) =>
      reference(`${where}.env.${text(variable, "name") ?? "?"}`, at(variable, "valueFrom", "secretKeyRef"), "name"),
    ),
    ...objects(container, "envFrom").flatMap((source) => reference(`${where}.envFrom`, source.secretRef, "name")),
  ];
}

function reference(where: string, of: Properties[string], nameIn: string): SecretReference[] {
  const name = text(of, nameIn);
  if (name === undefined) return [];
  const key = text(of, "key");
  return [
    {
      name,
      where,
      optional: at(of, "optional") === true,
      keys: key === undefined ? objects(of, "items").flatMap((item) => text(item, "key") ?? []) : [key],
    },
  ];
}

/** Every object that pods are made of, with the Secrets that they read. */
export function workloadsOf(
  resources: readonly Resource[],
  patches?: "with patches",
): { resource: Resource; reference: SecretReference }[] {
  return resources.flatMap((resource) =>
    podsOf(resource, patches)
      .flatMap(secretsOf)
      .map((one) => ({ resource, reference: one })),
  );
}
