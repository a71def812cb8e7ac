// Runs in a pod of the lab, as an application that reads its Secret at its start and never again:
// a new connection so many times a second. A line of JSON when the answer is another one, and once
// a minute.
import { Client, type DatabaseError } from "pg";
import type { AnswerLine } from "./protocol";

const { PERIOD_MS, CA, DB_HOST: host, DB_PORT, DB_USER: user, DB_PASSWORD: password, DB_NAME: database } = process.env;

let last: string | undefined;
/** A reader of the log gives up after five minutes without a line. */
const SAID_AGAIN_MS = 60_000;
let said = 0;

async function login(): Promise<void> {
  const client = new Client({
    ...{ host, port: Number(DB_PORT), user, password, database },
    ssl: { ca: CA!, servername: host! },
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  const at = Date.now();
  let code = "";
  try {
    await client.connect();
  } catch (error) {
    code = (error as DatabaseError).code ?? (error as Error).message;
  } finally {
    await client.end().catch(() => undefined);
  }
  if (code === last && at < said + SAID_AGAIN_MS) return;
  process.stdout.write(`${JSON.stringify({ at, code } satisfies AnswerLine)}\n`);
  [last, said] = [code, at];
}

async function main(): Promise<void> {
  for (;;) {
    await login();
    await new Promise((resolve) => setTimeout(resolve, Number(PERIOD_MS)));
  }
}

process.on("SIGTERM", () => process.exit(0));
void main();
