import { setTimeout as sleep } from "node:timers/promises";
import { FixableError } from "../../config/fixableError";
import type { Answer, Ask } from "../../kube/http";

/** Vault's `sys/seal-status`, which it gives to everybody, as far as it is used here. */
export interface SealStatus {
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** `shamir`, or the key service that unseals it. */
  readonly type: string;
}

/** Vault's answer to `sys/init` with one share. */
export interface InitResponse {
  readonly keys_base64: readonly [string];
  readonly root_token: string;
}

/**
 * Questions to Vault, each of which may be asked twice, with the token that has been obtained so
 * far. `path` is that of the API, without `/v1/`.
 */
export interface VaultApi {
  /** The answer's body, `undefined` when there is no such thing. */
  read(path: string): Promise<Record<string, unknown> | undefined>;
  /** @throws {VaultError} When Vault refuses. */
  write(path: string, body: object, method?: "POST" | "PUT"): Promise<Record<string, unknown>>;
  sealStatus(): Promise<SealStatus>;
  /** Whether it is unsealed and answers requests: 200 of `sys/health`. */
  isActive(): Promise<boolean>;
}

/** What Vault said instead of doing it. Its messages name paths and rules, not values. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  constructor(
    /** As it was asked: method and path. */
    readonly question: string,
    readonly status: number,
    readonly reasons: readonly string[],
  ) {
    super(`Vault answered ${question} with ${status}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`);
  }
}

/**
 * How often and after how long a question is asked again that Vault had an error of its own with:
 * it is not quite up yet.
 */
const RETRIES = 5;
const RETRY_AFTER_MS = 300;

/** @param ask Sends the header `X-Vault-Token` once there is a token. */
export function vaultApi(ask: Ask): VaultApi {
  const expectJson = (question: string, { status, body }: Answer): Record<string, unknown> => {
    if (status >= 200 && status < 300) return isObject(body) ? body : {};
    const reasons = isObject(body) && Array.isArray(body.errors) ? body.errors.map(String) : [];
    throw new VaultError(question, status, reasons);
  };
  const patiently: Ask = async (...question) => {
    for (let attempt = 1; ; attempt++) {
      const answer = await ask(...question);
      if (answer.status < 500 || attempt > RETRIES) return answer;
      await sleep(RETRY_AFTER_MS);
    }
  };
  return {
    async read(path) {
      const answer = await patiently("GET", `/v1/${path}`);
      // A secret whose last version is deleted answers 404 with the version's metadata.
      if (answer.status === 404) return isObject(answer.body) && isObject(answer.body.data) ? answer.body : undefined;
      return expectJson(`GET ${path}`, answer);
    },
    async write(path, body, method = "POST") {
      return expectJson(`${method} ${path}`, await patiently(method, `/v1/${path}`, body));
    },
    async sealStatus() {
      const body = expectJson("GET sys/seal-status", await ask("GET", "/v1/sys/seal-status"));
      return { initialized: body.initialized === true, sealed: body.sealed === true, type: String(body.type) };
    },
    async isActive() {
      return (await ask("GET", "/v1/sys/health")).status === 200;
    },
  };
}

/**
 * Initialises Vault with one key share, whose loss is that of everything in it: this is for
 * throw-away environments. The one request that cannot be repeated.
 */
export async function initialise(ask: Ask, timeoutMs: number): Promise<InitResponse> {
  const { status, body } = await ask("PUT", "/v1/sys/init", { secret_shares: 1, secret_threshold: 1 }, timeoutMs);
  const response = body as Partial<InitResponse> | undefined;
  if (status === 200 && typeof response?.root_token === "string" && typeof response.keys_base64?.[0] === "string") {
    return response as InitResponse;
  }
  const reasons = isObject(body) && Array.isArray(body.errors) ? body.errors.map(String) : [];
  throw new VaultError("PUT sys/init", status, reasons);
}

/**
 * Unseals Vault, and says whether the key is its.
 * @throws {VaultError} When it answers anything but that.
 */
export async function unseal(vault: VaultApi, key: string): Promise<boolean> {
  try {
    return (await vault.write("sys/unseal", { key }, "PUT")).sealed === false;
  } catch (error) {
    // Of another Vault: the key does not decrypt the keyring, or is not even of its length.
    if (error instanceof VaultError && error.status === 400) return false;
    throw error;
  }
}

/**
 * @throws {FixableError} For a Vault that is unsealed by a key service: its keys are no business of
 * this program's.
 */
export function requireShamir({ type }: SealStatus): void {
  if (type === "shamir") return;
  throw new FixableError(
    `Vault's seal is \`${type}\`, and this program keeps an unseal key in the cluster, which is for Vaults without a key service only`,
    "initialise it by the ceremony for staging and prod, and remove this CronJob",
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
