import type { Facts } from "../../../manifests/objects/facts";
import type { Store, StoreReference } from "../../../manifests/objects/stores";
import { isObjectName } from "../../../manifests/named";
import type { Rule } from "./rule";

export const unknownStore: Rule = {
  id: "unknown-store",
  title: "Secret store that nothing provides",
  level: "warning",
  fires:
    "an ExternalSecret or a PushSecret names a SecretStore or ClusterSecretStore that no file makes, that is not this program's, and that the baseline file does not list as provided",
  why: "External Secrets never fetches it, and the Secret is missing where it is new",
  remedy: "correct name or kind, add the store, or list it under `provided.stores` of the baseline file",
  ofFacts: (facts) => {
    // Where no file makes any, they are all made elsewhere.
    const isMadeHere = facts.stores.some(({ isFile }) => isFile);
    return facts.storeReferences
      .filter((reference) => isObjectName(reference.name) && storesOf(facts, reference).length === 0)
      .map(({ file, line, field, kind, name }) => ({
        file,
        line,
        field,
        cause: `${kind} ${name}`,
        ...(isMadeHere ? {} : { level: "note" as const }),
        why: isMadeHere
          ? `there is no ${kind} ${name}`
          : `there is no ${kind} ${name}, and no file here makes a store: another repository may`,
      }));
  },
};

/** The stores that a reference can mean, whatever their namespace. */
export function storesOf({ stores }: Facts, { kind, name, chart }: Pick<StoreReference, "kind" | "name" | "chart">): Store[] {
  return stores.filter(
    (store) =>
      store.kind === kind && (store.name.isUnknown ? store.chart !== undefined && store.chart === chart : store.name.matches(name)),
  );
}
