import { vaultResources } from "../../support/vaultResources";
import { expectedResources, GATE, SERVICES } from "../../support/wholeProgram";

/** Bundles whose namespace the lab has not: nothing but the stack's and Vault's is there. */
const MISSING = ["cert-manager"];

/** The `type::name` of everything that staging or prod would make in the lab, itself included. */
export function resourcesInLab(stack: "staging" | "prod"): string[] {
  const own = [`pulumi:pulumi:Stack::cnpg-credentials-${stack}`, ...expectedResources(SERVICES), ...GATE];
  return [...own, ...vaultResources(`ameide-vault-${stack}`, MISSING)].sort();
}
