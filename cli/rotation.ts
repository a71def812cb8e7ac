import { isSeq, parseDocument } from "yaml";
import { ageInDays } from "../rotation/age";
import { CliError } from "./command";
import type { ServiceOutput } from "./observe";

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
 * @throws CliError when there is no such group
 */
export function bump(stackFile: string, { services, groups, all }: Selection): string {
  const document = parseDocument(stackFile);
  const increase = (...path: string[]) => {
    const present: unknown = document.getIn([...ROTATION, ...path]);
    document.setIn([...ROTATION, ...path], (typeof present === "number" ? present : 0) + 1);
  };
  if (all) increase("all");
  for (const group of groups) {
    if (!document.hasIn([...ROTATION, "groups", group])) throw new CliError(`there is no group ${group}`, "define it in `rotation.groups`");
    increase("groups", group, "generation");
  }
  for (const service of services) increase("services", service);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
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
  const document = parseDocument(stackFile);
  for (const [name, { generation }] of services) document.setIn([...ROTATION, "retired", name], generation);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
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
 * @throws CliError naming those that the stack does not have
 */
export function pick(services: Readonly<Record<string, ServiceOutput>>, names: readonly string[]): [string, ServiceOutput][] {
  const unknown = names.filter((name) => !Object.hasOwn(services, name));
  if (unknown.length > 0)
    throw new CliError(`the stack has no service ${unknown.join(", ")}`, `it has ${Object.keys(services).join(", ")}`);
  return [...new Set(names)].map((name) => [name, services[name]!]);
}
