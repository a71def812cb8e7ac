import { resolve } from "../resolve";
import type { Rule } from "./rule";

export const secretNotProvided: Rule = {
  id: "secret-not-provided",
  title: "Secret that nothing provides",
  fires:
    "`existingSecret` and its kin in values, `secretKeyRef`, `secretRef`, a volume, or a field of CloudNativePG's names a Secret that no file makes, the catalogue does not have, and the baseline file does not list as provided; optional references and names that a template makes are left out",
  why: "the workload waits for it until somebody makes it by hand, and then nobody rotates it",
  remedy: "correct the name, add what makes it, or list it under `provided.secrets` of the baseline file",
  ofFacts: (facts) => {
    const said = new Set<string>();
    return facts.references.flatMap((reference) => {
      const { here, elsewhere, mayBeMade } = resolve(facts, reference);
      if (here.length > 0 || elsewhere.length > 0 || mayBeMade) return [];
      const { file, line, field, name, namespace } = reference;
      // Once for an object, however many of its fields name it.
      const where = `${file} ${field.includes(" ") ? field.split(" ")[0] : ""} ${name}`;
      if (said.has(where)) return [];
      said.add(where);
      return [{ file, line, field, why: `nothing provides the Secret ${name}${namespace === undefined ? "" : ` in ${namespace}`}` }];
    });
  },
};
