import { catalogue } from "./records";
import { databaseSecrets, loginRole, operatorSecrets, resolveNames, SLOTS } from "../catalog/names";
import { isKind, kindOf, namespaceOf, objectName, type Resource } from "./resource";
import { at, isObject, objects, text, VALUES, type Properties, type Value } from "./values";
import { CNPG } from "../kube/kinds/groups";
import { secretsNamed, type NamedSecret } from "../kube/kinds/secretFields";

/** The components that make Secrets, and the only ones that may. */
export const SECRET_MAKERS = ["RoleLogin", "ApplicationCredential", "ServerAuthority", "VaultBootstrap", "VaultCertificate"].map(
  (name) => `cnpg-credentials:index:${name}`,
);

/** A Cluster with its Secrets' namespace. */
export interface PostgresCluster {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace: string;
}

/** A role with what CloudNativePG is told of it. */
export interface ManagedRole {
  readonly resource: Resource;
  readonly configuration: Properties;
  readonly where: string;
  readonly namespace: string;
}

export function clustersOf(resources: readonly Resource[]): PostgresCluster[] {
  return resources.flatMap((resource) => {
    const name = objectName(resource);
    return isKind(resource, CNPG.group, "Cluster") && name !== undefined ? [{ resource, name, namespace: namespaceOf(resource) }] : [];
  });
}

/** Inline roles and DatabaseRoles. */
export function managedRolesOf(resources: readonly Resource[]): ManagedRole[] {
  return resources.flatMap((resource) => {
    const namespace = namespaceOf(resource);
    if (isKind(resource, CNPG.group, "DatabaseRole")) {
      const configuration = at(resource.props, "spec");
      return isObject(configuration) ? [{ resource, configuration, where: "spec", namespace }] : [];
    }
    if (!isKind(resource, CNPG.group, "Cluster")) return [];
    return objects(resource.props, "spec", "managed", "roles").map((configuration) => ({
      resource,
      configuration,
      where: `spec.managed.roles.${text(configuration, "name") ?? "?"}`,
      namespace,
    }));
  });
}

/** The Secrets that an object of CloudNativePG's names, each with a login. */
export function loginsOf(resource: Resource): NamedSecret<Value>[] {
  const { group, kind = "" } = kindOf(resource) ?? {};
  return group === CNPG.group ? secretsNamed(VALUES, kind, resource.props) : [];
}

/** The roles whose passwords are CloudNativePG's: those of the stack, and every one that the catalogue can lead to, for stacks without a Cluster. */
export function managedRoleNames(resources: readonly Resource[]): Set<string> {
  return new Set([
    ...catalogue.flatMap((record) => SLOTS.map((slot) => loginRole(resolveNames(record).role, slot))),
    ...managedRolesOf(resources).flatMap(({ configuration }) => text(configuration, "name") ?? []),
  ]);
}

/**
 * The Secrets whose values come from CloudNativePG or go into it, as `<namespace>/<name>`, each with what it is: the operator's own, those that roles
 * name, those that our components make, and in a Cluster's namespace every one that the catalogue can lead to.
 */
export function databaseSecretsOf(resources: readonly Resource[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, namespace } of clustersOf(resources)) {
    for (const record of catalogue) for (const secret of databaseSecrets(record)) found.set(`${namespace}/${secret}`, `${record.name}'s`);
    for (const secret of operatorSecrets(name)) found.set(`${namespace}/${secret}`, `that of the Cluster ${name}`);
  }
  const logins = resources.flatMap((resource) => loginsOf(resource).map((one) => ({ ...one, resource })));
  // The first owner's is a role's, too, and is told as that.
  const isRole = ({ field }: NamedSecret<Value>) => field.login === "role";
  for (const one of [...logins.filter((login) => !isRole(login)), ...logins.filter(isRole)])
    found.set(`${namespaceOf(one.resource)}/${one.secret}`, whoseIs(one));
  for (const resource of resources) {
    const maker = resource.parents.at(-1)?.split(":").at(-1) ?? "";
    if (!isKind(resource, "core", "Secret") || !["RoleLogin", "ApplicationCredential"].includes(maker)) continue;
    found.set(`${namespaceOf(resource)}/${objectName(resource)}`, "a database's credential");
  }
  return found;
}

function whoseIs({ field: { kind, login }, item, resource }: NamedSecret<Value> & { resource: Resource }): string {
  const name = objectName(resource);
  if (login === "role") return `that of the role ${text(item ?? at(resource.props, "spec"), "name")}`;
  return login === "otherCluster" ? `the login of the ${kind} ${name} at another one` : `that of the ${kind} ${name}`;
}
