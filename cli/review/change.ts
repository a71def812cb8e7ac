import { BUNDLE_LABEL, SERVICE_LABEL } from "../../kube/marks";
import type { Preview, State, Step } from "./preview";
import { isPlain, property, type Known } from "./properties";
import { sortBy } from "../shared/sort";

/** What becomes of a resource. `left`: the program lets go of it, and what it stands for stays. `other`: what this command has no word for. */
export type Action = "create" | "update" | "replace" | "delete" | "left" | "import" | "kept" | "other";

/** A resource that does not stay as it is. */
export interface Change {
  readonly urn: string;
  /** `kubernetes:core/v1:Secret` */
  readonly type: string;
  /** `Secret`; a patch's is that of what it patches. */
  readonly kind: string;
  /** Its name in the program. */
  readonly name: string;
  /** Types of the components that it is part of, without their package, the outermost first: `Vault`, `VaultServer`. */
  readonly parents: readonly string[];
  /** URN of the innermost of them. */
  readonly parent?: string;
  readonly action: Action;
  /** The engine's word. */
  readonly op: string;
  readonly old?: State;
  readonly new?: State;
  /** Whether it was protected against deletion, and is not any more. */
  readonly unprotected: boolean;
  /** Paths of what is not as it was, as far as the engine tells them. */
  readonly paths: readonly string[];
}

const COMPONENT = "cnpg-credentials:index:";

const ACTIONS: Readonly<Record<string, Action>> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
  import: "import",
  "import-replacement": "import",
  same: "kept",
  // A replacement's own steps, which a recording may have beside it.
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "discard-replaced": "replace",
};
/** A look changes nothing. */
const LOOKS = new Set(["read", "refresh", "read-replacement", "remove-pending-replace"]);

/** Every resource that does not stay as it is, once, in the order of their names. The components that hold them together are none. */
export function changesOf({ steps }: Pick<Preview, "steps">): Change[] {
  const byUrn = new Map<string, Change>();
  for (const step of steps) {
    const change = changeOf(step);
    if (change === undefined) continue;
    const known = byUrn.get(change.urn);
    // Of a replacement, the step that has both states.
    if (known === undefined || (known.old ?? known.new) === undefined || (change.old && change.new)) byUrn.set(change.urn, change);
  }
  // The engine's order is that in which its work happens to end.
  return sortBy(byUrn.values(), ({ name, type }) => `${name} ${type}`);
}

function changeOf(step: Step): Change | undefined {
  const { op, urn, oldState, newState } = step;
  const [, , types = "", name = ""] = urn.split("::");
  const path = types.split("$");
  const type = path.at(-1) ?? "";
  if (type === "pulumi:pulumi:Stack" || type.startsWith(COMPONENT)) return undefined;
  // What was managed and is only read from now on is let go of; what was only read is taken up as it is.
  const isRelinquished = op === "read" && oldState != null && oldState.external !== true;
  const wasRead = oldState?.external === true;
  if ((LOOKS.has(op) && !isRelinquished) || (wasRead && ["delete-replaced", "discard-replaced", "delete"].includes(op))) return undefined;
  const unprotected = op !== "create" && !isRelinquished && newState != null && oldState?.protect === true && newState.protect !== true;
  const isLeft = isRelinquished || (op === "delete" && oldState?.retainOnDelete === true);
  const action = isLeft ? "left" : wasRead && ACTIONS[op] === "replace" ? "create" : (ACTIONS[op] ?? "other");
  if (action === "kept" && !unprotected) return undefined;
  const parent = newState?.parent ?? oldState?.parent;
  return {
    urn,
    type,
    kind: kindOf(type),
    name,
    parents: path.slice(0, -1).map((one) => one.replace(COMPONENT, "")),
    ...(parent === undefined ? {} : { parent }),
    action,
    op,
    ...(oldState == null ? {} : { old: oldState }),
    ...(newState == null || isRelinquished ? {} : { new: newState }),
    unprotected,
    paths: [...Object.keys(step.detailedDiff ?? {}), ...(step.diffReasons ?? [])],
  };
}

function kindOf(type: string): string {
  if (type.startsWith("pulumi:providers:")) return "Provider";
  const kind = type.split(":").at(-1) ?? type;
  return type.startsWith("kubernetes:") ? kind.replace(/Patch$/, "") : kind;
}

/** Whether it is of a kind of Kubernetes' or an operator's, in whatever version: `postgresql.cnpg.io`, `Cluster`. */
export function isKind({ type }: Change, group: string, kind: string): boolean {
  const [, version = "", name] = type.split(":");
  return type.startsWith("kubernetes:") && name === kind && (version === group || version.startsWith(`${group}/`));
}

/** Whether it is part of such a component. */
export const isWithin = ({ parents }: Change, ...components: readonly string[]): boolean =>
  parents.some((parent) => components.includes(parent));

/** A property that a review may show, as it will be; of a resource that goes, as it is. */
export function told(change: Change, path: string): Known | undefined {
  return property((change.new ?? change.old)?.inputs, path);
}

/** A property that a review may show, before and after. */
export function both({ old, new: now }: Change, path: string): [before: Known | undefined, after: Known | undefined] {
  return [property(old?.inputs, path), property(now?.inputs, path)];
}

/** Names of those properties directly below a path that are not what they were. A review shows neither their old nor their new values. */
export function changedBelow({ old, new: now }: Change, path: string): string[] {
  const before = below(old?.inputs, path);
  const after = below(now?.inputs, path);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]) && isPlain(name)).sort();
}

/** Whether anything below a property is not what it was. Of what is secret, the engine alone knows. */
export function isTouched(change: Change, name: string): boolean {
  const isBelow = (path: string) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);
  return change.paths.length > 0 ? change.paths.some(isBelow) : changedBelow(change, "").includes(name);
}

function below(inputs: Readonly<Record<string, unknown>> | undefined, path: string): Readonly<Record<string, unknown>> {
  const found =
    path === "" ? inputs : path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : {};
}

/** The service or bundle whose it is, by its label. */
export function ownerOf(change: Change): { readonly kind: "service" | "bundle"; readonly name: string } | undefined {
  for (const [kind, label] of [
    ["service", SERVICE_LABEL],
    ["bundle", BUNDLE_LABEL],
  ] as const) {
    const name = told(change, `metadata.labels.${label}`);
    if (typeof name === "string") return { kind, name };
  }
  return undefined;
}

/** What people call it: `ameide-prod/platform-db-credentials`; the program's name where the cluster's is not known. */
export function title(change: Change): string {
  const [name, namespace] = [told(change, "metadata.name"), told(change, "metadata.namespace")];
  if (typeof name !== "string") return isPlain(change.name) ? change.name : "?";
  return typeof namespace === "string" ? `${namespace}/${name}` : name;
}
