import { randomUUID } from "node:crypto";
import type { Secret } from "../../vault/bootstrap/kubeApi";
import { startApiServer, type Asked, type Reply } from "./apiServer";

/**
 * As much of an API server as the bootstrap uses: Secrets with their versions, one volume claim,
 * one pod.
 */
export interface KubeStore {
  readonly url: string;
  readonly ca: string;
  readonly namespace: string;
  readonly asked: Asked[];
  readonly unexpected: string[];
  secrets: Record<string, Secret>;
  /** The identity of Vault's volume claim. */
  claim: string;
  /** How far its clock is ahead, in milliseconds. */
  ahead: number;
  /** Called when the claim is deleted and then its pod; the claim has a new identity by then. */
  onReplaced: () => Promise<void>;
  close(): Promise<void>;
}

export const STORAGE = { claim: "data-vault-0", pod: "vault-0" };

export async function startKubeStore(secretName: string): Promise<KubeStore> {
  const namespace = "vault";
  const core = `/api/v1/namespaces/${namespace}`;
  const [one, claimPath] = [`${core}/secrets/${secretName}`, `${core}/persistentvolumeclaims/${STORAGE.claim}`];
  let version = 0;
  let deleting = false;
  const metadata = ({ body }: Asked) => (body as Secret).metadata;
  const keep = (asked: Asked): Secret => {
    const secret = asked.body as Secret;
    return (store.secrets[secretName] = { ...secret, metadata: { ...secret.metadata, resourceVersion: String(++version) } });
  };
  const replies: Record<string, Reply> = {
    [`GET ${one}`]: () => (store.secrets[secretName] ? { ...store.secrets[secretName] } : 404),
    [`POST ${core}/secrets`]: (asked) => (store.secrets[secretName] ? 409 : { ...keep(asked) }),
    [`PUT ${one}`]: (asked) => {
      const current = store.secrets[secretName];
      if (!current) return 404;
      return current.metadata.resourceVersion === metadata(asked).resourceVersion ? { ...keep(asked) } : 409;
    },
    [`GET ${claimPath}`]: () => ({
      metadata: { name: STORAGE.claim, uid: store.claim, ...(deleting && { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
    }),
    [`DELETE ${claimPath}`]: ({ body }) => {
      if ((body as { preconditions: { uid: string } }).preconditions.uid !== store.claim) return 409;
      deleting = true;
      return 200;
    },
    [`DELETE ${core}/pods/${STORAGE.pod}`]: () => {
      if (deleting) {
        deleting = false;
        store.claim = randomUUID();
        void store.onReplaced();
      }
      return 200;
    },
  };
  const server = await startApiServer(replies, () => Date.now() + store.ahead);
  const store: KubeStore = {
    url: server.url,
    ca: server.ca,
    namespace,
    asked: server.asked,
    unexpected: server.unexpected,
    secrets: {},
    claim: randomUUID(),
    ahead: 0,
    onReplaced: () => Promise.reject(new Error("nobody expected the storage to be replaced")),
    close: () => server.close(),
  };
  return store;
}
