// What an account needs for a stack, from the stack's file and the catalogue: the very request that the checks before an `up` go by, of all services, whether they are on or not.
import { authoritySecret, operatorAuthority } from "../../catalog/authorities";
import { bundles } from "../../catalog/bundles";
import type { BundleRecord } from "../../catalog/bundles/record";
import { gates as gateRecords } from "../../catalog/gates";
import { recordsIn } from "../../catalog/records";
import { selectServices, type Service } from "../../catalog/service";
import type { ServiceRecord } from "../../catalog/record";
import { catalogue } from "../../catalog/services";
import type { Selected } from "../../catalog/select";
import type { Choices } from "../../config/choices";
import { serviceSchema } from "../../config/schema";
import { CNPG, EXTERNAL_SECRETS, PROMETHEUS } from "../../kube/kinds/groups";
import { EXTERNAL_SECRET } from "../../kube/externalSecrets";
import { wantedObjects } from "../../preflight/ownership";
import { preflightRequest } from "../../preflight/request";
import { verbsOn } from "../../preflight/rights";
import type { Elsewhere, Kind } from "../../preflight/types";
import { mirrorReader, mirrorStore } from "../../vault/access";
import { KEYS_SECRET, claimName, podName, tlsSecret } from "../../vault/names";

export const PURPOSES = ["up", "preview", "drift"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A rule of a Role's. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Rules of a namespace, or of the cluster where there is none. */
export interface Grant {
  readonly namespace?: string;
  readonly rules: readonly Rule[];
}

/** Whether Kubernetes knows which object such a question is about: not what is created, unless it is part of one that is there. */
const hasName = (verb: string, kind: string) => !["list", "watch"].includes(verb) && (verb !== "create" || kind.includes("/"));

/** Objects of a kind, and what is done with them. */
class Rights {
  /** By group and kind, by verb: names, or any. */
  private readonly kinds = new Map<string, { group: string; kind: string; verbs: Map<string, Set<string> | "any"> }>();

  /** @param names Absent: any, as where a name comes of what is in an object. */
  add(group: string, kind: string, verbs: readonly string[], names?: readonly string[]): this {
    const key = `${kind}.${group}`;
    const one = this.kinds.get(key) ?? { group, kind, verbs: new Map<string, Set<string> | "any">() };
    this.kinds.set(key, one);
    for (const verb of verbs) {
      const before = one.verbs.get(verb);
      if (names === undefined || !hasName(verb, kind)) one.verbs.set(verb, "any");
      else if (before !== "any" && names.length > 0) one.verbs.set(verb, new Set([...(before ?? []), ...names]));
    }
    return this;
  }

  /** Verbs of the same objects in one rule. */
  rules(): Rule[] {
    return [...this.kinds.values()].flatMap(({ group, kind, verbs }): Rule[] => {
      const scopes = new Map<string, { names: readonly string[] | undefined; verbs: string[] }>();
      for (const [verb, of] of verbs) {
        const names = of === "any" ? undefined : [...of].sort();
        const scope = scopes.get(String(names)) ?? { names, verbs: [] };
        scope.verbs.push(verb);
        scopes.set(String(names), scope);
      }
      return [...scopes.values()].map((scope) => ({
        apiGroups: [group],
        resources: [kind],
        ...(scope.names === undefined ? {} : { resourceNames: scope.names }),
        verbs: scope.verbs,
      }));
    });
  }
}

const GROUPS: Readonly<Partial<Record<Kind, string>>> = { secrets: "", configmaps: "", jobs: "batch", prometheusrules: PROMETHEUS.group };
const LOOK = ["get", "list", "watch"];
const RBAC = "rbac.authorization.k8s.io";

/** The records that are granted for. */
export interface Records {
  readonly catalogue: readonly ServiceRecord[];
  readonly bundles: readonly BundleRecord[];
}

/** What it takes, namespace by namespace. */
export function neededGrants(
  stack: Choices,
  { fetched, gates }: Pick<Selected, "fetched" | "gates">,
  purpose: Purpose,
  records: Records = recordsIn(stack.catalog) ?? { catalogue, bundles },
): Grant[] {
  const services = everyService(stack, records.catalogue);
  // A gate that is off now is turned on by an `up` of the same account.
  const every =
    gates.length === 0 ? [] : (recordsIn(stack.catalog)?.gates ?? gateRecords).map(({ name }) => ({ name, image: "", secrets: [] }));
  const request = preflightRequest(stack, services, undefined, { ...(fetched === undefined ? {} : { fetched }), gates: every });
  const places = new Map<string | undefined, Rights>();
  const at = (namespace: string | undefined): Rights => {
    const rights = places.get(namespace) ?? new Rights();
    places.set(namespace, rights);
    return rights;
  };
  const own = at(stack.namespace);
  const verbs = (kind: string) => verbsOn(kind, purpose !== "up");
  for (const { kind, name } of wantedObjects({ ...request, databaseRoles: true }))
    own.add(GROUPS[kind] ?? CNPG.group, kind, verbs(kind), [name]);
  // One that is somebody else's is read, and so are those beside it, one of which this state may have made.
  if (stack.cluster.existing) own.add(CNPG.group, "clusters", ["get", "list"], [stack.cluster.name]);
  own.add("", "secrets", ["get"], [...adopted(services), ...stack.cluster.imagePullSecrets, ...operatorsOwn(stack)]);
  for (const { namespace, objects } of request.elsewhere)
    for (const { resource, name } of objects) at(namespace).add(resource.group, resource.plural, verbs(resource.plural), [name]);
  if (stack.vault !== undefined) addFetched(at, stack, records, verbs);
  const poolers = services.flatMap(({ pooler }) => pooler ?? []);
  if (poolers.length > 0) own.add(CNPG.group, "poolers", purpose === "up" ? ["get", "list", "patch"] : ["get", "list"], poolers);
  if (purpose === "up") addForUp(at, stack, services, request.elsewhere);
  if (purpose === "drift") addForDrift(at, stack, request.elsewhere);
  return [...places].map(([namespace, rights]) => ({ ...(namespace === undefined ? {} : { namespace }), rules: rights.rules() }));
}

/** As the stack would have each, were it on. */
function everyService(stack: Choices, records: readonly ServiceRecord[]): readonly Service[] {
  const on = Object.fromEntries(records.map(({ name }) => [name, { ...(stack.services[name] ?? serviceSchema.parse({})), enabled: true }]));
  const selected = selectServices(records, { ...stack, services: on });
  return "services" in selected ? selected.services : [];
}

const adopted = (services: readonly Service[]) => services.flatMap(({ adopt }) => adopt?.secret ?? []);

/** CloudNativePG's certificate, where it is handed on. */
function operatorsOwn({ tls, cluster }: Choices): string[] {
  return tls.authorities.includes("operator") ? [operatorAuthority(cluster.name), authoritySecret(cluster.name)] : [];
}

/** ExternalSecrets, of everything that may be on; and the Secrets that they make, which are looked at by name and never written. */
function addFetched(at: (namespace: string) => Rights, stack: Choices, records: Records, verbs: (kind: string) => readonly string[]): void {
  const placed = [
    ...records.catalogue.map(({ externalSecrets = [] }) => [stack.namespace, externalSecrets] as const),
    ...records.bundles
      .filter(({ name }) => stack.bundles[name]?.enabled)
      .map(
        ({ name, namespace, externalSecrets }) =>
          [stack.bundles[name]?.namespace ?? namespace ?? stack.namespace, externalSecrets] as const,
      ),
  ];
  for (const [namespace, secrets] of placed)
    for (const { name } of secrets) {
      const { group, plural } = EXTERNAL_SECRET;
      at(namespace).add(group, plural, verbs(plural), [name]).add("", "secrets", ["get"], [name]);
    }
}

/** What the provider waits by, and what may be given to others only by who has it. */
function addForUp(
  at: (namespace?: string) => Rights,
  { namespace, vault }: Choices,
  services: readonly Service[],
  elsewhere: readonly Elsewhere[],
): void {
  // What roles that are taken over have, Postgres says, over a port-forward.
  at(namespace).add("", "pods", LOOK).add("", "pods/portforward", ["create"]);
  const plurals = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" } as const;
  for (const { kind, name, namespace: where = namespace } of services.flatMap(({ workloads, restart }) =>
    restart === "rollout" ? workloads : [],
  )) {
    at(where)
      .add("apps", plurals[kind], [...LOOK, "patch"], [name])
      .add("apps", "replicasets", LOOK)
      .add("apps", "controllerrevisions", LOOK);
    at(where).add("", "pods", LOOK);
  }
  const writes = verbsOn("configmaps", false);
  const hasGates = elsewhere.some(
    (one) => one.namespace === namespace && one.objects.some(({ resource }) => resource.plural === "cronjobs"),
  );
  // Called after what is in them.
  if (hasGates) at(namespace).add("", "configmaps", writes);
  if (vault?.server.kind !== "deployed") return;
  const { server, configuration } = vault;
  const its = at(server.namespace);
  if (configuration.by === "cronJob")
    its
      .add("", "pods", LOOK)
      .add("", "configmaps", writes)
      .add("batch", "jobs", writes)
      // What its Role gives to dev's bootstrap.
      .add("", "secrets", ["get", "update"], [KEYS_SECRET])
      .add("", "persistentvolumeclaims", ["get", "delete"], [claimName(server, 0)])
      .add("", "pods", [...LOOK, "delete"], [podName(server, 0)]);
  at().add(RBAC, "clusterroles", ["bind"], ["system:auth-delegator"]);
}

/** Logins and Vault by port-forward, and what is compared. */
function addForDrift(at: (namespace?: string) => Rights, { namespace, cluster, vault }: Choices, elsewhere: readonly Elsewhere[]): void {
  for (const one of elsewhere.filter(({ isOfApplications }) => isOfApplications))
    at(one.namespace).add(EXTERNAL_SECRETS.group, "externalsecrets", ["list"], []);
  const own = at(namespace);
  for (const kind of ["clusters", "databases", "databaseroles", "publications", "subscriptions"]) own.add(CNPG.group, kind, ["list"], []);
  own.add("", "pods", ["get", "list"]).add("", "pods/portforward", ["create"]);
  own.add("", "secrets", ["get"], [`${cluster.name}-superuser`]).add(EXTERNAL_SECRETS.group, "externalsecrets", ["list"], []);
  if (vault === undefined) return;
  own.add(EXTERNAL_SECRETS.group, "pushsecrets", ["list"], []);
  const { server } = vault;
  if (server.kind !== "deployed") return;
  const its = at(server.namespace);
  const pods = Array.from({ length: server.replicas }, (_, ordinal) => podName(server, ordinal));
  its.add("discovery.k8s.io", "endpointslices", ["list"]).add("", "pods", ["get"], pods).add("", "pods/portforward", ["create"], pods);
  if (server.tls.kind === "secret") its.add("", "secrets", ["get"], [tlsSecret(server)]);
  if (vault.mirror.mode === "push") its.add("", "serviceaccounts/token", ["create"], [mirrorReader(mirrorStore(vault))]);
}
