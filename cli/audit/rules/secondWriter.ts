import { mayBeSame } from "../../../manifests/named";
import type { Facts } from "../../../manifests/objects/facts";
import type { ProvidedSecret } from "../../../manifests/objects/provided";
import type { Hit } from "../finding";
import type { Rule } from "./rule";
import { reasonOf } from "./vaultAuthoredLogin";

export const secondWriter: Rule = {
  id: "second-writer",
  title: "Second writer of a CloudNativePG Secret",
  level: "error",
  fires:
    "anything that writes a Secret which CloudNativePG makes for a Cluster in the files (`<cluster>-app`, `<cluster>-superuser`), or adds to one that it reads (`creationPolicy: Merge`), a generator too; `vault-authored-login` reports what Vault authors",
  why: "CloudNativePG and the other undo each other's work, and the password in the Secret is not the one in Postgres",
  remedy: "remove it, or give it a Secret of another name; what the application needs beside the login goes into one of its own",
  ofFacts: (facts) => [...writers(facts), ...additions(facts)],
};

/** Other writers' Secrets with a name that a Cluster makes. */
function writers(facts: Facts): Hit[] {
  const clusters = new Map<string, ProvidedSecret[]>();
  for (const secret of facts.provided)
    if (secret.isOfCluster && !secret.name.text.includes("*"))
      clusters.set(secret.name.text, [...(clusters.get(secret.name.text) ?? []), secret]);
  if (clusters.size === 0) return [];
  const told = new Set(facts.authored.filter((one) => reasonOf(one, facts) !== undefined).map(({ file, line }) => `${file}:${line}`));
  return facts.provided.flatMap((secret): Hit[] => {
    const { place, name, namespace, by, isOfCluster } = secret;
    if (place === undefined || isOfCluster || told.has(`${place.file}:${place.line}`)) return [];
    const owner = clusters.get(name.text)?.find((one) => mayBeSame(one.namespace, namespace));
    return owner === undefined ? [] : [{ ...place, why: `${by} writes ${name.text}, which CloudNativePG makes for ${owner.by}` }];
  });
}

/** What is merged into a Secret that CloudNativePG reads has another writer already. */
function additions(facts: Facts): Hit[] {
  const read = facts.postgresUses.filter(({ isCloudNativePg }) => isCloudNativePg);
  return facts.authored.flatMap((secret): Hit[] => {
    if (secret.isMerged !== true || secret.name.isUnknown || reasonOf(secret, facts) !== undefined) return [];
    const { file, line, field, name, namespace } = secret;
    const use = read.find((one) => name.matches(one.secret) && mayBeSame(one.namespace, namespace));
    const isToldAbove = facts.provided.some((one) => one.isOfCluster && one.name.text === name.text && mayBeSame(one.namespace, namespace));
    return use === undefined || isToldAbove
      ? []
      : [{ file, line, field, why: `it adds to ${name.text}, which another writes: ${use.why}` }];
  });
}
