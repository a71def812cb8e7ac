import { X509Certificate } from "node:crypto";
import { certificateEnd, certificatesIn, endsSoon, vaultEndsSoon } from "../../catalog/authorities";

/** An authority that applications trust. */
export interface AuthorityStatus {
  readonly name: string;
  /** Whether it signs the certificate that Postgres shows. */
  readonly signs: boolean;
  /** The last day of it. */
  readonly until: string;
  /** Of one that ends soon, and signs. */
  readonly warning?: string;
}

/** @param pem Their certificates, the one that signs first. */
export function authorityStatus(pem: string, now: Date): AuthorityStatus[] {
  return certificatesIn(pem).map((cert, index) => {
    const { subject, validTo } = new X509Certificate(cert);
    const [name, end] = [subject.replaceAll("\n", ", ").replace("CN=", ""), new Date(validTo)];
    const warning = index === 0 ? endsSoon(name, end, now) : undefined;
    return { name, signs: index === 0, until: end.toISOString().slice(0, 10), ...(warning === undefined ? {} : { warning }) };
  });
}

/** Until when Vault's certificate is good, where the stack's outputs have its authority. */
export interface VaultCertificateStatus {
  readonly until: string;
  /** Of one that ends soon. */
  readonly warning?: string;
}

/** @param ca PEM, the authority's, which ends with the certificate that it has signed. */
export function vaultCertificateStatus(ca: string | undefined, now: Date): VaultCertificateStatus | undefined {
  const [first] = certificatesIn(ca ?? "");
  if (first === undefined) return undefined;
  const end = new Date(certificateEnd(first));
  const warning = vaultEndsSoon(end, now);
  return { until: end.toISOString().slice(0, 10), ...(warning === undefined ? {} : { warning }) };
}
