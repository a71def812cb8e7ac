import { labVaultNamespace } from "../../../lab/extras";
import { filesOf, PLANS, type OwnStack } from "../plan";

const asked = process.env.E2E_FILE ?? "up";

/** The plan that this process carries out: mostly of one file, and called as that is, without `.e2e.ts`. */
export const FILE = Object.keys(PLANS).find((name) => PLANS[name]!.files?.includes(asked)) ?? asked;
/** Its files of tests. */
export const FILES: readonly string[] = process.env.E2E_FILES?.split(" ") ?? (asked === FILE ? filesOf(FILE) : [asked]);

const needs = PLANS[FILE]?.needs;

/** The stack that belongs to this file alone, where it has one. */
export const OWN: OwnStack | undefined = typeof needs === "object" ? needs : undefined;

/** The stack that this file's tests are about: its own, else dev. */
export const STACK = OWN === undefined ? "dev" : `e2e-${kebab(FILE)}`;
/** Where the stack's Cluster and Secrets are. */
export const NAMESPACE = OWN === undefined ? "ameide-dev" : STACK;
export const CLUSTER = "postgres-ameide";
/** Where the stack's Vault is, and what its StatefulSet and its Service are called. */
export const VAULT_NAMESPACE = labVaultNamespace(STACK, "vault");
export const VAULT = "vault";
/** The store that reads from it. */
export const STORE = OWN === undefined ? "ameide-vault" : `ameide-vault-${STACK}`;

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
