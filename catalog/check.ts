import type { Problem } from "../config/problem";
import { authoritySecret } from "./authorities";
import { checkExtensions } from "./extensions";
import { databaseSecrets, loginRole, operatorSecrets, resolveNames, roleObject, SLOTS } from "./names";
import { pathOf, profileOf } from "./profiles";
import type { ServiceRecord } from "./record";

// Longest identifier that Postgres keeps whole (NAMEDATALEN - 1).
const LONGEST_IDENTIFIER = 63;
// Leaves room for the `_a` and `_b` of alternating logins.
const LONGEST_ROLE = LONGEST_IDENTIFIER - 2;
// Leaves room for what the program appends to a service's name within a DNS label.
export const LONGEST_SERVICE = 50;
// Lower case only: what Postgres folds unquoted names to, so that a name reads the same quoted and not.
const IDENTIFIER = /^[a-z_][a-z0-9_]*$/;
export const SERVICE = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
export const OBJECT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

// CloudNativePG refuses the first two, SQL the rest as role names.
const RESERVED_ROLES = new Set(["postgres", "streaming_replica", "public", "none", "current_role", "current_user", "session_user"]);
const RESERVED_SCHEMAS = new Set(["information_schema"]);
const RESERVED_DATABASES = new Set(["postgres", "template0", "template1"]);
// Words with a meaning of their own in pg_hba.conf.
const HBA_WORDS = new Set(["all", "sameuser", "samerole", "samegroup", "replication"]);

/**
 * Every rule that the records together break: of Postgres and pg_hba.conf on role and database names, of CloudNativePG on
 * reserved roles, of Kubernetes on object names, and that no two services share a role, a database or a Secret.
 */
export function checkCatalogue(catalogue: readonly ServiceRecord[], cluster: string): Problem[] {
  const problems: Problem[] = [];
  const taken = {
    service: new Map<string, string>(),
    role: new Map<string, string>(),
    database: new Map<string, string>(),
    secret: new Map<string, string>(),
  };
  const claim = (kind: keyof typeof taken, value: string, record: ServiceRecord, path: string) => {
    const owner = taken[kind].get(value);
    if (owner !== undefined) {
      const why = /[-_][ab]$/.test(value) && owner !== record.name ? ", whose logins that alternate may take it" : "";
      problems.push({ path, message: `${kind} \`${value}\` is already that of ${owner}${why}`, remedy: "give one of them another" });
    } else taken[kind].set(value, record.name);
  };
  const reserved = new Set([...operatorSecrets(cluster), authoritySecret(cluster)]);

  const owners = catalogue.filter((record) => profileOf(record) === undefined);
  const databases = new Map(owners.map((record) => [resolveNames(record).database, record.name]));
  for (const record of catalogue) {
    const path = pathOf(record);
    const isProfile = profileOf(record) !== undefined;
    const namesake = catalogue.find((one) => one !== record && one.name === record.name);
    if (isProfile && namesake !== undefined) {
      // Everything that is named after it is taken, too.
      problems.push({
        path,
        message: `is called \`${record.name}\`, as what \`${pathOf(namesake)}\` is`,
        remedy: "give one of them another name",
      });
      continue;
    }
    problems.push(...checkTemplate(path, record, databases));
    const { role, database } = resolveNames(record);
    // Everything that is named after it breaks the same rule.
    const isNamed = SERVICE.test(record.name) && record.name.length <= LONGEST_SERVICE;
    if (!isNamed) {
      problems.push({
        path: isProfile ? path : `${path}.name`,
        message: `\`${record.name}\` is not a DNS label of at most ${LONGEST_SERVICE} characters that begins with a letter`,
        remedy: "choose another",
      });
    }
    for (const slot of SLOTS) claim("service", roleObject(record.name, slot), record, isProfile ? path : `${path}.name`);
    const own = (named: unknown) => isNamed || named !== undefined;
    const ofRole = own(record.role)
      ? checkIdentifier(`${path}.role`, role, [RESERVED_ROLES, HBA_WORDS], ["pg_", "cnpg_"], LONGEST_ROLE)
      : [];
    problems.push(...ofRole);
    for (const slot of SLOTS) claim("role", loginRole(role, slot), record, `${path}.role`);
    // A profile's is the database of the record that it is in.
    if (!isProfile) {
      // A database that is called as the role is has the role's problem.
      if (own(record.database ?? record.role) && (record.database !== undefined || ofRole.length === 0))
        problems.push(...checkIdentifier(`${path}.database`, database, [RESERVED_DATABASES, HBA_WORDS], []));
      claim("database", database, record, `${path}.database`);
    }
    for (const schema of isProfile ? [] : (record.schemas ?? []))
      problems.push(...checkIdentifier(`${path}.schemas`, schema, [RESERVED_SCHEMAS], ["pg_"]));
    if (!isProfile) problems.push(...checkExtensions(path, record.extensions ?? []));
    // In `pg_catalog`, what an extension brings would be found in every session, an administrator's too.
    for (const { schema } of isProfile ? [] : (record.extensions ?? []))
      if (schema !== undefined) problems.push(...checkIdentifier(`${path}.extensions`, schema, [RESERVED_SCHEMAS], ["pg_"]));
    for (const name of databaseSecrets(record)) {
      if ((!OBJECT.test(name) || name.length > 253) && (isNamed || name === record.secret?.name))
        problems.push({ path: `${path}.secret.name`, message: `\`${name}\` is not a Kubernetes object name`, remedy: "choose another" });
      if (reserved.has(name))
        problems.push({
          path: `${path}.secret.name`,
          message: `\`${name}\` is a Secret of CloudNativePG's own`,
          remedy: "choose another, or another `cluster.name`",
        });
      claim("secret", name, record, `${path}.secret.name`);
    }
    const limit = record.connectionLimit ?? -1;
    if (!Number.isInteger(limit) || limit < -1 || limit === 0)
      problems.push({
        path: `${path}.connectionLimit`,
        message: limit === 0 ? "0 lets nobody log in" : `${limit} is not a number of connections`,
        remedy: "use -1 for no limit, or a whole number",
      });
  }
  const first = catalogue.filter((record) => record.bootstrapOwner).map((record) => record.name);
  if (first.length > 1)
    problems.push({
      path: "catalog",
      message: `${first.join(" and ")} are both \`bootstrapOwner\``,
      remedy: "initdb makes one database: keep one of them",
    });
  return problems;
}

