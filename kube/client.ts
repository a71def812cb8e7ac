import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { FixableError } from "../config/fixableError";
import { visible } from "../config/visible";
import { exchange, type Reply } from "./http";
import { connection, Unreachable, type Connection } from "./kubeconfig";

export interface Answer {
  status: number;
  /**
   * Seconds after which the server wants to be asked again: it is busy, or has only just learnt of
   * a kind.
   */
  retryAfter?: number;
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- whatever the API server answers, read field by field
}

/** One question to the API server, asked again for as long as the server asks for patience. */
export type Ask = (method: "GET" | "POST", path: string, options?: { accept?: string; body?: unknown }) => Promise<Answer>;

/** A server that has answered, and is asked. */
export interface Client {
  readonly ask: Ask;
  readonly server: string;
}

/**
 * The names and marks of objects without what is in them: no Secret's data crosses the network for
 * a list.
 */
export const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/** The same for one object. */
export const METADATA_ONLY_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** As kubectl asks for lists: each answer is soon there, and no list is held in memory twice. */
const PAGE = 500;

/**
 * A list, whole, of which the API server gives a page at a time; what it answers instead where it
 * gives none.
 */
export async function askAll(ask: Ask, path: string, options: { accept?: string } = {}): Promise<Answer> {
  const page = (token: string) =>
    ask("GET", `${path}${path.includes("?") ? "&" : "?"}limit=${PAGE}${token && `&continue=${encodeURIComponent(token)}`}`, options);
  const items: unknown[] = [];
  let token = "";
  for (;;) {
    const answer = await page(token);
    // What a page goes on from is forgotten after minutes.
    if (answer.status === 410 && token !== "") return ask("GET", path, options);
    if (answer.status !== 200) return answer;
    items.push(...((answer.body.items ?? []) as unknown[]));
    token = (answer.body.metadata?.continue as string | undefined) ?? "";
    if (token === "") return { ...answer, body: { ...answer.body, items } };
  }
}

/**
 * Questions at a time. The API server has the others wait, and a process has only so many files.
 */
const AT_ONCE = 8;

const TIMEOUT_MS = 15_000;
// As many as Kubernetes' own clients.
const RETRIES = 10;
const LONGEST_PAUSE_S = 5;

/**
 * A client of the API server that a kubeconfig names.
 *
 * @throws Unreachable when there is no such context, no answer, or the credentials are not
 * accepted; the client too, when it gets no answer
 */
export async function connect(target: { kubeconfig?: string; context?: string }): Promise<Client> {
  const found = await connection(target);
  let current = clientOf(found);
  const probe = await current("GET", "/version");
  if (probe.status === 401) throw new Unreachable(`${found.server} does not accept the kubeconfig's credentials`);
  const ask: Ask = async (...question) => {
    const asked = current;
    const answer = await asked(...question);
    if (answer.status !== 401) return answer;
    // What a command has given is good for minutes, and an `up` may take longer.
    if (asked === current) current = clientOf(await connection(target));
    return await current(...question);
  };
  return { ask, server: found.server };
}

/** The same of a server that is known already, and has not been asked yet. */
export function clientOf({ server, options }: Connection): Ask {
  // One with a proxy has an agent already.
  const agent = (options.agent as https.Agent | undefined) ?? new https.Agent({ keepAlive: true });
  agent.maxSockets = AT_ONCE;
  const base = { ...options, agent };
  return async (method, path, { accept = "application/json", body } = {}) => {
    if (!isPath(path))
      throw new FixableError(
        `an object of the cluster has a path in the place of a name: ${visible(path)} is not asked for`,
        "see who has written it: a Cluster's status and spec, and annotations, name Secrets and namespaces",
      );
    const headers = { ...(base.headers as Record<string, string>), accept };
    const attempt = () =>
      exchange(server + path, { ...base, method, timeout: TIMEOUT_MS, headers }, body)
        .then(read)
        .catch((error: NodeJS.ErrnoException) => {
          throw new Unreachable(`${server} does not answer (${error.code ?? error.message})`);
        });
    let answer = await attempt();
    for (let retry = 0; answer.retryAfter !== undefined && retry < RETRIES; retry++) {
      await sleep(Math.min(answer.retryAfter, LONGEST_PAUSE_S) * 1000);
      answer = await attempt();
    }
    // Taken for "there is none", an answer like these would let the checks pass.
    if (answer.status === 429 || answer.status >= 500) throw new Unreachable(`${server} answers ${answer.status} to ${path}`);
    return answer;
  };
}

/**
 * Whether a path means what it says. Names in it come from objects that others write: a Cluster's
 * status, an annotation. An address is normalised before it is asked for. Then `..` would lead to
 * another object, or by the API server's proxy to a pod of theirs.
 */
function isPath(path: string): boolean {
  const [names = ""] = path.split("?");
  return /^[!-~]+$/.test(path) && !/[\\#]|\/\/|%2e|(?:^|\/)\.\.?(?:\/|$)/i.test(names);
}

function read({ status, headers, text }: Reply): Answer {
  const retryAfter = status === 429 || status >= 500 ? /^\d+$/.exec(headers["retry-after"] ?? "")?.[0] : undefined;
  const isJson = headers["content-type"]?.includes("json");
  try {
    return {
      status,
      body: isJson && text ? JSON.parse(text) : {},
      ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }),
    };
  } catch {
    throw new Error("the response is not JSON");
  }
}
