import { randomUUID } from "node:crypto";
import type { Context } from "./context";
import { parseCredentials, withCredentials, type Attempt, type Keys } from "./credentials";
import { FixableError } from "../../config/fixableError";
import type { Secret } from "./kubeApi";
import { initialise, requireShamir, VaultError, type SealStatus } from "./vaultApi";

/**
 * How long an initialisation is waited for, and after how long another run may take it for dead. It
 * takes Vault three seconds.
 */
const INITIALISE_MS = 20_000;
const ATTEMPT_MS = 30_000;
/** How long keys are held on to that the API server does not take: nobody else has them. */
const STORE_ATTEMPTS = 60;
const POLL_MS = 500;

/**
 * The keys of Vault: those in the Secret, or those of a Vault that is initialised for it. Killed at
 * any point, and run twice at once, it ends with a Vault whose keys are in the Secret, or says what
 * is lost.
 * @throws {FixableError} When one side is lost: Vault is initialised and nobody has its keys, or
 * the keys are those of a Vault that is gone. Nothing is changed then.
 */
export async function obtainKeys(context: Context): Promise<Keys> {
  const { configuration, kube, vault } = context;
  for (;;) {
    const status = await whenVaultAnswers(context);
    requireShamir(status);
    const { secret, now } = await kube.readSecret(configuration.secret);
    if (Number.isNaN(now)) throw new Error("The API server's answers have no date");
    const { keys, attempt } = parseCredentials(secret);
    if (keys) {
      // Asked again: another run may have initialised it since.
      if (status.initialized || (await vault.sealStatus()).initialized) return keys;
      throw storageLost(context);
    }
    if (attempt && now < attempt.until) {
      context.waiting("another run, which is initialising Vault");
    } else if (!status.initialized) {
      const fresh = await tryInitialise(context, secret, now + ATTEMPT_MS);
      if (fresh) return fresh;
    } else {
      await replaceStorage(context, attempt, status);
    }
    await context.sleep(POLL_MS);
  }
}

/** Vault's status as soon as it says something: its pod may still have to be started. */
async function whenVaultAnswers({ vault, waiting, sleep }: Context): Promise<SealStatus> {
  for (;;) {
    try {
      return await vault.sealStatus();
    } catch {
      waiting("Vault, which does not answer");
      await sleep(POLL_MS);
    }
  }
}

/**
 * Initialises Vault, and returns the keys, which are in the Secret; `undefined` when another run
 * was faster, or it is to be tried again.
 * @param secret As it was read after Vault had said that it is not initialised: unless it changes,
 * no other run is at it.
 */
async function tryInitialise(context: Context, secret: Secret | undefined, until: number): Promise<Keys | undefined> {
  const { configuration, kube, vault } = context;
  const claim = configuration.storage && (await kube.readClaim(configuration.storage.claim));
  if (configuration.storage && (!claim || claim.deleting)) {
    context.waiting("Vault's volume claim");
    return undefined;
  }
  const attempt: Attempt = { id: randomUUID(), until, storage: claim?.uid };
  if (!(await kube.writeSecret(withCredentials(secret, configuration.secret, { attempt })))) return undefined;
  if ((await vault.sealStatus()).initialized) {
    // By somebody who does not record attempts. What the attempt says of the storage is not true
    // then.
    await updateAttempt(context, attempt.id, {});
    return undefined;
  }
  try {
    const { keys_base64: shares, root_token: rootToken } = await initialise(context.askVaultOnce, INITIALISE_MS);
    const fresh = { unsealKey: shares[0], rootToken };
    await store(context, attempt.id, fresh);
    context.changed("initialised Vault");
    return fresh;
  } catch (error) {
    if (error instanceof FixableError) throw error;
    // Somebody else has initialised it in this moment. Otherwise: what has become of it shows when
    // the attempt is over.
    if (error instanceof VaultError && error.status === 400) await updateAttempt(context, attempt.id, {});
    const reason = error instanceof VaultError ? error.message : "it did not answer";
    context.waiting(`the end of an initialisation that failed: ${reason}`);
    return undefined;
  }
}

