import type { z } from "zod";
import type { Problem } from "./problem";
import { checkVault } from "./checkVault";
import { environmentOf } from "./environment";
import { checkEntry, oldForm } from "./rotation";
import { clusterSchema, stackSchema, type ClusterConfig, type StackConfig, type TlsConfig } from "./schema";

/** Keys of a stack file whose values are text; the others are objects. */
const TEXT_KEYS = new Set(["namespace", "context", "kubeconfig", "roleApi", "alerts", "environment", "takeOver"]);

/**
 * Turns the raw values of a stack file (text, JSON for objects) into a checked configuration. Values are not repeated in
 * problems where they could be anything, so that a password put in the wrong place is not printed.
 *
 * @param raw the stack's values by key, without the project's prefix
 * @param stack its name, which its file has, too
 */
export function validateStack(raw: Readonly<Record<string, string>>, stack: string): { config: StackConfig } | { problems: Problem[] } {
  const file = `Pulumi.${stack}.yaml`;
  if (Object.keys(raw).length === 0) {
    return {
      problems: [
        {
          path: file,
          message: "has no configuration for this program, or does not exist",
          remedy: `copy Pulumi.dev.yaml to ${file} and edit it, or select another stack`,
        },
      ],
    };
  }
  const problems: Problem[] = [];
  const values = Object.create(null) as Record<string, unknown>;
  for (const [key, text] of Object.entries(raw)) {
    if (TEXT_KEYS.has(key) || !Object.hasOwn(stackSchema.shape, key)) {
      values[key] = text;
      continue;
    }
    try {
      values[key] = JSON.parse(text);
    } catch {
      problems.push({ path: key, message: "is text where a mapping is expected", remedy: `write it as a mapping in ${file}` });
    }
  }
  const { rotation, problems: former } = oldForm(values.rotation, stack);
  problems.push(...former);
  if (former.length > 0) values.rotation = rotation;
  const unreadable = new Set(problems.map((problem) => problem.path));
  const parsed = stackSchema.safeParse(values, { reportInput: true });
  if (!parsed.success) {
    problems.push(...parsed.error.issues.flatMap((issue) => toProblems(issue, file)).filter((problem) => !unreadable.has(problem.path)));
    return { problems };
  }
  problems.push(...crossCheck(parsed.data), ...checkVault(parsed.data, environmentOf(parsed.data, stack), stack));
  return problems.length > 0 ? { problems } : { config: parsed.data };
}

/** The same of a Cluster's settings alone, as a component's arguments have them. */
export function validateCluster(settings: Readonly<Record<string, unknown>>): { config: ClusterConfig } | { problems: Problem[] } {
  const parsed = clusterSchema.safeParse(settings, { reportInput: true });
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => toProblems(issue, "the arguments")) };
  const problems = checkPlacement("placement", parsed.data);
  return problems.length > 0 ? { problems } : { config: parsed.data };
}

