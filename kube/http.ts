import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { proxyFor } from "./proxy";

/** A server that speaks JSON over TLS. */
export interface Endpoint {
  /** `https://host:port` */
  readonly address: string;
  /**
   * The authority that has signed its certificate, as PEM.
   * @default those that the machine trusts
   */
  readonly ca?: string | undefined;
  /** The name in its certificate, where that is not the address: through a port-forward. */
  readonly serverName?: string | undefined;
  /** Headers of every request, made anew for each: a token may be replaced while this runs. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  /** What it says, parsed; `undefined` when it says nothing or no JSON. */
  readonly body: unknown;
  /** The server's clock, in milliseconds; `NaN` when it does not say. */
  readonly date: number;
}

/** Asks one question of a server. It rejects when there is no answer, whatever the reason. */
export type Ask = (method: string, path: string, body?: unknown, timeoutMs?: number) => Promise<Answer>;

const JSON_TYPE = "application/json";
const TIMEOUT_MS = 10_000;
/**
 * How often a question that changes nothing the second time is asked again when the connection
 * fails, and how long after.
 */
const RETRY_AFTER_MS = [100, 400, 1000];

/**
 * A connection that is kept for the next question: a run asks some dozens of them. It goes through
 * the environment's proxy (`HTTPS_PROXY`).
 * @throws {Error} At once, for an address that is not https: no token is sent in plain text.
 */
export function connect({ address, ca, serverName, headers }: Endpoint): Ask {
  const base = new URL(address);
  if (base.protocol !== "https:") throw new Error(`${address} is not an https address`);
  const named = serverName !== undefined && { servername: serverName };
  const agent = new https.Agent({ keepAlive: true, maxSockets: 4, ca, ...named, ...throughProxy(base) });
  return async (method, path, body, timeoutMs = TIMEOUT_MS) => {
    // From the first packet to the last: a server that stops in the middle of an answer is none.
    const signal = AbortSignal.timeout(timeoutMs);
    const reply = await exchange(new URL(path, base), { method, agent, headers: { accept: JSON_TYPE, ...headers?.() }, signal }, body);
    return { status: reply.status, body: parse(reply.text), date: Date.parse(reply.headers.date ?? "") };
  };
}

/** The first releases of Node whose agents know proxies, by their major version. */
const KNOWS_PROXIES: Readonly<Record<number, number>> = { 22: 21, 24: 5 };

/** @throws {Error} for a Node that would go around the proxy without a word */
function throughProxy({ origin }: URL, node = process.versions.node): https.AgentOptions {
  const proxy = proxyFor(origin);
  if (proxy === undefined) return {};
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major < 22 || minor < (KNOWS_PROXIES[major] ?? 0))
    throw new Error(`${origin} is behind the proxy of HTTPS_PROXY, which takes Node 22.21 or later, and this is ${node}`);
  return { proxyEnv: { HTTPS_PROXY: proxy } } as https.AgentOptions;
}

/** What a server answers, unread. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * One question, with a body of JSON where there is one. It rejects when there is no whole answer.
 */
export async function exchange(
  url: string | URL,
  options: https.RequestOptions & { readonly headers: OutgoingHttpHeaders },
  body?: unknown,
): Promise<Reply> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers = { ...(content !== undefined && contentHeaders(content)), ...options.headers };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = https.request(url, { ...options, headers }, resolve);
    request.on("timeout", () => request.destroy(new Error(`no answer within ${options.timeout! / 1000} s`)));
    request.on("error", reject);
    request.end(content);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}

/** Asks again when there was no answer. For questions only whose second time changes nothing. */
export function persistent(ask: Ask): Ask {
  return async (...question) => {
    for (const wait of RETRY_AFTER_MS) {
      try {
        return await ask(...question);
      } catch {
        await sleep(wait);
      }
    }
    return await ask(...question);
  };
}

/** With the length, without which Node sends no body of a DELETE. */
function contentHeaders(content: string): Record<string, string | number> {
  return { "content-type": JSON_TYPE, "content-length": Buffer.byteLength(content) };
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
