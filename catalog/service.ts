import type { ServiceConfig, StackConfig, TlsConfig } from "../config/schema";
import type { Problem } from "../config/problem";
import { checkCatalogue } from "./check";
import { resolveNames } from "./names";
import type { ServiceRecord } from "./record";
import type { OptionalKeys, Template } from "./templates";

/** A service of one stack: its record with every default filled in, and what the stack sets. */
export interface Service {
  readonly name: string;
  readonly description: string;
  readonly role: string;
  readonly database: string;
  readonly extensions: NonNullable<ServiceRecord["extensions"]>;
  readonly schemas: readonly string[];
  readonly connectionLimit: number;
  readonly bootstrapOwner: boolean;
  /** The Secret that the application reads. */
  readonly secret: string;
  /** The Secret that CloudNativePG reads the role's password from; the same as `secret` where the template shares it. */
  readonly roleSecret: string;
  readonly secretType: Template["type"];
  readonly template: Template;
  readonly optionalKeys: readonly OptionalKeys[];
  readonly tls: Required<Pick<TlsConfig, "mode">> & TlsConfig;
  readonly pooler?: string;
  readonly adopt?: ServiceConfig["adopt"];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The services that are on, in the catalogue's order, or every problem of the catalogue and of the stack's `services`. */
export function selectServices(
  catalogue: readonly ServiceRecord[],
  stack: Pick<StackConfig, "services" | "tls" | "cluster">,
): { services: Service[] } | { problems: Problem[] } {
  const problems = checkCatalogue(catalogue, stack.cluster.name);
  const known = new Map(catalogue.map((record) => [record.name, record]));
  for (const name of Object.keys(stack.services)) {
    if (known.has(name)) continue;
    problems.push({
      path: `services.${name}`,
      message: "is not in the catalogue",
      remedy: `correct the name (there are ${[...known.keys()].sort().join(", ")}), or add a record of it to catalog/`,
    });
  }
  const services: Service[] = [];
  for (const record of catalogue) {
    const set = stack.services[record.name];
    if (!set?.enabled) continue;
    const names = resolveNames(record);
    for (const group of set.keys ?? []) {
      if (names.template.optional[group]) continue;
      problems.push({
        path: `services.${record.name}.keys`,
        message: `the template ${record.secret?.template ?? "pg"} has no \`${group}\` keys`,
        remedy: "leave it out, or add them in catalog/templates.ts",
      });
    }
    if (set.secretType === "Opaque" && names.template.type === "Opaque") {
      problems.push({ path: `services.${record.name}.secretType`, message: "is already the template's type", remedy: "remove it" });
    }
    const tls = { ...stack.tls, ...set.tls };
    services.push({
      name: record.name,
      description: record.description,
      ...names,
      extensions: record.extensions ?? [],
      schemas: record.schemas ?? [],
      connectionLimit: set.connectionLimit ?? record.connectionLimit ?? -1,
      bootstrapOwner: record.bootstrapOwner ?? false,
      secretType: set.secretType ?? names.template.type,
      optionalKeys: set.keys ?? [],
      tls: { ...tls, mode: tls.mode ?? "require" },
      ...(set.pooler === undefined ? {} : { pooler: set.pooler }),
      ...(set.adopt === undefined ? {} : { adopt: set.adopt }),
      labels: set.labels ?? {},
      annotations: set.annotations ?? {},
    });
  }
  return problems.length > 0 ? { problems } : { services };
}
