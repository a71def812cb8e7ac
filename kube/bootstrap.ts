/**
 * How a Cluster was made, as far as its first application is concerned: one of these ways, for
 * good.
 */
export type Bootstrap = Partial<
  Record<Way, { readonly database?: string; readonly owner?: string; readonly secret?: { readonly name?: string } }>
>;

const WAYS = ["recovery", "pg_basebackup", "initdb"] as const;
type Way = (typeof WAYS)[number];

/**
 * Whose password CloudNativePG sets by itself, at each start of a primary and with each change of
 * the Secret.
 */
export interface FirstOwner {
  readonly way: Way;
  readonly role: string;
  readonly secret: string;
}

/**
 * The owner of the database that a Cluster was made with, whichever way that was
 * (`GetApplicationDatabaseOwner`, `GetApplicationSecretName` and `ShouldCreateApplicationDatabase`
 * of CloudNativePG 1.30); none where it was made with no such database.
 */
export function firstOwner(cluster: string, bootstrap: Bootstrap = {}): FirstOwner | undefined {
  const way = WAYS.find((one) => (bootstrap[one]?.owner ?? "") !== "" && (bootstrap[one]?.database ?? bootstrap[one]?.owner) !== "");
  const role = way && bootstrap[way]?.owner;
  if (way === undefined || role === undefined) return undefined;
  const named = WAYS.map((one) => bootstrap[one]?.secret?.name).find((name) => name !== undefined && name !== "");
  return { way, role, secret: named ?? `${cluster}-app` };
}

/**
 * What leads it to another Secret. CloudNativePG reads it there from then on, and restarts nothing.
 */
export function secretOfFirstOwner({ way }: FirstOwner, secret: string): object {
  return { spec: { bootstrap: { [way]: { secret: { name: secret } } } } };
}

/**
 * Whether a Cluster that is there was made otherwise than with that owner by initdb: it has one way
 * for good.
 */
export function isMadeOtherwise(cluster: string, bootstrap: Bootstrap | undefined, owner: string | undefined): boolean {
  const first = firstOwner(cluster, bootstrap);
  return Object.keys(bootstrap ?? {}).some((way) => way !== "initdb") || (first !== undefined && first.role !== owner);
}
