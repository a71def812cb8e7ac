import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { target } from "./lab";

/** Keys of Secrets whose values nobody may print. */
const SECRET_KEYS = /password|pwd|uri|pgpass|token|secret|private|\.key$|unseal/i;
/** Shorter values are found everywhere. */
const SHORTEST = 12;

/** What Secrets have held while a file of tests ran, and whether any of it was printed. */
export class PrintedSecrets {
  readonly #values = new Map<string, string>();

  /** Notes what the Secrets of a namespace hold now. An API server that a test has ended, or a lab, is asked after the next one. */
  async remember(namespace: string): Promise<void> {
    const list = async () => (await target()).config.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace });
    const { items } = await list().catch(() => ({ items: [] }));
    for (const { metadata, data = {} } of items)
      for (const [key, value] of Object.entries(data)) {
        const text = Buffer.from(value, "base64").toString("utf8");
        if (SECRET_KEYS.test(key) && text.length >= SHORTEST) this.#values.set(text, `${metadata!.name}.${key}`);
      }
  }

  /** @throws {AssertionError} When one of the values is in what was printed, in clear or as Kubernetes encodes it. */
  search(printed: readonly string[]): Promise<void> {
    const text = printed.join("\n");
    const found = [...this.#values].filter(
      ([value]) => text.includes(value) || text.includes(Buffer.from(value).toString("base64").replace(/=+$/, "")),
    );
    assert.deepEqual(
      found.map(([, name]) => name),
      [],
      "a command has printed what a Secret held",
    );
    return Promise.resolve();
  }
}
