import * as https from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { serverCertificate } from "./authority";

/** Where a question is stopped for good: before the server has it, or once the server has done what it asks, before who has asked knows. */
export interface Stop {
  readonly question: number;
  readonly side: "before" | "after";
}

/** A server over TLS that hands every question on to another, up to a stop. */
export interface Gate {
  readonly address: string;
  readonly ca: string;
  /** The questions that have come since the gate was opened: `GET /v1/sys/health`. */
  readonly questions: readonly string[];
  /** What the other server has answered them. */
  readonly answers: readonly string[];
  /** Begins anew; `stopped` resolves when the stop has been reached. */
  open(stop?: Stop): { readonly stopped: Promise<void> };
  close(): void;
}

/** @param ca The authority of the other server's certificate. */
export async function startGate(address: string, ca: string): Promise<Gate> {
  const own = await serverCertificate(["localhost"]);
  const agent = new https.Agent({ ca });
  let questions: string[] = [];
  let answers: string[] = [];
  let stop: Stop | undefined;
  let stopped: () => void = () => undefined;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = questions.push(`${request.method} ${request.url}`);
    const body = await text(request);
    const held = (side: Stop["side"]) => stop?.question === number && stop.side === side;
    if (held("before")) return stopped();
    const { host: _, ...headers } = request.headers;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const onward = https.request(new URL(request.url!, address), { method: request.method, headers, agent }, resolve);
      onward.on("error", reject).end(body);
    });
    const said = await text(answer);
    answers.push(said);
    if (held("after")) return stopped();
    response.writeHead(answer.statusCode!, answer.headers).end(said);
  }

  const server = https.createServer({ key: own.key, cert: own.cert }, (request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: own.ca,
    get questions() {
      return questions;
    },
    get answers() {
      return answers;
    },
    open(next) {
      questions = [];
      answers = [];
      stop = next;
      return { stopped: new Promise((resolve) => (stopped = resolve)) };
    },
    close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}
