import * as pulumi from "@pulumi/pulumi";
import type * as resproto from "@pulumi/pulumi/proto/resource_pb";

/** What the program asked the engine to register, as it went over the wire. */
export interface Registration {
  /** `type::name`. */
  readonly id: string;
  readonly parent?: string;
  readonly provider?: string;
  /** Inputs in clear; `secrets` says which of them, by path, were marked. */
  readonly inputs: Record<string, unknown>;
  readonly secrets: readonly string[];
  /** Inputs with everything secret left out. */
  readonly clear: unknown;
  /** What must be there first: `dependsOn` and whatever an input was made of. */
  readonly dependsOn: readonly string[];
  /** The other resource options, those that were set. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Run<T> {
  readonly result: T;
  readonly resources: readonly Registration[];
  /** The one resource of that `type::name`. */
  readonly get: (id: string) => Registration;
  /** Every resource of a kind (the last part of the type). */
  readonly ofKind: (kind: string) => Registration[];
}

export interface RunOptions {
  /** @default the program's own name */
  readonly project?: string;
  stack?: string;
  preview?: boolean;
  /** What every Stash was given first, in an earlier update. */
  stashed?: unknown;
  /** Takes the `type::name` of everything that is registered, of a program that fails too. */
  registered?: string[];
  /** Further kinds of resources, those of the test's subject. */
  kinds?: Kinds;
  /** What the stack's outputs were after the last update. */
  outputs?: Readonly<Record<string, unknown>>;
}

/** What each kind of resource knows only once it has been made; in a preview, nobody does. */
export type Kinds = Readonly<Record<string, (name: string, inputs: Record<string, unknown>) => Record<string, unknown>>>;

export const PROJECT = "cnpg-credentials";
export const ORGANIZATION = "organization";

// How the engine's protocol marks a secret.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const STASH = "pulumi:index:Stash";

/**
 * Kinds that any program may make. One that is neither here nor among those of the test is an
 * error.
 */
const COMPUTED: Kinds = {
  "random:index/randomPassword:RandomPassword": (name) => ({ result: passwordOf(name) }),
  "random:index/randomBytes:RandomBytes": (name, { length }) => ({ hex: bytesOf(name, Number(length)).toString("hex") }),
  "random:index/randomUuid7:RandomUuid7": (name) => ({ result: uuidOf(name) }),
  "random:index/randomId:RandomId": () => ({ hex: "0123456789abcdef" }),
  [STASH]: (name, { input }) => ({ output: name.startsWith("server-authority-") ? keptIn(name, input) : input }),
  "pulumi:providers:kubernetes": () => ({}),
  "kubernetes:core/v1:Secret": (name, { metadata }) => ({ metadata: { ...(metadata as object), resourceVersion: versionOf(name) } }),
  "kubernetes:batch/v1:Job": () => ({}),
  "kubernetes:apps/v1:DeploymentPatch": () => ({}),
  "kubernetes:apps/v1:StatefulSetPatch": () => ({}),
  "kubernetes:apps/v1:DaemonSetPatch": () => ({}),
  "kubernetes:core/v1:ConfigMap": () => ({}),
  "kubernetes:core/v1:Service": () => ({}),
  "kubernetes:core/v1:ServiceAccount": () => ({}),
  "kubernetes:apps/v1:StatefulSet": () => ({}),
  "kubernetes:batch/v1:CronJob": () => ({}),
  "kubernetes:policy/v1:PodDisruptionBudget": () => ({}),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:Role": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": () => ({}),
  "kubernetes:external-secrets.io/v1:ClusterSecretStore": () => ({}),
  "kubernetes:external-secrets.io/v1:ExternalSecret": () => ({}),
  "kubernetes:external-secrets.io/v1alpha1:PushSecret": () => ({}),
  "kubernetes:monitoring.coreos.com/v1:PrometheusRule": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:Cluster": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:Database": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:DatabaseRole": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:PoolerPatch": () => ({}),
};
/**
 * What is made at random is of one run, unless a Stash has kept it: as in the engine, for all runs
 * of a process.
 */
