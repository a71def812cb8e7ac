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
      const missing = reference.keys.filter((key) => !first!.keys!.has(key));
      const there = [...first!.keys!].sort().join(", ");
      const { file, line, field, name } = reference;
      return [
        {
          file,
          line,
          field,
          cause: `${reference.namespace ?? ""}/${name} ${missing.join(",")}`,
          why: `the Secret ${name} of ${first!.by} has no key ${missing.join(", ")}; it has ${there === "" ? "none" : there}`,
        },
      ];
    }),
};
