import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";

/**
 * A certificate for servers' names, and the authority that has signed it, as PEM. With openssl,
 * which a lab's machine has.
 */
export async function serverCertificate(names: readonly string[]): Promise<{ ca: string; cert: string; key: string }> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "authority-"));
  try {
    const make = (name: string, subject: string, ...options: string[]) =>
      execa(
        "openssl",
        [
          ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"],
          ...["-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", subject, ...options],
        ],
        { cwd: directory },
      );
    await make("ca", "/CN=authority of the test", "-addext", "basicConstraints=critical,CA:TRUE");
    const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`;
    await make("server", "/CN=server of the test", ...["-CA", "ca.crt", "-CAkey", "ca.key"], ...["-addext", alternatives]);
    const read = (file: string) => fs.readFile(path.join(directory, file), "utf8");
    return { ca: await read("ca.crt"), cert: await read("server.crt"), key: await read("server.key") };
  } finally {
    await fs.rm(directory, { recursive: true });
  }
}
