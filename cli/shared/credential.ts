import { templates } from "../../catalog/templates";
import type { ServiceRecord } from "../../catalog/record";
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
 * Reads a credential out of an application's Secret, under the keys that its template gives the values.
 *
 * @param data the Secret's data, base64 as the API server gives it
 * @throws FixableError naming the keys that are missing
 */
export function readCredential(record: ServiceRecord, secret: string, data: Readonly<Record<string, string>>): Credential {
  const keys = credentialKeys(record);
  const missing = Object.values(keys).filter((key) => data[key] === undefined);
  if (missing.length > 0) {
    throw new FixableError(`Secret ${secret} lacks the keys ${missing.join(", ")}`, "run `pulumi up --refresh`: it writes them again");
  }
  const value = (name: keyof Credential) => Buffer.from(data[keys[name]]!, "base64").toString("utf8");
  return {
    user: value("user"),
    password: value("password"),
    database: value("database"),
    host: value("host"),
    port: Number(value("port")),
  };
}

/** Under which key of its Secret an application finds each value. */
export function credentialKeys(record: ServiceRecord): Record<keyof Credential, string> {
  const entries = Object.entries(templates[record.secret?.template ?? "pg"].keys);
  const keyOf = (value: keyof Credential) => entries.find(([, pattern]) => pattern === `{${value}}`)![0];
  return { user: keyOf("user"), password: keyOf("password"), database: keyOf("database"), host: keyOf("host"), port: keyOf("port") };
}
