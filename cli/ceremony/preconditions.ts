import type { Problem } from "../../config/problem";
import type { CeremonyContext } from "./context";
import { FixableError } from "../../config/fixableError";
import { attemptLost } from "./lost";
import { keyServiceFailsSince, type VaultState } from "./vaultState";

/** What keeps a Vault that is not initialised from being so by this ceremony. */
export async function checkUninitialised({ vault, file, address }: CeremonyContext, state: VaultState): Promise<Problem[]> {
  const problems: Problem[] = [];
  if (state.type === "shamir") {
    problems.push({
      path: "seal",
      message: "is `shamir`: this Vault must be unsealed with keys, at every restart",
      remedy: "give it a key service (`vault.server.seal`), and restart it; in dev, the CronJob initialises it",
    });
  } else {
    const since = await keyServiceFailsSince(vault());
    if (since !== undefined) {
      problems.push({
        path: "seal",
        message: `its key service, ${state.type}, has not answered Vault since ${since}`,
        remedy: "fix it (identity, network, key) and restart Vault, which asks it first of all",
      });
    }
  }
  if (file.record.keys) {
    problems.push({
      path: file.file,
      message: `has the recovery shares of a Vault that was initialised on ${file.when("initialised")}, and the one at ${address} is empty`,
      remedy:
        "if its storage was lost, restore a snapshot (docs/runbooks/vault-recovery.md); if there is none, or it is another Vault, move this file away and begin anew",
    });
  }
  return problems;
}

/**
 * Refuses another Vault than the one that the record has been of so far.
 * @throws {FixableError}
 */
export function requireSame({ file, address }: CeremonyContext, state: VaultState): void {
  const { clusterId } = file.record;
  if (clusterId !== undefined && state.clusterId !== undefined && clusterId !== state.clusterId) {
    throw new FixableError(
      `${address} is the Vault with the cluster id ${state.clusterId}, and ${file.file} belongs to that with ${clusterId}. Nothing was changed`,
      "name the right address, or the right file with --record",
    );
  }
}

/**
 * Refuses a Vault that this ceremony has not initialised.
 * @throws {FixableError}
 */
export function requireOwn(context: CeremonyContext, state: VaultState): void {
  requireSame(context, state);
  const { file, address } = context;
  const { clusterId, keys, attempt } = file.record;
  if (keys) {
    // Later on their number may be another: the quorum can have them made anew.
    if (clusterId !== undefined || (state.shares === keys.recoveryShares.length && state.threshold === keys.threshold)) return;
    throw notOwn(file.file, address);
  }
  if (clusterId !== undefined) return;
  // Without any, it was ended itself while it was at it.
  const asAsked = attempt?.shares === state.shares && attempt.threshold === state.threshold;
  if (attempt && (asAsked || state.shares === 0)) throw attemptLost(context, attempt);
  throw notOwn(file.file, address);
}

function notOwn(file: string, address: string): FixableError {
  return new FixableError(
    `Vault at ${address} is initialised, and not by this ceremony: ${file} knows nothing of it. Nothing was changed`,
    "name the file of its ceremony with --record. Without one, the holders of its recovery keys can make a root token (docs/runbooks/vault-recovery.md), and --refresh-token a bootstrap token from that",
  );
}
