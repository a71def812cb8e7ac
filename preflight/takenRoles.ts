import { loginRole } from "../catalog/names";
import type { Service } from "../catalog/service";
import { parseHostBased } from "../config/hostBased";
import type { Problem } from "../config/problem";
import { ROLE_ATTRIBUTES, type RoleAttribute } from "../config/roles";
import { ADOPTED } from "../config/rotation";
import { entryText, switched } from "../rotation/entry";
import type { PlannedService } from "../rotation/plan";
import type { Catalogue, LiveRole, SettingValue } from "./postgres/catalogue";
import { isHarmless } from "./postgres/settings";

/** Something that a role has from before, and that the first `up` would take from it. */
export interface Loss {
  readonly service: string;
  readonly role: string;
  /** As SQL has it: `CREATEDB`, `membership of readers`. */
  readonly found: string;
  /** As `givesUp` names it. */
  readonly word: string;
  /** Settings of the stack's file that keep it; absent where nothing does. */
  readonly keep?: { readonly path: string; readonly entry: string; readonly values: Readonly<Record<string, unknown>> };
  /** Why nothing keeps it, or what else does. */
  readonly otherwise?: string;
}

/** What Postgres has of roles, and of the settings of theirs that are no secrets. */
export interface RolesAsTheyAre extends Pick<Catalogue, "roles" | "databases" | "settings"> {
  readonly values?: readonly SettingValue[];
}

/** What decides of roles beside the services. */
export interface TakingOver {
  /** The stack's own lines of pg_hba.conf. */
  readonly pgHba: readonly string[];
  /** Roles that an earlier `up` has taken over, or made. */
  readonly managed: ReadonlySet<string>;
}

/** What every service's roles would lose, and what is to be known of those that are there. */
export function lossesOf(
  planned: readonly PlannedService[],
  live: RolesAsTheyAre,
  { pgHba, managed }: TakingOver,
): { readonly losses: readonly Loss[]; readonly notes: readonly string[] } {
  const roles = new Map(live.roles.map((role) => [role.name, role]));
  const taken = planned.flatMap(({ service, plan }) => {
    const slots = ["owner" as const, ...plan.logins.flatMap(({ slot }) => (slot === "owner" ? [] : [slot]))];
    return slots.flatMap((slot) => {
      const role = roles.get(loginRole(service.role, slot));
      if (role === undefined || managed.has(role.name)) return [];
      const isOwner = slot === "owner";
      const logsIn = plan.logins.find((login) => login.slot === slot)?.login ?? false;
      return [{ service, role, isOwner, losses: [...lossesOfRole(service, role, { isOwner, logsIn }, live, pgHba)] }];
    });
  });
  const databases = planned.flatMap(({ service }) => (managed.has(service.role) ? [] : formerOwner(service, live)));
  const isGivenUp = ({ service, word }: Loss) => planned.some((one) => one.service.name === service && givesUp(one.service, word));
  const all = [...taken.flatMap(({ losses }) => losses), ...databases];
  return {
    losses: all.filter((loss) => !isGivenUp(loss)),
    notes: taken.flatMap(({ service, role, isOwner }) =>
      notesOf(
        service,
        role,
        isOwner,
        all.filter((loss) => loss.role === role.name && isGivenUp(loss)),
        live,
      ),
    ),
  };
}

const givesUp = (service: Service, word: string) => (service.givesUp ?? []).includes(word);

/** As an `up` refuses them: all of them, each with what to write. */
export function problemsOfLosses(losses: readonly Loss[]): Problem[] {
  return losses.map(({ service, role, found, word, keep, otherwise }) => {
    const kept =
      keep === undefined ? undefined : `keep it by \`${keep.entry}\` in \`${keep.path}\`${otherwise === undefined ? "" : `, ${otherwise}`}`;
    return {
      path: `services.${service}`,
      message: `the role \`${role}\` is in Postgres already, and would lose ${found}`,
      remedy: `${kept ?? otherwise ?? "nothing keeps it"}; or give it up by \`givesUp: [${quoted(word)}]\` in \`services.${service}\``,
    };
  });
}

const POWERS = [
  ["superuser", "SUPERUSER"],
  ["createdb", "CREATEDB"],
  ["createrole", "CREATEROLE"],
  ["replication", "REPLICATION"],
  ["bypassrls", "BYPASSRLS"],
] as const;

