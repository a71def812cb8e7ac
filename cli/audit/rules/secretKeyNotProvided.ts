import type { Facts } from "../../../manifests/objects/facts";
import type { SecretReference } from "../../../manifests/objects/types";
import { resolve } from "../resolve";
import type { Rule } from "./rule";

export const secretKeyNotProvided: Rule = {
  id: "secret-key-not-provided",
  title: "Key that the Secret does not have",
  level: "warning",
  fires: "a reference as above names keys that what provides the Secret does not put into it",
  why: "the container is not started, or starts without its credential",
  remedy: "name a key that there is, or add it to what makes the Secret",
  ofFacts: (facts) =>
    facts.references.flatMap((reference) => {
      const { here } = resolve(facts, reference);
      // Whichever it is that is applied: one that has them all is enough.
      if (here.length === 0 || here.some(({ keys }) => keys === undefined || reference.keys.every((key) => keys.has(key)))) return [];
      const [first] = here;
      // The template of another chart, whose name fits everything
      if (first!.name.text.includes("*") && first!.chart !== reference.chart) return [];
      // A Secret that only has the name of one of the catalogue's: nothing that is read is in it.
      const isNamesake = first!.place === undefined && isOfCatalogue(first!.by) && !sharesKey(facts, reference, first!.keys!);
      const missing = reference.keys.filter((key) => !first!.keys!.has(key));
      const there = [...first!.keys!].sort().join(", ");
      const { file, line, field, name } = reference;
      return [
        {
          file,
          line,
          field,
          ...(isNamesake ? { level: "note" as const } : {}),
          cause: `${reference.namespace ?? ""}/${name} ${missing.join(",")}`,
          why: `the Secret ${name} of ${first!.by} has no key ${missing.join(", ")}; it has ${there === "" ? "none" : there}`,
        },
      ];
    }),
};

function isOfCatalogue(by: string): boolean {
  return by.startsWith("the catalogue's ");
}

/** Whether any of what reads a Secret of that name reads a key that there is. */
function sharesKey({ references }: Facts, { name }: SecretReference, keys: ReadonlySet<string>): boolean {
  return references.some((one) => one.name === name && one.keys.some((key) => keys.has(key)));
}