/** Postgres makes a database as a copy of its template, with everything that is in it. */
function checkTemplate(path: string, { creation }: ServiceRecord, databases: ReadonlyMap<string, string>): Problem[] {
  const { template } = creation ?? {};
  if (template === undefined) return [];
  const at = `${path}.creation.template`;
  const owner = databases.get(template);
  if (owner !== undefined)
    return [
      {
        path: at,
        message: `\`${template}\` is the database of ${owner}: the new one would have all of its data`,
        remedy: "use `template0`, `template1`, or a template that no service has",
      },
    ];
  return checkIdentifier(at, template, [], []);
}

function checkIdentifier(
  path: string,
  name: string,
  reserved: readonly ReadonlySet<string>[],
  prefixes: readonly string[],
  longest = LONGEST_IDENTIFIER,
): Problem[] {
  const remedy = "choose another name";
  if (name.length > longest) {
    const room = longest === LONGEST_IDENTIFIER ? "" : ", two of which alternating logins need";
    return [{ path, message: `\`${name}\` is ${name.length} characters long and Postgres keeps ${LONGEST_IDENTIFIER}${room}`, remedy }];
  }
  if (!IDENTIFIER.test(name))
    return [{ path, message: `\`${name}\` is not made of lower-case letters, digits and \`_\`, beginning with no digit`, remedy }];
  if (reserved.some((names) => names.has(name)))
    return [{ path, message: `\`${name}\` is reserved by PostgreSQL or CloudNativePG`, remedy }];
  const prefix = prefixes.find((candidate) => name.startsWith(candidate));
  return prefix === undefined
    ? []
    : [
        {
          path,
          message: `\`${name}\` is reserved: names that begin with \`${prefix}\` belong to ${prefix === "pg_" ? "PostgreSQL" : "CloudNativePG"}`,
          remedy,
        },
      ];
}
