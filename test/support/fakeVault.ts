import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { connect } from "../../kube/http";
import type { CeremonyContext } from "../../cli/ceremony/context";
import { readRecipient, type Recipient } from "../../cli/ceremony/pgp";
import { RecordFile } from "../../cli/ceremony/record";
import { startApiServer, type ApiServer, type Reply } from "./apiServer";
import { makeHolders } from "./holders";

/**
 * A ceremony's first steps with a Vault that says what a test wants, since a real one does not
 * misbehave on demand.
 */
export interface FakeVault {
  readonly server: ApiServer;
  readonly context: CeremonyContext;
  /** Of Alice, Bob, Carol, and of the root token's holder. */
  readonly recipients: readonly [Recipient, Recipient, Recipient, Recipient];
  /** What people are told. */
  readonly lines: readonly string[];
  /** What the record's file has. */
  text(): Promise<string>;
  close(): Promise<void>;
}

export async function startFakeVault(replies: Readonly<Record<string, Reply>> = {}): Promise<FakeVault> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "ceremony-"));
  const holders = Object.values(await makeHolders(directory, ["alice", "bob", "carol", "root"]));
  const server = await startApiServer(replies);
  const { url: address, ca } = server;
  const file = await RecordFile.open(path.join(directory, "record.json"), "prod");
  const lines: string[] = [];
  const recipients = await Promise.all(holders.map(async (holder) => await readRecipient(await fs.readFile(holder.file))));
  return {
    server,
    context: {
      stack: "prod",
      address,
      vault: (token) => connect({ address, ca, headers: () => ({ ...(token && { "x-vault-token": token }) }) }),
      file,
      log: (line) => void lines.push(line),
    },
    recipients: recipients as [Recipient, Recipient, Recipient, Recipient],
    lines,
    text: () => fs.readFile(file.file, "utf8"),
    async close() {
      await server.close();
      await fs.rm(directory, { recursive: true });
    },
  };
}
