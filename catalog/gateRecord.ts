/**
 * Something that may begin only when Secrets are there, and runs in the cluster: a pipeline's hook.
 */
export interface GateRecord {
  /** Name in the stack files: lower-case letters, digits and `-`. */
  readonly name: string;
  /** One sentence: what waits. */
  readonly description: string;
  /** The Secrets of the stack's namespace that it reads, its own or not. */
  readonly secrets: readonly string[];
}
