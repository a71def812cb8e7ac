import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { labName } from "../../lab/paths";
import { copyProgram } from "../support/copy";

/** Where everything lies that a run of the benchmark makes; always the same, so that what a killed run left is found. */
export const WORKSPACE = path.join(os.tmpdir(), `cnpg-credentials-bench-${labName()}`);

/**
 * A clone of this clone, with its packages. What is run there has a lab and a configuration of its own.
 *
 * @returns its directory
 */
export async function cloneProgram(name: string): Promise<string> {
  const directory = path.join(WORKSPACE, name);
  await copyProgram(directory);
  return directory;
}

/** A clone whose catalogue has that many services instead of the real ones. */
export async function cloneWithServices(count: number, of: string): Promise<{ directory: string; names: string[] }> {
  const directory = await cloneProgram(`services-${count}-${of.replaceAll(" ", "-")}`);
  const names = Array.from({ length: count }, (_, index) => `service-${String(index).padStart(4, "0")}`);
  const records = names.map((name) => ({ name, description: `Service ${name}` }));
  const source = `import type { ServiceRecord } from "../record";\n\nexport const catalogue: readonly ServiceRecord[] = ${JSON.stringify(records)};\n`;
  await fs.writeFile(path.join(directory, "catalog", "services", "index.ts"), source);
  return { directory, names };
}

/** The bundle that a clone has instead of the real ones. */
export const BUNDLE = "many";

/** A clone with that one bundle, of so many ExternalSecrets with two keys each, and a fixture for each of them. */
export async function cloneWithExternalSecrets(count: number): Promise<string> {
  const directory = await cloneProgram(`external-secrets-${count}`);
  const names = Array.from({ length: count }, (_, index) => `fetched-${String(index).padStart(4, "0")}`);
  const bundle = { name: BUNDLE, description: "Many", externalSecrets: names.map((name) => ({ name })) };
  const fixture = (name: string) => ({ user: { origin: "plain", value: name }, host: { origin: "plain", value: "example.com" } });
  const shared = Object.fromEntries(names.map((name) => [`${BUNDLE}/${name}`, fixture(name)]));
  const files = {
    "catalog/bundles/index.ts": `import type { BundleRecord } from "./record";\n\nexport const bundles: readonly BundleRecord[] = ${JSON.stringify([bundle])};\n`,
    "vault/fixtureMap.ts": `import type { FixtureMap } from "./fixture";\n\nexport const fixtureMap: FixtureMap = ${JSON.stringify({ shared, environments: { dev: {}, staging: {}, prod: {} } })};\n`,
  };
  for (const [file, text] of Object.entries(files)) await fs.writeFile(path.join(directory, file), text);
  return directory;
}
