import { isSeq, parseDocument } from "yaml";
import { ageInDays } from "../../rotation/age";
import { FixableError } from "../../config/fixableError";
import type { ServiceOutput } from "../../catalog/outputs";
import { setInText } from "../shared/stackText";

/** What is to be rotated. */
export interface Selection {
  services: readonly string[];
  groups: readonly string[];
  all: boolean;
}

const ROTATION = ["config", "cnpg-credentials:rotation"];

/**
 * The text of a stack file with one generation more for each of what is selected: a rotation, as a reviewer sees it. Everything else stays as it is written.
 *
 * @throws FixableError when there is no such group
 */
export function bump(stackFile: string, { services, groups, all }: Selection): string {
  const increase = (text: string, ...path: string[]) => {
    const present: unknown = parseDocument(text).getIn([...ROTATION, ...path]);
    return setInText(text, [...ROTATION, ...path], (typeof present === "number" ? present : 0) + 1);
  };
  let text = stackFile;
  if (all) text = increase(text, "all");
  for (const group of new Set(groups)) {
    if (!parseDocument(text).hasIn([...ROTATION, "groups", group]))
      throw new FixableError(`there is no group ${group}`, "define it in `rotation.groups`");
    text = increase(text, "groups", group, "generation");
  }
  for (const service of new Set(services)) text = increase(text, "services", service);
  return text;
}

/** The services of groups, as a stack file has them. */
export function membersOf(stackFile: string, groups: readonly string[]): string[] {
  const document = parseDocument(stackFile);
  return groups.flatMap((group) => {
    const services = document.getIn([...ROTATION, "groups", group, "services"]);
    return isSeq(services) ? (services.toJSON() as string[]) : [];
  });
}

/** The text of a stack file in which the previous credential of each service may not log in any more. */
export function retire(stackFile: string, services: readonly (readonly [name: string, output: ServiceOutput])[]): string {
  return services.reduce((text, [name, { generation }]) => setInText(text, [...ROTATION, "retired", name], generation), stackFile);
}

/** What a rotation is asked for, by an operator. */
export interface Asked {
  names: readonly string[];
  groups: readonly string[];
  all: boolean;
  due: boolean;
}

/** What it then is. */
export interface Chosen {
  selection: Selection;
  /** Every service that gets another credential, those of groups among them: the turn of its previous login is over. */
  ends: [name: string, output: ServiceOutput][];
}

/**
 * Whom a rotation is about; `undefined` when only those were asked for whose password is too old, and there are none.
 *
 * @throws FixableError when nothing is asked for, or a service that the stack does not have
 */
export function choose(
  services: Readonly<Record<string, ServiceOutput>>,
  stackFile: string,
  { names, groups, all, due: onlyDue }: Asked,
  now = new Date(),
): Chosen | undefined {
  const chosen = pick(services, [...names, ...(onlyDue ? due(services, now) : [])]).map(([name]) => name);
  if (!all && groups.length === 0 && chosen.length === 0) {
    if (onlyDue) return undefined;
    throw new FixableError("nothing is selected", "name services or groups, or give --all or --due");
  }
  const members = membersOf(stackFile, groups);
  const ends = Object.entries(services).filter(([name]) => all || chosen.includes(name) || members.includes(name));
  return { selection: { services: chosen, groups, all }, ends };
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
export function pick(services: Readonly<Record<string, ServiceOutput>>, names: readonly string[]): [string, ServiceOutput][] {
  const unknown = names.filter((name) => !Object.hasOwn(services, name));
  if (unknown.length > 0)
    throw new FixableError(`the stack has no service ${unknown.join(", ")}`, `it has ${Object.keys(services).join(", ")}`);
  return [...new Set(names)].map((name) => [name, services[name]!]);
}
