import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../config/load";
import { visible } from "../config/visible";
import { askAll, connect, METADATA_ONLY, METADATA_ONLY_ONE, type Ask } from "../kube/client";
import { Unreachable } from "../kube/kubeconfig";
import { droppedRole, inlineRole, roleObjectStatus, type ClusterStatus, type Custom, type ObjectStatus } from "./status";
import { CNPG, kubectlKind, objectsPath } from "../kube/kinds/groups";

/** A role that the program goes on with only once CloudNativePG has applied it. */
export interface Expectation {
  readonly service: string;
  readonly role: string;
  /** The Secret with its password; absent for a role that is to be dropped. */
  readonly secret?: string;
  /**
   * The Secret that a role which is to be dropped had: it goes last, so that without it the role
   * has long been dropped.
   */
  readonly former?: string;
  /** Its DatabaseRole object, where there are such objects. */
  readonly object?: string;
  /** What holds meanwhile, and what to do: the end of the message should it not happen. */
  readonly consequence: string;
  /**
   * The version of the Secret that was written. One that somebody has changed since has another.
   */
  readonly version?: string;
  /** What fails by it. */
  readonly resource?: pulumi.Resource;
}

interface Waiting extends Expectation {
  /** When its time began; in the future while something else has to come first. */
  since: number;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  reasons: string[];
}

/**
 * Between two looks: a rotation is applied within tenths of a second, and what takes longer takes
 * seconds.
 */
const PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 1_000;
/** As many names are asked for one by one; more in a list. */
const FEW = 8;
/**
 * The longest that something else is waited for before a role's own time begins: no stack says more
 * for its Cluster.
 */
const LONGEST_MS = 3_600_000;
/**
 * That a role cannot be dropped CloudNativePG says at once; that it has been, only when something
 * else makes it look again.
 */
const DROPPED_MS = 5_000;

/**
 * CloudNativePG's word that it has applied a password: the version of the Secret that it says it
 * applied last is the one that was written, or the Secret's present one. All who wait are answered
 * from the same few questions. Secrets are asked for only where its word is about another version
 * than the one that was written.
 */
export class AppliedRoles {
  readonly #waiting = new Set<Waiting>();
  #loop: Promise<void> | undefined;

  constructor(private readonly stack: Pick<Stack, "context" | "kubeconfig" | "namespace" | "name" | "cluster" | "rotation">) {}

  /**
   * Waits for a role. In a preview nothing is applied, and nothing waited for.
   *
   * @param from What `rotation.applySeconds` are counted from, where the role may be applied before
   * that is there. The role is looked for at once.
   * @throws pulumi.ResourceError with CloudNativePG's own reason when it does not happen within
   * `rotation.applySeconds`, about this one service: the others' credentials go on
   */
  async applied(expectation: Expectation, from?: Promise<unknown>): Promise<void> {
    if (pulumi.runtime.isDryRun()) return;
    await new Promise<void>((done, failed) => {
      const now = performance.now();
      const since = from === undefined ? now : now + LONGEST_MS;
      const waiting: Waiting = { ...expectation, since, done, failed, reasons: ["it has not said anything yet"] };
      const begin = () => void (waiting.since = Math.min(waiting.since, performance.now()));
      from?.then(begin, begin);
      this.#waiting.add(waiting);
      this.#loop ??= this.#watch();
    });
  }

