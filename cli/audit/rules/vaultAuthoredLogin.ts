import { catalogue } from "../../../catalog/services";
import { databaseSecrets } from "../../../catalog/names";
import { mayBeSame } from "../../../manifests/named";
import type { AuthoredSecret } from "../../../manifests/objects/authored";
import type { Facts } from "../../../manifests/objects/facts";
import type { Rule } from "./rule";
import { storesOf } from "./unknownStore";

/** Every Secret of the catalogue that a database's login is in, with the service that it is of. */
const OWNED: ReadonlyMap<string, string> = new Map(
  catalogue.flatMap((record) => databaseSecrets(record).map((secret) => [secret, record.name])),
);

export const vaultAuthoredLogin: Rule = {
  id: "vault-authored-login",
  title: "Database login authored outside CloudNativePG",
  fires:
    "an ExternalSecret (or one of Vault's own objects) that writes a Secret which CloudNativePG reads or makes, which the catalogue says is a service's, whose keys are a login for Postgres, or which a workload or a chart takes for one",
  why: "two writers of one password drift apart: the application is locked out when one side rotates, and the database is out of reach when Vault is",
  remedy: "make the role a service of the catalogue, let the application read its Secret, and retire this object and its path in Vault",
  ofFacts: (facts) =>
    facts.authored.flatMap((secret) => {
      const reason = reasonOf(secret, facts);
      return reason === undefined
        ? []
        : [{ file: secret.file, line: secret.line, field: secret.field, why: `it authors ${secret.name.text}: ${reason}` }];
    }),
};

function reasonOf(secret: AuthoredSecret, facts: Facts): string | undefined {
  // What copies from the cluster itself, or makes a password there, is no authority outside.
  const isCopy = secret.stores.length > 0 && secret.stores.every((one) => isOfCluster(one, secret, facts));
  if (isCopy) return undefined;
  if (secret.isPostgres !== undefined) return secret.isPostgres;
  if (secret.name.isUnknown) return undefined;
  const owner = [...OWNED].find(([name]) => secret.name.matches(name));
  if (owner) return `it is the login of the service ${owner[1]} of the catalogue`;
  return facts.postgresUses.find(
    (use) => (use.isCloudNativePg || secret.mayBeLogin) && secret.name.matches(use.secret) && mayBeSame(use.namespace, secret.namespace),
  )?.why;
}

/** Whether a store is the cluster itself, whichever of those of its name it is. */
function isOfCluster({ kind, name }: AuthoredSecret["stores"][number], { chart, namespace }: AuthoredSecret, facts: Facts): boolean {
  const meant = storesOf(facts, { kind, name, chart }).filter(
    (store) => kind === "ClusterSecretStore" || mayBeSame(store.namespace, namespace),
  );
  return meant.length > 0 && meant.every(({ provider }) => provider === "kubernetes");
}
