import type { KubeConfig } from "@kubernetes/client-node";
import type { Client } from "pg";
import { loginRole, SLOTS } from "../../catalog/names";
import type { ServiceOutput } from "../../catalog/outputs";
import { visible, visibleJson } from "../../config/visible";
import { connectAs, withWay } from "../shared/login";
import { columns } from "../shared/tables";
import { OBJECTS_SQL, SETTINGS_SQL } from "./sql";

/** Something in a database that is read before it is trusted. */
export interface FoundObject {
  readonly kind: string;
  readonly name: string;
  readonly what: string;
  readonly owner: string | null;
}

/**
 * What `inspect` says; `-o json` prints it as it is. Fields are added, never changed, while
 * `schema` stays. Nothing in it is secret.
 */
export interface InspectReport {
  readonly schema: 1;
  readonly stack: string;
  readonly checkedAt: string;
  /** Whether there is nothing to be read. */
  readonly clean: boolean;
  readonly services: readonly { readonly service: string; readonly database: string; readonly objects: readonly FoundObject[] }[];
}

/**
 * Looks, as each service and in its own database, for what somebody who has had its login can have
 * left there. Changes nothing.
 *
 * @param cluster `namespace/name`
 */
export async function inspect(
  { config, stack, cluster, primary }: { config: KubeConfig; stack: string; cluster: string; primary: string },
  services: readonly (readonly [name: string, output: ServiceOutput])[],
): Promise<InspectReport> {
  const found = await withWay(config, cluster, primary, async (way) => {
    const all: InspectReport["services"][number][] = [];
    for (const [service, output] of services) {
      const client = await connectAs(way, output);
      try {
        all.push({ service, database: output.database, objects: await objectsOf(client, output) });
      } finally {
        await client.end();
      }
    }
    return all;
  });
  const clean = found.every(({ objects }) => objects.length === 0);
  return { schema: 1, stack, checkedAt: new Date().toISOString(), clean, services: found };
}

async function objectsOf(client: Client, { role }: ServiceOutput): Promise<FoundObject[]> {
  const objects = await client.query<FoundObject>(OBJECTS_SQL);
  const roles = SLOTS.map((slot) => loginRole(role, slot));
  const settings = await client.query<FoundObject>(SETTINGS_SQL, [roles]);
  // The proof's own.
  const others = settings.rows.filter(({ name, what, owner }) => !(name === "role" && owner !== role && what === `of role ${owner}`));
  return [...others, ...objects.rows];
}

export function renderText({ services, stack }: InspectReport): string {
  const parts = services.map(({ service, database, objects }) => {
    if (objects.length === 0) return visible(`${service}, database ${database}: nothing that runs by itself or with another's rights`);
    const rows = objects.map(({ kind, name, what, owner }) => [kind, name, what, owner ?? "-"]);
    return `${visible(`${service}, database ${database}`)}: newest first\n${columns([["KIND", "NAME", "WHAT", "OWNER"], ...rows])}`;
  });
  const count = services.reduce((sum, { objects }) => sum + objects.length, 0);
  return [...parts, `${count} to be read, ${services.length} ${services.length === 1 ? "service" : "services"} of stack ${stack}`].join(
    "\n\n",
  );
}

export function renderJson(report: InspectReport): string {
  return visibleJson(report, 2);
}
