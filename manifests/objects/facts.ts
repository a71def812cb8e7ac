import { allAuthoredBy, type AuthoredSecret } from "./authored";
import { knownMakers, type Makers } from "./makers";
import { clusterReferenceOf, copiesOf, type ClusterReference, type Copy } from "./crossing";
import { postgresUseOf, postgresUsesOf, type PostgresUse } from "./postgres";
import { providedBy, type ProvidedSecret } from "./provided";
import { storeOf, storeReferencesOf, type Store, type StoreReference } from "./stores";
import type { Manifest, SecretReference } from "./types";

/** What all files together say: nothing of it is a value. */
export interface Facts {
  /** Who makes Secrets. */
  readonly makers: Makers;
  readonly provided: ProvidedSecret[];
  readonly references: SecretReference[];
  readonly stores: Store[];
  readonly storeReferences: StoreReference[];
  readonly authored: AuthoredSecret[];
  readonly postgresUses: PostgresUse[];
  readonly copies: Copy[];
  readonly clusterReferences: ClusterReference[];
  /** The namespaces that a file's objects get from the tool that builds them, whatever they say themselves. */
  readonly builtInto: (file: string) => ReadonlySet<string>;
}

const NOWHERE: ReadonlySet<string> = new Set();

export function noFacts(makers: Makers = knownMakers()): Facts {
  return {
    makers,
    provided: [],
    references: [],
    stores: [],
    storeReferences: [],
    authored: [],
    postgresUses: [],
    copies: [],
    clusterReferences: [],
    builtInto: () => NOWHERE,
  };
}

export function addManifest(facts: Facts, manifest: Manifest): void {
  const { provided, stores, storeReferences, authored, postgresUses, copies, clusterReferences } = facts;
  provided.push(...providedBy(manifest, facts.makers));
  const store = storeOf(manifest);
  if (store) stores.push(store);
  storeReferences.push(...storeReferencesOf(manifest));
  authored.push(...allAuthoredBy(manifest));
  postgresUses.push(...postgresUsesOf(manifest));
  copies.push(...copiesOf(manifest));
  const cluster = clusterReferenceOf(manifest);
  if (cluster) clusterReferences.push(cluster);
}

export function addReference({ references, postgresUses }: Facts, reference: SecretReference): void {
  references.push(reference);
  const use = postgresUseOf(reference);
  if (use) postgresUses.push(use);
}
