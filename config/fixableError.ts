/**
 * A problem that the caller of a command can fix: what is wrong, and what to do about it. Everything else stays
 * `Error`, and is shown with its stack. No value of a secret is in either.
 */
export class FixableError extends Error {
  override readonly name: string = "FixableError";
  readonly log: string | undefined;

  /** @param log File that says more. */
  constructor(
    readonly what: string,
    readonly remedy?: string,
    { log, ...options }: { log?: string; cause?: unknown } = {},
  ) {
    super([what, log && `Log: ${log}`, remedy && `Remedy: ${remedy}`].filter(Boolean).join("\n"), options);
    this.log = log;
  }
}
