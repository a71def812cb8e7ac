import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../config/load";
import { connect, METADATA_ONLY, type Ask } from "../kube/client";
import { Unreachable } from "../kube/kubeconfig";
import { STACK_LABEL } from "../kube/marks";
import { droppedRole, inlineRole, roleObjectStatus, type ClusterStatus, type Custom, type ObjectStatus } from "./status";
import { CNPG, kubectlKind, objectsPath } from "../kube/kinds/groups";

/** A role that the program goes on with only once CloudNativePG has applied it. */
export interface Expectation {
  readonly service: string;
  readonly role: string;
  /** The Secret with its password; absent for a role that is to be dropped. */
  readonly secret?: string;
  /** The Secret that a role which is to be dropped had: it goes last, so that without it the role has long been dropped. */
  readonly former?: string;
  /** Its DatabaseRole object, where there are such objects. */
  readonly object?: string;
  /** What holds meanwhile, and what to do: the end of the message should it not happen. */
  readonly consequence: string;
}

interface Waiting extends Expectation {
  /** When its time began; in the future while something else has to come first. */
  since: number;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  reasons: string[];
}

const PAUSE_MS = 150;
/** The longest that something else is waited for before a role's own time begins: no stack says more for its Cluster. */
const LONGEST_MS = 3_600_000;
/** That a role cannot be dropped CloudNativePG says at once; that it has been, only when something else makes it look again. */
const DROPPED_MS = 5_000;

/**
 * CloudNativePG's word that it has applied a password: the version of the Secret that it says it applied last is the Secret's present one. All who wait are
 * answered from the same few questions, a few times a second.
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
   * @throws pulumi.RunError with CloudNativePG's own reason when it does not happen within `rotation.applySeconds`
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
      while (this.#waiting.size > 0) {
        try {
          ask ??= (await connect(target)).ask;
          await this.#look(ask);
        } catch (error) {
          // A connection that breaks between the two halves of a rotation must not leave the password
          // of before in the application's Secret: the question is asked again until the time is over.
          if (!(error instanceof Unreachable) || ask === undefined) throw error;
          for (const waiting of this.#waiting) waiting.reasons = [error.message];
        }
        this.#giveUp();
        if (this.#waiting.size > 0) await sleep(PAUSE_MS);
      }
    } catch (error) {
      for (const waiting of this.#waiting) waiting.failed(error as Error);
      this.#waiting.clear();
    } finally {
      // At once: whoever comes a moment later would wait for a loop that has ended.
      this.#loop = undefined;
    }
  }

  async #look(ask: Ask): Promise<void> {
    const { namespace, name, cluster } = this.stack;
    const everyone = [...this.#waiting];
    const objects = everyone.some(({ object }) => object !== undefined);
    const [live, secrets, roles] = await Promise.all([
      ask("GET", objectsPath(CNPG, namespace, "clusters", cluster.name)),
      ask("GET", `/api/v1/namespaces/${namespace}/secrets?labelSelector=${encodeURIComponent(`${STACK_LABEL}=${name}`)}`, {
        accept: METADATA_ONLY,
      }),
      objects ? ask("GET", objectsPath(CNPG, namespace, "databaseroles")) : undefined,
    ]);
    const status = (live.body.status ?? {}) as ClusterStatus;
    const versions = new Map(
      (secrets.body.items ?? []).map(({ metadata }: { metadata: { name: string; resourceVersion: string } }) => [
        metadata.name,
        metadata.resourceVersion,
      ]),
    );
    const byName = new Map((roles?.body.items ?? []).map((item: Custom<ObjectStatus>) => [item.metadata.name, item]));
    for (const waiting of everyone) {
      const { role, secret, former, object } = waiting;
      const version = secret === undefined ? undefined : (versions.get(secret) as string | undefined);
      if (former !== undefined && !versions.has(former)) waiting.reasons = [];
      else if (secret === undefined) waiting.reasons = droppedRole(role, status, performance.now() - waiting.since > DROPPED_MS);
      else if (version === undefined) waiting.reasons = [`Secret ${secret} does not exist`];
      else if (object === undefined) waiting.reasons = inlineRole(role, version, status);
      else waiting.reasons = roleObjectStatus(byName.get(object) as Custom<ObjectStatus> | undefined, version);
      if (waiting.reasons.length > 0) continue;
      this.#waiting.delete(waiting);
      waiting.done();
    }
  }

  /** Those that have waited too long fail together, as one message. */
  #giveUp(): void {
    const seconds = this.stack.rotation.applySeconds;
    if (![...this.#waiting].some(({ since }) => performance.now() - since > seconds * 1000)) return;
    const everyone = [...this.#waiting];
    this.#waiting.clear();
    const lines = everyone.map(
      ({ service, role, secret, reasons, consequence }) =>
        `  - ${service}: role ${role}, ${secret === undefined ? "which is to be dropped" : `Secret ${secret}`}; CloudNativePG: ${reasons.join("; ")}\n    ${consequence}`,
    );
    const { namespace, cluster } = this.stack;
    const error = new pulumi.RunError(
      [
        `CloudNativePG has not applied ${everyone.length === 1 ? "a role" : `${everyone.length} roles`} within ${seconds} s`,
        ...lines,
        `See \`kubectl -n ${namespace} describe ${kubectlKind("clusters", CNPG)} ${cluster.name}\` and the operator's log; then run \`pulumi up\` again (with \`--refresh\` where an object was changed by hand), which goes on from here.`,
      ].join("\n"),
    );
    error.stack = error.message;
    everyone[0]!.failed(error);
  }
}
