import type { Problem } from "../config/problem";
import type { ClusterFacts, PoolerFacts, PreflightRequest } from "./types";

/** What would keep services from logging in through the Poolers that they are led to; and what is worth knowing of those. */
export function checkPoolers(request: PreflightRequest, facts: ClusterFacts): { problems: Problem[]; notes: string[] } {
  const { poolers } = facts;
  if (poolers === "unknown") return { problems: [], notes: [] };
  const named = request.services.flatMap(({ name, pooler, tls }) =>
    pooler === undefined ? [] : [{ path: `services.${name}.pooler`, name: pooler, tls: tls.mode }],
  );
  const problems = named.flatMap(({ path, name, tls }) => {
    const live = poolers.find((one) => one.name === name);
    return live === undefined ? missing(path, name, request, poolers) : checkPooler(path, live, tls, request);
  });
  const plain = named.filter(({ name, tls }) => tls !== "prefer" && takesPlain(poolers.find((one) => one.name === name)));
  const notes = [...new Set(plain.map(({ name }) => name))].map(
    (name) =>
      `the Pooler ${name} lets clients in without TLS, too, which Postgres would not: set \`client_tls_sslmode: require\` among its \`spec.pgbouncer.parameters\``,
  );
  return { problems, notes };
}

function missing(path: string, name: string, { namespace, cluster }: PreflightRequest, poolers: readonly PoolerFacts[]): Problem[] {
  const ours = poolers.filter((one) => one.cluster === cluster.name).map((one) => one.name);
  const correct = ours.length === 0 ? "correct the name" : `correct the name (there are ${ours.join(", ")})`;
  return [
    {
      path,
      message: `the namespace ${namespace} has no Pooler \`${name}\``,
      remedy: `create it (it waits for the Cluster where there is none yet), or ${correct}`,
    },
  ];
}

function checkPooler(path: string, live: PoolerFacts, tls: string, { cluster }: PreflightRequest): Problem[] {
  const problems: Problem[] = [];
  if (live.cluster !== cluster.name)
    problems.push({
      path,
      message: `the Pooler \`${live.name}\` leads to the Cluster ${live.cluster}`,
      remedy: `name one of ${cluster.name}'s: a Pooler's Cluster cannot be changed`,
    });
  if (live.asksAsItself && !cluster.hasOwnLines)
    problems.push({
      path,
      message: `the Pooler \`${live.name}\` looks passwords up as a user of its own, whom pg_hba.conf refuses`,
      remedy:
        "take `authQuery`, `authQuerySecret` and `serverTLSSecret` out of its `spec.pgbouncer`: CloudNativePG's own user is let in; or let that user into the database `postgres` by a line of `cluster.pgHba`",
    });
  if (live.clientTls === "disable" && tls !== "prefer")
    problems.push({
      path,
      message: `the Pooler \`${live.name}\` takes no TLS from clients, and the Secret tells the application \`${tls}\``,
      remedy: "set `client_tls_sslmode: require` among its `spec.pgbouncer.parameters`",
    });
  if (live.hasOwnCertificate && tls !== "prefer")
    problems.push({
      path,
      message: `the Pooler \`${live.name}\` shows a certificate of its own, which neither the proof nor the \`ca.crt\` of the application's Secret knows`,
      remedy: "take `clientTLSSecret` out of its `spec.pgbouncer`: it then shows the Cluster's certificate, which has its name",
    });
  return problems;
}

function takesPlain(pooler: PoolerFacts | undefined): boolean {
  return pooler?.clientTls === "prefer" || pooler?.clientTls === "allow";
}
