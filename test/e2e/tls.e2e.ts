import assert from "node:assert/strict";
import * as tls from "node:tls";
import { Client } from "pg";
import type { Credential } from "../../cli/shared/credential";
import { openTunnel } from "../../cli/shared/tunnel";
import { holds } from "./support/clock";
import { clean, drift } from "./support/drift";
import { CLUSTER, credentials, kubectl, NAMESPACE, target, withTunnel } from "./support/lab";
import { secretData } from "./support/vault";

const AUTHORITY = `${CLUSTER}-ca`;
const SERVER = `${CLUSTER}-server`;
const WITHIN_SECONDS = 120;
/** As many logins as have to work. */
const SOME = 6;

const authority = async () => (await secretData(AUTHORITY, NAMESPACE))["ca.crt"]!;
const remove = (...names: string[]) => kubectl("-n", NAMESPACE, "delete", "secret", ...names);

/** The serial number of the certificate that Postgres shows, proven by an authority as `verify-full` does. */
async function shown({ user, password, database, host }: Credential, ca: string): Promise<string> {
  const tunnel = await openTunnel((await target()).config, NAMESPACE, `${CLUSTER}-1`);
  let serial = "";
  const checkServerIdentity = (name: string, certificate: tls.PeerCertificate) => {
    serial = certificate.serialNumber;
    return tls.checkServerIdentity(name, certificate);
  };
  const ssl = { ca, servername: host, checkServerIdentity };
  const client = new Client({ host: "127.0.0.1", port: tunnel.port, user, password, database, ssl });
  try {
    await client.connect();
    return serial;
  } finally {
    await client.end();
    await tunnel.close();
  }
}

/** Waits until Postgres shows another certificate, whatever is refused meanwhile. */
async function renewed(credential: Credential, before: string): Promise<void> {
  await holds(async () => assert.notEqual(await shown(credential, await authority()), before), { seconds: WITHIN_SECONDS });
}

// The procedures of docs/runbooks/tls.md.
describe("the certificates of Postgres", () => {
  let platform: Credential;
  before(async () => {
    platform = (await credentials()).platform!;
  });

  it("the server's is issued anew when it is deleted, by the same authority, and no login fails meanwhile", async () => {
    const ca = await authority();
    const before = await shown(platform, ca);
    await withTunnel(async (connect) => {
      let done = false;
      // However soon the new one is there: some with it, too.
      const logIn = async () => {
        for (let afterwards = 0; afterwards < SOME; afterwards += done ? 1 : 0) await connect(platform);
      };
      await remove(SERVER);
      await Promise.all([logIn(), renewed(platform, before).finally(() => (done = true))]);
    });
    assert.equal(await authority(), ca);
  });

  it("the authority's is made anew with the others; who has the old one refuses Postgres, and whatever proves the server goes on with the new one", async () => {
    const ca = await authority();
    const before = await shown(platform, ca);
    await remove(AUTHORITY, SERVER, `${CLUSTER}-replication`);
    await renewed(platform, before);
    assert.notEqual(await authority(), ca);
    await assert.rejects(shown(platform, ca), /certificate/);
    // The operator speaks with the instance under the new certificates, too, and is a little later.
    await clean("with new certificates");
    const { findings } = await drift(0);
    assert.deepEqual(findings, []);
  });
});
