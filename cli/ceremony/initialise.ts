import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../../vault/bootstrap/vaultApi";
import type { CeremonyContext } from "./context";
import { FixableError } from "../../config/fixableError";
import { ATTEMPT_MS, attemptLost, lost } from "./lost";
import { inBase64, readCiphertext, type Ciphertext, type Recipient } from "./pgp";
import type { Plan } from "./plan";
import type { Attempt } from "./record";
import { isServing, readVaultState } from "./vaultState";

const UNSEAL_MS = 60_000;
const POLL_MS = 250;

/**
 * Initialises Vault, and writes down what it tells, which it encrypts before it tells it. The
 * attempt is written down first: a run that is ended before it has the answer leaves a Vault that
 * nobody can open, and that has to be told from one that is somebody's.
 * @throws {FixableError} When Vault refuses, or nobody has its keys now.
 */
export async function initialise(context: CeremonyContext, plan: Plan): Promise<void> {
  const { file, log } = context;
  const { recoveryKeys, threshold, rootTokenKey } = plan;
  const shares = recoveryKeys.length;
  const earlier = file.record.attempt;
  await file.note("announced", `${shares} recovery shares, ${threshold} of them a quorum`, {
    attempt: { at: new Date().toISOString(), shares, threshold },
  });
  log("asked Vault to initialise itself");
  const asked = context.vault()("PUT", "/v1/sys/init", await request(plan), ATTEMPT_MS);
  const { status, body } = await asked.catch((error: unknown) => {
    throw new FixableError(
      `Vault at ${context.address} gave no answer (${(error as Error).message})`,
      "run this again: it says what has become of it",
    );
  });
  if (status !== 200 || !isObject(body)) return await refused(context, earlier, status, body);
  const [told, rootToken] = [body.recovery_keys_base64, body.root_token];
  const recoveryShares = Array.isArray(told) ? await Promise.all(told.map((share, index) => readShare(share, recoveryKeys[index]))) : [];
  const root = await readShare(rootToken, rootTokenKey);
  if (recoveryShares.length !== shares || !recoveryShares.every((share) => share !== undefined) || !root) {
    throw lost(context, "its answer was not encrypted as asked, and was thrown away");
  }
  const keys = { threshold, recoveryShares, rootToken: root, rootTokenKey: rootTokenKey.publicKey };
  await file
    .noteAtAnyRate("initialised", `${shares} recovery shares, ${threshold} of them a quorum`, { attempt: undefined, keys })
    .catch((error: unknown) => {
      throw lost(context, `${file.file} could not be written (${(error as Error).message})`);
    });
  log(`initialised Vault; its recovery shares and its root token are in ${file.file}, encrypted`);
}

/**
 * Waits until the key service has unsealed it, and writes down which Vault it is.
 * @throws {FixableError} When it stays sealed.
 */
export async function awaitUnsealed({ vault, address, file, log }: CeremonyContext): Promise<void> {
  const deadline = performance.now() + UNSEAL_MS;
  for (let waited = false; ; waited = true) {
    const state = await readVaultState(vault(), address);
    if (!state.sealed && state.clusterId !== undefined && (await isServing(vault()))) {
      if (file.record.clusterId === undefined) {
        await file.note("unsealed", `by ${state.type}, cluster id ${state.clusterId}`, { clusterId: state.clusterId });
        log(`${state.type} has unsealed Vault`);
      }
      return;
    }
    if (performance.now() > deadline) {
      throw new FixableError(
        `Vault at ${address} is initialised, and ${state.sealed ? "sealed" : "does not serve requests"}, after ${UNSEAL_MS / 1000} s. Its answer is in ${file.file}`,
        `look in its log for what its key service, ${state.type}, or its peers answer; fix that, and run this again`,
      );
    }
    if (!waited) log("waiting for Vault, which is sealed yet");
    await sleep(POLL_MS);
  }
}

async function request({ recoveryKeys, threshold, rootTokenKey }: Plan): Promise<object> {
  return {
    recovery_shares: recoveryKeys.length,
    recovery_threshold: threshold,
    recovery_pgp_keys: await Promise.all(recoveryKeys.map(inBase64)),
    root_token_pgp_key: await inBase64(rootTokenKey),
  };
}

async function readShare(share: unknown, recipient: Recipient | undefined): Promise<Ciphertext | undefined> {
  return typeof share === "string" && recipient ? await readCiphertext(share, recipient) : undefined;
}

/**
 * @param earlier The attempt of a former run, which may be what has initialised it.
 * @throws {FixableError} Always: with what has become of Vault.
 */
async function refused(context: CeremonyContext, earlier: Attempt | undefined, status: number, body: unknown): Promise<never> {
  const { vault, address, file } = context;
  const reasons = isObject(body) && Array.isArray(body.errors) ? body.errors.map(String).join("; ") : "no reason given";
  const { initialized } = await readVaultState(vault(), address);
  if (initialized && status !== 400) throw lost(context, `it answered with ${status} (${reasons})`);
  await file.write({ attempt: earlier });
  if (initialized) throw earlier ? attemptLost(context, earlier) : somebodyElse(context);
  throw new FixableError(
    `Vault at ${address} refused to be initialised (${status}: ${reasons}), and is not`,
    "fix that and run this again",
  );
}

function somebodyElse({ address }: CeremonyContext): FixableError {
  return new FixableError(
    `Vault at ${address} was initialised by somebody else in this moment`,
    "find out by whom: only that one has its keys",
  );
}
