import { managedRoleNames } from "../postgres";
import { kindOf, type Resource } from "../resource";
import { violation, type StackRule } from "../rule";
import { isObject, UNKNOWN, type Value } from "../values";

/** Resources by which Vault is told of logins of a database. */
const OF_VAULT = /^vault:(database|generic)\//;
const OPERATOR = "redhatcop.redhat.io";
const OPERATOR_KINDS = /^DatabaseSecretEngine/;

export const noVaultDatabaseRole: StackRule = {
  name: "no-vault-database-role",
  description: "Vault's database engines have nothing to do with roles that CloudNativePG manages.",
  level: "mandatory",
  checkStack(resources) {
    const roles = managedRoleNames(resources);
    return resources
      .filter(tellsVault)
      .flatMap((resource) =>
        [...new Set(named(resource.props, roles))].map((role) =>
          violation(
            resource,
            `names the role ${role}, whose password is CloudNativePG's: Vault would change it, CloudNativePG change it back, and lock out the client that has it from Vault`,
            "remove it; applications read the Secret of their service, and `vault.mirror` copies it into Vault where that is wanted",
          ),
        ),
      );
  },
};

function tellsVault(resource: Resource): boolean {
  const { group, kind = "" } = kindOf(resource) ?? {};
  return OF_VAULT.test(resource.type) || (group === OPERATOR && OPERATOR_KINDS.test(kind));
}

/** Fields that a role is named in by itself, and those in whose SQL or address it is named. */
const USERNAME = /^user_?name$/i;
const STATEMENT = /statements?$/i;
const ADDRESS = /connection_?url$/i;
const JSON_FIELD = /json$/i;

/** The roles that a value names in such fields, however deep. */
function named(value: Value, roles: ReadonlySet<string>, field = ""): string[] {
  if (typeof value === "string") {
    if (JSON_FIELD.test(field)) return named(parsed(value), roles);
    if (USERNAME.test(field)) return roles.has(value) ? [value] : [];
    const pattern = STATEMENT.test(field) ? inStatement : ADDRESS.test(field) ? inAddress : undefined;
    return pattern === undefined ? [] : [...roles].filter((role) => pattern(literally(role)).test(value));
  }
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap((one) => named(one, roles, field));
  if (value === UNKNOWN || !isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => named(inner, roles, key));
}

function parsed(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

/** Where SQL names a role: a table, a schema or a database may have the same name. */
function inStatement(role: string): RegExp {
  const named = `"?${role}"?(?![\\w-])`;
  const others = `(?:"?[\\w-]+"?\\s*,\\s*)*`;
  return new RegExp(
    `\\b(?:ROLE|USER|GROUP|TO|BY|AUTHORIZATION)\\s+${others}${named}|\\b(?:GRANT|REVOKE)\\s+${named}\\s+(?:TO|FROM)\\b`,
    "i",
  );
}

/** Where an address of a database, as a URI or in libpq's words, names who logs in. */
const inAddress = (role: string) => new RegExp(`://${role}[:@]|\\buser=${role}(?![\\w-])`);

const literally = (name: string) => name.replace(/[^\w-]/g, "\\$&");