  async #watch(): Promise<void> {
    try {
      const kubeconfig = this.stack.kubeconfig && (await new Promise<string>((resolve) => this.stack.kubeconfig!.apply(resolve)));
      const { context } = this.stack;
      const target = { ...(context === undefined ? {} : { context }), ...(kubeconfig === undefined ? {} : { kubeconfig }) };
      let ask: Ask | undefined;
      let pause = PAUSE_MS;
      while (this.#waiting.size > 0) {
        try {
          ask ??= (await connect(target)).ask;
          await this.#look(ask);
        } catch (error) {
          // A connection that breaks between the two halves of a rotation must not leave the
          // password of before in the application's Secret: the question is asked again until the
          // time is over.
          if (!(error instanceof Unreachable) || ask === undefined) throw error;
          for (const waiting of this.#waiting) waiting.reasons = [error.message];
        }
        this.#giveUp();
        if (this.#waiting.size === 0) break;
        await sleep(pause);
        pause = Math.min(pause * 1.2, LONGEST_PAUSE_MS);
      }
    } catch (error) {
      for (const waiting of this.#waiting) waiting.failed(error as Error);
      this.#waiting.clear();
    } finally {
      // At once: a caller that comes a moment later would wait for a loop that has ended.
      this.#loop = undefined;
    }
  }

  async #look(ask: Ask): Promise<void> {
    const { namespace, cluster } = this.stack;
    const everyone = [...this.#waiting];
    const [live, roles] = await Promise.all([
      ask("GET", objectsPath(CNPG, namespace, "clusters", cluster.name)),
      named<Custom<ObjectStatus>>(
        ask,
        objectsPath(CNPG, namespace, "databaseroles"),
        everyone.map(({ object }) => object),
      ),
    ]);
    const status = (live.body.status ?? {}) as ClusterStatus;
    const waitsFor = ({ role, object }: Waiting, version: string) =>
      object === undefined ? inlineRole(role, version, status) : roleObjectStatus(roles.get(object), version);
    const left = everyone.filter((one) => {
      if (one.version === undefined || waitsFor(one, one.version).length > 0) return true;
      this.#goesOn(one);
      return false;
    });
    if (left.length === 0) return;
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const asked = left.map(({ secret, former }) => secret ?? former);
    const secrets = await named<{ metadata: { name: string; resourceVersion: string } }>(ask, path, asked, true);
    for (const waiting of left) {
      const { role, secret, former } = waiting;
      const version = secret === undefined ? undefined : secrets.get(secret)?.metadata.resourceVersion;
      if (former !== undefined && !secrets.has(former)) waiting.reasons = [];
      else if (secret === undefined) waiting.reasons = droppedRole(role, status, performance.now() - waiting.since > DROPPED_MS);
      else if (version === undefined) waiting.reasons = [`Secret ${secret} does not exist`];
      else waiting.reasons = waitsFor(waiting, version);
      if (waiting.reasons.length === 0) this.#goesOn(waiting);
    }
  }

  #goesOn(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.done();
  }

  /** Of a service that has waited too long everything fails, as one message about it. */
  #giveUp(): void {
    const limit = this.stack.rotation.applySeconds * 1000;
    const late = new Set([...this.#waiting].filter(({ since }) => performance.now() - since > limit).map(({ service }) => service));
    for (const service of late) {
      const own = [...this.#waiting].filter((one) => one.service === service);
      const error = this.#notApplied(own);
      for (const one of own) {
        this.#waiting.delete(one);
        one.failed(error);
      }
    }
  }

  #notApplied(waiting: readonly Waiting[]): Error {
    const lines = waiting.map(
      ({ service, role, secret, reasons, consequence }) =>
        `  - ${service}: role ${role}, ${secret === undefined ? "which is to be dropped" : `Secret ${secret}`}; CloudNativePG: ${visible(reasons.join("; "))}\n    ${consequence}`,
    );
    const { namespace, cluster, rotation } = this.stack;
    const message = [
      `CloudNativePG has not applied ${waiting.length === 1 ? "a role" : `${waiting.length} roles`} within ${rotation.applySeconds} s`,
      ...lines,
      `See \`kubectl -n ${namespace} describe ${kubectlKind("clusters", CNPG)} ${cluster.name}\` and the operator's log; then run \`pulumi up\` again (with \`--refresh\` where an object was changed by hand), which goes on from here.`,
    ].join("\n");
    const { resource } = waiting[0]!;
    const error = resource === undefined ? new pulumi.RunError(message) : new pulumi.ResourceError(message, resource, true);
    error.stack = message;
    return error;
  }
}

/**
 * Objects by their names, or their metadata: those that are wanted, one by one where they are few.
 */
async function named<T extends { metadata: { name: string } }>(
  ask: Ask,
  path: string,
  wanted: readonly (string | undefined)[],
  isMetadata = false,
): Promise<Map<string, T>> {
  const names = [...new Set(wanted)].filter((name) => name !== undefined);
  const accept = (type: string) => (isMetadata ? { accept: type } : {});
  const find = async (name: string) => {
    const { status, body } = await ask("GET", `${path}/${name}`, accept(METADATA_ONLY_ONE));
    return status === 200 ? [body as T] : [];
  };
  const list = async () => ((await askAll(ask, path, accept(METADATA_ONLY))).body.items ?? []) as T[];
  const items = names.length > FEW ? await list() : (await Promise.all(names.map(find))).flat();
  return new Map(items.map((item) => [item.metadata.name, item]));
}
