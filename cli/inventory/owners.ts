import { gates } from "../../catalog/gates";
import { recordsIn } from "../../catalog/records";
import type { BundleRecord } from "../../catalog/bundles/record";
import { ownedByCluster, ownedByService, ownedByVault } from "./serviceObjects";
import type { Scope } from "./scope";
import { compareText, sortBy } from "../shared/sort";
import type { Inventory, InventoryOwner, InventorySecret } from "./types";
import { VAULT_OWNER } from "./vault";

const KINDS = ["cluster", "service", "bundle", "vault"] as const satisfies readonly InventoryOwner["kind"][];

/** Everyone who has a Secret, with what else is theirs. */
export function ownersOf(scope: Scope, secrets: readonly InventorySecret[], records: readonly BundleRecord[]): InventoryOwner[] {
  const { stack, services } = scope;
  const owners: InventoryOwner[] = [
    {
      kind: "cluster",
      name: stack.cluster.name,
      description: "The Postgres cluster: Secrets that CloudNativePG makes for it, and Secrets that its settings name",
      owns: ownedByCluster(scope),
    },
    ...services.map((service): InventoryOwner => {
      const { name, description, applicationSettings: settings } = service;
      return { kind: "service", name, description, ...(settings.length === 0 ? {} : { settings }), owns: ownedByService(scope, service) };
    }),
    ...records.map(({ name, description }): InventoryOwner => ({ kind: "bundle", name, description, owns: [] })),
    { kind: "vault", name: VAULT_OWNER, description: "Vault: what it needs for itself", owns: ownedByVault(scope) },
  ];
  const has = ({ kind, name }: InventoryOwner) => secrets.some(({ ownerKind, owner }) => ownerKind === kind && owner === name);
  return owners.filter(has).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compareText(a.name, b.name));
}

/** The gates that are on, and what waits at each. */
export function gatesOf({ gates: on, stack }: Pick<Scope, "gates" | "stack">): Inventory["gates"] {
  const described = (recordsIn(stack.catalog)?.gates ?? gates).filter(({ name }) => on.some((gate) => gate.name === name));
  return sortBy(described, ({ name }) => name).map(({ name, description }) => ({ name, description }));
}

/** An owner, for people. */
export function title({ kind, name }: Pick<InventoryOwner, "kind" | "name">): string {
  return kind === name ? name : `${kind} ${name}`;
}
