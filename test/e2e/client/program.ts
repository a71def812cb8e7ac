// Runs in a pod of the lab, as an application that keeps its connections short: for every service a new connection so many times a second with whatever
// the mounted Secret says at that moment. What it sees it writes to its log, a line of JSON each; nothing secret is among it.
import * as dns from "node:dns/promises";
import * as fs from "node:fs";
import * as path from "node:path";
import * as tls from "node:tls";
import { Client, type DatabaseError } from "pg";
import type { ClientSettings, Counts, FailureLine, SummaryLine } from "./protocol";

interface Mounted {
  version: string;
  values: Record<"user" | "password" | "database" | "host" | "port", string>;
  /** What Postgres is proven by. */
  context: tls.SecureContext;
}

const settings = JSON.parse(process.env.SETTINGS!) as ClientSettings;
const started = performance.now();
// The name is looked up once: this is about logins, not about the cluster's DNS.
const addresses = new Map<string, Promise<string>>();
const counts = new Map<string, Counts>();

function print(line: FailureLine | SummaryLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What kubelet has mounted. It replaces all files of a Secret at once, by a link: what is read is never of two versions. */
function mounted(service: string, last: Mounted | undefined): Mounted {
  const directory = path.join("/secrets", service);
  for (;;) {
    const version = fs.readlinkSync(path.join(directory, "..data"));
    if (version === last?.version) return last;
    try {
      const entries = Object.entries(settings.services[service]!.keys).map(([value, key]) => [
        value,
        fs.readFileSync(path.join(directory, version, key), "utf8"),
      ]);
      const own = path.join(directory, version, "ca.crt");
      // A Secret of before this program has none.
      const context = tls.createSecureContext({ ca: fs.readFileSync(fs.existsSync(own) ? own : "/authority/ca.crt") });
      return { version, values: Object.fromEntries(entries) as Mounted["values"], context };
    } catch (error) {
      // Replaced while it was read. A key that the Secret does not have stays away.
      if (fs.readlinkSync(path.join(directory, "..data")) === version) throw error;
    }
  }
}

async function login({ values: { user, password, database, host, port }, context }: Mounted, worksAs?: string): Promise<void> {
  if (!addresses.has(host))
    addresses.set(
      host,
      dns.lookup(host).then(
        ({ address }) => address,
        (error: unknown) => {
          addresses.delete(host);
          throw error;
        },
      ),
    );
  const client = new Client({
    host: await addresses.get(host)!,
    port: Number(port),
    user,
    password,
    database,
    ssl: { secureContext: context, servername: host },
    connectionTimeoutMillis: settings.timeoutMs,
  });
  // A session that is cut off after the login is no failed login.
  client.on("error", () => undefined);
  try {
    await client.connect();
    if (worksAs === undefined) return;
    const { rows } = await client.query<{ user: string }>("select current_user as user");
    if (rows[0]?.user !== worksAs) throw new Error(`works as ${rows[0]?.user}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function run(service: string): void {
  const { perSecond, worksAs } = settings.services[service]!;
  const count: Counts = { tried: 0, ok: 0, failed: 0, late: 0, user: "" };
  counts.set(service, count);
  let open = 0;
  let secret: Mounted | undefined;
  const attempt = async () => {
    secret = mounted(service, secret);
    const used = secret;
    count.tried++;
    open++;
    const at = Date.now();
    try {
      await login(used, worksAs);
      count.ok++;
      count.user = used.values.user;
    } catch (error) {
      count.failed++;
      const { message, code } = error as DatabaseError;
      // With a code of five characters Postgres itself has answered.
      print({ failed: service, at, ms: Date.now() - at, user: used.values.user, code: code ?? "", message });
    } finally {
      open--;
    }
  };
  setInterval(() => {
    // Postgres has a limit on connections, and a machine that is too slow is no failed login: it is told as what it is.
    if (open >= settings.mostOpen) count.late++;
    else void attempt();
  }, 1000 / perSecond);
}

const summary = () => print({ seconds: (performance.now() - started) / 1000, services: Object.fromEntries(counts) });
// One after the other, so that not all log in at once.
Object.keys(settings.services).forEach((service, index) => setTimeout(() => run(service), index * 7));
setInterval(summary, 1000);
process.on("SIGTERM", () => {
  summary();
  process.exit(0);
});
