import type { Problem } from "../../config/problem";
import type { Recipient } from "./pgp";

/** Who is to be able to do what with the Vault that is initialised. */
export interface Plan {
  /** One for each recovery share. */
  readonly recoveryKeys: readonly Recipient[];
  /** How many of them make a quorum. */
  readonly threshold: number;
  readonly rootTokenKey: Recipient;
}

/** A quorum that one person cannot be, and that outlives the loss of a key. */
const FEWEST_SHARES = 3;
const LOWEST_THRESHOLD = 2;

/** A majority: the lowest threshold of which two cannot be reached apart from each other. */
export function defaultThreshold(shares: number): number {
  return Math.floor(shares / 2) + 1;
}

/**
 * What is wrong with a plan.
 * @param files Where each recovery key is from, in their order.
 * @param shares As it was given beside the keys, if it was.
 * @param allowSingle Whether one person may hold everything.
 */
export function checkPlan(
  { recoveryKeys, threshold }: Omit<Plan, "rootTokenKey">,
  { files, shares, allowSingle }: { files: readonly string[]; shares: number | undefined; allowSingle: boolean },
): Problem[] {
  const problems: Problem[] = [];
  const count = recoveryKeys.length;
  if (shares !== undefined && shares !== files.length) {
    problems.push({
      path: "--shares",
      message: `${shares} shares and ${files.length} keys: each share is encrypted to a key of its own`,
      remedy: "name as many files with --pgp-key, or leave --shares out",
    });
  }
  recoveryKeys.forEach(({ fingerprint }, index) => {
    const first = recoveryKeys.findIndex((key) => key.fingerprint === fingerprint);
    if (first === index) return;
    problems.push({
      path: `--pgp-key ${files[index]}`,
      message: `is the key of ${files[first]}: one person would hold two shares`,
      remedy: "name the key of somebody else",
    });
  });
  if (allowSingle && count === 1 && threshold === 1) return problems;
  if (count < FEWEST_SHARES) {
    problems.push({
      path: "--pgp-key",
      message: `${count} recovery ${count === 1 ? "share" : "shares"}: with fewer than ${FEWEST_SHARES}, a quorum is one person, or ends with one key`,
      remedy: "name the keys of more people; --allow-single, with one key, is for a Vault that nobody will miss",
    });
  } else if (!(threshold >= LOWEST_THRESHOLD && threshold < count)) {
    problems.push({
      path: "--threshold",
      message: `${threshold} of ${count}: ${threshold >= count ? "the loss of one key would lose the quorum" : "one person could do everything"}`,
      remedy: `choose one from ${LOWEST_THRESHOLD} to ${count - 1}`,
    });
  }
  return problems;
}
