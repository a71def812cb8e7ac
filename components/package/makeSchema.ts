import * as fs from "node:fs";
import * as path from "node:path";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import { PostgresCluster, ServiceDatabase } from "./index";

/** The schema as it is kept: what programs in other languages may rely on, and what a change of it is reviewed by. */
export const SCHEMA = path.join(__dirname, "schema.json");

/** The package's schema, read off its sources. @throws Error naming the argument that other languages could not have */
export async function makeSchema(): Promise<string> {
  const { name, version } = JSON.parse(fs.readFileSync(path.join(__dirname, "package.json"), "utf8")) as { name: string; version: string };
  const [, namespace, provider] = /^@(.+)\/(.+)$/.exec(name) ?? [];
  if (namespace === undefined || provider === undefined) throw new Error(`${name} has no scope`);
  const components = [PostgresCluster, ServiceDatabase];
  const made = await new ComponentProvider({ name: provider, namespace, version, dirname: __dirname, components }).getSchema();
  return `${JSON.stringify(JSON.parse(made), null, 2)}\n`;
}
