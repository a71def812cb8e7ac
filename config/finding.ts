/**
 * Something that is not as it should be, and what to do about it. What commands look at differs, and
 * each says in a type of its own whose it is. No value of a secret is in it.
 */
export interface Finding {
  /** What is wrong, and what comes of it. */
  readonly what: string;
  /** What somebody else says of it, in their own words. */
  readonly said?: string;
  readonly remedy: string;
}
