import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { Problem } from "./problem";
import { checkVault } from "./checkVault";
import { environmentOf } from "./environment";
import { networkPeers as networkPeersSchema } from "./network";
import { mappingRemedy, pathOf, problemsOf, withoutMisspelt } from "./messages";
import { checkEntry, oldForm } from "./rotation";
import { clusterSchema, existingStackSchema, stackSchema, type ClusterConfig, type StackConfig } from "./schema";
import { PROJECT } from "./settings";

/** Keys of a stack file whose values are text; the others are objects. */
const TEXT_KEYS = new Set([
  "namespace",
  "context",
  "kubeconfig",
  "catalog",
  "roleApi",
  "alerts",
  "runbookUrl",
  "network",
  "environment",
  "takeOver",
]);

/** What comes of a stack's configuration. With problems, what is right of it, for checks that do not depend on the rest. */
export type Validated = { config: StackConfig } | { problems: Problem[]; rest?: StackConfig };

/**
 * Turns the raw values of a stack file (text, JSON for objects) into a checked configuration. Values are repeated in
 * problems only where they can be no secret, so that a password put in the wrong place is not printed.
 *
 * @param raw the stack's values by key, without the project's prefix
 * @param stack its name, which its file has, too
 */
export function validateStack(raw: Readonly<Record<string, string>>, stack: string): Validated {
  const file = `Pulumi.${stack}.yaml`;
  if (Object.keys(raw).length === 0) {
    return {
      problems: [
        {
          path: file,
          message: "has no setting of this program under `config:`",
          remedy: `write its settings there, \`${PROJECT}:namespace\` and so on (docs/configuration.md has a file to begin with), or select another stack`,
        },
      ],
    };
  }
  const problems: Problem[] = [];
  const values = Object.create(null) as Record<string, unknown>;
  for (const [key, text] of Object.entries(raw)) {
    if (TEXT_KEYS.has(key) || !Object.hasOwn(stackSchema.shape, key)) {
      values[key] = TEXT_KEYS.has(key) ? unquoted(key, text) : text;
      continue;
    }
    try {
      values[key] = JSON.parse(text);
    } catch {
      problems.push({ path: key, message: "is text where a mapping is expected", remedy: mappingRemedy(key) });
    }
  }
  const { rotation, problems: former } = oldForm(values.rotation, stack);
  problems.push(...former);
  if (former.length > 0) values.rotation = rotation;
  const unreadable = new Set(problems.map((problem) => problem.path));
  const parsed = parse(values);
  if (parsed.success) {
    problems.push(...checkTogether(parsed.data, stack));
    return problems.length > 0 ? { problems, rest: parsed.data } : { config: parsed.data };
  }
  const { issues } = parsed.error;
  const found = issues.flatMap((issue) => problemsOf(issue, file, schemaFor(values))).filter((problem) => !unreadable.has(problem.path));
  problems.push(...withoutMisspelt(found));
  const rest = repaired(values, issues);
  if (rest === undefined) return { problems };
  // What depends on what was wrong is not judged by what stands in for it.
  const broken = problems.map(({ path }) => path);
  const others = checkTogether(rest, stack).filter(({ path }) => !broken.some((one) => overlap(one, path)) && !dependsOn(path, broken));
  return { problems: [...problems, ...others], rest };
}

/** Of a stack whose Cluster is its own, or somebody else's. */
function schemaFor({ cluster }: Readonly<Record<string, unknown>>): typeof stackSchema | typeof existingStackSchema {
  return typeof cluster === "object" && cluster !== null && Object.hasOwn(cluster, "existing") ? existingStackSchema : stackSchema;
}

function parse(
  values: Readonly<Record<string, unknown>>,
): { success: true; data: StackConfig } | { success: false; error: z.core.$ZodError } {
  if (schemaFor(values) === stackSchema) return stackSchema.safeParse(values, { reportInput: true });
  const parsed = existingStackSchema.safeParse(values, { reportInput: true });
  if (!parsed.success) return parsed;
  const { existing, ...said } = parsed.data.cluster;
  // What the file says nothing of is read of the Cluster before anything goes by it.
  const unsaid = clusterSchema.parse({ instances: 1, storage: { size: "0" } });
  return { success: true, data: { ...parsed.data, cluster: { ...unsaid, ...said, name: existing, existing: true } } };
}

