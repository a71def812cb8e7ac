import type { ExternalSecretPlan, ExternalSecretSelection } from "./externalSecrets";

/** What a stack's outputs say of what it fetches. Nothing in it is secret. */
export interface ExternalSecretsSummary {
  readonly stores: readonly string[];
  readonly secrets: readonly (Pick<ExternalSecretPlan, "owner" | "kind" | "namespace" | "name"> & { readonly keys: readonly string[] })[];
  /** Bundles that are on and of which nothing is made, each with the namespace that is not there. */
  readonly leftOut: readonly { readonly bundle: string; readonly namespace: string }[];
}

/** What of a selection is made. @param missing Namespaces of bundles that are not there. */
export function present({ plans, stores }: ExternalSecretSelection, missing: ReadonlySet<string>): ExternalSecretSelection {
  return { plans: plans.filter(({ namespace }) => !missing.has(namespace)), stores };
}

/** What the outputs say of a selection. */
export function summarise(selection: ExternalSecretSelection, missing: ReadonlySet<string>): ExternalSecretsSummary {
  const { plans, stores } = present(selection, missing);
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
    leftOut: [...new Map(without)].map(([bundle, namespace]) => ({ bundle, namespace })),
  };
}
