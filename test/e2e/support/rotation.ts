import type { RotationEntry } from "../../../config/rotation";
import type { Strategy } from "../../../config/schema";
import { retired, rotated, switched } from "../../../rotation/entry";
import { FixableError } from "../../../config/fixableError";
import { eventually } from "./clock";
import { configure, stack, upWith, type Configuration } from "./lab";

/** Of the stack's `rotation`, what a test sets. */
export interface Rotation {
  strategy?: Strategy;
  services?: Readonly<Record<string, RotationEntry>>;
  settleSeconds?: number;
  applySeconds?: number;
  proof?: { seconds?: number };
}

/**
 * The entries of a stack's file, as `npm run rotate` and `npm run retire` write
 * it: each change follows from the one before.
 */
export class Turns {
  readonly #files: Map<string, { readonly strategy: Strategy; readonly entry: RotationEntry }>;

  constructor(names: readonly string[]) {
    this.#files = new Map(names.map((name) => [name, { strategy: "inPlace", entry: {} }]));
  }

  /** The next turn of these, or of all. */
  rotate(...names: string[]): this {
    return this.#change(names, rotated);
  }

  retire(...names: string[]): this {
    return this.#change(names, retired);
  }

  /** To that strategy, of those that have the other one. The stack's own setting is the test's. */
  to(strategy: Strategy, ...names: string[]): this {
    for (const name of names.length > 0 ? names : this.#files.keys()) {
      const file = this.#files.get(name)!;
      if (file.strategy !== strategy) this.#files.set(name, { strategy, entry: switched(file.strategy, file.entry) });
    }
    return this;
  }

  get services(): Readonly<Record<string, RotationEntry>> {
    return Object.fromEntries([...this.#files].map(([name, { entry }]) => [name, entry]));
  }

  #change(names: readonly string[], change: (strategy: Strategy, entry: RotationEntry) => RotationEntry): this {
    for (const name of names.length > 0 ? names : this.#files.keys()) {
      const { strategy, entry } = this.#files.get(name)!;
      this.#files.set(name, { strategy, entry: change(strategy, entry) });
    }
    return this;
  }
}

/** Tests wait for kubelet themselves; the rule that makes users wait has its own. */
const QUICK: Rotation = { settleSeconds: 0, applySeconds: 60 };

/**
 * Brings the stack up under a rotation, and whatever else is changed; returns what the engine said.
 */
export async function rotate(rotation: Rotation, change: (config: Configuration) => void = () => undefined): Promise<string> {
  const { log } = await upWith((config) => {
    config.rotation = { ...QUICK, ...rotation };
    change(config);
  });
  return log;
}

/** An `up` that must fail. Returns its diagnostics: what a user reads. */
export async function rotationFails(rotation: Rotation, change: (config: Configuration) => void = () => undefined): Promise<string> {
  try {
    await rotate(rotation, change);
  } catch (error) {
    if (error instanceof FixableError && error.message.startsWith("pulumi up")) return error.message;
    throw error;
  }
  throw new Error("the up has not failed");
}

/** Writes the configuration of a rotation without bringing it up. */
export async function configureRotation(
  rotation: Rotation,
  change: (config: Configuration) => void = () => undefined,
): Promise<Awaited<ReturnType<typeof stack>>> {
  const opened = await stack();
  await configure(opened, (config) => {
    config.rotation = { ...QUICK, ...rotation };
    change(config);
  });
  return opened;
}

/**
 * Waits until Postgres refuses a login for a reason that no `up` waits for: the instance's next
 * look at pg_hba.conf.
 */
export async function refused(login: () => Promise<unknown>, reason: RegExp): Promise<void> {
  let last: string | undefined;
  const expired = () => new Error(`not refused for ${String(reason)}: ${last}`);
  await eventually({ seconds: 60, everyMs: 500, expired }, async () => reason.test((last = await refusal(login())) ?? "") || undefined);
}

/** Why Postgres refuses a credential; undefined when it does not. */
export async function refusal(login: Promise<unknown>): Promise<string | undefined> {
  return login.then(
    () => undefined,
    (error: Error) => error.message,
  );
}
