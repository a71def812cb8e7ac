import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Selected } from "../../catalog/select";
import type { CredentialSummary } from "../../catalog/outputs";
import type { Stack } from "../../config/load";
import type { Preflight } from "../../preflight";
import type { Expectation } from "../../rotation/applied";
import { checkRotation } from "../../rotation/check";
import type { HeldPasswords } from "../../rotation/held";
import type { LiveCredential } from "../../rotation/live";
import type { PlannedService } from "../../rotation/plan";
import { PROJECT, run, type Registration, type Run } from "./program";
import { AZURE_KINDS, VAULT_KINDS } from "./providerKinds";
import { asEngineValues, stackFile } from "./stackFiles";
import { SESSION } from "./vaultResources";

export interface Outputs {
  cluster: string;
  owner: pulumi.Output<string>;
  services: Record<string, CredentialSummary>;
}

export const SERVICES = [
  "agents",
  "agents-runtime",
  "backstage",
  "base",
  "graph",
  "inference",
  "keycloak",
  "platform",
  "plausible",
  "temporal",
  "temporal-visibility",
  "threads",
  "transformation",
  "workflows",
];
export const PROVIDER = "pulumi:providers:kubernetes::kubernetes";
export const STATE = "random:index/randomId:RandomId::state";
export const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster::postgres-ameide";
export const SECRET = "kubernetes:core/v1:Secret";
export const JOB = "kubernetes:batch/v1:Job";
export const DATABASES = "cnpg-credentials:index:Databases::databases";
export const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";
export const ROLE = "kubernetes:postgresql.cnpg.io/v1:DatabaseRole";
/** The gate that the stack files turn on. */
export const GATE = [
  "cnpg-credentials:index:Gate::gate-db-migrations",
  "kubernetes:batch/v1:CronJob::gate-db-migrations",
  "kubernetes:core/v1:ConfigMap::gate-db-migrations-files",
  "kubernetes:core/v1:ServiceAccount::gate-db-migrations-account",
  "kubernetes:rbac.authorization.k8s.io/v1:Role::gate-db-migrations-role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::gate-db-migrations-binding",
];
export const ALTERNATING = { rotation: { strategy: "alternating" } };

/** Everything that makes a login, under its object's name. */
export function loginResources(object: string): string[] {
  return [
    `cnpg-credentials:index:RoleLogin::${object}`,
    `random:index/randomPassword:RandomPassword::${object}-password`,
    `random:index/randomUuid7:RandomUuid7::${object}-password-id`,
    `${SECRET}::${object}-role`,
  ];
}

/** What the server's certificate is signed by. */
export const AUTHORITY = [
  "cnpg-credentials:index:ServerAuthority::server-authority",
  "kubernetes:core/v1:ConfigMap::server-authority-certificates",
  `${SECRET}::server-authority`,
  "pulumi:index:Stash::server-authority-1",
];

/**
 * Everything that a stack with these services makes, with inline roles and passwords that are
 * replaced in place.
 */
export function expectedResources(services: readonly string[]): string[] {
  return [
    DATABASES,
    ...AUTHORITY,
    "cnpg-credentials:index:PostgresCluster::postgres-ameide",
    "cnpg-credentials:index:Restarts::restarts",
    CLUSTER,
    PROVIDER,
    STATE,
    ...services.flatMap((name) => [
      ...loginResources(name),
      `cnpg-credentials:index:ApplicationCredential::${name}`,
      `${JOB}::${name}-proof`,
      `${SECRET}::${name}`,
      `${DATABASE}::databases-${name}`,
    ]),
  ].sort();
}
/** The `type::name` of each. */
export const ids = (resources: readonly Registration[]) => resources.map(({ id }) => id);

export function specOf(made: Run<unknown>, id: string): Record<string, unknown> {
  return made.get(id).inputs.spec as Record<string, unknown>;
}

type AskCluster = (
  stack: Stack,
  services: readonly PlannedService[],
  owner: pulumi.Output<string>,
  more?: Pick<Selected, "fetched" | "gates">,
) => Promise<Preflight>;

/**
 * The check of a cluster that says this of the services' credentials, and opens a session with
 * Vault where this program sets it up.
 */