const isAttribute = (name: string): name is RoleAttribute => (ROLE_ATTRIBUTES as readonly string[]).includes(name);

function* lossesOfRole(
  service: Service,
  role: LiveRole,
  { isOwner, logsIn }: { isOwner: boolean; logsIn: boolean },
  live: RolesAsTheyAre,
  pgHba: readonly string[],
): Generator<Loss> {
  const { attributes = [], memberOf = [], settings = {} } = service;
  const about = { service: service.name, role: role.name };
  const ofService = (entry: Readonly<Record<string, unknown>>) => ({
    path: `services.${service.name}`,
    entry: Object.entries(entry)
      .map(([key, value]) => `${key}: ${flow(value)}`)
      .join(", "),
    values: { services: { [service.name]: entry } },
  });

  const has: readonly (readonly [string, string])[] = [
    ...POWERS.filter(([power]) => role[power]),
    ...(role.inherit || !isOwner ? [] : [["noinherit", "NOINHERIT"] as const]),
  ];
  const all = [...new Set([...attributes, ...has.flatMap(([name]) => (isAttribute(name) ? [name] : []))])];
  for (const [name, found] of has) {
    if (isAttribute(name) && attributes.includes(name)) continue;
    yield {
      ...about,
      found,
      word: name,
      ...(isAttribute(name) ? { keep: ofService({ attributes: all }) } : { otherwise: "a service's role is not a superuser" }),
    };
  }

  const declared = isOwner ? memberOf : [service.role];
  const memberships = role.memberOf.filter((name) => !declared.includes(name));
  for (const name of memberships) {
    const grantors = (role.grants ?? []).flatMap((grant) => (grant.role === name && grant.grantor !== null ? [grant.grantor] : []));
    yield {
      ...about,
      found: `its membership of ${name}${grantors.length === 0 ? "" : ` (granted by ${grantors.join(", ")})`}`,
      word: `member of ${name}`,
      ...(isOwner
        ? { keep: ofService({ memberOf: [...memberOf, ...memberships] }) }
        : { otherwise: "a login is a member of its owner alone" }),
    };
  }

  // What the stack says of it, somebody has thought of; what it has by itself may be what is there.
  const isThought = service.connectionLimit !== -1 && !service.hasShare;
  if (role.connectionLimit !== -1 && role.connectionLimit !== service.connectionLimit && !isThought)
    yield {
      ...about,
      found: `CONNECTION LIMIT ${role.connectionLimit}`,
      word: "connection limit",
      keep: ofService({ connectionLimit: role.connectionLimit }),
    };
  if (role.validUntil !== null)
    yield {
      ...about,
      found: `VALID UNTIL ${role.validUntil}`,
      word: "valid until",
      otherwise: "a login ends by a rotation, and not by itself",
    };
  if (isOwner && role.login && !logsIn)
    yield {
      ...about,
      found: "LOGIN, with the password that its application has",
      word: "login",
      keep: {
        path: `rotation.services.${service.name}`,
        entry: entryText(switched("inPlace", { generation: ADOPTED })),
        values: { rotation: { services: { [service.name]: switched("inPlace", { generation: ADOPTED }) } } },
      },
      otherwise: "beside `adopt`",
    };

  const own = settingsOf(role.name, service.database, live).filter(({ name }) => !isHarmless(name) && !isSaid(name, settings));
  const values = { ...settings, ...Object.fromEntries(own.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))) };
  if (isOwner)
    for (const { name, value, database } of own)
      yield {
        ...about,
        found: `its setting ${name}${value === undefined ? "" : ` (${value})`}${database === null ? "" : ` in the database ${database}`}, which \`npm run drift\` has reset`,
        word: `setting ${name}`,
        ...(value === undefined
          ? {
              otherwise: `keep it by \`settings\` in \`services.${service.name}\`, with what it is set to (\`\\drds\`): it may be a secret, and is not read here`,
            }
          : { keep: ofService({ settings: values }) }),
      };

  if (!isOwner) return;
  const letIn = new Set(
    pgHba.flatMap((line) => {
      const parsed = parseHostBased(line, true);
      return "problems" in parsed || parsed.method === "reject" || !parsed.users.includes(role.name) ? [] : parsed.databases;
    }),
  );
  const elsewhere = [...role.usedIn, ...live.databases.flatMap(({ name, owner }) => (owner === role.name ? [name] : []))];
  for (const name of [...new Set(elsewhere)].sort()) {
    if (name === service.database || letIn.has(name) || name.startsWith("template")) continue;
    const line = `hostssl ${word(name)} ${word(role.name)} all scram-sha-256`;
    yield {
      ...about,
      found: `its way into the database ${name}, in which it has something`,
      word: `database ${name}`,
      keep: { path: "cluster", entry: `pgHba: [${quoted(line)}]`, values: { cluster: { pgHba: [line] } } },
    };
  }
}

