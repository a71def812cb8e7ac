import { mayBeSame } from "../../manifests/named";
import type { Facts } from "../../manifests/objects/facts";
import type { ProvidedSecret } from "../../manifests/objects/provided";
import type { SecretReference } from "../../manifests/objects/types";

/** What provides the Secret that a reference names. */
export interface Resolution {
  /** In the reference's namespace, as far as that is known. */
  readonly here: readonly ProvidedSecret[];
  /** In another namespace, of that name. */
  readonly elsewhere: readonly ProvidedSecret[];
  /** Whether something makes Secrets whose names are not known, of which it may be one. */
  readonly mayBeMade: boolean;
}

const indexes = new WeakMap<
  readonly ProvidedSecret[],
  { byName: Map<string, ProvidedSecret[]>; patterns: ProvidedSecret[]; charts: Set<string> }
>();

/** Looks a reference up among the Secrets that are provided. */
export function resolve({ provided }: Facts, { name, namespace, chart, field }: SecretReference): Resolution {
  const { byName, patterns, charts } = indexOf(provided);
  const matching = [...(byName.get(name) ?? []), ...patterns.filter((secret) => secret.name.matches(name))];
  const isTemplate = chart !== undefined && field.includes("/") && charts.has(chart);
  return {
    here: matching.filter((secret) => mayBeSame(secret.namespace, namespace)),
    elsewhere: matching.filter((secret) => !mayBeSame(secret.namespace, namespace)),
    mayBeMade: isTemplate,
  };
}

function indexOf(provided: readonly ProvidedSecret[]) {
  const known = indexes.get(provided);
  if (known) return known;
  const byName = new Map<string, ProvidedSecret[]>();
  const patterns: ProvidedSecret[] = [];
  const charts = new Set<string>();
  for (const secret of provided)
    if (secret.name.isUnknown) {
      if (secret.chart !== undefined) charts.add(secret.chart);
    } else if (secret.name.text.includes("*")) patterns.push(secret);
    else {
      const named = byName.get(secret.name.text);
      if (named === undefined) byName.set(secret.name.text, [secret]);
      else named.push(secret);
    }
  const index = { byName, patterns, charts };
  indexes.set(provided, index);
  return index;
}
