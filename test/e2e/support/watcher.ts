import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import type { DatabaseError } from "pg";
import type { ServiceRecord } from "../../../catalog/record";
import { resolveNames } from "../../../catalog/names";
import { readCredential } from "../../../cli/shared/credential";
import { NAMESPACE, target } from "./lab";
import { holdSession } from "./session";
import { credentialKeys } from "../../../catalog/templates";
import { templateOf } from "../../support/templateOf";

/** What a watcher has seen. */
export interface Watched {
  ok: number;
  /** Logins that Postgres refused because of the credential. */
  refused: string[];
  /** Logins that did not get so far: Postgres or the way to it was down. */
  unreachable: number;
  /** The longest time without a login, whatever the cause. */
  longestMs: number;
}

/** SQLSTATE class 28: invalid authorization specification. */
const REFUSED = /^28/;
const PAUSE_MS = 100;

/** Logs in, over and over, with what a service's Secret says at that moment. */
export function watch(record: ServiceRecord): { stop: () => Promise<Watched> } {
  const watched: Watched = { ok: 0, refused: [], unreachable: 0, longestMs: 0 };
  const { secret } = resolveNames(record);
  let watching = true;
  let last = Date.now();
  const attempt = async () => {
    const core = (await target()).config.makeApiClient(CoreV1Api);
    const { data } = await core.readNamespacedSecret({ namespace: NAMESPACE, name: secret });
    const session = await holdSession(readCredential(credentialKeys(templateOf(record)), secret, data ?? {}), { timeoutMs: 5_000 });
    await session.query("select 1").finally(() => session.end());
  };
  const running = (async () => {
    while (watching) {
      try {
        await attempt();
        watched.ok++;
        watched.longestMs = Math.max(watched.longestMs, Date.now() - last);
        last = Date.now();
      } catch (error) {
        const { code, message } = error as DatabaseError;
        if (REFUSED.test(code ?? "")) watched.refused.push(`${new Date().toISOString()} ${message}`);
        else watched.unreachable++;
      }
      await sleep(PAUSE_MS);
    }
  })();
  return {
    stop: async () => {
      watching = false;
      await running;
      return watched;
    },
  };
}
