import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import { settingsIn } from "../../config/settings";
import type { Lab } from "../../lab/cluster";
import { withParts, type VaultParts } from "../../lab/extras";
import { REPOSITORY } from "../../lab/paths";

/** What of the dev stack has nothing to do with databases. */
const ELSEWHERE = ["vault", "bundles", "gates"];

/** The dev stack's configuration as far as it is about databases, with an image that the lab has. */
export async function devConfig(lab: Lab): Promise<Record<string, unknown>> {
  const config = Object.fromEntries(Object.entries(await devFile()).filter(([key]) => !ELSEWHERE.includes(key)));
  return { ...config, environment: "dev", cluster: { ...(config.cluster as object), image: lab.postgresImage } };
}

/** The dev stack's configuration as it is shipped, with images that the lab has, and nothing that another stack of the lab has too. */
export async function shippedConfig(lab: Lab, stack: string, parts: VaultParts): Promise<Record<string, unknown>> {
  const file = await devFile();
  const gates = Object.keys(file.gates as object).map((gate) => [gate, { image: parts.nodeImage }] as const);
  const databases = await devConfig(lab);
  return { ...file, ...databases, vault: withParts(await devVault(), parts, stack), gates: Object.fromEntries(gates) };
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
