import { vaultResources } from "../../support/vaultResources";
import { expectedResources, GATE, SERVICES } from "../../support/wholeProgram";

/** Bundles whose namespace the lab has not: nothing but the stack's and Vault's is there. */
const MISSING = ["cert-manager"];

/** The `type::name` of everything that staging or prod would make in the lab, itself included. */
export function resourcesInLab(stack: "staging" | "prod"): string[] {
  const own = [`pulumi:pulumi:Stack::cnpg-credentials-${stack}`, ...expectedResources(SERVICES), ...GATE];
  return [...own, ...NETWORK, ...vaultResources(`ameide-vault-${stack}`, MISSING)].sort();
}

/** What both say that their clusters enforce. Vault is open to its clients once the ceremony has been. */
const NETWORK = [
  ...["network", "vault-network", "vault-network-opened"].map((name) => `cnpg-credentials:index:NetworkPolicies::${name}`),
  ...["network-clients", "network-gates", "network-instances", "vault-network-opened-clients", "vault-network-server"].map(
    (name) => `kubernetes:networking.k8s.io/v1:NetworkPolicy::${name}`,
  ),
];
