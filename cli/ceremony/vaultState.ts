import type { Ask } from "../../kube/http";
import { isObject } from "../../vault/bootstrap/vaultApi";
import { FixableError } from "../../config/fixableError";

/** What Vault tells everybody about itself. */
export interface VaultState {
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** `shamir`, or the key service that unseals it. */
  readonly type: string;
  /** Recovery shares, and how many of them make a quorum; 0 before it is initialised. */
  readonly shares: number;
  readonly threshold: number;
  /** Only of a Vault that is unsealed. */
  readonly clusterId?: string;
}

/**
 * @throws {FixableError} When it does not answer, or not over TLS with the authority that was
 * given.
 */
export async function readVaultState(ask: Ask, address: string): Promise<VaultState> {
  const { status, body } = await ask("GET", "/v1/sys/seal-status").catch((error: unknown) => {
    throw unreachable(address, error);
  });
  if (status !== 200 || !isObject(body) || typeof body.type !== "string") {
    throw new FixableError(
      `${address} answers, and not as a Vault does (status ${status})`,
      "name Vault's own address, or that of a port-forward to one of its pods",
    );
  }
  const id = body.cluster_id;
  return {
    initialized: body.initialized === true,
    sealed: body.sealed === true,
    type: body.type,
    shares: Number(body.n),
    threshold: Number(body.t),
    ...(typeof id === "string" && id !== "" ? { clusterId: id } : {}),
  };
}

/**
 * Since when the key service has not answered Vault; `undefined` when it does. A Vault that cannot
 * reach it at its start does not start; later, it asks it anew every ten minutes, and every minute
 * while it fails. Vaults before 1.16 do not say.
 */
export async function keyServiceFailsSince(ask: Ask): Promise<string | undefined> {
  const { status, body } = await ask("GET", "/v1/sys/seal-backend-status");
  if (status !== 200 || !isObject(body) || body.healthy !== false) return undefined;
  return typeof body.unhealthy_since === "string" ? body.unhealthy_since : "its start";
}

/** Whether it serves requests, as the active node or by handing them to it. */
export async function isServing(ask: Ask): Promise<boolean> {
  return (await ask("GET", "/v1/sys/health?standbyok=true&perfstandbyok=true")).status === 200;
}

function unreachable(address: string, error: unknown): FixableError {
  const { code, message } = error as { code?: string; message?: string };
  const reason = code ?? message ?? "no reason given";
  const tls = /CERT|SELF_SIGNED|ISSUER|SIGNATURE|ALTNAME|SSL|TLS/.test(reason);
  return new FixableError(
    `Vault at ${address} cannot be asked: ${reason}`,
    tls
      ? "give the authority that has signed its certificate (--ca), and the name that is in it (--tls-server-name) where that is not the address"
      : "see that it runs and that the way to it is open (a port-forward, for one); a Vault that cannot reach its key service does not start: its log says so",
  );
}
