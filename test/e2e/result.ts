/** How a file of tests ended, and where its time went, in seconds. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** Of each `up`. */
  readonly ups: readonly number[];
  /** Waiting for what another program does, `up`s not counted. */
  readonly waiting: number;
  /** This process's processor time, with its children's. The cluster's own time is not in it. */
  readonly processor: number;
}
