import { X509Certificate } from "node:crypto";

/**
 * Who signs the certificate that Postgres shows: an authority of this stack's, by its number, or the one that CloudNativePG keeps for itself.
 * In a list the first one signs, and clients trust all of them.
 */
export type AuthorityName = number | "operator";

/** Where an application mounts the key `ca.crt` of its own Secret, unless the stack says otherwise. */
export const CA_PATH = "/etc/postgres-authority/ca.crt";

/** The key under which every application's Secret has the certificates of the authorities. */
export const CA_KEY = "ca.crt";

/** The Secret from which CloudNativePG signs the server's certificate. It has the authority's key. */
export function authoritySecret(cluster: string): string {
  return `${cluster}-server-ca`;
}

/** The ConfigMap with the authorities' certificates: public, for whatever is no application. */
export function authorityConfigMap(cluster: string): string {
  return `${cluster}-authorities`;
}

/** The Secret of CloudNativePG's own authority: of servers where a stack has none of its own, of clients everywhere. */
export function operatorAuthority(cluster: string): string {
  return `${cluster}-ca`;
}

/** As a mark on an object says it. */
export function writtenAuthorities(authorities: readonly AuthorityName[]): string {
  return authorities.join(" ");
}

/** The reverse. */
export function readAuthorities(mark: string): AuthorityName[] {
  return mark.split(" ").map((name) => (name === "operator" ? name : Number(name)));
}

/** So long before an authority's end its replacement is due. */
export const AUTHORITY_NOTICE_DAYS = 90;

/** Each of a PEM's certificates. */
export function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n?/g) ?? [];
}

/** When a certificate ends, as ISO 8601 writes it. @param pem The first of it. */
export function certificateEnd(pem: string): string {
  return new Date(new X509Certificate(pem).validTo).toISOString();
}

/** So long before its end somebody is told of Vault's certificate: the first `up` in each 30 of its 90 days issues another. */
export const VAULT_NOTICE_DAYS = 30;

/** Of the authority of Vault's certificate, which ends with it. */
export function vaultEndsSoon(end: Date, now = new Date()): string | undefined {
  const days = daysUntil(end, now);
  if (days > VAULT_NOTICE_DAYS) return undefined;
  return `Vault's certificate ends in ${days} days, on ${dayOf(end)}, and with it whatever reaches Vault: \`pulumi up\` issues another (docs/runbooks/tls.md)`;
}

const daysUntil = (end: Date, now: Date) => Math.floor((end.getTime() - now.getTime()) / 86_400_000);
const dayOf = (date: Date) => date.toISOString().slice(0, 10);

/** Of one that ends soon. @param subject As people call it. */
export function endsSoon(subject: string, end: Date, now = new Date()): string | undefined {
  const days = daysUntil(end, now);
  if (days > AUTHORITY_NOTICE_DAYS) return undefined;
  return `${subject} ends in ${days} days, on ${dayOf(end)}, and with it every login that proves Postgres by it: replace it (docs/runbooks/tls.md)`;
}
