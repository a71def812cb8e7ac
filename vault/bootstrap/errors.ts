/** What an operator can mend: what is wrong, and what to do about it. Everything else stays `Error`. No value of a secret is in either. */
export class BootstrapError extends Error {
  override readonly name = "BootstrapError";
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(`${message}\nRemedy: ${remedy}`);
    this.remedy = remedy;
  }
}
