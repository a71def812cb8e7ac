import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { openTunnel } from "../../../preflight/postgres/tunnel";
import { eventually } from "./clock";
import { kubectl, target } from "./lab";
import { STORE, withVault } from "./vault";
import { apply } from "./workloads";

/** A world of before: a Cluster that nobody of this program has made, and passwords that Vault is the author of. */
export const LEGACY = { namespace: "ameide-legacy", cluster: "postgres-legacy", stack: "legacy" } as const;
const { namespace, cluster } = LEGACY;
const MOUNT = "legacy";

/** By service: role, database, and the Secret that an ExternalSecret of its name writes. */
export const WORLD = {
  platform: { secret: "platform-db-credentials", type: "kubernetes.io/basic-auth", database: "platform", managed: true },
  agents: { secret: "agents-db-secret", type: "Opaque", database: "agents-database", managed: true },
  workflows: { secret: "workflows-db-secret", type: "Opaque", database: "workflows", managed: true },
  graph: { secret: "graph-db-credentials", type: "Opaque", database: undefined, managed: false },
} as const;
export type LegacyService = keyof typeof WORLD;
export const SERVICES = Object.keys(WORLD) as LegacyService[];

/** What must be in no output and in no state. */
export type Passwords = Record<LegacyService | "drifted" | "reporting", string>;

const password = () => randomBytes(18).toString("base64url");

/** Makes all of it, and waits until what applications read lets them in; of `graph`, which has drifted, until the Secret is there. */
export async function makeLegacyWorld(): Promise<Passwords> {
  const made: Passwords = {
    platform: password(),
    agents: password(),
    workflows: password(),
    graph: password(),
    drifted: password(),
    reporting: password(),
  };
  await kubectl("create", "namespace", namespace);
  const token = await prepareVault(made);
  const vault = JSON.parse(await kubectl("get", "clustersecretstore", STORE, "-o", "jsonpath={.spec.provider.vault}")) as {
    server: string;
    caBundle?: string;
    caProvider?: { name: string; key: string; namespace: string };
  };
  const caBundle =
    vault.caBundle ??
    (await kubectl(
      "-n",
      vault.caProvider!.namespace,
      "get",
      "secret",
      vault.caProvider!.name,
      "-o",
      `go-template={{index .data "${vault.caProvider!.key}"}}`,
    ));
  await apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "vault-token", namespace }, stringData: { token } });
  await apply({
    apiVersion: "external-secrets.io/v1",
    kind: "SecretStore",
    metadata: { name: "legacy-vault", namespace },
    spec: {
      provider: {
        vault: {
          server: vault.server,
          path: MOUNT,
          version: "v2",
          caBundle,
          auth: { tokenSecretRef: { name: "vault-token", key: "token" } },
        },
      },
    },
  });
  for (const service of SERVICES) await apply(externalSecret(service));
  await kubectl("-n", namespace, "wait", "externalsecrets", "--all", "--for=condition=Ready", "--timeout=120s");
  await apply(clusterManifest((await target()).overrides.image));
  await kubectl("-n", namespace, "wait", `clusters.postgresql.cnpg.io/${cluster}`, "--for=condition=Ready", "--timeout=300s");
  await apply({ apiVersion: "v1", kind: "List", items: SERVICES.flatMap(databaseManifest) });
  await eventually({ seconds: 120, everyMs: 1000, expired: () => new Error("the databases are not there") }, async () => {
    const applied = await kubectl("-n", namespace, "get", "databases.postgresql.cnpg.io", "-o", "jsonpath={.items[*].status.applied}");
    return applied === "true true true" || undefined;
  });
  await superuserOf(`create role graph login password '${made.drifted}'`, `create role reporting login password '${made.reporting}'`);
  await superuserOf("create database graph owner graph");
  for (const service of SERVICES)
    await superuserIn(service, `set role ${service}`, "create table kept as select generate_series(1, 100) as one");
  await superuserIn("platform", "grant select on kept to reporting", "create schema app authorization platform");
  // What an operator would take away from a role that it is told of for the first time, and what it has for its sessions.
  await superuserOf(
    "create role readers",
    "alter role graph createdb connection limit 30 valid until '2099-01-01T00:00:00Z'",
    "grant readers, pg_monitor to graph",
    "alter role platform set search_path = app, public",
    "alter role platform in database platform set statement_timeout = '7s'",
  );
  for (const [name, secret] of [
    ["workflows", WORLD.workflows.secret],
    ["threads", WORLD.workflows.secret],
  ] as const)
    await apply(workload(name, secret));
  return made;
}

