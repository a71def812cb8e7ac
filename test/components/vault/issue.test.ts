import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import * as tls from "node:tls";
import { issueCertificate, type CertificateRequest } from "../../../components/vault/issue";

const request: CertificateRequest = {
  seeds: { authority: "a".repeat(64), server: "b".repeat(64) },
  names: ["vault.vault.svc", "*.vault-internal.vault.svc", "localhost"],
  since: new Date("2026-01-02T03:04:05Z"),
};
/** Good on the day of the test. */
const today: CertificateRequest = { ...request, since: new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000) };

describe("components/vault/issue", () => {
  it("gives the same certificate for the same request, and others for other seeds", async () => {
    const first = await issueCertificate(request);
    assert.deepEqual(await issueCertificate(request), first);
    const other = await issueCertificate({ ...request, seeds: { ...request.seeds, server: "c".repeat(64) } });
    assert.equal(other.ca, first.ca);
    assert.notEqual(other.key, first.key);
    assert.notEqual(other.cert, first.cert);
  });

  it("is the authority's, for those names and ninety days, of the key, to serve with that is beside it", async () => {
    const { ca, cert, key } = await issueCertificate(request);
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
    assert.ok(authority.ca && !server.ca);
    assert.ok(authority.verify(authority.publicKey) && server.verify(authority.publicKey) && server.checkIssued(authority));
    assert.ok(server.checkPrivateKey(createPrivateKey(key)));
    assert.equal(server.subjectAltName, request.names.map((name) => `DNS:${name}`).join(", "));
    assert.deepEqual(server.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.deepEqual([server.validFromDate, server.validToDate], [request.since, new Date("2026-04-02T03:04:05Z")]);
  });

  it("is issued anew under the same authority, with other numbers: who trusts the former trusts the next", async () => {
    const [before, after] = await Promise.all([
      issueCertificate(request),
      issueCertificate({ ...request, since: new Date("2026-02-02T03:04:05Z") }),
    ]);
    const of = ({ ca, cert }: { ca: string; cert: string }) => [new X509Certificate(ca), new X509Certificate(cert)] as const;
    const [[formerCa, former], [nextCa, next]] = [of(before), of(after)];
    assert.ok(
      next.checkIssued(formerCa) && next.verify(formerCa.publicKey) && former.checkIssued(nextCa) && former.verify(nextCa.publicKey),
    );
    assert.equal(new Set([formerCa, former, nextCa, next].map(({ serialNumber }) => serialNumber)).size, 4);
    assert.equal(before.key, after.key);
  });

  it("is proven by a client that trusts the authority, under each name and no other", async () => {
    const { ca, cert, key } = await issueCertificate(today);
    const server = tls.createServer({ cert, key }, (socket) => socket.end());
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const connect = async (servername: string) => {
      const socket = tls.connect({ port, host: "127.0.0.1", servername, ca });
      await once(socket, "secureConnect").finally(() => socket.destroy());
      return socket.authorized;
    };
    try {
      for (const name of ["vault.vault.svc", "vault-2.vault-internal.vault.svc", "localhost"]) assert.equal(await connect(name), true);
      for (const name of ["vault.other.svc", "a.b.vault-internal.vault.svc"])
        await assert.rejects(connect(name), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    } finally {
      server.close();
    }
  });
});
