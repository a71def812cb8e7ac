// npm run test:clients [-- <part of a name> ...]: every client library logs in with the Secret of
// its template, as the program writes it. Each also has to refuse a server that another authority
// has signed for, and one of another name. Postgres runs on loopback, with TLS. A library that is
// not on the machine is skipped, and said. The last line is `N passed, N failed`, with
// `, N skipped` when something was.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { renderKeys, type Connection } from "../../catalog/connection";
import { templates, type TemplateName } from "../../catalog/templates";
import { CLIENTS, type Client, type Command } from "./clients";
import { makeAuthority, postgresPrograms, startServer } from "./server";

const CACHE = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "cnpg-credentials", "clients");
const SQL = "select concat_ws(' ', current_user, ssl) from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()";
const WITHIN_SECONDS = 120;
/** Words of clients that do not believe a server. */
const DISBELIEF = /certificate|cert\b|verif|PKIX|hostname|host name|altname|TLS|SSL/i;
/** With everything in it that means something to one of the formats. */
const LOGIN = { user: "orders", password: `p@s/w:o'r"d; 100%+=&?#\\{x}`, database: "orders_db" };

/** A server, and whether a client should believe it. */
interface Case {
  readonly what: string;
  readonly host: string;
  readonly ca: string;
  readonly isBelieved: boolean;
}

async function main(parts: readonly string[]): Promise<void> {
  const wanted = CLIENTS.filter(({ name }) => parts.length === 0 || parts.some((part) => name.toLowerCase().includes(part.toLowerCase())));
  const programs = postgresPrograms();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const tell = (outcome: keyof typeof counts, what: string, why = "") => {
    counts[outcome]++;
    console.log(`${outcome === "passed" ? "ok" : outcome.toUpperCase()} ${what}${why === "" ? "" : `: ${why}`}`);
  };
  if (programs === undefined) {
    for (const { name } of wanted) tell("skipped", name, "there is no Postgres on this machine");
    return finish(counts);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "clients-"));
  fs.chmodSync(folder, 0o755);
  const database = path.join(folder, "server");
  fs.mkdirSync(database);
  const [ours, others] = [await makeAuthority("ours"), await makeAuthority("others")];
  const server = await startServer(programs, database, ours, LOGIN);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.stop().finally(() => process.exit(2)));
  const cases: Case[] = [
    { what: "logs in", host: "localhost", ca: ours.certificate, isBelieved: true },
    { what: "refuses another authority", host: "localhost", ca: others.certificate, isBelieved: false },
    { what: "refuses another name", host: "127.0.0.1", ca: ours.certificate, isBelieved: false },
  ];
  try {
    for (const client of wanted) {
      const prepared = await prepare(client);
      for (const template of client.templates)
        for (const one of cases) {
          const what = `${client.name}, ${template}: ${one.what}`;
          if ("missing" in prepared) tell("skipped", what, prepared.missing);
          else {
            const wrong = await attempt(client, template, prepared.folder, one, server.port, folder);
            tell(wrong === undefined ? "passed" : "failed", what, wrong);
          }
        }
    }
  } finally {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  finish(counts);
}

function finish({ passed, failed, skipped }: Readonly<Record<"passed" | "failed" | "skipped", number>>): void {
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

/** The folder with a client's packages, fetched once. */
async function prepare({ name, tools, packages, prepare: steps }: Client): Promise<{ folder: string } | { missing: string }> {
  const absent = tools.filter((tool) => !(process.env.PATH ?? "").split(":").some((at) => fs.existsSync(path.join(at, tool))));
  if (absent.length > 0) return { missing: `${absent.join(" and ")} is not on this machine` };
  const digest = createHash("sha256").update(packages).digest("hex").slice(0, 12);
  const folder = path.join(CACHE, `${name.toLowerCase().replaceAll(/\W+/g, "-")}-${digest}`);
  const stamp = path.join(folder, ".complete");
  if (fs.existsSync(stamp)) return { folder };
  fs.mkdirSync(folder, { recursive: true });
  for (const step of steps(folder)) {
    const { code, output } = await run(step, {}, 20 * 60);
    if (code !== 0) return { missing: `${step.command.slice(0, 3).join(" ")} failed: ${lastLines(output)}` };
  }
  fs.writeFileSync(stamp, "");
  return { folder };
}

/** @returns what is wrong, or nothing */
async function attempt(
  client: Client,
  template: TemplateName,
  folder: string,
  { host, ca, isBelieved }: Case,
  port: number,
  at: string,
): Promise<string | undefined> {
  // As a binding is mounted: a directory of which each key is a file.
  const binding = fs.mkdtempSync(path.join(at, "binding-"));
  const caPath = path.join(binding, "db", "ca.crt");
  const connection: Connection = { ...LOGIN, host, port, hostReadOnly: host, ca, tls: { mode: "verify-full", ca: caPath } };
  const secret = renderKeys(templates[template], [], connection);
  fs.mkdirSync(path.dirname(caPath));
  for (const [key, value] of Object.entries(secret)) fs.writeFileSync(path.join(binding, "db", key), value);
  const variables = Object.entries(secret).filter(([key]) => /^[A-Za-z_]\w*$/.test(key));
  const env =
    templates[template].type === "servicebinding.io/postgresql" ? { SERVICE_BINDING_ROOT: binding } : Object.fromEntries(variables);
  const { code, output } = await run(client.run(folder), { ...env, ...client.env?.(caPath, template), SQL }, WITHIN_SECONDS);
  if (output.includes(LOGIN.password)) return "its output has the password";
  if (isBelieved) return code === 0 && output.includes(`OK ${LOGIN.user} t`) ? undefined : lastLines(output);
  if (code === 0 && /^OK /m.test(output) && output.includes(LOGIN.user)) return "logged in";
  return DISBELIEF.test(output) ? undefined : `failed for another reason: ${lastLines(output)}`;
}

const lastLines = (output: string) => output.trim().split("\n").slice(-6).join(" | ").slice(0, 900);

function run(
  { command, env = {} }: Command,
  more: Readonly<Record<string, string>>,
  seconds: number,
): Promise<{ code: number; output: string }> {
  const [program, ...args] = command as [string, ...string[]];
  const inherited = Object.entries(process.env).filter(([name]) => !/^PG|^DATABASE_URL$|^SPRING_/.test(name));
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...Object.fromEntries(inherited), ...env, ...more }, timeout: seconds * 1000 });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", (error) => resolve({ code: -1, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}

void main(process.argv.slice(2));
