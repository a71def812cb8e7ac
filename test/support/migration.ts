import type { Marks } from "../../preflight/types";
import { migrationReport, type Named } from "../../cli/migrate/plan";
import { withFound } from "../../cli/migrate/services";
import type { Attempt, Facts, FoundSecret, LiveFacts, MigrationReport, ServicePlan, StepId, Writer } from "../../cli/migrate/types";
import { chosen } from "./inventories";

export const NAMESPACE = "ameide-dev";
export const CLUSTER = "postgres-ameide";
export const SUFFIX = "0f1e2d3c";
export const MARK = `legacy/${CLUSTER}-${SUFFIX}`;
export const OURS = "organization/cnpg-credentials/dev/0123456789abcdef";
export const SECRET = "agents-db-secret";

/**
 * What a test has otherwise than a world in which `agents` is fed from Vault and nothing has been
 * done.
 */
export interface World {
  settings?: Record<string, unknown>;
  live?: Partial<LiveFacts>;
  marks?: readonly Marks[];
  facts?: Partial<Omit<Facts, "stack" | "services" | "live" | "marks">>;
}

export const writer: Writer = {
  kind: "ExternalSecret",
  name: "agents-login",
  secret: SECRET,
  isFrozen: false,
  sources: ["secret/legacy/agents"],
  gitOps: [],
};
export const secret: FoundSecret = { name: SECRET, type: "Opaque", keys: ["password", "username"], vaultPaths: [] };
export const accepted: Attempt = { service: "agents", secret: SECRET, key: "password", outcome: "accepted" };
export const ourMarks: Marks = {
  name: SECRET,
  owner: OURS,
  stack: "dev",
  service: "agents",
  login: "agents",
  generation: "0.0.0",
  first: "0.0.0",
};

export const role = (name: string, passwordSecret?: string) => ({
  name,
  login: true,
  ...(passwordSecret === undefined ? {} : { passwordSecret: { name: passwordSecret } }),
});
export const legacyCluster: NonNullable<LiveFacts["cluster"]> = {
  spec: { instances: 1, storage: { size: "2Gi" }, managed: { roles: [role("agents", SECRET)] } },
  primary: `${CLUSTER}-1`,
  gitOps: [],
};

const NOTHING: LiveFacts = { secrets: [], writers: [], readers: [], objects: [], pushes: [], injections: [] };

export async function factsOf({ settings = {}, live = {}, marks = [], facts = {} }: World = {}): Promise<Facts> {
  const found: LiveFacts = { ...NOTHING, cluster: legacyCluster, secrets: [secret], writers: [writer], ...live };
  const only = { services: {}, vault: undefined, bundles: undefined, gates: undefined, ...settings };
  const { stack } = await chosen("dev", only);
  const { selected } = await chosen("dev", { ...only, services: withFound(stack, found).services });
  return {
    stack,
    services: selected.services,
    live: found,
    marks: new Map(marks.map((one) => [one.name, one])),
    files: { writers: [], injections: [], files: 0, unread: [] },
    managed: new Set(),
    attempts: [accepted],
    refusals: [],
    wanted: {},
    ...facts,
  };
}

export async function reportOf(world: World = {}, named: Named = {}): Promise<MigrationReport> {
  return migrationReport(await factsOf(world), named, SUFFIX);
}

export function planOf({ services }: MigrationReport, service = "agents"): ServicePlan {
  return services.find((one) => one.service === service)!;
}

export function stepOf(report: MigrationReport, id: StepId, service = "agents"): ServicePlan["steps"][number] {
  return planOf(report, service).steps.find((one) => one.id === id)!;
}

/** Where a service stands, less what comes later. */
export function stands(report: MigrationReport, service = "agents"): string {
  return planOf(report, service)
    .steps.filter(({ state }) => state !== "later")
    .map(({ id, state }) => `${id} ${state}`)
    .join(", ");
}
