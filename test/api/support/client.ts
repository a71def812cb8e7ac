import * as https from "node:https";
import { connection, type Connection } from "../../../kube/kubeconfig";
import { METADATA_ONLY } from "../../../kube/client";
import { eventually } from "../../../lab/wait";
import { PATIENCE_SECONDS } from "./patience";

/** An object of Kubernetes, of whatever kind. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MESSAGE = 500;
const APPLY = "application/apply-patch+yaml";
const PATCHES = { merge: "application/merge-patch+json", strategic: "application/strategic-merge-patch+json" } as const;

/**
 * What a test does in the cluster as its administrator. Anything that the API server refuses is an
 * error.
 */
export class Api {
  readonly #agent = new https.Agent({ keepAlive: true, maxSockets: 8 });
  readonly #resources = new Map<string, readonly Resource[]>();

  private constructor(private readonly to: Connection) {}

  static async of(kubeconfig: string): Promise<Api> {
    return new Api(await connection({ kubeconfig }));
  }

  /**
   * Makes these objects, or makes them so, as the manager that the provider is. Fields that their
   * kind does not have are refused. A `status` is written, too.
   */
  async apply(...objects: readonly KubeObject[]): Promise<void> {
    for (const { status, ...object } of objects) {
      const path = await this.pathOf(object);
      const options = "fieldManager=pulumi-kubernetes&force=true&fieldValidation=Strict";
      await this.request("PATCH", `${path}?${options}`, JSON.stringify(object), APPLY);
      if (status !== undefined) await this.setStatus(object, status);
    }
  }

  /** What a controller would have to say of an object: these fields of its status. */
  async setStatus(object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">, status: unknown): Promise<void> {
    await this.request("PATCH", `${await this.pathOf(object)}/status`, JSON.stringify({ status }), PATCHES.merge);
  }

  /** Changes fields of an object as somebody with kubectl does; `null` takes one away. */
  async patch(
    object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">,
    change: unknown,
    kind: keyof typeof PATCHES = "merge",
  ): Promise<void> {
    await this.request("PATCH", `${await this.pathOf(object)}?fieldManager=kubectl`, JSON.stringify(change), PATCHES[kind]);
  }

  /** Makes an object anew, as what cannot be changed is changed. */
  async replace(object: KubeObject): Promise<void> {
    const { status, body } = await this.#send("DELETE", `${await this.pathOf(object)}?propagationPolicy=Background`);
    if (status >= 300 && status !== 404) throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${JSON.stringify(body)}`);
    await this.apply(object);
  }

  async remove(...objects: readonly Pick<KubeObject, "apiVersion" | "kind" | "metadata">[]): Promise<void> {
    // Without a controller that collects, anything but this would wait for one.
    for (const object of objects) await this.request("DELETE", `${await this.pathOf(object)}?propagationPolicy=Background`);
  }

  async read<T extends KubeObject>(object: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): Promise<T> {
    return await this.request<T>("GET", await this.pathOf(object));
  }

  /** The objects of one kind in a namespace. */
  async list<T extends KubeObject>(apiVersion: string, kind: string, namespace: string): Promise<T[]> {
    const path = await this.pathOf({ apiVersion, kind, metadata: { name: "", namespace } });
    const { items } = await this.request<{ items: T[] }>("GET", path.replace(/\/$/, ""));
    return items.map((item) => ({ ...item, apiVersion, kind }));
  }

  /** The store's revision, which every write raises, whoever's it is. */
  async revision(): Promise<string> {
    const path = "/api/v1/namespaces?limit=1";
    return (await this.request<{ metadata: { resourceVersion: string } }>("GET", path)).metadata.resourceVersion;
  }

  /**
   * What of these lists is not as it was at a revision, with a `-` before what was and a `+` before
   * what is.
   */
  async written(paths: readonly string[], since: string): Promise<string[]> {
    const now = new Set(await this.#versions(paths));
    const then = new Set(await this.#versions(paths.map((path) => `${path}?resourceVersion=${since}&resourceVersionMatch=Exact`)));
    const less = (some: ReadonlySet<string>, others: ReadonlySet<string>, sign: string) =>
      [...some].filter((one) => !others.has(one)).map((one) => `${sign} ${one}`);
    return [...less(then, now, "-"), ...less(now, then, "+")];
  }

  async #versions(paths: readonly string[]): Promise<string[]> {
    const lists = paths.map(async (path) => {
      const { status, body } = await this.#send("GET", path, undefined, undefined, METADATA_ONLY);
      if (status !== 200) throw new Error(`GET ${path}: ${status}`);
      // Without any, there is no list.
      const items = (body as { items: readonly KubeObject[] | null }).items ?? [];
      return items.map(({ metadata }) => `${path.replace(/\?.*/, "")} ${metadata.name} ${String(metadata.resourceVersion)}`);
    });
    return (await Promise.all(lists)).flat();
  }

  /** Makes the objects of a manifest, as it is; `path` is that of their kind. */
  async create(path: string, document: string): Promise<void> {
    await this.request("POST", path, document, "application/yaml");
  }

  async request<T = unknown>(method: string, path: string, body?: string, type?: string): Promise<T> {
    const answer = await this.#send(method, path, body, type);
    if (answer.status >= 300) {
      // Of an object that is not valid, the whole object.
      const { message = JSON.stringify(answer.body) } = answer.body as { message?: string };
      throw new Error(`${method} ${path}: ${answer.status} ${message.slice(0, MESSAGE)}`);
    }
    return answer.body as T;
  }

  /** Whether a question is answered. */
  async answers(path: string): Promise<boolean> {
    return (await this.#send("GET", path)).status === 200;
  }

  /** Whether the API server says that it has a kind. */
  async hasKind(apiVersion: string, plural: string): Promise<boolean> {
    return (await this.#discover(apiVersion)).some(({ name }) => name === plural);
  }

  close(): void {
    this.#agent.destroy();
  }

  private async pathOf({ apiVersion, kind, metadata }: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): Promise<string> {
    const named = (resources: readonly Resource[]) => resources.find((one) => one.kind === kind && !one.name.includes("/"));
    const expired = () => new Error(`the API server has no kind ${kind} of ${apiVersion}`);
    // One that was defined a moment ago is not served yet.
    const { name, namespaced } = await eventually(
      { seconds: PATIENCE_SECONDS, everyMs: 50, expired },
      async () => named(this.#resources.get(apiVersion) ?? []) ?? named(await this.#discover(apiVersion)),
    );
    const where = namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
    return `${root(apiVersion)}${where}/${name}/${metadata.name}`;
  }

  async #discover(apiVersion: string): Promise<readonly Resource[]> {
    const { status, body } = await this.#send("GET", root(apiVersion));
    const resources = status === 200 ? (body as { resources: readonly Resource[] }).resources : [];
    this.#resources.set(apiVersion, resources);
    return resources;
  }

  #send(method: string, path: string, body?: string, type = "application/json", accept = "application/json"): Promise<Answer> {
    const { server, options } = this.to;
    return new Promise((resolve, reject) => {
      const headers = { ...(options.headers as Record<string, string>), accept, ...(body !== undefined && { "content-type": type }) };
      const request = https.request(server + path, { ...options, method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const isJson = response.headers["content-type"]?.includes("json");
          resolve({ status: response.statusCode ?? 0, body: isJson ? (JSON.parse(text) as unknown) : text });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }
}

const root = (apiVersion: string) => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
