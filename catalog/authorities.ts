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

/** Of one that ends soon. @param subject As people call it. */
export function endsSoon(subject: string, end: Date, now = new Date()): string | undefined {
  const days = Math.floor((end.getTime() - now.getTime()) / 86_400_000);
  if (days > AUTHORITY_NOTICE_DAYS) return undefined;
  return `${subject} ends in ${days} days, on ${end.toISOString().slice(0, 10)}, and with it every login that proves Postgres by it: replace it (docs/runbooks/tls.md)`;
}
