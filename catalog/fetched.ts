import type { ExternalSecretPlan, ExternalSecretSelection } from "./externalSecrets";

/** What a stack's outputs say of what it fetches. Nothing in it is secret. */
export interface ExternalSecretsSummary {
  readonly stores: readonly string[];
  readonly secrets: readonly (Pick<ExternalSecretPlan, "owner" | "kind" | "namespace" | "name"> & { readonly keys: readonly string[] })[];
  /** Of the stack's namespace, the Secrets that are copied into Vault. */
  readonly copies: readonly { readonly owner: string; readonly name: string }[];
  /** Bundles that are on and of which nothing is made, each with the namespace that is not there. */
  readonly leftOut: readonly { readonly bundle: string; readonly namespace: string }[];
}

/** What of a selection is made. @param missing Namespaces of bundles that are not there. */
export function present(selection: ExternalSecretSelection, missing: ReadonlySet<string>): ExternalSecretSelection {
  return { ...selection, plans: selection.plans.filter(({ namespace }) => !missing.has(namespace)) };
}

/** What the outputs say of a selection. */
export function summarise(selection: ExternalSecretSelection, missing: ReadonlySet<string>): ExternalSecretsSummary {
  const { plans, stores, copies } = present(selection, missing);
  const without = selection.plans
    .filter(({ namespace }) => missing.has(namespace))
    .map(({ owner, namespace }) => [owner, namespace] as const);
  return {
    stores,
    secrets: plans.map(({ owner, kind, namespace, name, data }) => ({
      owner,
      kind,
      namespace,
      name,
      keys: data.map(({ secretKey }) => secretKey),
    })),
    copies,
    leftOut: [...new Map(without)].map(([bundle, namespace]) => ({ bundle, namespace })),
  };
}
