import type { Choices } from "../config/choices";
import { namespaceStores, vaultAccess, type Fetched, type NamespaceStore, type VaultAccess } from "./access";
import { fixturesIn } from "./fixtureFile";
import { fixturesOf, planFixtures } from "./fixtures";
import type { Fixtures } from "./fixture";
import { writersOf, type Writers } from "./fixtureWriters";

/** What a stack wants of Vault, and who writes which of the fixtures. */
export interface VaultSetUp extends Writers {
  readonly access: VaultAccess;
  readonly stores: readonly NamespaceStore[];
  /** All of them. */
  readonly fixtures: Fixtures;
}

/** `undefined` for a stack without Vault. @param fetched What its services and bundles fetch. */
export function vaultSetUp(
  {
    vault,
    environment,
    namespace,
    catalog,
    vaultValues,
  }: Pick<Choices, "vault" | "environment" | "namespace" | "catalog"> & { vaultValues: object },
  fetched: Fetched,
): VaultSetUp | undefined {
  if (vault === undefined || environment === undefined) return undefined;
  const fixtures = fixturesOf(fixturesIn(catalog).map, environment);
  const planned = planFixtures(fixtures, environment, new Set(Object.keys(vaultValues)));
  return {
    access: vaultAccess(vault, environment, namespace, fetched),
    stores: namespaceStores(vault, namespace, fetched),
    fixtures,
    ...writersOf(fixtures, planned),
  };
}
