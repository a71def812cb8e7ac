import * as fs from "node:fs/promises";
import * as path from "node:path";
import { z } from "zod";
import { FixableError } from "../../config/fixableError";

const at = z.iso.datetime();
const ciphertext = z.strictObject({ fingerprint: z.string(), holder: z.string(), message: z.string() });

const schema = z.strictObject({
  version: z.literal(1),
  stack: z.string(),
  /** Of the Vault that it belongs to: known once that is unsealed for the first time. */
  clusterId: z.string().optional(),
  /** An initialisation that was about to be asked for. Vault tells the keys once: see ADR 7. */
  attempt: z.strictObject({ at, shares: z.int(), threshold: z.int() }).optional(),
  /** What Vault told then, each for its recipient. */
  keys: z
    .strictObject({
      threshold: z.int(),
      recoveryShares: z.array(ciphertext),
      rootToken: ciphertext,
      /**
       * The public key of the root token's holder, which the bootstrap token is encrypted to as
       * well.
       */
      rootTokenKey: z.string(),
    })
    .optional(),
  /**
   * A root token that was given and is not known to be revoked, by what tells it from others and
   * helps nobody to find it.
   */
  rootToken: z.strictObject({ accessor: z.string(), digest: z.string() }).optional(),
  bootstrapToken: ciphertext.extend({ accessor: z.string(), expires: at }).optional(),
  /** What was done, in order. */
  steps: z.array(z.strictObject({ at, step: z.string(), detail: z.string() })),
});

export type Record = Readonly<z.infer<typeof schema>>;
export type Attempt = NonNullable<Record["attempt"]>;

/** Steps as they are written down. */
export type Step =
  | "announced"
  | "initialised"
  | "unsealed"
  | "root token accepted"
  | "audit"
  | "rights"
  | "policy"
  | "bootstrap token"
  | "root token revoked";

/**
 * The record of a ceremony: how far it has come, and what Vault has told, encrypted. Nothing in it
 * opens anything for who has no private key of one of its recipients.
 */
export class RecordFile {
  #text: string | undefined;
  #record: Record;

  private constructor(
    readonly file: string,
    stack: string,
    text: string | undefined,
  ) {
    this.#text = text;
    this.#record = text === undefined ? { version: 1, stack, steps: [] } : parse(file, stack, text);
  }

  /** @throws {FixableError} When there is something else in its place, or another stack's. */
  static async open(file: string, stack: string): Promise<RecordFile> {
    return new RecordFile(file, stack, await readText(file));
  }

  get exists(): boolean {
    return this.#text !== undefined;
  }

  get record(): Record {
    return this.#record;
  }

  /** When a step was done last, if it was. */
  when(step: Step): string | undefined {
    return this.#record.steps.findLast((done) => done.step === step)?.at;
  }

  /**
   * Writes a step down, and what else has changed with it: on the disk when this returns. An
   * `undefined` removes something.
   * @throws {FixableError} When somebody else has written it since it was read.
   */
  async note(step: Step, detail: string, change: Partial<Omit<Record, "version" | "stack" | "steps">> = {}): Promise<void> {
    await this.write({ ...change, steps: [...this.#record.steps, { at: new Date().toISOString(), step, detail }] });
  }

  /**
   * Writes a step down with what is told once, whatever has become of the file since it was read:
   * what is no record of this ceremony is moved aside.
   */
  async noteAtAnyRate(step: Step, detail: string, change: Partial<Omit<Record, "version" | "stack" | "steps">>): Promise<void> {
    const text = await readText(this.file);
    if (text !== this.#text) {
      const { success, data } = schema.safeParse(json(text));
      const own = success && data.stack === this.#record.stack;
      if (own) this.#record = data;
      else if (text !== undefined) await fs.rename(this.file, `${this.file}.aside`);
      this.#text = own ? text : undefined;
    }
    await this.note(step, detail, change);
  }

  /** @throws {FixableError} When somebody else has written it since it was read. */
  async write(change: Partial<Omit<Record, "version" | "stack">>): Promise<void> {
    if ((await readText(this.file)) !== this.#text) {
      throw new FixableError(
        `${this.file} has changed since it was read: another run is at this ceremony. This one has ended`,
        "wait until that one is over, and run this again: it goes on from what is there",
      );
    }
    const { steps, ...rest } = { ...this.#record, ...change };
    const text = `${JSON.stringify({ ...rest, steps }, undefined, 2)}\n`;
    // What could not be read again is not written.
    const record = schema.parse(JSON.parse(text));
    await replace(this.file, text);
    this.#text = text;
    this.#record = record;
  }
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FixableError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, "name another file with --record");
  }
}

function parse(file: string, stack: string, text: string): Record {
  const { success, data } = schema.safeParse(json(text));
  if (!success) {
    throw new FixableError(
      `${file} is not the record of a ceremony, or is damaged`,
      "name the right file with --record; restore a damaged one from a copy, since the shares in it exist nowhere else",
    );
  }
  if (data.stack === stack) return data;
  throw new FixableError(`${file} is the record of stack ${data.stack}, not of ${stack}`, "name the right file with --record");
}

/**
 * Replaces a file in one step: after a power cut either text is there, and whole. For its owner
 * only.
 */
async function replace(file: string, text: string): Promise<void> {
  // That of a run that was killed is overwritten.
  const temporary = `${file}.new`;
  const written = await fs.open(temporary, "w", 0o600);
  try {
    await written.writeFile(text);
    await written.sync();
  } finally {
    await written.close();
  }
  await fs.rename(temporary, file);
  const directory = await fs.open(path.dirname(file), "r");
  await directory.sync().finally(() => directory.close());
}
