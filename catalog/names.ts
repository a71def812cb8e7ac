import type { ServiceRecord } from "./record";
import { templates, type Template } from "./templates";

/** The names that a record leaves to the defaults. */
export function resolveNames(record: ServiceRecord): {
  role: string;
  database: string;
  secret: string;
  roleSecret: string;
  template: Template;
} {
  const role = record.role ?? record.name.replaceAll("-", "_");
  const template = templates[record.secret?.template ?? "pg"];
  const secret = record.secret?.name ?? `${record.name}-db-auth`;
  return {
    role,
    database: record.database ?? role,
    secret,
    roleSecret: template.object === "shared" ? secret : `${record.name}-db-role`,
    template,
  };
}