const kept = new Map<string, unknown>();
function keptIn(name: string, input: unknown): unknown {
  if (!kept.has(name)) kept.set(name, input);
  return kept.get(name);
}

const OWN_COMPONENT = /^cnpg-credentials:index:/;

/** The 32 characters that the mocked RandomPassword of a name generates. */
export function passwordOf(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "").padEnd(32, "0123456789abcdefghijklmnopqrstuv");
}

/** The bytes that the mocked RandomBytes of a name generates. */
export function bytesOf(name: string, length: number): Buffer {
  return Buffer.alloc(length, name);
}

/** When every mocked RandomUuid7 was made. */
export const MADE_AT = "2024-07-01T12:34:56.789Z";

/** The UUID of version 7 that the mocked RandomUuid7 of a name is. */
export function uuidOf(name: string): string {
  const time = Date.parse(MADE_AT).toString(16).padStart(12, "0");
  const rest = Buffer.from(name.padStart(6, "0")).toString("hex").slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`;
}

/** The resource version of a mocked Secret. */
export function versionOf(name: string): string {
  return `version of ${name}`;
}

/**
 * Runs a program under Pulumi's mocks until nothing of it is pending.
 *
 * The options are read off the registration itself rather than from a `transformations` entry: that
 * has what the SDK made of them, and also what an input's outputs made a resource depend on.
 *
 * @throws what the program threw, inside `apply` too, and when a name was used twice
 */
export async function run<T>(
  program: () => T | Promise<T>,
  { stack = "dev", project = PROJECT, preview = false, stashed, registered = [], kinds = {}, outputs = {} }: RunOptions = {},
): Promise<Run<T>> {
  const requests: resproto.RegisterResourceRequest[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => {
      if (OWN_COMPONENT.test(type)) return { id: undefined, state: {} };
      const computed = kinds[type] ?? COMPUTED[type];
      if (computed === undefined) throw new Error(`the mocks do not know ${type}::${name}`);
      if (preview) return { id: undefined, state: inputs as object };
      const secret = requests.at(-1)?.getAdditionalsecretoutputsList() ?? [];
      const earlier = type === STASH && stashed !== undefined ? { output: stashed } : {};
      const outputs = Object.entries({ ...(inputs as object), ...computed(name, inputs as Record<string, unknown>), ...earlier });
      return {
        id: `${name}-id`,
        state: Object.fromEntries(outputs.map(([key, value]) => [key, secret.includes(key) ? mark(value) : value])),
      };
    },
    call: ({ token, inputs }) => {
      if (token === "pulumi:pulumi:readStackOutputs") return { name: (inputs as { name: string }).name, outputs };
      throw new Error(`the mocks do not know the function ${token}`);
    },
  };
  await pulumi.runtime.setMocks(mocks, project, stack, preview, ORGANIZATION);
  record(requests, registered);

  const { value: result, errors } = await withoutStacks(() =>
    collectRejections(async () => {
      const value = await program();
      await pulumi.runtime.disconnect();
      await new Promise((resolve) => setImmediate(resolve));
      return value;
    }),
  );
  if (errors.length > 0) throw errors[0];

  const resources = requests.map(toRegistration).sort((a, b) => (a.id < b.id ? -1 : 1));
  const twice = resources.filter(({ id }, index) => resources[index + 1]?.id === id);
  if (twice.length > 0) throw new Error(`made twice: ${twice.map(({ id }) => id).join(", ")}`);
  return {
    result,
    resources,
    get: (id) => {
      const found = resources.find((resource) => resource.id === id);
      if (found === undefined) throw new Error(`there is no ${id} among ${resources.map((resource) => resource.id).join(", ")}`);
      return found;
    },
    ofKind: (kind) => resources.filter(({ id }) => id.split("::")[0]?.endsWith(`:${kind}`)),
  };
}

/** Notes every registration on its way to the mocked engine. */
function record(requests: resproto.RegisterResourceRequest[], registered: string[]): void {
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Monitor }).getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    requests.push(request);
    registered.push(`${request.getType()}::${request.getName()}`);
    return register(request, callback);
  };
  // The mocked engine runs no hooks, and does not know that they can be announced.
  monitor.registerResourceHook = (_, callback) => callback(null, {});
}

interface Monitor {
  registerResource(request: resproto.RegisterResourceRequest, callback: unknown): Promise<void>;
  registerResourceHook(request: unknown, callback: (error: null, response: object) => void): void;
}

/**
 * Pulumi takes a stack trace for each promise and each resource, to tell of promises that leak and
 * of lines: four tenths of what a program under mocks costs. Errors of the program itself are
 * without theirs, too; `STACK_TRACES=1` has them all.
 */
async function withoutStacks<T>(body: () => Promise<T>): Promise<T> {
  if (process.env.STACK_TRACES) return body();
  const resource = pulumi.Resource as unknown as { callsites: () => unknown[] };
  const [{ stackTraceLimit }, { callsites }] = [Error, resource];
  Error.stackTraceLimit = 0;
  resource.callsites = () => [];
  try {
    return await body();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    resource.callsites = callsites;
  }
}

/**
 * Mocha would end the test at the first unhandled rejection; here they belong to the program that
 * is run.
 */
async function collectRejections<T>(body: () => Promise<T>): Promise<{ value: T; errors: unknown[] }> {
  const errors: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (reason) => errors.push(reason));
  try {
    return { value: await body(), errors };
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of others) process.on("unhandledRejection", listener);
  }
}

function toRegistration(request: resproto.RegisterResourceRequest): Registration {
  const inputs = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const timeouts = request.getCustomtimeouts()?.toObject();
  const options = {
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    aliases: request.getAliasesList().map((alias) => alias.toObject()),
    deletedWith: request.getDeletedwith(),
    replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
    customTimeouts: timeouts && set(timeouts),
    import: request.getImportid(),
    hooks: hooksOf(request),
  };
  return {
    id: `${request.getType()}::${request.getName()}`,
    ...(request.getParent() ? { parent: idOf(request.getParent()) } : {}),
    ...(request.getProvider() ? { provider: idOf(request.getProvider()) } : {}),
    inputs: reveal(inputs) as Record<string, unknown>,
    secrets: secretPaths(inputs),
    clear: withoutSecrets(inputs),
    dependsOn: request.getDependenciesList().map(idOf).sort(),
    options: set(options),
  };
}

/** Names of those that run before something is made or changed. */
function hooksOf(request: resproto.RegisterResourceRequest): string[] {
  const hooks = request.getHooks();
  return [...new Set([...(hooks?.getBeforeCreateList() ?? []), ...(hooks?.getBeforeUpdateList() ?? [])])];
}

/** The fields that say something. */
function set(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const empty = (value: unknown) => !value || (typeof value === "object" && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !empty(value)));
}

/** `type::name` of a URN, or of a provider's reference, which has an id after it. */
function idOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)}::${name}`;
}

function mark(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[SIGNATURE] === SECRET;
}

function walk(value: unknown, secret: (inner: unknown, path: string) => unknown, path = ""): unknown {
  if (isSecret(value)) return secret(value.value, path);
  if (Array.isArray(value)) return value.map((item, index) => walk(item, secret, `${path}.${index}`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, walk(field, secret, path ? `${path}.${key}` : key)]));
}

function reveal(value: unknown): unknown {
  return walk(value, reveal);
}

function withoutSecrets(value: unknown): unknown {
  return walk(value, () => undefined);
}

function secretPaths(value: unknown): string[] {
  const paths: string[] = [];
  walk(value, (_, path) => void paths.push(path));
  return paths;
}
