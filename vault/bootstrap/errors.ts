/** What an operator can mend: what is wrong, and what to do about it. Everything else stays `Error`. No value of a secret is in either. */
export class BootstrapError extends Error {
  override readonly name: string = "BootstrapError";
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(`${message}\nRemedy: ${remedy}`);
    this.remedy = remedy;
  }
}

/** It was too early: the same, later, may do. */
export class NotReadyError extends BootstrapError {
  override readonly name = "NotReadyError";
}

/** What a run exits with, so that whoever started it knows whether to start another. */
export const EXIT = {
  /** Somebody has to decide. */
  decide: 1,
  failed: 2,
  /** EX_TEMPFAIL of sysexits.h. */
  notReady: 75,
} as const;
