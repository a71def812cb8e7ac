import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { select, type Selected } from "../../catalog/select";
import { parseStackFile } from "../../config/file";
import type { Choices } from "../../config/choices";
import { programInventory } from "../../cli/inventory/program";
import type { LiveFacts } from "../../cli/inventory/live";
import type { Inventory, InventorySecret } from "../../cli/inventory/types";
import { PROJECT } from "./program";
import { stackFile } from "./stackFiles";

/** A stack file's configuration with these settings instead. */
export async function chosen(
  stack: string,
  change: Readonly<Record<string, unknown>> = {},
): Promise<{ stack: Choices; selected: Selected }> {
  const values = Object.entries({ ...stackFile(stack), ...change }).filter(([, value]) => value !== undefined);
  const text = stringify({ config: Object.fromEntries(values.map(([key, value]) => [`${PROJECT}:${key}`, value])) });
  const parsed = parseStackFile(text, stack);
  assert.ok("stack" in parsed, JSON.stringify(parsed));
  const selected = await select(parsed.stack);
  assert.ok(!("problems" in selected), JSON.stringify(selected));
  return { stack: parsed.stack, selected };
}

export async function inventoryFor(stack: string, change: Readonly<Record<string, unknown>> = {}): Promise<Inventory> {
  const { stack: choices, selected } = await chosen(stack, change);
  return programInventory(choices, selected);
}

export function secretOf({ secrets }: Inventory, id: string): InventorySecret {
  const found = secrets.find(({ namespace, name }) => `${namespace}/${name}` === id);
  assert.ok(found, `${id} is not among ${secrets.map(({ name }) => name).join(", ")}`);
  return found;
}

export const ON_DAY = "2026-07-01T00:00:00.000Z";

/** A cluster that has everything as the program does. */
export function asDeclared({ secrets, stack }: Inventory): LiveFacts {
  return {
    cluster: { spec: { managed: { roles: [{ name: "platform", passwordSecret: { name: "platform-db-role" } }] } } },
    missingNamespaces: [],
    secrets: secrets.map(({ namespace, name, type = "Opaque", keys, producer: { kind, object } }) => ({
      kind: "Secret",
      namespace,
      name,
      type,
      keys: keys.map((key) => key.name),
      changedAt: ON_DAY,
      stack,
      ...(kind === "ExternalSecret" || kind === "Cluster" ? { controller: `${kind}/${object!.split("/")[1]}` } : {}),
    })),
    links: secrets.flatMap(({ namespace, name, producer, mirror }) => [
      ...(producer.kind === "ExternalSecret"
        ? [{ kind: "ExternalSecret" as const, namespace, name, secret: name, stack, remoteKeys: [] }]
        : []),
      ...(mirror === undefined
        ? []
        : [{ kind: "PushSecret" as const, namespace, name, secret: name, stack, remoteKeys: [mirror.split("/").slice(1).join("/")] }]),
    ]),
  };
}
