import { text, type Properties } from "./values";

/** What a rule sees of a resource. */
export interface Resource {
  readonly urn: string;
  /** As the engine has it: `kubernetes:core/v1:Secret`. */
  readonly type: string;
  /** In the program. */
  readonly name: string;
  readonly stack: string;
  /** Types of the components that it is part of, the outermost first. */
  readonly parents: readonly string[];
  /**
   * To a rule on resources: what the program asked for. To one on stacks: what became of it, or
   * will.
   */
  readonly props: Properties;
  readonly protect: boolean;
}

/** Of the engine's resource. */
export function resourceOf(of: { urn: string; type: string; name: string; opts: { protect: boolean } }, props: Properties): Resource {
  // urn:pulumi:<stack>::<project>::<type>$<type>::<name>
  const [stack = "", , types = ""] = of.urn.replace(/^urn:pulumi:/, "").split("::");
  return { urn: of.urn, type: of.type, name: of.name, stack, parents: types.split("$").slice(0, -1), props, protect: of.opts.protect };
}

/** A Kubernetes object's group (`core` for the first one) and kind, whatever its version. */
export interface Kind {
  readonly group: string;
  /** Less `Patch` and `List`. */
  readonly kind: string;
  /** Single fields of an object that is somebody else's. */
  readonly patch: boolean;
}

const OBJECT = /^kubernetes:([^/:]+)\/[^:]+:(\w+?)(Patch|List)?$/;

/** Of what is an object in Kubernetes. */
export function kindOf({ type }: Pick<Resource, "type">): Kind | undefined {
  const [, group, kind, suffix] = OBJECT.exec(type) ?? [];
  return group === undefined || kind === undefined ? undefined : { group, kind, patch: suffix === "Patch" };
}

/** Whether it is an object of that group and kind. */
export function isKind(resource: Pick<Resource, "type">, group: string, kind: string): boolean {
  const found = kindOf(resource);
  return found?.group === group && found.kind === kind;
}

export function objectName({ props }: Pick<Resource, "props">): string | undefined {
  return text(props, "metadata", "name");
}

/** `default` is Kubernetes' own choice. */
export function namespaceOf({ props }: Pick<Resource, "props">): string {
  return text(props, "metadata", "namespace") ?? "default";
}

/** For people: `Secret ameide-dev/platform-db-credentials`, or what the engine calls it. */
export function describe(resource: Resource): string {
  const kind = kindOf(resource);
  const name = objectName(resource);
  if (kind === undefined || name === undefined) return `${resource.type.split(":").at(-1)} ${resource.name}`;
  const namespace = text(resource.props, "metadata", "namespace");
  return `${kind.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