/** A text, unless the file has nothing or a mapping in its place. A kubeconfig may be JSON. */
function unquoted(key: string, text: string): unknown {
  if (text === "null") return null;
  if (key === "kubeconfig" || !/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The same of a Cluster's settings alone, as a component's arguments have them. */
export function validateCluster(settings: Readonly<Record<string, unknown>>): { config: ClusterConfig } | { problems: Problem[] } {
  const parsed = clusterSchema.safeParse(settings, { reportInput: true });
  if (!parsed.success)
    return { problems: withoutMisspelt(parsed.error.issues.flatMap((issue) => problemsOf(issue, "the arguments", clusterSchema))) };
  const problems = [...checkPlacement("placement", parsed.data), ...checkPassed("", parsed.data)];
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
  return { config, problems: withoutMisspelt(parsed.error.issues.flatMap((issue) => problemsOf(issue, "the arguments"))) };
}

/** What stands in for a setting that has no default, for the sake of the others. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  namespace: "stand-in",
  context: "stand-in",
  cluster: { instances: 3, image: "stand-in", storage: { size: "1Gi" } },
  "cluster.instances": 3,
  "cluster.image": "stand-in",
  "cluster.storage": { size: "1Gi" },
  "cluster.storage.size": "1Gi",
  services: {},
};

/** The same values with what is wrong taken away; `undefined` where that leaves no configuration. */
function repaired(values: Readonly<Record<string, unknown>>, issues: readonly z.core.$ZodIssue[]): StackConfig | undefined {
  const copy = structuredClone({ ...values });
  for (const issue of issues) {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) remove(copy, path);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = parse(copy);
    if (parsed.success) return parsed.data;
    for (const { path } of parsed.error.issues) {
      const standIn = STAND_INS[pathOf(path)];
      // A part that cannot be repaired goes whole.
      if (standIn === undefined) remove(copy, path.slice(0, -1));
      else set(copy, path, standIn);
    }
  }
  return undefined;
}

/** Each takes away a part, or what it is in. */
const ROUNDS = 8;

function remove(values: Record<string, unknown>, path: readonly PropertyKey[]): void {
  const parent = at(values, path.slice(0, -1));
  const key = path.at(-1);
  if (key === undefined || parent === undefined) return;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (Object.hasOwn(parent, key)) Reflect.deleteProperty(parent, key);
}

function set(values: Record<string, unknown>, path: readonly PropertyKey[], value: unknown): void {
  const parent = at(values, path.slice(0, -1));
  if (parent !== undefined) Reflect.set(parent, path.at(-1)!, structuredClone(value));
}

function at(values: Record<string, unknown>, path: readonly PropertyKey[]): object | undefined {
  let one: unknown = values;
  for (const key of path) {
    if (typeof one !== "object" || one === null || !Object.hasOwn(one, key)) return undefined;
    one = (one as Record<PropertyKey, unknown>)[key];
  }
  return typeof one === "object" && one !== null ? one : undefined;
}

const overlap = (one: string, other: string) => one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);

/** Checks that look at more than the place that they name. */
const LOOK_AT: readonly (readonly [check: RegExp, at: readonly string[]])[] = [
  [/^rotation\.proof\.image$/, ["cluster"]],
  [/^cluster\.placement$/, ["cluster"]],
  [/^context$/, ["kubeconfig"]],
  [/^(vaultValues|bundles|environment|gates)$/, ["vault", "environment"]],
  [/^vault\./, ["vault", "environment"]],
  [/^services\.[^.]+\.keys$/, ["cluster.instances"]],
  [/^services\.[^.]+\.tls/, ["tls"]],
  [/^networkPeers$/, ["network"]],
  [/^rotation\.services\./, ["rotation", "services"]],
];

function dependsOn(path: string, broken: readonly string[]): boolean {
  return LOOK_AT.some(([check, places]) => check.test(path) && places.some((place) => broken.some((one) => overlap(one, place))));
}

function checkTogether(config: StackConfig, stack: string): Problem[] {
  return [...crossCheck(config), ...checkVault(config, environmentOf(config, stack), stack)];
}