/** A database of one service, as a component's arguments have it. */
export interface ServiceSettings {
  readonly name: string;
  /** As `services.<name>` of a stack's file. */
  readonly service: Readonly<Record<string, unknown>>;
  /** As `rotation.services.<name>`, of its strategy. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly proofSeconds: number | undefined;
  readonly restartSeconds: number | undefined;
}

/** The same of one service's settings: a stack that has nothing else. What is known of its Cluster only later is taken to be right. */
export function validateService({ name, service, entry, proofSeconds, restartSeconds }: ServiceSettings): {
  config: StackConfig;
  problems: Problem[];
} {
  const elsewhere = { namespace: "namespace", context: "context" };
  const cluster = { name: "cluster", image: "image", instances: 2, storage: { size: "1Gi" } };
  const rotation = { proof: { seconds: proofSeconds }, restartSeconds, services: { [name]: entry } };
  const parsed = stackSchema.safeParse({ ...elsewhere, cluster, rotation, services: { [name]: service } }, { reportInput: true });
  if (parsed.success) return { config: parsed.data, problems: crossCheck(parsed.data) };
  const config = stackSchema.parse({ ...elsewhere, cluster, services: { [name]: {} } });
  return { config, problems: parsed.error.issues.flatMap((issue) => toProblems(issue, "the arguments")) };
}

function toProblems(issue: z.core.$ZodIssue, file: string): Problem[] {
  const path = pathOf(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        message: "is not a setting of this program",
        remedy: `remove it from ${file}, or correct its spelling (docs/configuration.md lists all)`,
      }));
    case "invalid_type":
      return issue.input === undefined
        ? [{ path, message: `is missing: ${expected(issue.expected)}`, remedy: `set it in ${file}` }]
        : [{ path, message: `is ${kindOf(issue.input)} where ${expected(issue.expected)} is expected`, remedy: `correct it in ${file}` }];
    case "invalid_value":
      return [
        {
          path,
          message: `is not one of ${issue.values.map((value) => `\`${String(value)}\``).join(", ")}`,
          remedy: `correct it in ${file}`,
        },
      ];
    case "invalid_key":
      return [{ path, message: `the key ${issue.issues.map((inner) => inner.message).join(", ")}`, remedy: `rename it in ${file}` }];
    default:
      return [{ path, message: issue.message, remedy: `correct it in ${file}` }];
  }
}

function pathOf(keys: readonly PropertyKey[]): string {
  return keys.map((key) => (key === "" ? '""' : String(key))).join(".");
}

const EXPECTED: Readonly<Record<string, string>> = { object: "a mapping", record: "a mapping", array: "a list", int: "a whole number" };

function expected(type: string): string {
  return EXPECTED[type] ?? `a ${type}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fraction";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

/** What no single field can tell. */
function crossCheck(config: StackConfig): Problem[] {
  const problems: Problem[] = [];
  if (config.context === undefined && config.kubeconfig === undefined) {
    problems.push({
      path: "context",
      message: "neither `context` nor `kubeconfig` says which cluster this stack lives in",
      remedy: "set `context` to a context of your kubeconfig",
    });
  }
  const checkTls = (path: string, tls: TlsConfig) => {
    if (tls.mode?.startsWith("verify-") && tls.ca === undefined) {
      problems.push({
        path: `${path}.ca`,
        message: `\`${tls.mode}\` needs the server's authority`,
        remedy: "set it to the path at which the application mounts `ca.crt`",
      });
    }
  };
  checkTls("tls", config.tls);
  for (const [name, service] of Object.entries(config.services)) {
    const entry = service.enabled && Object.hasOwn(config.rotation.services, name) ? config.rotation.services[name] : undefined;
    const strategy = service.rotation?.strategy ?? config.rotation.strategy;
    if (entry) problems.push(...checkEntry(`rotation.services.${name}`, strategy, entry, service.adopt !== undefined));
    if (service.tls) checkTls(`services.${name}.tls`, { ...config.tls, ...service.tls });
    if (service.keys?.includes("pooler") && service.pooler === undefined) {
      problems.push({
        path: `services.${name}.pooler`,
        message: "the `pooler` keys need the name of a Pooler",
        remedy: "set it, or leave `pooler` out of `keys`",
      });
    }
    if (service.keys?.includes("readOnly") && config.cluster.instances < 2) {
      problems.push({
        path: `services.${name}.keys`,
        message: "`readOnly` leads to the replicas, and one instance has none",
        remedy: "leave it out, or raise `cluster.instances`",
      });
    }
  }
  if (config.cluster.image === undefined && config.rotation.proof.image === undefined) {
    problems.push({
      path: "rotation.proof.image",
      message: "neither it nor `cluster.image` says which image has the `psql` that proves a password",
      remedy: "set one of them",
    });
  }
  problems.push(...checkPlacement("cluster.placement", config.cluster));
  return problems;
}

function checkPlacement(path: string, { placement, instances }: ClusterConfig): Problem[] {
  if (instances < 2 || placement.antiAffinity !== "none" || placement.zones !== "any") return [];
  return [
    {
      path,
      message: `nothing keeps the ${instances} instances on different nodes`,
      remedy: "set `antiAffinity` to `preferred` or `required`, or `zones` to `spread`",
    },
  ];
}
