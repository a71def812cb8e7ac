import { askAll, type Ask } from "../kube/client";
import { rightsTo, type Right } from "./rights";
import type { PoolerFacts, PreflightRequest } from "./types";
import { type Known, unlessForbidden } from "../kube/live";
import { CNPG, objectsPath } from "../kube/kinds/groups";

/** What it takes to annotate the Poolers that services are led to. */
export function poolerRights({ services, isPreview }: Pick<PreflightRequest, "services" | "isPreview">): Right[] {
  const names = [...new Set(services.flatMap(({ pooler }) => pooler ?? []))];
  return names.length === 0 ? [] : rightsTo(isPreview ? ["get"] : ["get", "patch"], { kind: "poolers", group: CNPG.group }, names);
}

/** The Poolers of a namespace, as far as logins depend on them. */
export async function listPoolers(ask: Ask, namespace: string): Promise<Known<PoolerFacts[]>> {
  const answer = await askAll(ask, objectsPath(CNPG, namespace, "poolers"));
  return unlessForbidden(answer, () => ((answer.body.items ?? []) as LivePooler[]).map(poolerOf));
}

interface LivePooler {
  metadata: { name: string };
  spec: {
    cluster: { name: string };
    pgbouncer?: {
      authQuery?: string;
      authQuerySecret?: { name?: string };
      serverTLSSecret?: { name?: string };
      clientTLSSecret?: { name?: string };
      parameters?: Record<string, string>;
    };
  };
}

function poolerOf({ metadata: { name }, spec: { cluster, pgbouncer = {} } }: LivePooler): PoolerFacts {
  const { authQuery, authQuerySecret, serverTLSSecret, clientTLSSecret, parameters = {} } = pgbouncer;
  return {
    name,
    cluster: cluster.name,
    asksAsItself: [authQuery, authQuerySecret?.name, serverTLSSecret?.name].some(Boolean),
    // CloudNativePG's default.
    clientTls: parameters.client_tls_sslmode ?? "prefer",
    hasOwnCertificate: Boolean(clientTLSSecret?.name),
  };
}
