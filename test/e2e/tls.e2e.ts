import assert from "node:assert/strict";
import * as tls from "node:tls";
import { Client } from "pg";
import type { AuthorityName } from "../../catalog/authorities";
import { authorities } from "../../cli/shared/login";
import type { Credential } from "../../cli/shared/credential";
import { openTunnel } from "../../preflight/postgres/tunnel";
import { startClient, type LoginClient } from "./support/client";
import { holds } from "./support/clock";
import { clean, drift } from "./support/drift";
import { CLUSTER, credentials, kubectl, NAMESPACE, target, upWith, withTunnel } from "./support/lab";
import { secretData } from "./support/vault";

const SERVER = `${CLUSTER}-server`;
const WITHIN_SECONDS = 120;
/** As many logins as have to work. */
const SOME = 6;
const CLIENT = "tls-e2e";
const SERVICES = ["platform", "temporal", "base"];
/** A second. */
const OFTEN = 10;

const trusted = async () => authorities((await target()).config, NAMESPACE, CLUSTER);
const remove = (...names: string[]) => kubectl("-n", NAMESPACE, "delete", "secret", ...names);
const certificates = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/g) ?? [];

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
  await holds(async () => assert.notEqual(await shown(credential, await trusted()), before), { seconds: WITHIN_SECONDS });
}

/** Brings the stack up with these authorities. */
const having = (list: AuthorityName[]) =>
  upWith((config) => {
    config.tls = { mode: "verify-full", authorities: list };
    // Tests wait for kubelet themselves.
    config.rotation = { settleSeconds: 0 };
  });

/** Waits until the application has as many certificates mounted. */
const mounts = (count: number) =>
  holds(
    async () => {
      for (const service of SERVICES) {
        const pem = await kubectl(
          "-n",
          NAMESPACE,
          "exec",
          CLIENT,
          "--",
          "node",
          "--print",
          `require("fs").readFileSync("/secrets/${service}/ca.crt", "utf8")`,
        );
        assert.equal(certificates(`${pem}\n`).length, count, service);
      }
    },
    { seconds: WITHIN_SECONDS },
  );

// The procedures of docs/runbooks/tls.md.
describe("the certificates of Postgres", () => {
  let platform: Credential;
  before(async () => {
    platform = (await credentials()).platform!;
  });

  it("the server's is issued anew when it is deleted, by the same authority, and no login fails meanwhile", async () => {
    const ca = await trusted();
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
    assert.equal(await trusted(), ca);
  });

  it("CloudNativePG's own authority is made anew: no client notices, as it signs for replicas and Poolers only", async () => {
    await withTunnel(async (connect) => {
      await remove(`${CLUSTER}-ca`, `${CLUSTER}-replication`);
      for (let login = 0; login < SOME; login++) await connect(platform);
      await holds(async () => assert.ok((await secretData(`${CLUSTER}-ca`, NAMESPACE))["ca.key"]), { seconds: WITHIN_SECONDS });
      for (let login = 0; login < SOME; login++) await connect(platform);
    });
    await clean("with new certificates");
  });

  describe("of another authority, under load of clients that prove the server by what they have mounted", () => {
    let client: LoginClient;
    let first: string;
    before(async () => {
      first = await trusted();
      client = await startClient(CLIENT, Object.fromEntries(SERVICES.map((name) => [name, OFTEN])));
    });
    after(() => client?.stop());

    it("are refused at once, with what to write instead", async () => {
      await assert.rejects(having([2]), /tls\.authorities.*`authorities: \[1, 2\]`/);
    });

    it("are trusted beside the former one first", async () => {
      await having([1, 2]);
      const [one, two] = certificates(await trusted());
      assert.equal(one, first);
      assert.ok(two);
      await shown(platform, first);
      await mounts(2);
    });

    it("are signed by it then, and not by the former one", async () => {
      await having([2, 1]);
      const second = certificates(await trusted())[0]!;
      await holds(() => shown(platform, second), { seconds: WITHIN_SECONDS });
      await assert.rejects(shown(platform, first), /certificate/);
      await having([2]);
      await mounts(1);
      assert.deepEqual(certificates(await trusted()), [second]);
    });

    it("have had no login fail", async () => {
      const { failures, services } = await client.report();
      assert.deepEqual(failures.slice(0, 5), []);
      for (const name of SERVICES) assert.ok(services[name]!.ok > 100, name);
      const { findings } = await drift(0);
      assert.deepEqual(findings, []);
    });
  });
});
