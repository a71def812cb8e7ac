import assert from "node:assert/strict";
import { stackFile } from "../../support/stackFiles";
import type { KubeObject } from "./client";
import { attempt, objectsOf, problemsOf, type Asking, type Attempt, type Settings } from "./program";
import { CONTEXT } from "./apiServer";
import { here, newNamespace } from "./world";

/** The name of every stack here. */
export const STACK = "api";
export const CLUSTER = "postgres-ameide";
/** What tells the state of a stack from others that there may be or have been. */
export const STATE = "0123456789abcdef";
export const OTHER_STATE = "fedcba9876543210";

/** Lists of everything that the program makes in a namespace. */
const NAMESPACED = [
  ...["secrets", "configmaps", "serviceaccounts", "services"].map((plural) => `/api/v1 ${plural}`),
  ...["deployments", "statefulsets", "daemonsets"].map((plural) => `/apis/apps/v1 ${plural}`),
  ...["jobs", "cronjobs"].map((plural) => `/apis/batch/v1 ${plural}`),
  ...["roles", "rolebindings"].map((plural) => `/apis/rbac.authorization.k8s.io/v1 ${plural}`),
  "/apis/policy/v1 poddisruptionbudgets",
  "/apis/networking.k8s.io/v1 networkpolicies",
  ...["clusters", "databases", "databaseroles", "poolers", "scheduledbackups"].map((plural) => `/apis/postgresql.cnpg.io/v1 ${plural}`),
  "/apis/external-secrets.io/v1 externalsecrets",
  "/apis/external-secrets.io/v1alpha1 pushsecrets",
];
/** And in none. */
const CLUSTER_WIDE = [
  "/api/v1/namespaces",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/external-secrets.io/v1/clustersecretstores",
];

interface StackFileSettings {
  readonly vault?: { readonly server: { readonly kind: string }; readonly configuration: { readonly by: string } };
  readonly bundles?: Readonly<Record<string, object>>;
}

/** A stack of one test, with a namespace of its own. */
export class Stage {
  private constructor(
    readonly namespace: string,
    /** Of a Vault, where it has one. */
    readonly vaultNamespace: string | undefined,
    readonly settings: Settings,
  ) {}

  /**
   * A stack of two services that is yet to be brought up; with Vault, it fetches something, too.
   */
  static async open({ vault = false } = {}): Promise<Stage> {
    const namespace = await newNamespace();
    const vaultNamespace = vault ? await newNamespace("vault") : undefined;
    return new Stage(namespace, vaultNamespace, {
      ...{ namespace, context: CONTEXT, environment: "dev" },
      cluster: { name: CLUSTER, instances: 1, image: "example.com/postgresql:17", storage: { size: "2Gi" }, protection: "none" },
      services: { platform: {}, agents: {} },
      ...(vaultNamespace !== undefined && { services: { platform: {}, inference: {} }, vault: vaultIn(vaultNamespace) }),
    });
  }

  /**
   * One that has a file, in namespaces of the test's own, as before Vault's ceremony where that is
   * not the CronJob's.
   */
  static async of(stack: string): Promise<Stage> {
    const { vault, bundles = {}, ...settings } = stackFile(stack) as unknown as Settings & StackFileSettings;
    const [namespace, vaultNamespace] = [await newNamespace(stack), vault && (await newNamespace("vault"))];
    return new Stage(namespace, vaultNamespace, {
      ...{ environment: stack, ...settings },
      ...{ namespace, context: CONTEXT },
      ...(vault && {
        vault: {
          ...vault,
          configuration: vault.configuration.by === "cronJob" ? vault.configuration : { by: "hand" },
          server: vault.server.kind === "deployed" ? { ...vault.server, namespace: vaultNamespace } : vault.server,
          store: { name: `store-of-${vaultNamespace}` },
        },
      }),
      bundles: Object.fromEntries(Object.entries(bundles).map(([name, bundle]) => [name, { ...bundle, namespace }])),
    });
  }

  /** Puts objects there as somebody else would, in the stack's namespace where they name none. */
  async apply(...objects: readonly KubeObject[]): Promise<void> {
    await here().api.apply(...objects.map((object) => this.placed(object)));
  }

  placed<T extends Pick<KubeObject, "metadata">>(object: T): T {
    return { ...object, metadata: { namespace: this.namespace, ...object.metadata } };
  }

  /** Has the program look at the stack. */
  async attempt(asking: Partial<Asking> = {}): Promise<Attempt> {
    return await attempt(this.settings, { kubeconfig: here().server.kubeconfig, stack: STACK, state: STATE, ...asking });
  }

  /**
   * Has the program refuse the stack: with these problems and no others, before it has asked for
   * anything, and without a write.
   */
  async refused(expected: Readonly<Record<string, string | RegExp>>, asking: Partial<Asking> = {}): Promise<string> {
    const before = await here().api.revision();
    const { refusal, registered } = await this.attempt(asking);
    assert.ok(refusal !== undefined, "it is not refused");
    const problems = problemsOf(refusal);
    assert.deepEqual([...problems.keys()].sort(), Object.keys(expected).sort(), refusal);
    for (const [path, words] of Object.entries(expected)) {
      const said = problems.get(path)!;
      if (typeof words === "string") assert.ok(said.includes(words), `${path}: ${said}`);
      else assert.match(said, words, path);
    }
    const others = registered.filter((id) => id !== "random:index/randomId:RandomId::state");
    assert.deepEqual(others, [], "registered before the refusal");
    await this.unchangedSince(before);
    return refusal;
  }

  /** Has the program go on. */
  async goesOn(asking: Partial<Asking> = {}): Promise<Attempt & { made: NonNullable<Attempt["made"]> }> {
    const { refusal, made, ...rest } = await this.attempt(asking);
    assert.ok(made !== undefined, refusal);
    return { made, ...rest };
  }

  /**
   * Has the program go on, and everything that it makes be there: the stack has been brought up.
   */
  async up(asking: Partial<Asking> = {}): Promise<KubeObject[]> {
    const { made } = await this.goesOn(asking);
    const objects = objectsOf(made);
    for (const object of objects) await (object.kind === "Job" ? here().api.replace(object) : here().api.apply(object));
    return objects;
  }

  /**
   * Nothing that the program makes has been written since a revision.
   * @param clusterWide Whether to look at what belongs to no namespace, too: not where other tests
   * run at the same time.
   */
  async unchangedSince(revision: string, clusterWide = true): Promise<void> {
    const { api } = here();
    if ((await api.revision()) === revision) return;
    // The API server writes, too, every few seconds.
    const namespaces = [this.namespace, ...(this.vaultNamespace === undefined ? [] : [this.vaultNamespace])];
    const lists = namespaces.flatMap((one) => NAMESPACED.map((list) => list.replace(" ", `/namespaces/${one}/`)));
    assert.deepEqual(await api.written([...lists, ...(clusterWide ? CLUSTER_WIDE : [])], revision), []);
  }
}

/** As dev has it; what belongs to the whole cluster is called after its namespace. */
function vaultIn(namespace: string): object {
  return {
    server: {
      ...{ kind: "deployed", namespace, image: "example.com/vault:1", replicas: 1 },
      ...{ storage: { size: "1Gi" }, seal: { type: "shamir" } },
    },
    store: { name: `store-of-${namespace}` },
    configuration: { by: "cronJob" },
  };
}
