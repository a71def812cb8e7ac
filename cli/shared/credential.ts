import type { ServiceOutput } from "../../catalog/outputs";
import { loginValue, type CredentialKeys } from "../../catalog/templates";
import { REWRITE } from "../../config/commandLine";
import { FixableError } from "../../config/fixableError";

/** What an application finds in its Secret. */
export interface Credential {
  user: string;
  password: string;
  database: string;
  host: string;
  port: number;
}

/**
 * Reads a credential out of an application's Secret.
 *
 * @param keys under which the values lie, as the stack's outputs say
 * @param data the Secret's data, base64 as the API server gives it
 * @param known what the Secret is not asked for, where its template has no key with it
 * @throws FixableError naming the keys that are missing
 */
export function readCredential(
  keys: CredentialKeys,
  secret: string,
  data: Readonly<Record<string, string>>,
  known: Readonly<Partial<Credential>> = {},
): Credential {
  const value = (name: keyof Credential) =>
    loginValue(keys, name, (key) => (data[key] === undefined ? undefined : Buffer.from(data[key], "base64").toString("utf8"))) ?? "";
  const missing = NAMES.flatMap((name) => keys[name] ?? []).filter((key) => data[key] === undefined);
  if (missing.length > 0) {
    throw new FixableError(`Secret ${secret} lacks the keys ${[...new Set(missing)].join(", ")}`, `${REWRITE} writes them again`);
  }
  const broken = NAMES.flatMap((name) => (keys.within?.[keys[name] ?? ""] !== undefined && value(name) === "" ? keys[name]! : []));
  if (broken.length > 0)
    throw new FixableError(
      `Secret ${secret} has something else in ${[...new Set(broken)].join(", ")} than its template makes`,
      `${REWRITE} writes it again`,
    );
  return {
    user: keys.user === undefined ? (known.user ?? "") : value("user"),
    password: value("password"),
    database: keys.database === undefined ? (known.database ?? "") : value("database"),
    host: keys.host === undefined ? (known.host ?? "") : value("host"),
    port: keys.port === undefined ? (known.port ?? PORT) : Number(value("port")),
  };
}

/** Postgres's; CloudNativePG's Services have no other. */
const PORT = 5432;
const NAMES = ["user", "password", "database", "host", "port"] as const satisfies (keyof Credential)[];

/**
 * What a stack says of its services, as far as this program understands it.
 *
 * @throws FixableError when an earlier version has written it, which said less
 */
export function requireCurrent(stack: string, services: Readonly<Record<string, ServiceOutput>>): void {
  const outdated = Object.values(services as Readonly<Record<string, Partial<ServiceOutput>>>).some(
    (one) => one.credentialKeys === undefined,
  );
  if (outdated)
    throw new FixableError(
      `the outputs of stack ${stack} do not say where a credential is found in a Secret: an earlier version of this program has written them`,
      "run `pulumi up`, which changes nothing else by that",
    );
}
