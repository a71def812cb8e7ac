import { bootstrapPolicy } from "./policy";
import type { RecordFile } from "./record";
import { FixableError } from "../../config/fixableError";
import type { Settings } from "./settings";

/**
 * Something of the record, encrypted as it is there, or the bootstrap token's policy.
 * @throws {FixableError} When there is no such thing.
 */
export function show(what: string, { file, record }: RecordFile, settings: Settings): string {
  const { keys, bootstrapToken } = record;
  const share = /^recovery-share-([1-9]\d*)$/.exec(what)?.[1];
  if (what === "policy") {
    if (settings.rights) return bootstrapPolicy(settings.rights.owned).trimEnd();
    throw new FixableError(
      `There is no file Pulumi.${record.stack}.yaml with \`vault\`, by which the policy is made`,
      "run this where it is",
    );
  }
  if (what === "bootstrap-token" && bootstrapToken && Date.parse(bootstrapToken.expires) <= Date.now()) {
    throw new FixableError(
      `The bootstrap token expired at ${bootstrapToken.expires}`,
      "the recovery keys make a root token, and that another bootstrap token (docs/runbooks/vault-recovery.md)",
    );
  }
  const found =
    what === "root-token"
      ? keys?.rootToken
      : what === "bootstrap-token"
        ? bootstrapToken
        : share === undefined
          ? unknown(what)
          : keys?.recoveryShares[Number(share) - 1];
  if (found) return found.message.trimEnd();
  throw new FixableError(`${file} has no ${what}`, "run the command with --check: it says how far the ceremony is");
}

function unknown(what: string): never {
  throw new FixableError(`--show knows no \`${what}\``, "name root-token, bootstrap-token, recovery-share-<n> or policy");
}
