import type { CeremonyContext } from "./context";
import type { Step } from "./record";
import type { VaultState } from "./vaultState";

/** Where a ceremony stands. */
export interface CeremonyReport {
  readonly stack: string;
  readonly address: string;
  readonly record: string;
  readonly done: boolean;
  readonly steps: readonly ReportedStep[];
  /**
   * Of methods, roles and policies, those that are not this stack's; `null` where no token was
   * given to look with.
   */
  readonly strangers: readonly string[] | null;
  /** What is to be done next; `null` when nothing is. */
  readonly next: string | null;
}

export interface ReportedStep {
  readonly step: string;
  readonly done: boolean;
  /** When it was done last, where the record knows it. */
  readonly at: string | null;
  readonly detail: string;
}

/** What the root token still has to do, or whether there is anything before it. */
export type Stage = "initialise" | "unseal" | "root token" | "done";

export function stageOf({ file }: Pick<CeremonyContext, "file">, state: VaultState): Stage {
  if (!state.initialized) return "initialise";
  if (state.sealed || file.record.clusterId === undefined) return "unseal";
  const revoked = file.record.rootToken === undefined && file.when("root token revoked") !== undefined;
  return revoked ? "done" : "root token";
}

/**
 * Compares the record with what Vault tells everybody. Changes nothing.
 * @param strangers What was found with a token.
 */
export function reportOn(
  { stack, address, file }: CeremonyContext,
  state: VaultState,
  strangers: readonly string[] | null = null,
): CeremonyReport {
  const { record } = file;
  const stage = stageOf({ file }, state);
  const last = (step: Step) => record.steps.findLast((one) => one.step === step);
  const row = (title: string, step: Step, done: boolean, detail = last(step)?.detail ?? ""): ReportedStep => ({
    step: title,
    done,
    at: done ? (last(step)?.at ?? null) : null,
    detail: done ? detail : "",
  });
  const token = record.bootstrapToken;
  const expired = token !== undefined && Date.parse(token.expires) <= Date.now();
  const rooted = state.initialized;
  return {
    stack,
    address,
    record: file.file,
    done: stage === "done",
    steps: [
      row("initialised", "initialised", state.initialized, record.keys ? last("initialised")?.detail : "not by this ceremony"),
      row("unsealed by its key service", "unsealed", !state.sealed, `by ${state.type}, cluster id ${state.clusterId}`),
      row("audit device", "audit", rooted && last("audit") !== undefined),
      row("rights", "rights", rooted && last("rights") !== undefined),
      row("policy", "policy", rooted && last("policy") !== undefined),
      row(
        "bootstrap token",
        "bootstrap token",
        rooted && token !== undefined,
        expired ? `expired ${token.expires}` : `expires ${token?.expires}`,
      ),
      row("root token revoked", "root token revoked", stage === "done"),
    ],
    strangers,
    next: NEXT[stage],
  };
}

const NEXT: Readonly<{ [stage in Stage]: string | null }> = {
  initialise: "initialise Vault: run this command with the public keys (--pgp-key, --root-token-pgp-key)",
  unseal: "see why Vault is sealed; when it is unsealed, run this command again",
  "root token": "give the root token on standard input",
  done: null,
};
