import { KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { loadX509 } from "../x509";

/** How long an authority is good for. Its certificates are CloudNativePG's to renew, every 90 days. */
const DAYS = 5 * 365;
const DAY_MS = 86_400_000;
/** Clocks differ. */
const EARLIER_MS = 300_000;
/** The only kind of key that CloudNativePG signs with. Ed25519 would also leave clients without channel binding. */
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** As PEM; the key as SEC 1, which is what CloudNativePG reads. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A new authority, which signs servers' certificates and no other authorities. @param commonName What tells it from the others. */
export async function issueAuthority(commonName: string, since = new Date()): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const serial = randomBytes(16);
  // Positive, and not shorter than it seems (RFC 5280, 4.1.2.2).
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const start = Math.floor((since.getTime() - EARLIER_MS) / 1000) * 1000;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.toString("hex"),
    name: [{ CN: [commonName] }],
    notBefore: new Date(start),
    notAfter: new Date(start + DAYS * DAY_MS),
    signingAlgorithm: ECDSA,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: KeyObject.from(keys.privateKey).export({ type: "sec1", format: "pem" }).toString(),
  };
}

/** The SHA-256 of a certificate, in hexadecimal. */
export function fingerprint(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(":", "").toLowerCase();
}
