/** What somebody at the ceremony can mend: what is wrong, and what to do about it. No value of a secret is in either. */
export class CeremonyError extends Error {
  override readonly name = "CeremonyError";
  constructor(
    readonly what: string,
    readonly remedy: string,
  ) {
    super(`${what}\nRemedy: ${remedy}`);
  }
}
