import type { Answer, Ask } from "../../kube/http";

/** An object of Kubernetes, as far as it is used here. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface Secret extends KubeObject {
  /** In base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Which volume claim it is, whatever its name, and whether it is on its way out. */
export interface Claim {
  readonly uid: string;
  readonly deleting: boolean;
}

/** The few things that this program may do in its namespace. */
export interface KubeApi {
  /** The Secret, and the API server's clock. */
  readSecret(name: string): Promise<{ secret: Secret | undefined; now: number }>;
  /**
   * Writes a Secret; `false` when there is another by now than the one that was read: its
   * `resourceVersion` has to fit.
   */
  writeSecret(secret: Secret): Promise<boolean>;
  /** A volume claim; `undefined` when there is none. */
  readClaim(name: string): Promise<Claim | undefined>;
  /** Deletes the claim, if it is still this one, and the pod that uses it. */
  deleteStorage(claim: string, uid: string, pod: string): Promise<void>;
}

/** What the API server said instead of doing it. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  constructor(
    question: string,
    readonly status: number,
    message: string,
  ) {
    super(`The API server answered ${question} with ${status}: ${message}`);
  }
}

export function kubeApi(ask: Ask, namespace: string): KubeApi {
  const core = `/api/v1/namespaces/${namespace}`;
  const secrets = `${core}/secrets`;
  const expect = (question: string, { status, body }: Answer, ...allowed: number[]) => {
    if ((status >= 200 && status < 300) || allowed.includes(status)) return;
    throw new KubeError(question, status, (body as { message?: string } | undefined)?.message ?? "no reason given");
  };
  const remove = async (path: string, uid?: string) => {
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    const answer = await ask("DELETE", path, { apiVersion: "v1", kind: "DeleteOptions", ...preconditions });
    // Gone, or another of that name: that of after an earlier run's deletion.
    expect(`DELETE ${path}`, answer, 404, 409);
  };
  return {
    async readSecret(name) {
      const answer = await ask("GET", `${secrets}/${name}`);
      expect(`GET secret ${name}`, answer, 404);
      return { secret: answer.status === 404 ? undefined : (answer.body as Secret), now: answer.date };
    },
    async writeSecret(secret) {
      const body = { apiVersion: "v1", kind: "Secret", type: "Opaque", ...secret };
      const { name, resourceVersion } = secret.metadata;
      const answer = resourceVersion === undefined ? await ask("POST", secrets, body) : await ask("PUT", `${secrets}/${name}`, body);
      expect(`write secret ${name}`, answer, 404, 409);
      return answer.status < 300;
    },
    async readClaim(name) {
      const path = `${core}/persistentvolumeclaims/${name}`;
      const answer = await ask("GET", path);
      expect(`GET ${path}`, answer, 404);
      if (answer.status === 404) return undefined;
      const { uid = "", deletionTimestamp } = (answer.body as KubeObject).metadata;
      return { uid, deleting: deletionTimestamp !== undefined };
    },
    async deleteStorage(claim, uid, pod) {
      // The claim first: it stays until its pod is gone, and the pod's successor waits for a new
      // one.
      await remove(`${core}/persistentvolumeclaims/${claim}`, uid);
      await remove(`${core}/pods/${pod}`);
    },
  };
}
