import { catalogue } from "../catalog/services";
import { databaseSecrets, loginRole, operatorSecrets, resolveNames, SLOTS } from "../catalog/names";
import { isKind, namespaceOf, objectName, type Resource } from "./resource";
import { at, isObject, objects, text, type Properties } from "./values";

/** The group of CloudNativePG's kinds. */
export const CNPG = "postgresql.cnpg.io";

/** The components that make Secrets, and the only ones that may. */
export const SECRET_MAKERS = ["RoleLogin", "ApplicationCredential", "VaultBootstrap", "VaultCertificate"].map(
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
    return isKind(resource, CNPG, "Cluster") && name !== undefined ? [{ resource, name, namespace: namespaceOf(resource) }] : [];
  });
}

/** Inline roles and DatabaseRoles. */
export function managedRolesOf(resources: readonly Resource[]): ManagedRole[] {
  return resources.flatMap((resource) => {
    const namespace = namespaceOf(resource);
    if (isKind(resource, CNPG, "DatabaseRole")) {
      const configuration = at(resource.props, "spec");
      return isObject(configuration) ? [{ resource, configuration, where: "spec", namespace }] : [];
    }
    if (!isKind(resource, CNPG, "Cluster")) return [];
    return objects(resource.props, "spec", "managed", "roles").map((configuration) => ({
      resource,
      configuration,
      where: `spec.managed.roles.${text(configuration, "name") ?? "?"}`,
      namespace,
    }));
  });
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
  for (const { resource, name, namespace } of clustersOf(resources)) {
    for (const record of catalogue) for (const secret of databaseSecrets(record)) found.set(`${namespace}/${secret}`, `${record.name}'s`);
    for (const secret of operatorSecrets(name)) found.set(`${namespace}/${secret}`, `that of the Cluster ${name}`);
    for (const path of [["bootstrap", "initdb", "secret"], ["superuserSecret"]]) {
      const secret = text(resource.props, "spec", ...path, "name");
      if (secret !== undefined) found.set(`${namespace}/${secret}`, `that of the Cluster ${name}`);
    }
  }
  for (const { configuration, namespace } of managedRolesOf(resources)) {
    const secret = text(configuration, "passwordSecret", "name");
    if (secret !== undefined) found.set(`${namespace}/${secret}`, `that of the role ${text(configuration, "name")}`);
  }
  for (const resource of resources) {
    const maker = resource.parents.at(-1)?.split(":").at(-1) ?? "";
    if (!isKind(resource, "core", "Secret") || !["RoleLogin", "ApplicationCredential"].includes(maker)) continue;
    found.set(`${namespaceOf(resource)}/${objectName(resource)}`, "a database's credential");
  }
  return found;
}
