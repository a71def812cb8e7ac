import type { LiveSettings } from "../../preflight/postgres/catalogue";
import { isHarmless } from "../../preflight/postgres/settings";
import type { Commands } from "../shared/shellCommands";
import { identifier } from "../shared/sql";
import type { Desired, Facts, Finding } from "./types";

/** Judges what sessions begin with, and what everybody may in a service's database. */
export function checkRights(desired: Desired, { catalogue }: Facts, commands: Commands): Finding[] {
  if (catalogue === undefined) return [];
  return [
    ...(catalogue.settings ?? [])
      .filter(({ role, database }) => desired.clusterIs === undefined || concerns(role, database, desired))
      // What a role has of it that may not log in, no session begins with, unless its logins take it over.
      .filter(({ role }) => role === null || hasLogins(role, desired) || (catalogue.roles.find(({ name }) => name === role)?.login ?? true))
      .flatMap((settings) => checkSettings(settings, desired, commands)),
    ...desired.databases.flatMap(({ service, spec }): Finding[] => {
      const name = spec.name as string;
      const rights = catalogue.databases.find((one) => one.name === name)?.publicRights ?? [];
      if (rights.length === 0) return [];
      return [
        {
          service,
          check: "databaseRights",
          suspect: `everybody has ${rights.join(" and ")} on the database ${name}: whom pg_hba.conf lets in, Postgres does, too`,
          truth: "its owner and its logins have it; the proof of a credential takes it away from others",
          mend: commands.sql(`REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC`),
        },
      ];
    }),
  ];
}

function checkSettings({ role, database, names }: LiveSettings, desired: Desired, commands: Commands): Finding[] {
  const found = names.filter((name) => !isHarmless(name) && !isOurs(role, database, name, desired) && !isDeclared(role, name, desired));
  if (found.length === 0) return [];
  const whose = [...(role === null ? ["every role"] : [`role ${role}`]), ...(database === null ? [] : [`in the database ${database}`])];
  const where =
    role === null
      ? `DATABASE ${identifier(database ?? "")}`
      : `ROLE ${identifier(role)}${database === null ? "" : ` IN DATABASE ${identifier(database)}`}`;
  return [
    {
      service: serviceOf(role, database, desired),
      check: "settings",
      suspect: `sessions of ${whose.join(" ")} begin with ${found.join(", ")}`,
      truth:
        "who a session works as, what its names mean and what is logged of it is set by nobody but the program. What an application needs of it is in its record (`settings`)",
      mend:
        role === null && database === null
          ? commands.sql(...found.map((name) => `ALTER ROLE ALL RESET ${setting(name)}`))
          : commands.sql(...found.map((name) => `ALTER ${where} RESET ${setting(name)}`)),
    },
  ];
}

/** Whether sessions of this stack's roles begin with it, or sessions in its databases. */
function concerns(role: string | null, database: string | null, { roles, databases }: Desired): boolean {
  const isOurs = roles.some(({ spec }) => spec.name === role) || databases.some(({ spec }) => spec.name === database);
  return isOurs || (role === null && database === null);
}

const hasLogins = (owner: string, { roles }: Desired) => roles.some(({ spec }) => (spec.inRoles ?? []).includes(owner));

/** The proof makes a login work as the owner that it is a member of; whether it does, its session says. */
function isOurs(role: string | null, database: string | null, name: string, { roles }: Desired): boolean {
  if (name.toLowerCase() !== "role" || database !== null) return false;
  const own = new Set(roles.map(({ spec }) => spec.name));
  return roles.some(({ spec }) => spec.name === role && (spec.inRoles ?? []).some((one) => own.has(one)));
}

/** The record has it. */
function isDeclared(role: string | null, name: string, { roles, services }: Desired): boolean {
  const service = roles.find(({ spec }) => spec.name === role)?.service;
  const { settings = [] } = (service == null ? undefined : services[service]) ?? {};
  return settings.some((one) => one.toLowerCase() === name.toLowerCase());
}

function serviceOf(role: string | null, database: string | null, desired: Desired): string | null {
  return (
    desired.roles.find(({ spec }) => spec.name === role)?.service ??
    desired.databases.find(({ spec }) => spec.name === database)?.service ??
    null
  );
}

/** `a.b` has two names in it. */
const setting = (name: string) => (name.split(".").every(Boolean) ? name.split(".").map(identifier).join(".") : identifier(name));
