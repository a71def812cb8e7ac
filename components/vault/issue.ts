import { createHash, webcrypto } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import { loadX509 } from "../x509";

/** How long the authority and the certificate are good for. */
export const DAYS = 90;
/** An Ed25519 private key as PKCS #8, up to the key itself (RFC 8410, 7). */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");
const ED25519 = { name: "Ed25519" } as const;

export interface CertificateRequest {
  /** What the keys of the authority and of the server are made from: as hard to guess as a key. */
  readonly seeds: { readonly authority: string; readonly server: string };
  /** DNS names of the server; `*.` stands for one label. */
  readonly names: readonly string[];
  readonly since: Date;
}

/** As PEM. The key is PKCS #8. */
export interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A server's certificate and the authority that has signed it. Ed25519 signatures and keys are functions of what they are made from (RFC 8032): the same request
 * gives the same certificate, to the byte, so that state holds the seeds and no file.
 */
export async function issueCertificate({ seeds, names, since }: CertificateRequest): Promise<Certificate> {
  const x509 = await loadX509();
  const [authority, server] = await Promise.all([keysOf(seeds.authority), keysOf(seeds.server)]);
  const validity = { notBefore: since, notAfter: new Date(since.getTime() + DAYS * 86_400_000) };
  const issuer = "CN=cnpg-credentials Vault authority";
  // An authority gives no number twice, and is the same one when it is issued anew.
  const number = (of: "01" | "02") =>
    `${Math.floor(since.getTime() / 1000)
      .toString(16)
      .padStart(8, "0")}${of}`;
  const [ca, cert] = await Promise.all([
    x509.X509CertificateGenerator.create({
      ...validity,
      subject: issuer,
      issuer,
      serialNumber: number("01"),
      signingAlgorithm: ED25519,
      signingKey: authority.privateKey,
      publicKey: authority.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
      ],
    }),
    x509.X509CertificateGenerator.create({
      ...validity,
      subject: `CN=${names[0]}`,
      issuer,
      serialNumber: number("02"),
      signingAlgorithm: ED25519,
      signingKey: authority.privateKey,
      publicKey: server.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        // Nobody proves who they are to Vault by it: replicas have certificates of their own making for each other.
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ],
    }),
  ]);
  return { ca: pem(ca), cert: pem(cert), key: server.pem };
}

const pem = (certificate: X509.X509Certificate) => `${certificate.toString("pem")}\n`;

async function keysOf(seed: string): Promise<webcrypto.CryptoKeyPair & { pem: string }> {
  const der = Buffer.concat([PKCS8_ED25519, createHash("sha256").update(seed).digest()]);
  const { subtle } = webcrypto;
  const privateKey = await subtle.importKey("pkcs8", der, ED25519, true, ["sign"]);
  const { kty, crv, x } = await subtle.exportKey("jwk", privateKey);
  const publicKey = await subtle.importKey("jwk", { kty: kty!, crv: crv!, x: x! }, ED25519, true, ["verify"]);
  return { privateKey, publicKey, pem: `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n` };
}
