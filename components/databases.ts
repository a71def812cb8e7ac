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
    this.byService = new Map(
      args.services.map((service) => [
        service.name,
        makeDatabase(`${name}-${service.name}`, service, args, { parent: this, dependsOn: [...(args.roles?.get(service.name) ?? [])] }),
      ]),
    );
    this.registerOutputs();
  }
}

/** A service's database; the object is there when CloudNativePG says that the database is. */
export function makeDatabase(
  name: string,
  service: Service,
  { place, cluster }: Pick<DatabasesArgs, "place" | "cluster">,
  opts: pulumi.CustomResourceOptions,
): Database {
  const { extensions, schemas } = service;
  const { encoding, collate, ctype, template } = service.creation;
  return new Database(
    name,
    {
      metadata: waitFor(metadata(place, service.name, { service: service.name }), "jsonpath={.status.applied}=true"),
      spec: {
        cluster: { name: cluster },
        name: service.database,
        owner: service.role,
        databaseReclaimPolicy: "retain",
        ...(encoding === undefined ? {} : { encoding }),
        ...(collate === undefined ? {} : { localeCollate: collate }),
        ...(ctype === undefined ? {} : { localeCType: ctype }),
        ...(template === undefined ? {} : { template }),
        ...(extensions.length === 0
          ? {}
          : {
              extensions: extensions.map(({ name, version, schema }) => ({
                ensure: "present",
                name,
                ...(version === undefined ? {} : { version }),
                ...(schema === undefined ? {} : { schema }),
              })),
            }),
        ...(schemas.length === 0 ? {} : { schemas: schemas.map((schema) => ({ name: schema, ensure: "present", owner: service.role })) }),
      },
    },
    { customTimeouts: { create: "5m", update: "5m" }, ...opts },
  );
}
