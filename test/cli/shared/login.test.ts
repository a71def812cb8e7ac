import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import * as tls from "node:tls";
import type { AddressInfo } from "node:net";
import { connectWith } from "../../../preflight/postgres/session";
import { selfSigned } from "../../support/certificate";

const PASSWORD = "TheRealPassword";
const message = (type: string, ...words: number[]) => {
  const body = Buffer.alloc(4 + 4 * words.length);
  body.writeInt32BE(body.length);
  for (const [index, word] of words.entries()) body.writeInt32BE(word, 4 + 4 * index);
  return Buffer.concat([Buffer.from(type), body]);
};
const sasl = Buffer.from("SCRAM-SHA-256\0\0");
const ofSasl = Buffer.concat([message("R", 10), sasl]);
ofSasl.writeInt32BE(8 + sasl.length, 1);

/** What an authentication begins with (PostgreSQL's documentation, "Message Formats"). */
const QUESTIONS: Readonly<Record<string, readonly Buffer[]>> = {
  "the password itself": [message("R", 3)],
  "a hash with md5": [message("R", 5, 0x01020304)],
  "the password itself, after it has asked for SCRAM": [ofSasl, message("R", 3)],
};

describe("cli/shared/login", () => {
  const certificate = selfSigned();
  let server: net.Server;
  let heard: Buffer[];
  /**
   * A server with a certificate that is trusted, which asks these questions, one after each answer.
   */
  async function ask(questions: readonly Buffer[]): Promise<number> {
    heard = [];
    server = net.createServer((plain) => {
      plain.on("error", () => undefined);
      plain.once("data", () => {
        plain.write("S");
        const secure = new tls.TLSSocket(plain, { isServer: true, ...certificate });
        const left = [...questions];
        secure.on("error", () => undefined);
        secure.on("data", (data: Buffer) => {
          heard.push(data);
          const next = left.shift();
          if (next) secure.write(next);
        });
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  for (const [what, questions] of Object.entries(QUESTIONS))
    it(`gives a server nothing that asks for ${what}`, async () => {
      const port = await ask(questions);
      const way = { ca: certificate.cert, port };
      const login = connectWith(way, { user: "platform", password: PASSWORD, database: "platform", host: "localhost" });
      await assert.rejects(login, /the server asks for .* and is not given it/);
      const said = Buffer.concat(heard).toString("latin1");
      assert.ok(said.includes("platform"), "it was spoken to");
      assert.ok(!said.includes(PASSWORD) && !/md5[0-9a-f]{32}/.test(said), said);
      // Settings of the role decide what names mean, but for what a session begins with.
      assert.match(said, /options\0-c search_path=pg_catalog /);
    });
});
