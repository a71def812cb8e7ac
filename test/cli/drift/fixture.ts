import type { RoleConfiguration } from "../../../kube/kinds/cluster";
import { evaluate } from "../../../cli/drift/evaluate";
import { parseState, type ExportedState } from "../../../cli/drift/state";
import type { Desired, DriftReport, Facts } from "../../../cli/drift/types";
import type { LiveRole } from "../../../preflight/postgres/catalogue";
import { resolveNames } from "../../../catalog/names";
import { templateOf } from "../../support/templateOf";
import { catalogue } from "../../../catalog/services";
import { renderKeys } from "../../../catalog/connection";
import { encode } from "../../../components/encode";
import type { Copy, LivePushSecret, Unanswered } from "../../../cli/drift/vaultTypes";
import { COPIED, copied, mirrorInState, pushed } from "./mirrorFixture";
import { keysOf } from "../../support/outputs";

/** Every secret value of the fixture has this in it. */
export const MARK = "S3cret";
const [AGENTS, PLATFORM] = [`${MARK}-of-agents`, `${MARK}-of-platform`];
export const OWNER = "organization/cnpg-credentials/dev/0123";
const CHANGED = "2026-01-01T00:00:00.000Z";

type Mutable<T> = T extends readonly (infer V)[]
  ? Mutable<V>[]
  : T extends Date
    ? T
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;
/** A state and what is there: clean until a test breaks one thing. */
export interface World {
  state: ExportedState;
  facts: Mutable<Omit<Facts, "secrets" | "databases" | "roleObjects" | "pushSecrets" | "copies">> & {
    secrets: Map<string, Mutable<NonNullable<ReturnType<Facts["secrets"]["get"]>>>>;
    databases: Map<string, Mutable<NonNullable<ReturnType<Facts["databases"]["get"]>>>>;
    roleObjects: Map<string, Mutable<NonNullable<ReturnType<Facts["roleObjects"]["get"]>>>>;
    pushSecrets: Map<string, Mutable<LivePushSecret>> | "unknown";
    copies?: { found: Map<string, Mutable<Copy>>; others: string[] } | Unanswered;
  };
}

interface Options {
  /** Whether the state's secrets come as pulumi exports them without `--show-secrets`. */
  sealed?: boolean;
  /** Whether roles are DatabaseRole objects. */
  objects?: boolean;
  /** Whether the applications' Secrets are copied into Vault. */
  mirror?: boolean;
}

/**
 * `agents` in place, `platform` alternating with `platform_a` in use and `platform_b` before it.
 */
export function world({ sealed = false, objects = false, mirror = false }: Options = {}): World {
  const roles: [service: string, object: string, spec: RoleConfiguration][] = [
    ["agents", "agents", role("agents", { passwordSecret: { name: "agents-db-role" } })],
    ["platform", "platform", role("platform", { login: false, disablePassword: true })],
    ["platform", "platform-a", role("platform_a", { inRoles: ["platform"], passwordSecret: { name: "platform-db-role-a" } })],
    ["platform", "platform-b", role("platform_b", { inRoles: ["platform"], passwordSecret: { name: "platform-db-role-b" } })],
  ];
  const secrets = [
    secret("agents", "agents-db-secret", application("agents", "agents", AGENTS), { "cnpg-credentials/login": "agents" }),
    secret("agents", "agents-db-role", encode({ username: "agents", password: AGENTS })),
    secret("platform", "platform-db-credentials", application("platform", "platform_a", PLATFORM), {
      "cnpg-credentials/login": "platform_a",
    }),
    secret("platform", "platform-db-role-a", encode({ username: "platform_a", password: PLATFORM })),
    secret("platform", "platform-db-role-b", encode({ username: "platform_b", password: `${PLATFORM}-before` })),
  ];
  const databases = ["agents", "platform"].map((name) => ({
    metadata: { name, labels: { "cnpg-credentials/service": name } },
    spec: { cluster: { name: "pg" }, name, owner: name, databaseReclaimPolicy: "retain" },
  }));
  const spec = {
    managed: { roles: objects ? [] : roles.map(([, , one]) => one) },
    postgresql: { pg_hba: ["host all all all reject"] },
    enableSuperuserAccess: false,
  };
  const state: ExportedState = {
    deployment: {
      resources: [
        { type: "pulumi:pulumi:Stack", outputs: outputs(objects) },
        resource("kubernetes:postgresql.cnpg.io/v1:Cluster", { metadata: { name: "pg" }, spec }),
        ...secrets.map((one) => resource("kubernetes:core/v1:Secret", { ...one, data: wrap(one.data, sealed) })),
        ...databases.map((one) => resource("kubernetes:postgresql.cnpg.io/v1:Database", one)),
        ...(objects ? roles : []).map(([service, name, one]) =>
          resource("kubernetes:postgresql.cnpg.io/v1:DatabaseRole", {
            metadata: { name, labels: { "cnpg-credentials/service": service } },
            spec: { cluster: { name: "pg" }, databaseRoleReclaimPolicy: "retain", ...one },
          }),
        ),
        ...(mirror ? mirrorInState() : []),
      ],
    },
  };
  const copy = structuredClone({ spec, secrets, databases, roles });
  const version = (name: string | undefined) => `version-${name}`;
  const facts: Facts = {
    at: new Date("2026-01-31T00:00:00Z"),
    cluster: {
      spec: copy.spec,
      status: {
        phase: "Cluster in healthy state",
        currentPrimary: "pg-1",
        conditions: [{ type: "Ready", status: "True" }],
        managedRolesStatus: {
          byStatus: { reconciled: objects ? [] : roles.map(([, , { name }]) => name) },
          passwordStatus: Object.fromEntries(
            roles.map(([, , one]) => [one.name, { resourceVersion: version(one.passwordSecret?.name as string | undefined) }]),
          ),
        },
      },
    },
    secrets: new Map(
      copy.secrets.map(({ metadata, data }) => [
        metadata.name,
        {
          labels: metadata.labels,
          annotations: metadata.annotations,
          data,
          resourceVersion: version(metadata.name),
          writtenAt: new Date("2026-01-30T12:00:00Z"),
        },
      ]),
    ),
    databases: new Map(
      copy.databases.map(({ metadata: { name }, spec: one }) => [
        name,
        { metadata: { name, generation: 1 }, spec: { ensure: "present", ...one }, status: { applied: true, observedGeneration: 1 } },
      ]),
    ),
    roleObjects: new Map(
      (objects ? copy.roles : []).map(([, name, one]) => [
        name,
        {
          metadata: { name, generation: 2 },
          // As CloudNativePG leaves it.
          spec: { cluster: { name: "pg" }, databaseRoleReclaimPolicy: "retain", ...withoutFalse(one) },
          status: {
            applied: true,
            observedGeneration: 2,
            secretResourceVersion: version(one.passwordSecret?.name as string | undefined),
          },
        },
      ]),
    ),
    operators: [{ namespace: "cnpg-system", name: "cnpg-controller-manager", replicas: 1, available: 1 }],
    logins: [
      { service: "agents", milliseconds: 12, worksAs: "agents" },
      { service: "platform", milliseconds: 34, worksAs: "platform" },
    ],
    catalogue: {
      roles: [
        ...roles.map(([, , one]) => live(one.name, { login: one.login, memberOf: [...(one.inRoles ?? [])] })),
        live("postgres", { superuser: true, createrole: true, createdb: true, bypassrls: true, replication: true }),
        live("streaming_replica", { replication: true }),
        live("cnpg_metrics_exporter", { memberOf: ["pg_monitor"] }),
        live("pg_monitor", { login: false, memberOf: ["pg_read_all_settings"] }),
      ],
      databases: [
        { name: "postgres", owner: "postgres" },
        { name: "agents", owner: "agents" },
        { name: "platform", owner: "platform" },
      ],
    },
    noLogin: false,
    externalSecrets: [{ name: "inference-api-credentials", target: "inference-api-credentials", stores: ["ameide-vault"] }],
    pushSecrets: new Map(mirror ? COPIED.map((name) => [name, pushed(name)]) : []),
    ...(mirror ? { copies: { found: new Map(COPIED.map((name) => [name, copied(copy.secrets, name)])), others: [] } } : {}),
  };
  return { state, facts: facts as unknown as World["facts"] };
}

