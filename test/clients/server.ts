import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey, KeyObject, webcrypto } from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { issueAuthority } from "../../components/authority/issue";
import { loadX509 } from "../../components/x509";

/**
 * A Postgres of its own on loopback, which takes nothing but TLS, and proves itself as `localhost`.
 */
export interface Server {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** An authority as the program makes them, and what it signs. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  readonly sign: (host: string) => Promise<{ certificate: string; key: string }>;
}

export async function makeAuthority(name: string): Promise<Authority> {
  const { cert, key } = await issueAuthority(name);
  const pkcs8 = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
  return {
    certificate: cert,
    sign: async (host) => {
      const x509 = await loadX509();
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const signed = await x509.X509CertificateGenerator.create({
        serialNumber: "02",
        subject: `CN=${host}`,
        issuer: new x509.X509Certificate(cert).subject,
        publicKey: keys.publicKey,
        signingKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]),
        signingAlgorithm: ALGORITHM,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
      });
      const own = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
      return { certificate: `${signed.toString("pem")}\n`, key: own };
    },
  };
}

/** Where Postgres's programs are; `undefined` where there are none. */
export function postgresPrograms(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    ...(fs.existsSync(versions) ? fs.readdirSync(versions).map((version) => path.join(versions, version, "bin")) : []),
  ];
  const found = folders.find((folder) => fs.existsSync(path.join(folder, "initdb")));
  // A link to one of them does not have the others beside it.
  return found && path.dirname(fs.realpathSync(path.join(found, "initdb")));
}

/** Another user than root, whom Postgres refuses. */
function otherUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const of = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: of("-u"), gid: of("-g") };
}

export async function startServer(
  programs: string,
  folder: string,
  authority: Authority,
  { user, password, database }: Readonly<Record<"user" | "password" | "database", string>>,
): Promise<Server> {
  const who = otherUser();
  const own = (file: string, text: string) => {
    fs.writeFileSync(file, text, { mode: 0o600 });
    if (who.uid !== undefined) fs.chownSync(file, who.uid, who.gid!);
  };
  if (who.uid !== undefined) fs.chownSync(folder, who.uid, who.gid!);
  const data = path.join(folder, "data");
  const options = {
    ...who,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"] as ("ignore" | "pipe")[],
    env: { ...process.env, HOME: folder },
  };
  execFileSync(path.join(programs, "initdb"), ["-D", data, "-U", "postgres", "-N"], options);
  const { certificate, key } = await authority.sign("localhost");
  own(path.join(data, "server.crt"), certificate);
  own(path.join(data, "server.key"), key);
  own(path.join(data, "pg_hba.conf"), "local all postgres trust\nhostssl all all all scram-sha-256\n");
  const port = await freePort();
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: folder, ssl: "on", fsync: "off" };
  const server = spawn(
    path.join(programs, "postgres"),
    ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    options,
  );
  const stop = () =>
    new Promise<void>((resolve) => {
      server.once("exit", () => resolve());
      server.kill("SIGINT");
    });
  const sql = (text: string, of = "postgres") =>
    execFileSync(path.join(programs, "psql"), ["-XqAt", "-h", folder, "-p", String(port), "-U", "postgres", "-d", of, "-c", text], {
      ...options,
      env: { PATH: process.env.PATH ?? "" },
    });
  try {
    for (let tries = 0; ; tries++) {
      try {
        sql("select 1");
        break;
      } catch (error) {
        if (tries > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
    sql(`create role ${user} login password '${password.replaceAll("'", "''")}'`);
    sql(`create database ${database} owner ${user}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
