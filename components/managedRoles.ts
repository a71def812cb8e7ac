import * as pulumi from "@pulumi/pulumi";
import { roleObject, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import type { RoleConfiguration } from "../kube/kinds/cluster";
import { DatabaseRole } from "../kube/kinds/databaseRole";
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
    const make = ({ service, roles }: ManagedRolesArgs["services"][number]) => {
      let owner: DatabaseRole | undefined;
      return [...roles].map(([slot, configuration]) => {
        const object = roleObject(service.name, slot);
        const role: DatabaseRole = new DatabaseRole(
          `${name}-${object}`,
          {
            metadata: metadata(args.place, object, { service: service.name, annotations: waitFor("jsonpath={.status.applied}=true") }),
            spec: {
              cluster: { name: args.cluster },
              databaseRoleReclaimPolicy: "retain",
              ...configuration,
            },
          },
          { parent: this, customTimeouts: { create: "5m", update: "5m" }, ...(owner ? { dependsOn: [owner] } : {}) },
        );
        owner ??= role;
        return role;
      });
    };
    this.byService = new Map(args.services.map((one) => [one.service.name, make(one)]));
    this.registerOutputs();
  }
}