/** What drift says of a world. */
export function report({ state, facts }: World, sealed?: string): DriftReport {
  const desired: Desired = { ...parseState(state, "dev"), ...(sealed === undefined ? {} : { sealed }) };
  return evaluate("dev", desired, facts as unknown as Facts, {});
}

/** A role in Postgres. */
export function live(name: string, attributes: Partial<Mutable<LiveRole>>): Mutable<LiveRole> {
  return {
    name,
    login: true,
    superuser: false,
    createrole: false,
    createdb: false,
    bypassrls: false,
    replication: false,
    inherit: true,
    connectionLimit: -1,
    validUntil: null,
    expired: false,
    memberOf: [],
    usedIn: [],
    ...attributes,
  };
}

function role(name: string, attributes: Partial<RoleConfiguration>): RoleConfiguration {
  const least = { superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true };
  return { name, login: true, connectionLimit: -1, ...least, ...attributes };
}

const withoutFalse = (spec: object) => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== false));

function secret(service: string, name: string, data: Record<string, string>, annotations: Record<string, string> = {}) {
  return {
    metadata: {
      name,
      labels: { "cnpg-credentials/service": service, "cnpg-credentials/stack": "dev" },
      annotations: { "cnpg-credentials/owner": OWNER, ...annotations } as Record<string, string>,
    },
    data,
  };
}

function application(service: string, user: string, password: string): Record<string, string> {
  const record = catalogue.find(({ name }) => name === service)!;
  const { database } = resolveNames(record);
  const at = { host: "pg-rw.apps.svc", hostReadOnly: "pg-ro.apps.svc", port: 5432, ca: "CA", tls: { mode: "require" } } as const;
  return encode(renderKeys(templateOf(record), [], { user, password, database, ...at }));
}

function outputs(objects: boolean): Record<string, unknown> {
  const common = { namespace: "apps", ...keysOf(), generation: "0.0.0", changedAt: CHANGED };
  const roleObject = (name: string) => (objects ? { roleObject: name } : {});
  const agents = { role: "agents", database: "agents", secret: "agents-db-secret", login: "agents", roleSecret: "agents-db-role" };
  const platform = { role: "platform", database: "platform", secret: "platform-db-credentials", login: "platform_a" };
  return {
    cluster: "apps/pg",
    owner: OWNER,
    services: {
      agents: { ...agents, ...common, ...roleObject("agents") },
      platform: { ...platform, roleSecret: "platform-db-role-a", previous: "platform_b", ...common, ...roleObject("platform-a") },
    },
  };
}

function resource(type: string, inputs: object): { type: string; inputs: Record<string, unknown> } {
  return { type, inputs: inputs as Record<string, unknown> };
}

/** A secret value as the engine exports it. */
function wrap(value: unknown, sealed: boolean): unknown {
  const signature = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
  return sealed ? { ...signature, ciphertext: "v1:0000" } : { ...signature, plaintext: JSON.stringify(value) };
}
