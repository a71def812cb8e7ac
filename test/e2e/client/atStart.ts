// Runs in a pod of the lab, as an application that reads its Secret at its start and never again:
// a new connection so many times a second. A line of JSON each time that the answer is another one.
import { Client, type DatabaseError } from "pg";
import type { AnswerLine } from "./protocol";

const { PERIOD_MS, CA, DB_HOST: host, DB_PORT, DB_USER: user, DB_PASSWORD: password, DB_NAME: database } = process.env;

let last: string | undefined;

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
  if (code !== last) process.stdout.write(`${JSON.stringify({ at, code } satisfies AnswerLine)}\n`);
  last = code;
}

async function main(): Promise<void> {
  for (;;) {
    await login();
    await new Promise((resolve) => setTimeout(resolve, Number(PERIOD_MS)));
  }
}

process.on("SIGTERM", () => process.exit(0));
void main();
