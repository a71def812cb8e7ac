import type { GatePlan } from "../../catalog/gates";
import type { ExternalSecretPlan } from "../../catalog/externalSecrets";
import type { Service } from "../../catalog/service";
import type { Choices } from "../../config/choices";
import type { VaultSetUp } from "../../vault/setUp";

/** What an inventory is made of. */
export interface Scope {
  readonly stack: Choices;
  readonly services: readonly Service[];
  readonly gates: readonly GatePlan[];
  /** What is fetched from Vault. */
  readonly fetched: readonly ExternalSecretPlan[];
  /** Absent where the stack has no Vault. */
  readonly setUp?: VaultSetUp;
}
