import { columns } from "../shared/tables";
import type { Login } from "../shared/login";
import type { ServiceOutput } from "../../catalog/outputs";

/** What `npm run up` ends with: who logged in where, with which Secret, how, and in what time. */
export function loginTable(services: Readonly<Record<string, ServiceOutput>>, logins: readonly Login[]): string {
  const rows = logins.map(({ service, error, tls, milliseconds }) => {
    const { database, role, secret } = services[service]!;
    return [service, database, role, secret, error === undefined ? `ok, ${tls}` : `FAILED: ${error}`, `${milliseconds} ms`];
  });
  return columns([["SERVICE", "DATABASE", "ROLE", "SECRET", "LOGIN", "TIME"], ...rows]);
}
