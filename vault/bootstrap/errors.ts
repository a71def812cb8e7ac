import { FixableError } from "../../config/fixableError";

/** It was too early: the same, later, may do. */
export class NotReadyError extends FixableError {
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
