import * as https from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { serverCertificate } from "./authority";

/** One of the questions that have come. */
export interface Question {
  /** `GET /v1/sys/health` */
  readonly question: string;
  /** Which of those that are equal: the first is 1. */
  readonly time: number;
}

/**
 * Where a question is stopped for good: before the server has it, or once the server has answered,
 * before who has asked knows.
 */
export interface Stop extends Question {
  readonly side: "before" | "after";
}

/** A server over TLS that hands every question on to another, up to a stop. */
export interface Gate {
  readonly address: string;
  readonly ca: string;
  /**
   * What has come since the gate was opened. A question that is asked again, after an error of the
   * server's own (5xx), is the same question.
   */
  readonly questions: readonly Question[];
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
  let questions: Question[] = [];
  let answers: string[] = [];
  let asking = new Map<string, { time: number; failed: boolean }>();
  let stop: Stop | undefined;
  let stopped: () => void = () => undefined;

  function count(question: string): { time: number; failed: boolean } {
    const known = asking.get(question);
    const current = known?.failed ? { ...known, failed: false } : { time: (known?.time ?? 0) + 1, failed: false };
    asking.set(question, current);
    if (!known?.failed) questions.push({ question, time: current.time });
    return current;
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = `${request.method} ${request.url}`;
    const current = count(question);
    const body = await text(request);
    const isHeld = (side: Stop["side"]) => stop?.question === question && stop.time === current.time && stop.side === side;
    if (isHeld("before")) return stopped();
    const { host: _, ...headers } = request.headers;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const onward = https.request(new URL(request.url!, address), { method: request.method, headers, agent }, resolve);
      onward.on("error", reject).end(body);
    });
    const said = await text(answer);
    answers.push(said);
    current.failed = answer.statusCode! >= 500;
    if (isHeld("after")) return stopped();
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
      asking = new Map();
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
