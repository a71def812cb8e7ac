import { mayBeSame } from "../../../manifests/named";
import type { Facts } from "../../../manifests/objects/facts";
import { resolve } from "../resolve";
import type { Hit } from "../finding";
import type { Rule } from "./rule";
import { storesOf } from "./unknownStore";

export const crossNamespace: Rule = {
  id: "cross-namespace",
  title: "Use across namespaces",
  level: "warning",
  fires:
    "a reference to a Secret, a SecretStore or a Cluster that is in another namespace, a ClusterSecretStore used from a namespace that its conditions leave out, a SecretStore that reads another namespace, or an annotation that has a Secret copied there",
  why: "objects of one namespace cannot read another's Secrets, and what copies them hands one team's credential to another",
  remedy: "give the consumer a Secret of its own in its own namespace",
  ofFacts: (facts) => [...secrets(facts), ...stores(facts), ...clusters(facts), ...facts.copies],
};

function secrets(facts: Facts): Hit[] {
  return facts.references.flatMap((reference) => {
    const { here, elsewhere } = resolve(facts, reference);
    if (here.length > 0 || elsewhere.length === 0) return [];
    const { file, line, field, name, namespace } = reference;
    if (elsewhere.some((one) => mayMeet(facts, { file, namespace }, { file: one.place?.file, namespace: one.namespace }))) return [];
    const why = `the Secret ${name} is read in ${namespace} and is in ${elsewhere[0]!.namespace}`;
    return [{ file, line, field, why, group: why }];
  });
}

interface Placed {
  readonly file: string | undefined;
  readonly namespace: string | undefined;
}

/** Whether whoever builds two files, kustomize or Flux, may put their objects into one namespace, whatever they say themselves. */
function mayMeet({ builtInto }: Facts, one: Placed, other: Placed): boolean {
  const namesOf = ({ file, namespace }: Placed): readonly (string | undefined)[] => {
    const built = file === undefined ? [] : [...builtInto(file)];
    return built.length === 0 ? [namespace] : built;
  };
  return namesOf(one).some((here) => namesOf(other).some((there) => mayBeSame(here, there)));
}

function stores(facts: Facts): Hit[] {
  return facts.storeReferences.flatMap((reference) => {
    const found = storesOf(facts, reference);
    const { file, line, field, kind, name, namespace } = reference;
    if (found.length === 0) return [];
    const isElsewhere = (store: (typeof found)[number]) =>
      !mayBeSame(store.namespace, namespace) && !mayMeet(facts, { file, namespace }, { file: store.file, namespace: store.namespace });
    if (kind === "SecretStore" && found.every(isElsewhere))
      return [{ file, line, field, why: `the SecretStore ${name} is in ${found[0]!.namespace}, and is used from ${namespace}` }];
    const isShut = (allowed: readonly string[] | undefined) =>
      allowed !== undefined && !allowed.some((one) => mayMeet(facts, { file, namespace }, { file: undefined, namespace: one }));
    if (kind === "ClusterSecretStore" && found.every(({ allowed }) => isShut(allowed))) {
      const why = `the ClusterSecretStore ${name} may not be used from ${namespace}`;
      return [{ file, line, field, why, group: why }];
    }
    return [];
  });
}

/** A role, a database or a pooler is in its Cluster's namespace. */
function clusters(facts: Facts): Hit[] {
  const { clusterReferences } = facts;
  const known = clusterReferences.filter(({ isCluster }) => isCluster);
  return clusterReferences.flatMap(({ file, line, field, cluster, namespace, isCluster }) => {
    const named = known.filter((one) => one.cluster === cluster);
    if (isCluster || cluster === undefined || named.length === 0 || named.some((one) => mayBeSame(one.namespace, namespace))) return [];
    if (named.some((one) => mayMeet(facts, { file, namespace }, one))) return [];
    return [{ file, line, field, why: `the Cluster ${cluster} is in ${named[0]!.namespace}, and this in ${namespace}` }];
  });
}
