import * as assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { selfSigned } from "./certificate";

export interface Asked {
  readonly question: string;
  readonly accept: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

type Body = Readonly<Record<string, unknown>>;
/** A status with headers, and with a body where one goes with such a status. */
type Status = readonly [status: number, headers: Readonly<Record<string, string>>, body?: Body];
/**
 * What the server says to `GET /path`: a status other than 200, a body (text is sent as it is), or
 * what is made of the question.
 */
export type Reply = number | string | Body | ((asked: Asked) => number | Status | Body);

export interface ApiServer {
  readonly url: string;
  readonly ca: string;
  /** Everything that was asked, in order. */
  readonly asked: Asked[];
  /** Questions that nobody has said how to answer. */
  readonly unexpected: string[];
  readonly replies: Record<string, Reply>;
  close(): Promise<void>;
}

/**
 * Asserts that nothing was asked (`GET /version`) that changes anything, and not more than so many
 * questions.
 */
export function assertReads(questions: readonly string[], atMost: number): void {
  assert.deepEqual(
    questions.filter((question) => !question.startsWith("GET ")),
    [],
  );
  assert.ok(questions.length <= atMost, `${questions.length} questions, more than ${atMost}:\n${questions.join("\n")}`);
}

/**
 * An API server over TLS that answers the given questions (`GET /version`) and notes any other.
 * `clock` is in milliseconds.
 */
export async function startApiServer(replies: Readonly<Record<string, Reply>>, clock: () => number = Date.now): Promise<ApiServer> {
  const { key, cert } = selfSigned();
  const asked: Asked[] = [];
  const unexpected: string[] = [];
  const current = { ...replies };
  const answer = async (request: IncomingMessage) => {
    // A list is asked for in pages; here, one has all of it.
    const question = `${request.method} ${request.url?.replace(/[?&]limit=500$/, "")}`;
    const body = await text(request);
    const { accept, authorization } = request.headers;
    const entry = { question, accept, authorization, body: body === "" ? undefined : (JSON.parse(body) as unknown) };
    asked.push(entry);
    const reply = current[question];
    if (reply === undefined) unexpected.push(question);
    return typeof reply === "function" ? reply(entry) : (reply ?? 501);
  };
  const server = https.createServer({ key, cert }, (request, response) => {
    void answer(request).then((reply) => {
      const [status, headers, body] = Array.isArray(reply)
        ? (reply as unknown as Status)
        : [typeof reply === "number" ? reply : 200, {}, typeof reply === "object" ? (reply as Body) : undefined];
      response.writeHead(status, { "content-type": "application/json", date: new Date(clock()).toUTCString(), ...headers });
      response.end(typeof reply === "string" ? reply : JSON.stringify(body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    asked,
    unexpected,
    replies: current,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A kubeconfig for it, with one context, `lab`. */
export function kubeconfigFor(server: { url: string; ca: string }): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: server.url, "certificate-authority-data": Buffer.from(server.ca).toString("base64") } }],
    users: [{ name: "u", user: { token: "token-of-the-test" } }],
    contexts: [{ name: "lab", context: { cluster: "c", user: "u" } }],
  });
}
