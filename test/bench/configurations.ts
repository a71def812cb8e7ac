import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import { catalogue } from "../../catalog/services";
import { resolveNames, roleSecret } from "../../catalog/names";
import { settingsIn } from "../../config/settings";
import type { Lab } from "../../lab/cluster";
import { REPOSITORY } from "../../lab/paths";

/** What of the dev stack has nothing to do with databases, and a part of the benchmark of its own. */
const ELSEWHERE = ["vault", "bundles", "gates"];

/** The dev stack's configuration as far as it is about databases, with an image that the lab has. */
export async function devConfig(lab: Lab): Promise<Record<string, unknown>> {
  const config = Object.fromEntries(Object.entries(await devFile()).filter(([key]) => !ELSEWHERE.includes(key)));
  return { ...config, environment: "dev", cluster: { ...(config.cluster as object), image: lab.postgresImage } };
}

/** The dev stack's Vault. */
export async function devVault(): Promise<Record<string, unknown>> {
  return (await devFile()).vault as Record<string, unknown>;
}

async function devFile(): Promise<Record<string, unknown>> {
  const file = parse(await fs.readFile(path.join(REPOSITORY, "Pulumi.dev.yaml"), "utf8")) as { config: Record<string, unknown> };
  return settingsIn(file.config);
}

/** The dev stack's configuration with other services. */
export async function devConfigWith(lab: Lab, services: readonly string[]): Promise<Record<string, unknown>> {
  return { ...(await devConfig(lab)), services: Object.fromEntries(services.map((name) => [name, {}])) };
}

/** The bare program's configuration: the names that the program works out for itself. */
export function bareConfig(
  lab: Lab,
  names = catalogue.map((record) => ({ name: record.name, ...resolveNames(record) })),
): Record<string, unknown> {
  return {
    image: lab.postgresImage,
    services: names.map(({ name, role, secret }) => ({ name, role, secret, roleSecret: roleSecret(name, "owner") })),
  };
}