export function finding(
  live: Readonly<Record<string, LiveCredential>>,
  adopted: Readonly<Record<string, string>> = {},
  held: HeldPasswords = {},
): AskCluster {
  return ({ vault }, services) => {
    const problems = services.flatMap((one) => checkRotation(one, live[one.service.name] ?? { generations: {} }, 0));
    assert.deepEqual(problems, []);
    return Promise.resolve({
      adopted,
      closedRoles: [],
      isCopy: false,
      held,
      missingNamespaces: new Set<string>(),
      authorities: {},
      ...(vault?.configuration.by === "pulumi" ? { session: SESSION } : {}),
    });
  };
}

/** What has nothing to do with databases has tests of its own. */
export function databasesOnly(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !["vault", "vaultValues", "bundles", "gates"].includes(key)));
}

interface WholeProgram {
  /**
   * The real program under a stack file without its Vault and its gates, or what `change` makes of
   * it.
   */
  readonly program: (stack: string, change: Record<string, unknown>) => Promise<Outputs>;
  readonly up: (stack: string, change?: Record<string, unknown>, preview?: boolean) => Promise<Run<Outputs>>;
  /** In the present test, the check of the cluster is this. */
  readonly onPreflight: (ask: AskCluster) => void;
  /** What was waited for in the present test. */
  readonly waitedFor: readonly Expectation[];
}

/** The check of a cluster that has nothing yet, and nothing in the way. */
const YES = finding({});

/**
 * The program with a cluster that says what a test wants, for the tests of one file. It says yes to
 * everything otherwise.
 */
export function wholeProgram(): WholeProgram {
  const modules = {
    index: require.resolve("../../index"),
    fromPostgres: require.resolve("../../fromPostgres"),
    preflight: require.resolve("../../preflight"),
    applied: require.resolve("../../rotation/applied"),
  };
  const waitedFor: Expectation[] = [];
  const made = new Map<string, { run: Run<Outputs>; waitedFor: readonly Expectation[] }>();
  let ask: AskCluster;
  const replace = (id: string, exports: object) => (require.cache[id] = { id, loaded: true, exports } as NodeJS.Module);

  before(() => {
    replace(modules.preflight, { preflight: (...args: Parameters<AskCluster>) => ask(...args) });
    const AppliedRoles = class {
      applied = (one: Expectation) => {
        const plain: { resource?: unknown; version?: unknown } = { ...one };
        delete plain.resource;
        delete plain.version;
        waitedFor.push(plain as Expectation);
        return Promise.resolve();
      };
    };
    replace(modules.applied, { AppliedRoles });
    for (const id of [modules.index, modules.fromPostgres]) delete require.cache[id];
  });
  beforeEach(() => {
    waitedFor.length = 0;
    ask = YES;
  });
  after(() => {
    made.clear();
    for (const id of Object.values(modules)) delete require.cache[id];
  });

  /**
   * A program that was run already is not run again, unless a test has the cluster say something of
   * its own.
   */
  async function up(stack: string, change: Record<string, unknown> = {}, preview = false): Promise<Run<Outputs>> {
    const make = () => run(() => program(stack, change), { stack, preview, kinds: { ...AZURE_KINDS, ...VAULT_KINDS } });
    if (ask !== YES) return make();
    const key = JSON.stringify([stack, asEngineValues(change), preview]);
    const before = made.get(key);
    if (before) {
      waitedFor.push(...before.waitedFor);
      return before.run;
    }
    const already = waitedFor.length;
    const now = await make();
    made.set(key, { run: now, waitedFor: waitedFor.slice(already) });
    return now;
  }

  async function program(stack: string, change: Record<string, unknown>): Promise<Outputs> {
    const values = Object.entries(asEngineValues({ ...databasesOnly(stackFile(stack)), ...change }));
    pulumi.runtime.setAllConfig(Object.fromEntries(values.map(([key, value]) => [`${PROJECT}:${key}`, value])));
    // It says where it runs in a backend that is a directory: not in that of whoever runs the
    // tests.
    process.env.PULUMI_BACKEND_URL = "https://backend.example";
    return (await import("../../index")).default();
  }
  return {
    program,
    up,
    onPreflight: (answer) => void (ask = answer),
    waitedFor,
  };
}
