import * as pulumi from "@pulumi/pulumi";
import { roleObject, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import type { RoleConfiguration } from "../kube/kinds/cluster";
import { DatabaseRole } from "../kube/kinds/databaseRole";
import { objectRole } from "../kube/kinds/roleAttributes";
import { metadata, waitFor, type Place } from "./metadata";

export interface ManagedRolesArgs {
  /** Each service's roles, the owner first. */
  services: readonly { service: Service; roles: ReadonlyMap<Slot, RoleConfiguration> }[];
  place: Place;
  /** Name of the Cluster. Changing it replaces every role object. */
  cluster: pulumi.Input<string>;
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
    this.byService = new Map(
      args.services.map(({ service, roles }) => [
        service.name,
        makeRoles((slot) => `${name}-${roleObject(service.name, slot)}`, service, roles, { ...args, logins: "retain" }, child),
      ]),
    );
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
  opts: pulumi.CustomResourceOptions,
): DatabaseRole[] {
  let owner: DatabaseRole | undefined;
  return [...roles].map(([slot, configuration]) => {
    const object = roleObject(service.name, slot);
    const role: DatabaseRole = new DatabaseRole(
      nameOf(slot),
      {
        metadata: waitFor(metadata(place, object, { service: service.name }), "jsonpath={.status.applied}=true"),
        spec: {
          cluster: { name: cluster },
          databaseRoleReclaimPolicy: slot === "owner" ? "retain" : logins,
          ...objectRole(configuration),
        },
      },
      { customTimeouts: { create: "5m", update: "5m" }, ...(owner ? { dependsOn: [owner] } : {}), ...opts },
    );
    owner ??= role;
    return role;
  });
}
