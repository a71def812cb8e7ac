import type { ServiceRecord } from "../../catalog/record";
import { ownTemplate, type Template } from "../../catalog/templates";

/** The template of a record that chooses one of the program's own. */
export function templateOf({ name, secret }: Pick<ServiceRecord, "name" | "secret">): Template {
  const template = ownTemplate(secret?.template ?? "pg");
  if (template === undefined) throw new Error(`${name} has a template that is not the program's`);
  return template;
}
