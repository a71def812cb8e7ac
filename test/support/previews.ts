import type { ServiceRecord } from "../../catalog/record";
import { type Preview, type State, type Step, readPreview } from "../../cli/review/preview";
import { renderMarkdown } from "../../cli/review/render";
import { review, type Review } from "../../cli/review/report";
import { PROJECT, type Registration } from "./program";

export interface StepOptions {
  /** The engine's word. @default by which states there are */
  op?: string;
  /** Types of the components that it is part of, the outermost first: `Vault`. */
  parents?: readonly string[];
  parent?: string;
  old?: Partial<State>;
  new?: Partial<State>;
  /** What the engine says is not as it was. */
  paths?: readonly string[];
}

export const STACK = "prod";

/** A step of a preview. */
export function step(type: string, name: string, { op, parents = [], parent, old, new: now, paths }: StepOptions): Step {
  const types = [...parents.map((one) => `cnpg-credentials:index:${one}`), type].join("$");
  const urn = `urn:pulumi:${STACK}::${PROJECT}::${types}::${name}`;
  const container =
    parents.length === 0 ? undefined : `urn:pulumi:${STACK}::${PROJECT}::cnpg-credentials:index:${parents.at(-1)}::${parent ?? name}`;
  const state = (given: Partial<State> | undefined) => given && { type, custom: true, ...(container && { parent: container }), ...given };
  const oldState = state(old);
  const newState = state(now);
  return {
    op: op ?? (old === undefined ? "create" : now === undefined ? "delete" : "update"),
    urn,
    ...(oldState && { oldState }),
    ...(newState && { newState }),
    ...(paths && { detailedDiff: Object.fromEntries(paths.map((path) => [path, { kind: "update" }])) }),
  };
}

/** A preview of these steps, as it is read. */
export function previewOf(steps: readonly Step[], rest: Partial<Preview> = {}): Preview {
  const counts: Record<string, number> = {};
  for (const { op } of steps) counts[op] = (counts[op] ?? 0) + 1;
  const { diagnostics = [], violations } = rest;
  const parsed = readPreview(JSON.stringify({ steps, diagnostics, changeSummary: rest.counts ?? counts }));
  return { ...parsed, ...(violations && { violations }) };
}

export const reviewOf = (steps: readonly Step[], rest: Partial<Preview> = {}, records?: readonly ServiceRecord[]): Review =>
  review(STACK, previewOf(steps, rest), false, records);

/** `section: who (detail): what` of every entry. */
export function told(steps: readonly Step[], records?: readonly ServiceRecord[]): string[] {
  return reviewOf(steps, {}, records).sections.flatMap(({ section, entries }) =>
    entries.map(({ who, detail, what }) => `${section}: ${who}${detail === undefined ? "" : ` (${detail})`}: ${what}`),
  );
}

export const markdownOf = (steps: readonly Step[], rest: Partial<Preview> = {}): string => renderMarkdown(reviewOf(steps, rest));

/**
 * What the engine would say between two runs of a program: what is registered anew is made, what is
 * not any more is deleted, another trigger or another name replaces, and what is made of something
 * that is replaced changes with it.
 */
export function stepsBetween(before: readonly Registration[], after: readonly Registration[]): Step[] {
  const byId = (all: readonly Registration[]): All => new Map(all.map((one) => [one.id, one]));
  const old = byId(before);
  const now = byId(after);
  const replaced = new Set<string>();
  const steps = [...new Set([...old.keys(), ...now.keys()])].map((id): Step => {
    const [was, is] = [old.get(id), now.get(id)];
    const { ignoreChanges: ignored = [] } = (is?.options ?? {}) as { ignoreChanges?: readonly string[] };
    const paths = was && is ? differences(was.inputs, is.inputs).filter((path) => !ignored.some((one) => path.startsWith(one))) : [];
    const op =
      was === undefined
        ? "create"
        : is === undefined
          ? "delete"
          : isReplaced(was, is, paths)
            ? "replace"
            : paths.length > 0
              ? "update"
              : "same";
    if (op === "replace") replaced.add(id);
    return toStep(id, op, { was, is }, { old, now }, paths);
  });
  return steps
    .map((one) => madeOfReplaced(one, now, replaced))
    .filter(({ op, oldState, newState }) => op !== "same" || oldState?.protect !== newState?.protect);
}

type All = ReadonlyMap<string, Registration>;

function toStep(
  id: string,
  op: string,
  { was, is }: Record<"was" | "is", Registration | undefined>,
  all: Record<"old" | "now", All>,
  paths: readonly string[],
): Step {
  const oldState = was && stateOf(was, all.old);
  const newState = is && stateOf(is, all.now);
  const among = is === undefined ? all.old : all.now;
  return {
    op,
    urn: urnOf(id, among),
    ...(oldState && { oldState }),
    ...(newState && { newState }),
    ...(paths.length > 0 && op === "update" && { detailedDiff: Object.fromEntries(paths.map((path) => [path, { kind: "update" }])) }),
  };
}

function stateOf(one: Registration, among: All): State {
  const { protect, retainOnDelete } = one.options;
  return {
    type: one.id.split("::")[0]!,
    custom: !/^cnpg-credentials:index:/.test(one.id),
    ...(one.parent === undefined ? {} : { parent: urnOf(one.parent, among) }),
    inputs: masked(one.inputs, one.secrets) as Record<string, unknown>,
    ...(protect === true ? { protect } : {}),
    ...(retainOnDelete === true ? { retainOnDelete } : {}),
  };
}

function urnOf(id: string, among: All): string {
  const types = (one: string): string[] => {
    const parent = among.get(one)?.parent;
    const own = one.split("::")[0]!;
    return parent === undefined || parent.startsWith("pulumi:pulumi:Stack") ? [own] : [...types(parent), own];
  };
  return `urn:pulumi:${STACK}::${PROJECT}::${types(id).join("$")}::${id.split("::")[1]}`;
}

/** As the engine shows it. */
function masked(value: unknown, secrets: readonly string[], path = ""): unknown {
  if (secrets.includes(path)) return "[secret]";
  if (Array.isArray(value)) return value.map((item, index) => masked(item, secrets, `${path}.${index}`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, masked(inner, secrets, path === "" ? key : `${path}.${key}`)]),
  );
}

/** Providers cannot change everything in place. */
function isReplaced(was: Registration, is: Registration, paths: readonly string[]): boolean {
  const fixed = /:Job$/.test(is.id.split("::")[0]!) ? /^spec/ : /^(?:metadata\.(?:name|namespace)|type|length|byteLength)$/;
  return was.options.replacementTrigger !== is.options.replacementTrigger || paths.some((path) => fixed.test(path));
}

/** A Secret is written anew with its password, and a Job made again. */
function madeOfReplaced(one: Step, now: All, replaced: ReadonlySet<string>): Step {
  const id = `${one.newState?.type}::${one.urn.split("::")[3]}`;
  const isMade = (now.get(id)?.dependsOn ?? []).some((other) => replaced.has(other) && /Random/.test(other));
  if (!isMade || (one.op !== "same" && one.op !== "update")) return one;
  if (one.newState?.type.endsWith(":Job")) return { ...one, op: "replace" };
  return { ...one, op: "update", detailedDiff: { ...one.detailedDiff, "data.password": { kind: "delete" } } };
}

function differences(one: unknown, other: unknown, path = ""): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isRecord(one) || !isRecord(other)) return [path];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
    differences(one[key], other[key], path === "" ? key : `${path}.${key}`),
  );
}
