import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import { Database } from "../kube/kinds/database";
import { metadata, waitFor, type Place } from "./metadata";

export interface DatabasesArgs {
  services: readonly Service[];
  place: Place;
  /** Name of the Cluster. Changing it replaces every Database object; the databases stay. */
  cluster: pulumi.Input<string>;
  /** By service, its roles where they are objects: a database is made once its owner is there. @default none */
  roles?: ReadonlyMap<string, readonly pulumi.Resource[]>;
}

/**
 * One Database object a service: its database, owned by its role, with its extensions and schemas. Deleting an object, or turning the service off,
 * keeps the database (reclaim policy `retain`): dropping data is done by hand, in Postgres.
 */
export class Databases extends pulumi.ComponentResource {
  readonly byService: ReadonlyMap<string, Database>;

  constructor(name: string, args: DatabasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Databases", name, {}, opts);
    const make = (service: Service) =>
      new Database(
        `${name}-${service.name}`,
        {
          metadata: metadata(args.place, service.name, { service: service.name, annotations: waitFor("jsonpath={.status.applied}=true") }),
          spec: {
            cluster: { name: args.cluster },
            name: service.database,
            owner: service.role,
            databaseReclaimPolicy: "retain",
            ...(service.extensions.length === 0
              ? {}
              : { extensions: service.extensions.map((extension) => ({ ensure: "present", ...extension })) }),
            ...(service.schemas.length === 0
              ? {}
              : { schemas: service.schemas.map((schema) => ({ name: schema, ensure: "present", owner: service.role })) }),
          },
        },
        { parent: this, customTimeouts: { create: "5m", update: "5m" }, dependsOn: [...(args.roles?.get(service.name) ?? [])] },
      );
    this.byService = new Map(args.services.map((service) => [service.name, make(service)]));
    this.registerOutputs();
  }
}