/** The database's owner becomes the service's role: the former owner owns it no longer. */
function formerOwner({ name, role, database, profile }: Service, { databases }: RolesAsTheyAre): Loss[] {
  if (profile !== undefined) return [];
  const owner = databases.find((one) => one.name === database)?.owner;
  if (owner === undefined || owner === role) return [];
  return [
    {
      service: name,
      role: owner,
      found: `the database ${database}, which becomes ${role}'s (what is in it stays as it is)`,
      word: `owner ${owner}`,
      otherwise: `keep it by \`role: ${quoted(owner)}\` in the record of ${name}`,
    },
  ];
}

function notesOf(
  { name, attributes = [], memberOf = [], role: owner, connectionLimit, hasShare }: Service,
  role: LiveRole,
  isOwner: boolean,
  givenUp: readonly Loss[],
  live: RolesAsTheyAre,
): string[] {
  const kept = [...(isOwner ? [...attributes.map((one) => one.toUpperCase()), ...memberOf.map((one) => `membership of ${one}`)] : [])];
  const members = isOwner
    ? live.roles.filter((one) => one.memberOf.includes(role.name) && one.name !== `${owner}_a` && one.name !== `${owner}_b`)
    : [];
  return [
    [
      `services.${name}: the role \`${role.name}\` is in Postgres already: it is changed, and not new`,
      ...(kept.length === 0 ? [] : [`it keeps ${kept.join(", ")}`]),
      ...(hasShare && role.connectionLimit === -1
        ? [`it may have ${connectionLimit} connections, and has had no limit (\`connectionLimit: -1\` leaves that)`]
        : []),
      ...(givenUp.length === 0 ? [] : [`it loses ${givenUp.map(({ found }) => found).join(", ")}`]),
    ].join("; "),
    ...(members.length === 0
      ? []
      : [
          `services.${name}: ${members.map((one) => `\`${one.name}\``).join(", ")} ${members.length === 1 ? "is a member" : "are members"} of \`${role.name}\` and ${members.length === 1 ? "stays" : "stay"} so, which \`npm run drift\` finds: nobody but a service's own logins works with its rights`,
        ]),
  ];
}

/** In its database and in all; the first of a name is the one that holds. */
function settingsOf(
  role: string,
  database: string,
  { settings = [], values = [] }: RolesAsTheyAre,
): { readonly name: string; readonly database: string | null; readonly value?: string }[] {
  const own = settings.filter((one) => one.role === role && (one.database === database || one.database === null));
  const found = [...own].sort((one, other) => Number(one.database === null) - Number(other.database === null));
  const byName = new Map(
    found
      .flatMap((one) => one.names.map((name) => ({ name, database: one.database })))
      .filter(({ name }) => name.toLowerCase() !== "role")
      .map((one) => {
        const { value } = values.find((of) => of.role === role && of.database === one.database && of.name === one.name) ?? {};
        return value === undefined ? one : { ...one, value };
      })
      .reverse()
      .map((one) => [one.name.toLowerCase(), one]),
  );
  return [...byName.values()].reverse();
}

const isSaid = (name: string, settings: Readonly<Record<string, string>>) =>
  Object.keys(settings).some((one) => one.toLowerCase() === name.toLowerCase());

/** A value as YAML writes it in one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${key}: ${flow(one)}`)
      .join(", ")} }`;
  return typeof value === "string" ? quoted(value) : String(value);
}

/** Quoted where YAML would read something else than the text. */
const quoted = (text: string) =>
  /^[a-z_][\w ]*$/i.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : JSON.stringify(text);
/** The same in a line of pg_hba.conf. */
const word = (name: string) =>
  /^[a-z_][a-z0-9_$-]*$/i.test(name) && !/^(?:all|sameuser|samerole|samegroup|replication)$/.test(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
