import * as pulumi from "@pulumi/pulumi";
import { roleObject, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import type { RoleConfiguration } from "../kube/kinds/cluster";
import { DatabaseRole } from "../kube/kinds/databaseRole";
import { objectRole } from "../kube/kinds/roleAttributes";
import { metadata, waitFor, type Place } from "./metadata";
import { closedRole } from "./roles";

export interface ManagedRolesArgs {
  /** Each service's roles, the owner first. */
  services: readonly { service: Service; roles: ReadonlyMap<Slot, RoleConfiguration> }[];
  place: Place;
  /** Name of the Cluster. Changing it replaces every role object. */
  cluster: pulumi.Input<string>;
  /** Roles that are there and that nobody may log in as any more: of services that are off, of logins that are not in use. @default none */
  closed?: readonly ClosedRole[];
}

/** A role that keeps its object, without a password. */
export interface ClosedRole {
  readonly service: string;
  /** The DatabaseRole. */
  readonly object: string;
  readonly role: string;
}

/**
 * The roles as DatabaseRole objects. CloudNativePG applies one when its spec or its Secret changes, and not in between: a password changed by
 * hand stays until then (inline roles are compared all the time). Deleting an object keeps the role: going back to inline roles deletes all of them while
 * applications are logged in.
 */
export class ManagedRoles extends pulumi.ComponentResource {
  /** The roles of each service, the owner first. */
  readonly byService: ReadonlyMap<string, readonly DatabaseRole[]>;

  constructor(name: string, args: ManagedRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ManagedRoles", name, {}, opts);
    const child = { parent: this };
    const byService = new Map<string, readonly DatabaseRole[]>();
    for (const { service, roles } of args.services) {
      // A migrator is a member of the owner of its database.
      const owner = service.profile?.kind === "migrator" ? (byService.get(service.profile.of) ?? []).slice(0, 1) : [];
      const nameOf = (slot: Slot) => `${name}-${roleObject(service.name, slot)}`;
      byService.set(service.name, makeRoles(nameOf, service, roles, { ...args, logins: "retain" }, { ...child, dependsOn: owner }));
    }
    this.byService = byService;
    for (const { service, object, role } of args.closed ?? [])
      makeRole(`${name}-${object}`, { service, object, configuration: closedRole(role), reclaim: "retain" }, args, child);
    this.registerOutputs();
  }
}

/**
 * A service's roles, the owner first.
 *
 * @param nameOf the resource of a login
 */
export function makeRoles(
  nameOf: (slot: Slot) => string,
  service: Pick<Service, "name">,
  roles: ReadonlyMap<Slot, RoleConfiguration>,
  {
    place,
    cluster,
    logins,
  }: Pick<ManagedRolesArgs, "place" | "cluster"> & {
    /** What becomes of a login that is a member of the owner when its object goes. */
    logins: "retain" | "delete";
  },
  { dependsOn = [], ...opts }: Omit<pulumi.CustomResourceOptions, "dependsOn"> & { dependsOn?: readonly pulumi.Resource[] },
): DatabaseRole[] {
  let owner: DatabaseRole | undefined;
  return [...roles].map(([slot, configuration]) => {
    const made = {
      service: service.name,
      object: roleObject(service.name, slot),
      configuration,
      reclaim: slot === "owner" ? "retain" : logins,
    };
    const role: DatabaseRole = makeRole(
      nameOf(slot),
      made,
      { place, cluster },
      {
        dependsOn: [...(owner ? [owner] : []), ...dependsOn],
        ...opts,
      },
    );
    owner ??= role;
    return role;
  });
}

function makeRole(
  name: string,
  {
    service,
    object,
    configuration,
    reclaim,
  }: { service: string; object: string; configuration: RoleConfiguration; reclaim: "retain" | "delete" },
  { place, cluster }: Pick<ManagedRolesArgs, "place" | "cluster">,
  opts: pulumi.CustomResourceOptions,
): DatabaseRole {
  return new DatabaseRole(
    name,
    {
      metadata: waitFor(metadata(place, object, { service }), "jsonpath={.status.applied}=true"),
      spec: { cluster: { name: cluster }, databaseRoleReclaimPolicy: reclaim, ...objectRole(configuration) },
    },
    { customTimeouts: { create: "5m", update: "5m" }, ...opts },
  );
}
