import { columns } from "../../../cli/shared/tables";
import type { FailureLine } from "../client/protocol";
import type { ClientReport, LoginClient } from "./client";
import { eventually } from "./clock";

/** kubelet looks at the Secrets of a pod every 5 to 8 seconds in the lab. */
export const KUBELET_SECONDS = 60;

/** What the client has seen once no login has failed for some seconds. */
export function recovered(client: LoginClient): Promise<ClientReport> {
  let last: ClientReport | undefined;
  const expired = () => new Error(`logins do not work again:\n${JSON.stringify(last?.failures.slice(-5), undefined, 2)}`);
  return eventually({ seconds: KUBELET_SECONDS, everyMs: 1000, expired }, async () => {
    last = await client.report();
    return last.failures.every(({ at }) => Date.now() - at > 10_000) ? last : undefined;
  });
}

/** How often a client has logged in, for people. */
export function rates({ seconds, services, failures }: ClientReport): string {
  const rows = Object.entries(services).map(([name, { tried, ok: succeeded, late }]) => [
    name,
    String(tried),
    String(succeeded),
    String(failures.filter(({ failed }) => failed === name).length),
    String(late),
    (succeeded / seconds).toFixed(1),
  ]);
  const total = Object.values(services).reduce((sum, { ok: succeeded }) => sum + succeeded, 0);
  return `${columns([["SERVICE", "TRIED", "OK", "FAILED", "LATE", "A SECOND"], ...rows])}\n${total} logins in ${seconds.toFixed(0)} s`;
}

/** How many logins have failed, and for how long, for people. */
export function outages(failures: readonly FailureLine[]): string {
  const rows = [...new Set(failures.map(({ failed }) => failed))].map((name) => {
    const times = failures.filter(({ failed }) => failed === name).map(({ at }) => at);
    return [name, String(times.length), ((Math.max(...times) - Math.min(...times)) / 1000).toFixed(1)];
  });
  return columns([["SERVICE", "FAILED", "SECONDS"], ...rows]);
}