/** Writes keys down that are nowhere else yet, whatever it takes. */
async function store(context: Context, id: string, keys: Keys): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      if (await updateAttempt(context, id, { keys })) return;
    } catch (error) {
      if (error instanceof FixableError || attempts >= STORE_ATTEMPTS) throw error;
    }
    if (attempts >= STORE_ATTEMPTS) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error("Vault's keys could not be written to the Secret");
}

/**
 * Puts something in the place of this run's attempt; `false` when the Secret has changed meanwhile
 * and it is to be tried again.
 * @throws {FixableError} When it is not this run's any more.
 */
async function updateAttempt({ kube, configuration }: Context, id: string, { keys }: { keys?: Keys }): Promise<boolean> {
  const { secret } = await kube.readSecret(configuration.secret);
  const current = parseCredentials(secret);
  if (keys && current.keys?.rootToken === keys.rootToken) return true;
  // A Secret that was deleted in these seconds is made again: the keys are good.
  if (secret && current.attempt?.id !== id) {
    throw new FixableError(
      "another run has taken this one for dead while it initialised Vault, and goes on with a Vault of its own",
      "none is needed, unless it happens again: then this one was stopped for half a minute, by what stops processes on its node",
    );
  }
  if (!secret && !keys) return true;
  return await kube.writeSecret(withCredentials(secret, configuration.secret, keys ? { keys } : {}));
}

/**
 * Has Vault begin anew whose initialisation was cut short by the end of a run: nobody has its keys,
 * so that nothing can have been written to it. That it is such a Vault is known from the attempt on
 * the same storage, which was empty then, and from its being sealed: whoever had initialised it by
 * hand would have unsealed it.
 * @throws {FixableError} When it is not: then nothing is changed.
 */
async function replaceStorage(context: Context, attempt: Attempt | undefined, { sealed }: SealStatus): Promise<void> {
  const { configuration, kube } = context;
  const { storage } = configuration;
  if (!attempt) throw keysLost(context, sealed);
  if (!storage || attempt.storage === undefined) throw initialisationLost(context);
  const claim = await kube.readClaim(storage.claim);
  if (claim?.uid === attempt.storage) {
    if (!sealed) throw keysLost(context, sealed);
    if (!claim.deleting) {
      context.changed(
        `a run was ended while it initialised Vault, before it had the keys: replaced Vault's empty storage, claim ${storage.claim}`,
      );
    }
    await kube.deleteStorage(storage.claim, claim.uid, storage.pod);
    context.waiting("Vault, which begins anew");
    return;
  }
  // On its way: the old one is gone, and Vault answers from it for a moment yet.
  if (!claim || claim.deleting) {
    context.waiting("Vault's volume claim");
    return;
  }
  throw keysLost(context, sealed);
}

function keysLost({ configuration: { address, secret, storage } }: Context, sealed: boolean): FixableError {
  const rest = sealed ? "and is sealed: nobody can read it" : "and is unsealed: it serves those that can log in until its next restart";
  return new FixableError(
    `Vault at ${address} is initialised, but the Secret ${secret}, which had its unseal key and root token, is not there or has lost them. Vault keeps its data ${rest}. Nothing was changed`,
    `restore the Secret from a copy. Without one, what Vault holds is lost: to start over with the fixtures alone, delete ${startOver(storage)}; the next run initialises Vault anew`,
  );
}

function storageLost({ configuration: { address, secret } }: Context): FixableError {
  return new FixableError(
    `Vault at ${address} is empty, but the Secret ${secret} has keys: those of a Vault whose storage is lost, or not mounted. Nothing was changed`,
    `bring the storage back. If it is gone, so is what it held beside the fixtures, and the keys are of no use: to start over, delete the Secret ${secret}; the next run initialises Vault anew`,
  );
}

function initialisationLost({ configuration: { address, storage } }: Context): FixableError {
  return new FixableError(
    `Vault at ${address} was initialised by a run that was ended before it had the keys: nobody has them, and nothing is in it. Nothing was changed`,
    `delete ${startOver(storage)}; the next run initialises Vault anew`,
  );
}

const startOver = (storage: Context["configuration"]["storage"]) =>
  storage ? `the PersistentVolumeClaim ${storage.claim} and then the pod ${storage.pod}` : "Vault's storage and restart it";