async function prepareVault(made: Passwords): Promise<string> {
  return withVault(async (ask) => {
    await ask("POST", `/v1/sys/mounts/${MOUNT}`, { type: "kv", options: { version: "2" } });
    await eventually({ seconds: 120, everyMs: 200, expired: () => new Error("the engine is not ready") }, async () =>
      (await ask("GET", `/v1/${MOUNT}/config`)).status === 200 ? true : undefined,
    );
    for (const service of SERVICES) await writeToVault(service, made[service]);
    await ask("PUT", "/v1/sys/policies/acl/legacy-read", { policy: `path "${MOUNT}/data/*" { capabilities = ["read"] }` });
    const { body } = await ask("POST", "/v1/auth/token/create-orphan", { policies: ["legacy-read"], ttl: "2h" });
    return (body as { auth: { client_token: string } }).auth.client_token;
  });
}

/** What Vault has of a service: everything that its Secret has. */
export async function writeToVault(service: LegacyService, value: string): Promise<void> {
  const data = {
    username: service,
    password: value,
    host: `${cluster}-rw.${namespace}.svc`,
    port: "5432",
    dbname: service,
    ...(service === "agents" ? { DATABASE_URL: `postgresql://agents:${value}@${cluster}-rw:5432/agents` } : {}),
  };
  await withVault((ask) => ask("POST", `/v1/${MOUNT}/data/${service}`, { data }));
}

/** Whether Vault still has something of it. */
export async function inVault(service: LegacyService): Promise<boolean> {
  return withVault(async (ask) => (await ask("GET", `/v1/${MOUNT}/metadata/${service}`)).status === 200);
}

function externalSecret(service: LegacyService): object {
  const { secret, type } = WORLD[service];
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: secret, namespace },
    spec: {
      refreshInterval: "2s",
      secretStoreRef: { kind: "SecretStore", name: "legacy-vault" },
      // The worst of all: with the object, the Secret goes.
      target: { creationPolicy: "Owner", deletionPolicy: "Delete", template: { type, metadata: { labels: { "cnpg.io/reload": "true" } } } },
      dataFrom: [{ extract: { key: service } }],
    },
  };
}

function clusterManifest(image: string | undefined): object {
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: cluster, namespace },
    spec: {
      instances: 1,
      ...(image === undefined ? {} : { imageName: image }),
      storage: { size: "1Gi" },
      enableSuperuserAccess: false,
      postgresql: { parameters: { max_connections: "100" } },
      managed: {
        roles: SERVICES.filter((service) => WORLD[service].managed).map((service) => ({
          name: service,
          login: true,
          passwordSecret: { name: WORLD[service].secret },
        })),
      },
    },
  };
}

function databaseManifest(service: LegacyService): object[] {
  const { database } = WORLD[service];
  if (database === undefined) return [];
  return [
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Database",
      metadata: { name: database, namespace },
      spec: { name: service, owner: service, cluster: { name: cluster } },
    },
  ];
}

/** Only what it says matters: it has no pod. */
export function workload(name: string, secret: string): object {
  const labels = { app: name };
  const fromSecret = (variable: string, key: string) => ({ name: variable, valueFrom: { secretKeyRef: { name: secret, key } } });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: "main", image: "none", env: [fromSecret("PGUSER", "username"), fromSecret("PGPASSWORD", "password")] }],
        },
      },
    },
  };
}

/** Statements of the superuser. */
export async function superuserOf(...statements: readonly string[]): Promise<string> {
  return psql("postgres", statements);
}

export async function superuserIn(database: string, ...statements: readonly string[]): Promise<string> {
  return psql(database, statements);
}

async function psql(database: string, statements: readonly string[]): Promise<string> {
  const commands = statements.flatMap((one) => ["-c", one]);
  const pod = ["-n", namespace, "exec", `${cluster}-1`, "-c", "postgres", "--"];
  return kubectl(...pod, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, ...commands);
}

/** The end of it, in the cluster and in Vault. */
export async function removeLegacyWorld(): Promise<void> {
  await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=true");
  await withVault(async (ask) => {
    await ask("DELETE", `/v1/sys/mounts/${MOUNT}`);
    await ask("DELETE", "/v1/sys/policies/acl/legacy-read");
  });
}

/** Who logs in to which database. */
interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Works in a session of the Cluster's Postgres, from outside of the cluster. */
export async function inSession<T>(login: Login, work: (session: Client) => Promise<T>): Promise<T> {
  const tunnel = await openTunnel((await target()).config, LEGACY.namespace, `${LEGACY.cluster}-1`);
  const session = new Client({ ...login, host: "127.0.0.1", port: tunnel.port, ssl: { rejectUnauthorized: false } });
  try {
    await session.connect();
    return await work(session);
  } finally {
    await session.end().catch(() => undefined);
    await tunnel.close();
  }
}

/** Whether Postgres lets a role in. */
export async function letsIn(user: string, password: string, database: string): Promise<boolean> {
  try {
    return await inSession({ user, password, database }, () => Promise.resolve(true));
  } catch (error) {
    assert.match(String(error), /password authentication failed|is not permitted to log in/);
    return false;
  }
}
