/** What an operator can mend: what failed, where its log is, and what to do about it. Everything else stays `Error`. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly log: string | undefined;
  readonly remedy: string | undefined;

  constructor(message: string, details: { log?: string; remedy?: string; cause?: unknown } = {}) {
    super([message, details.log && `Log: ${details.log}`, details.remedy && `Remedy: ${details.remedy}`].filter(Boolean).join("\n"), {
      cause: details.cause,
    });
    this.log = details.log;
    this.remedy = details.remedy;
  }
}

/** Appended to a remedy wherever the machine itself cannot hold the lab. */
export const OWN_CLUSTER = "point at a cluster of your own that runs CloudNativePG: `KUBECONFIG=... npm run up`";