/** What no single field can tell. */
function crossCheck(config: StackConfig): Problem[] {
  const problems: Problem[] = [];
  if (config.context === undefined && config.kubeconfig === undefined) {
    problems.push({
      path: "context",
      message: "neither `context` nor `kubeconfig` says which cluster this stack lives in",
      remedy: "set `context` to a context of your kubeconfig, or to `in-cluster` where this is run in a pod of that cluster",
    });
  }
  const { authorities } = config.tls;
  if (new Set(authorities).size < authorities.length)
    problems.push({ path: "tls.authorities", message: "has one of them twice", remedy: "leave one out" });
  for (const [name, service] of Object.entries(config.services)) {
    const entry = service.enabled && Object.hasOwn(config.rotation.services, name) ? config.rotation.services[name] : undefined;
    const strategy = service.rotation?.strategy ?? config.rotation.strategy;
    if (entry) problems.push(...checkEntry(`rotation.services.${name}`, strategy, entry, service.adopt !== undefined));
    if (service.keys?.includes("pooler") && service.pooler === undefined) {
      problems.push({
        path: `services.${name}.pooler`,
        message: "the `pooler` keys need the name of a Pooler",
        remedy: "set it, or leave `pooler` out of `keys`",
      });
    }
    if (service.keys?.includes("readOnly") && config.cluster.instances < 2 && config.cluster.existing === undefined) {
      problems.push({
        path: `services.${name}.keys`,
        message: "`readOnly` leads to the replicas, and one instance has none",
        remedy: "leave it out, or raise `cluster.instances`",
      });
    }
  }
  problems.push(...checkPassed("cluster.", config.cluster), ...checkServices(config));
  if (config.cluster.image === undefined && config.rotation.proof.image === undefined && config.cluster.existing === undefined) {
    problems.push({
      path: "rotation.proof.image",
      message: "neither it nor `cluster.image` says which image has the `psql` that proves a password",
      remedy: "set one of them",
    });
  }
  problems.push(...checkPlacement("cluster.placement", config.cluster), ...checkPeers(config));
  return problems;
}

/** A source that says too little, or two things; sources that nothing goes by. */
function checkPeers({ network, networkPeers }: StackConfig): Problem[] {
  const { postgres, vault, instances } = networkPeers;
  const problems = Object.entries({ postgres, vault, instances }).flatMap(([list, entries]) =>
    entries.flatMap(({ namespace, pods, addresses }, index): Problem[] => {
      const path = `networkPeers.${list}.${index}`;
      if (addresses !== undefined && (namespace !== undefined || pods !== undefined))
        return [
          {
            path,
            message: "names addresses and pods",
            remedy: "make two of it: a policy knows what is in the cluster by its labels, and the rest by address",
          },
        ];
      if (addresses === undefined && namespace === undefined && pods === undefined)
        return [{ path, message: "names nobody", remedy: "set `namespace`, `pods` or `addresses`" }];
      return [];
    }),
  );
  if (network === "none" && !isDeepStrictEqual(networkPeers, networkPeersSchema.parse(undefined)))
    problems.push({
      path: "networkPeers",
      message: "says who reaches what, and without `network: policies` everybody does",
      remedy: "set `network: policies`, or leave it out",
    });
  return problems;
}

/** What is passed on, and what another setting says beside it. */
function checkPassed(prefix: string, { spec, image, instances }: ClusterConfig): Problem[] {
  if (spec === undefined) return [];
  const { imageCatalogRef, postgresql, externalClusters = [], bootstrap } = spec;
  const named = new Set(externalClusters.map(({ name }) => name));
  const { initdb, recovery, pg_basebackup: copied } = bootstrap ?? {};
  const sources = [
    ["bootstrap.initdb.import.source.externalCluster", initdb?.import?.source.externalCluster],
    ["bootstrap.recovery.source", recovery?.source],
    ["bootstrap.pg_basebackup.source", copied?.source],
  ] as const;
  const problem = (field: string, message: string, remedy: string): Problem => ({ path: `${prefix}spec.${field}`, message, remedy });
  return [
    ...(imageCatalogRef === undefined || image === undefined
      ? []
      : [problem("imageCatalogRef", "says which image, and `cluster.image` does, too", "leave one of them out")]),
    ...sources.flatMap(([field, source]) =>
      source === undefined || named.has(source)
        ? []
        : [problem(field, `is \`${source}\`, which is none of \`externalClusters\``, "name one, or add it there")],
    ),
    ...(postgresql?.synchronous === undefined || postgresql.synchronous.number < instances
      ? []
      : [
          problem(
            "postgresql.synchronous.number",
            `wants ${postgresql.synchronous.number} replicas to have each commit, and ${instances} instances have ${instances - 1}`,
            "lower it, or raise `cluster.instances`",
          ),
        ]),
  ];
}

/** Services of the Cluster that applications are led to. */
function checkServices({ cluster, services }: StackConfig): Problem[] {
  if (cluster.spec?.managed?.services?.disabledDefaultServices?.includes("ro") !== true) return [];
  return Object.entries(services).flatMap(([name, { keys }]) =>
    keys?.includes("readOnly")
      ? [
          {
            path: `services.${name}.keys`,
            message: "`readOnly` leads to the Service `-ro`, which `cluster.spec.managed.services.disabledDefaultServices` leaves out",
            remedy: "take `ro` out of that list, or `readOnly` out of the keys",
          },
        ]
      : [],
  );
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
