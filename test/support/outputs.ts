import type { ServiceOutput } from "../../catalog/outputs";
import { certainKeys, credentialKeys, possibleKeys, templates, type TemplateName } from "../../catalog/templates";

/** Where a template's values are, as the outputs of a stack say it. */
export function keysOf(template: TemplateName = "pg"): Pick<ServiceOutput, "keys" | "possibleKeys" | "credentialKeys"> {
  const of = templates[template];
  return { keys: certainKeys(of), possibleKeys: possibleKeys(of, []), credentialKeys: credentialKeys(of) };
}

/** A service as the outputs of a stack describe it. */
export function serviceOutput(more: Partial<ServiceOutput> = {}): ServiceOutput {
  return {
    role: "app",
    database: "app",
    namespace: "apps",
    secret: "app-db-auth",
    ...keysOf(),
    login: "app",
    roleSecret: "app-db-role",
    generation: "0.0.0",
    changedAt: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}
