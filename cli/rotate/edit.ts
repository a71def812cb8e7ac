import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { loginRole, SLOTS } from "../../catalog/names";
import { oldForm, type RotationEntry } from "../../config/rotation";
import type { Strategy } from "../../config/schema";
import { PROJECT, settingsIn } from "../../config/settings";
import { ageInDays } from "../../rotation/age";
import { ENTRY_KEYS, fullEntry, retired, rotated, switched } from "../../rotation/entry";
import { FixableError } from "../../config/fixableError";
import { didYouMean } from "../../config/similar";
import type { ServiceOutput } from "../../catalog/outputs";
import { removeInText, setInText } from "../shared/stackText";

/** A stack's file. */
export interface StackText {
  /** Name of the stack, for what is said of the file. */
  readonly stack: string;
  readonly text: string;
}

/** Services as the stack's outputs have them. */
export type Named = readonly (readonly [name: string, output: ServiceOutput])[];

const ROTATION = ["config", `${PROJECT}:rotation`];

/**
 * The text of a stack's file in which it is each service's next turn: a rotation, as a reviewer
 * sees it. Everything else stays as it is written.
 */
export function rotate(file: StackText, services: Named): string {
  return edit(file, services, rotated);
}

/**
 * The text of a stack's file in which the previous credential of each service may not log in any
 * more.
 */
export function retire(file: StackText, services: Named): string {
  return edit(file, services, retired);
}

/**
 * The text of a stack's file in which each service has the other strategy, and the login in use
 * stays beside the one that takes its place.
 */
export function changeStrategy(file: StackText, services: Named, strategy: Strategy): string {
  const { strategyOf } = rotationIn(file);
  const others = services.filter(([name]) => strategyOf(name) !== strategy);
  const text = edit(file, others, switched);
  return others.reduce((so, [name]) => setInText(so, ["config", `${PROJECT}:services`, name, "rotation", "strategy"], strategy), text);
}

function edit(file: StackText, services: Named, change: (strategy: Strategy, entry: RotationEntry) => RotationEntry): string {
  const { entryOf, strategyOf } = rotationIn(file);
  return services.reduce((text, [name]) => {
    const before = entryOf(name);
    const after = change(strategyOf(name), before);
    return isDeepStrictEqual(fullEntry(strategyOf(name), before), after) ? text : setEntry(text, name, after);
  }, file.text);
}

/** The text of a stack's file with what it says of a service's logins. */
export function setEntry(text: string, service: string, entry: RotationEntry): string {
  const path = [...ROTATION, "services", service];
  const before = (parse(text) as { config?: Record<string, { services?: Record<string, unknown> }> }).config?.[ROTATION[1]!]?.services?.[
    service
  ];
  const fields = ENTRY_KEYS.flatMap((key) => (entry[key] === undefined ? [] : [[key, entry[key]] as const]));
  if (typeof before !== "object" || before === null) return setInText(text, path, Object.fromEntries(fields));
  const set = fields.reduce((so, [key, value]) => setInText(so, [...path, key], value), text);
  return Object.keys(before)
    .filter((key) => !fields.some(([one]) => one === key))
    .reduce((so, key) => removeInText(so, [...path, key]), set);
}

/**
 * The logins of its services, as a stack's file has them.
 *
 * @throws FixableError when it adds generations up, as files did once
 */
export function rotationIn({ stack, text }: StackText): {
  readonly strategyOf: (service: string) => Strategy;
  readonly entryOf: (service: string) => RotationEntry;
  readonly groups: Readonly<Record<string, { readonly services?: readonly string[] } | undefined>>;
} {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const settings = settingsIn(config);
  const [former] = oldForm(settings.rotation, stack).problems;
  if (former) throw new FixableError(`${former.path}: ${former.message}`, former.remedy);
  const rotation = (settings.rotation ?? {}) as {
    strategy?: Strategy;
    services?: Record<string, RotationEntry>;
    groups?: Record<string, { services?: string[] }>;
  };
  const services = (settings.services ?? {}) as Record<string, { rotation?: { strategy?: Strategy } } | null | undefined>;
  return {
    strategyOf: (name) => services[name]?.rotation?.strategy ?? rotation.strategy ?? "inPlace",
    entryOf: (name) => rotation.services?.[name] ?? {},
    groups: rotation.groups ?? {},
  };
}

/** Those of services whose previous credential stops working with a change of the file. */
export function ending(before: StackText, after: StackText, services: Named): Named {
  const [is, becomes] = [rotationIn(before), rotationIn(after)];
  return services.filter(([name, { role, previous }]) => {
    const slot = SLOTS.find((one) => loginRole(role, one) === previous);
    if (slot === undefined) return false;
    const [kept, said] = [is, becomes].map(({ entryOf, strategyOf }) => {
      const entry = fullEntry(strategyOf(name), entryOf(name));
      return slot === "owner" && strategyOf(name) === "inPlace" ? entry.generation : entry[slot];
    });
    return said === undefined || said === "retired" || said !== kept;
  });
}

/** What a rotation is asked for, by an operator. */
export interface Asked {
  names: readonly string[];
  groups: readonly string[];
  all: boolean;
  due: boolean;
}

/**
 * Whom a rotation is about; `undefined` when only those were asked for whose password is too old,
 * and there are none.
 *
 * @throws FixableError when nothing is asked for, or a service or group that the stack does not
 * have
 */
export function choose(
  services: Readonly<Record<string, ServiceOutput>>,
  file: StackText,
  { names, groups, all, due: onlyDue }: Asked,
  now = new Date(),
): Named | undefined {
  const chosen = pick(services, [...names, ...(onlyDue ? due(services, now) : [])]).map(([name]) => name);
  if (!all && groups.length === 0 && chosen.length === 0) {
    if (onlyDue) return undefined;
    throw new FixableError(
      "nothing is selected",
      `name services (the stack has ${Object.keys(services).join(", ")}), or give --group, --all or --due`,
    );
  }
  const { groups: known } = rotationIn(file);
  const members = groups.flatMap((group) => {
    if (!Object.hasOwn(known, group))
      throw new FixableError(`there is no group ${group}${didYouMean(group, Object.keys(known))}`, "define it in `rotation.groups`");
    return known[group]?.services ?? [];
  });
  return Object.entries(services).filter(([name]) => all || chosen.includes(name) || members.includes(name));
}

/** The services whose password is older than they may be. */
export function due(services: Readonly<Record<string, ServiceOutput>>, now = new Date()): string[] {
  return Object.entries(services)
    .filter(([, { changedAt, maxAgeDays }]) => maxAgeDays !== undefined && ageInDays(changedAt, now) >= maxAgeDays)
    .map(([name]) => name);
}

/**
 * Picks services out of a stack's.
 *
 * @throws FixableError naming those that the stack does not have
 */
export function pick(services: Readonly<Record<string, ServiceOutput>>, names: readonly string[]): Named {
  const unknown = names.filter((name) => !Object.hasOwn(services, name));
  if (unknown.length > 0)
    throw new FixableError(
      `the stack has no service ${unknown.join(", ")}${didYouMean(unknown[0]!, Object.keys(services))}`,
      `it has ${Object.keys(services).join(", ")}`,
    );
  return [...new Set(names)].map((name) => [name, services[name]!]);
}
