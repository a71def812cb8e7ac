/** The outcome of a file of tests or of a check. */
export interface Result {
  /** A path from the root of the clone, or a check's name. */
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
  /** Full titles. */
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** Text for people: of a failure, and of everything with `--verbose`. */
  readonly output: string;
}
