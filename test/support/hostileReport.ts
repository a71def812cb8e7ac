import { compareLive } from "../../cli/inventory/compareLive";
import type { Inventory, InventoryReport } from "../../cli/inventory/types";

/**
 * A name that would be markup, an attribute, a script and a line of its own, were it not escaped.
 */
export const HOSTILE = `x"'><img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;\u202e\n`;

/**
 * An inventory with so many Secrets, compared with a cluster: of a thousand, some are too old, some
 * due soon, one is not there, and one has a hostile name.
 */
export function manySecrets(base: Inventory, count: number, now = Date.UTC(2026, 2, 1)): { inventory: Inventory; report: InventoryReport } {
  const secrets = Array.from({ length: count }, (_, index) => {
    const from = base.secrets[index % base.secrets.length]!;
    const rotation = { ...from.rotation, ...(index % 3 === 0 ? {} : { maxAgeDays: 90 }) };
    return { ...from, name: `${from.name}-${String(index).padStart(4, "0")}`, rotation };
  });
  const inventory = { ...base, secrets };
  const days = (index: number) => (index * 7) % 101;
  const changedAt = (index: number) => new Date(now - days(index) * 86_400_000).toISOString();
  const there = secrets.slice(1).map(({ namespace, name, keys, type, producer: { kind, object } }, index) => ({
    kind: "Secret" as const,
    namespace,
    name,
    keys: keys.map((key) => key.name),
    ...(type === undefined ? {} : { type }),
    ...(kind === "ExternalSecret" || kind === "Cluster" ? { controller: `${kind}/${object!.split("/")[1]}` } : {}),
    changedAt: changedAt(index + 1),
  }));
  const hostile = { kind: "Secret" as const, namespace: base.namespace, name: HOSTILE, keys: [HOSTILE] };
  const live = compareLive(inventory, { cluster: { spec: {} }, missingNamespaces: [], secrets: [...there, hostile], links: [] });
  const own = live.differences.filter(({ about }) => !about.startsWith("ExternalSecret ") && !about.startsWith("PushSecret "));
  return {
    inventory,
    report: {
      ...inventory,
      lookedAt: new Date(now).toISOString(),
      ages: Object.fromEntries(
        secrets
          .slice(1)
          .map(({ namespace, name }, index) => [`${namespace}/${name}`, { changedAt: changedAt(index + 1), days: days(index + 1) }]),
      ),
      others: live.others.map((one) => ({ ...one, source: "cluster" as const })),
      differences: own,
      notes: live.notes,
    },
  };
}
