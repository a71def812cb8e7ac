import { catalogue } from "../../../catalog/services";
import { databaseSecrets } from "../../../catalog/names";
import { mayBeSame } from "../../../manifests/named";
import { isOfAnother, type AuthoredSecret } from "../../../manifests/objects/authored";
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
  level: "error",
  fires:
    "an ExternalSecret (or an object of Vault's operators, a Secret that a plugin fills in, an annotation of Vault's agent) that writes a Secret which CloudNativePG reads or makes, which the catalogue says is a service's, whose keys are a login for Postgres, or which a workload or a chart takes for one; a warning where only its name, key or path speaks of a database",
  why: "two writers of one password drift apart: the application is locked out when one side rotates, and the database is out of reach when Vault is",
  remedy: "make the role a service of the catalogue, let the application read its Secret, and retire this object and its path in Vault",
  ofFacts: (facts) =>
    facts.authored.flatMap((secret) => {
      const reason = reasonOf(secret, facts);
      if (reason === undefined) return [];
      const { file, line, field, name } = secret;
      const why = name.isUnknown ? reason.why : `it authors ${name.text}: ${reason.why}`;
      // The same object in several overlays, or rendered for several clusters.
      const group = name.isUnknown || name.text.includes("*") ? {} : { group: `${secret.namespace ?? ""}/${field} ${why}` };
      return [{ file, line, field, why, ...group, ...(reason.isLikely ? { level: "warning" as const } : {}) }];
    }),
};

/** Why it is a login of a database's, and whether that is only likely. */
export function reasonOf(secret: AuthoredSecret, facts: Facts): { why: string; isLikely: boolean } | undefined {
  // What copies from the cluster itself, or makes a password there, is no authority outside.
  const isCopy = secret.stores.length > 0 && secret.stores.every((one) => isOfCluster(one, secret, facts));
  if (isCopy || secret.isGenerated) return undefined;
  const certain = (why: string) => ({ why, isLikely: false });
  if (secret.isPostgres !== undefined) return certain(secret.isPostgres);
  const { name } = secret;
  if (!name.isUnknown) {
    const owner = name.text.includes("*") ? undefined : OWNED.get(name.text);
    if (owner !== undefined) return certain(`it is the login of the service ${owner} of the catalogue`);
    const use = facts.postgresUses.find(
      (one) =>
        (one.isCloudNativePg || (secret.mayBeLogin && !isOfAnother(secret))) &&
        name.matches(one.secret) &&
        // A template's name fits many: only its own chart's count, and those outside of charts.
        (!name.text.includes("*") || one.chart === undefined || one.chart === secret.chart) &&
        mayBeSame(one.namespace, secret.namespace),
    );
    if (use !== undefined) return certain(use.why);
  }
  return secret.likely === undefined ? undefined : { why: secret.likely, isLikely: true };
}

/** Whether a store is the cluster itself, whichever of those of its name it is. */
function isOfCluster({ kind, name }: AuthoredSecret["stores"][number], { chart, namespace }: AuthoredSecret, facts: Facts): boolean {
  const meant = storesOf(facts, { kind, name, chart }).filter(
    (store) => kind === "ClusterSecretStore" || mayBeSame(store.namespace, namespace),
  );
  return meant.length > 0 && meant.every(({ provider }) => provider === "kubernetes");
}
