import type { Stack } from "../config/load";
import type { Problem } from "../config/problem";
import { correctName, didYouMean } from "../config/similar";
import { catalogue } from "./services";
import type { ExternalSecretPlan } from "./externalSecrets";
import { madeSecrets, type ExpectedSecret } from "./expectedSecrets";
import { resolveNames } from "./names";
import type { GateRecord } from "./gateRecord";
import type { Service } from "./service";

/** Every gate there is. Which of them are on is the stack's choice. */
export const gates: readonly GateRecord[] = [
  {
    name: "db-migrations",
    description: "Flyway: the migrations of four databases",
    secrets: ["graph-db-credentials", "transformation-db-credentials", "threads-db-credentials", "agents-runtime-db-secret"],
  },
  {
    name: "clickhouse",
    description: "ClickHouse: the operator makes its user from the Secret when it makes the installation",
    secrets: ["clickhouse-auth"],
  },
  {
    name: "minio-provisioning",
    description: "MinIO: the Job that makes a user for each client",
    secrets: ["minio-root-credentials", "minio-service-users"],
  },
];

/** A gate of one stack. */
export interface GatePlan {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly secrets: readonly ExpectedSecret[];
}

/** The gates that are on, or every problem: a gate that is not there, a Secret that nobody in this stack makes. */
export function selectGates(
  stack: Pick<Stack, "namespace" | "gates">,
  services: readonly Service[],
  fetched: readonly ExternalSecretPlan[],
  records: readonly GateRecord[] = gates,
): { gates: GatePlan[] } | { problems: Problem[] } {
  const here = madeSecrets(stack.namespace, services, fetched).filter(({ namespace }) => namespace === stack.namespace);
  const made = new Map(here.map((one) => [one.name, one]));
  const known = records.map(({ name }) => name);
  const problems = Object.keys(stack.gates)
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      const remedy = `${correctName(known)}, or add a record of it to catalog/gates.ts`;
      return { path: `gates.${name}`, message: `is not among the gates${didYouMean(name, known)}`, remedy };
    });
  const plans = records.flatMap(({ name, secrets }): GatePlan[] => {
    const set = stack.gates[name];
    if (!set?.enabled) return [];
    // To Kubernetes, a right that names no Secret is one to all of them.
    if (secrets.length === 0)
      problems.push({ path: `gates.${name}`, message: "waits for no Secret", remedy: "name those that it waits for in catalog/gates.ts" });
    for (const secret of secrets.filter((one) => !made.has(one))) problems.push(unmade(name, secret));
    const { image, imagePullPolicy } = set;
    const expected = secrets.flatMap((secret) => made.get(secret) ?? []);
    return [{ name, image, ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }), secrets: expected }];
  });
  return problems.length > 0 ? { problems } : { gates: plans };
}

function unmade(gate: string, secret: string): Problem {
  const owner = catalogue.find((record) => resolveNames(record).secret === secret)?.name;
  const message = `waits for the Secret \`${secret}\`, which nothing in this stack makes`;
  const remedy = `turn ${owner === undefined ? "what makes it" : `the service ${owner}`} on, or the gate off`;
  return { path: `gates.${gate}`, message, remedy };
}
