import { X509Certificate } from "node:crypto";
import { certificatesIn, endsSoon } from "../../catalog/authorities";

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
