import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import { DatabaseRole } from "../crds/databaseRole";
import { metadata, waitFor, type Placement } from "./metadata";
import { roleConfiguration } from "./roles";

export interface ManagedRolesArgs {
  services: readonly { service: Service; roleSecret: pulumi.Input<string> }[];
  place: Placement;
  /** Name of the Cluster. Changing it replaces every role object. */
  cluster: pulumi.Input<string>;
}

/**
 * The roles as DatabaseRole objects. CloudNativePG applies one when its spec or its Secret changes, and not in between: a password changed by
 * hand stays until then (inline roles are compared all the time). Deleting an object keeps the role, which still owns its database.
 */
export class ManagedRoles extends pulumi.ComponentResource {
  readonly roles: readonly DatabaseRole[];

  constructor(name: string, args: ManagedRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ManagedRoles", name, {}, opts);
    this.roles = args.services.map(
      ({ service, roleSecret }) =>
        new DatabaseRole(
          `${name}-${service.name}`,
          {
            metadata: metadata(args.place, service.name, {
              service: service.name,
              annotations: waitFor("jsonpath={.status.applied}=true"),
            }),
            spec: {
              cluster: { name: args.cluster },
              databaseRoleReclaimPolicy: "retain",
              ...roleConfiguration(service, { name: roleSecret }),
            },
          },
          { parent: this, customTimeouts: { create: "5m", update: "5m" } },
        ),
    );
    this.registerOutputs();
  }
}
