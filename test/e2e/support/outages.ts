import { columns } from "../../../cli/columns";
import { eventually } from "../../../lab/wait";
import type { FailureLine } from "../client/protocol";
import type { ClientReport, LoginClient } from "./client";

/** kubelet looks at the Secrets of a pod every 60 to 90 seconds. */
export const KUBELET_SECONDS = 150;

/** What the client has seen once no login has failed for some seconds. */
export function recovered(client: LoginClient): Promise<ClientReport> {
  const expired = () => new Error("logins do not work again");
  return eventually({ seconds: KUBELET_SECONDS, everyMs: 2000, expired }, async () => {
    const report = await client.report();
    return report.failures.every(({ at }) => Date.now() - at > 10_000) ? report : undefined;
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
