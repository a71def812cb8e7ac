import { madeByTools } from "../../../manifests/objects/makers";
import type { Facts } from "../../../manifests/objects/facts";
import type { SecretReference } from "../../../manifests/objects/types";
import { isObjectName, mayBeSame } from "../../../manifests/named";
import type { Hit } from "../finding";
import { resolve } from "../resolve";
import type { Rule } from "./rule";

export const secretNotProvided: Rule = {
  id: "secret-not-provided",
  title: "Secret that no file makes",
  level: "note",
  fires:
    "`existingSecret` and its kin in values, `secretKeyRef`, `secretRef`, a volume, a list of Flux', or a field of CloudNativePG's names a Secret that no file makes, the catalogue does not have, no operator, chart or tool is known to make, and the baseline file does not list as provided; a warning where a Secret of nearly that name is made; optional references and names that a template makes are left out",
  why: "the workload waits for it until somebody makes it by hand, and then nobody rotates it; whether somebody outside the repository makes it, the repository cannot tell",
  remedy:
    "correct the name, add what makes it, or list it under `provided.secrets` of the baseline file, or its maker in a file for `--makers`",
  ofFacts: (facts) => {
    const tools = madeByTools(facts.makers);
    const nearly = new Nearly(facts);
    return facts.references.flatMap((reference): Hit[] => {
      const { file, line, field, name, namespace } = reference;
      if (!isObjectName(name)) return [];
      const { here, elsewhere, mayBeMade } = resolve(facts, reference);
      if (here.length > 0 || elsewhere.length > 0 || mayBeMade || tools.some((tool) => tool.name.matches(name))) return [];
      const other = nearly.to(reference);
      const what = `no file makes the Secret ${name}${namespace === undefined ? "" : ` in ${namespace}`}`;
      const why = other === undefined ? what : `${what}; there is ${other}`;
      return [{ file, line, field, why, cause: `${namespace ?? ""}/${name}`, ...(other === undefined ? {} : { level: "warning" }) }];
    });
  },
};

/** Finds what was meant by a name that is one slip of the pen away. */
class Nearly {
  private readonly byName = new Map<string, (string | undefined)[]>();
  private readonly slips = new Map<string, Set<string>>();

  constructor({ provided }: Facts) {
    for (const { name, namespace } of provided) {
      if (name.isUnknown || name.text.includes("*")) continue;
      this.byName.set(name.text, [...(this.byName.get(name.text) ?? []), namespace]);
      for (const slip of slipsOf(name.text)) this.slips.set(slip, (this.slips.get(slip) ?? new Set()).add(name.text));
    }
  }

  to({ name, namespace }: SecretReference): string | undefined {
    const candidates = slipsOf(name).flatMap((slip) => [...(this.slips.get(slip) ?? [])]);
    return candidates.find(
      (one) =>
        one !== name && isSlip(one, name) && this.byName.get(one)!.some((where) => where !== undefined && mayBeSame(where, namespace)),
    );
  }
}

const LEAST = 8;

/** A name, and each without one of its letters: two that share one of these differ by one letter. */
function slipsOf(name: string): string[] {
  if (name.length < LEAST || name.length > 100) return [];
  return [name, ...Array.from(name, (_, index) => name.slice(0, index) + name.slice(index + 1))];
}

/** Numbers are counted on purpose, and environments are one letter apart. */
function isSlip(one: string, other: string): boolean {
  return one.replace(/\d+/g, "") !== other.replace(/\d+/g, "") && Math.abs(one.length - other.length) <= 1;
}
