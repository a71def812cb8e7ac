import type { Client } from "pg";
import { visible } from "../../config/visible";
import { clientConfig } from "../../kube/kubeconfig";
import { CATALOGUE_SQL, SETTING_VALUES_SQL, type Catalogue, type SettingValue } from "./catalogue";
import { connectWith, type PostgresLogin } from "./session";
import { openTunnel } from "./tunnel";

/** Roles, databases and settings, as a session hears of them. Everybody may ask for all of it. */
export async function askRoles(client: Client): Promise<Catalogue & { values: SettingValue[] }> {
  const { rows } = await client.query<{ catalogue: Catalogue }>(CATALOGUE_SQL);
  const { rows: values } = await client.query<SettingValue>(SETTING_VALUES_SQL);
  return { ...rows[0]!.catalogue, values };
}

/** The same through a port-forward to the primary, by the first login that Postgres accepts. */
export async function readRoles(
  target: { readonly kubeconfig?: string; readonly context?: string },
  { namespace, pod, ca }: { readonly namespace: string; readonly pod: string; readonly ca: string },
  logins: readonly PostgresLogin[],
): Promise<Awaited<ReturnType<typeof askRoles>> | { readonly reason: string }> {
  const tunnel = await openTunnel(await clientConfig(target), namespace, pod);
  const reasons: string[] = [];
  try {
    for (const login of logins) {
      try {
        const client = await connectWith({ ca, port: tunnel.port }, login);
        try {
          return await askRoles(client);
        } finally {
          await client.end();
        }
      } catch (error) {
        reasons.push(`${login.user}: ${visible((error as Error).message)}`);
      }
    }
    return { reason: reasons.join("; ") };
  } finally {
    await tunnel.close();
  }
}
