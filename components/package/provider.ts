import type * as pulumi from "@pulumi/pulumi";
import * as components from "./index";

/** What of the schema is gone by here. */
interface Schema {
  readonly version: string;
  readonly resources: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>;
}

/**
 * The components for programs in other languages.
 *
 * @param text The schema, made when the package was built: to make it here would take TypeScript, the
 *   sources and seconds at each start.
 */
export function providerOf(text: string): pulumi.provider.Provider {
  const schema = JSON.parse(text) as Schema;
  return {
    version: schema.version,
    getSchema: () => Promise.resolve(text),
    construct: (name, type, inputs, options) => {
      const described = schema.resources[type];
      if (described === undefined)
        return Promise.reject(
          new Error(`${type} is not a component of this package; there are ${Object.keys(schema.resources).join(", ")}`),
        );
      const made = construct(name, type, inputs, options);
      const outputs = made as unknown as Readonly<Record<string, unknown>>;
      const state = Object.fromEntries(Object.keys(described.properties).map((property) => [property, outputs[property]]));
      return Promise.resolve({ urn: made.urn, state });
    },
  };
}

function construct(name: string, type: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions): pulumi.ComponentResource {
  return type === "cnpg-credentials:index:PostgresCluster"
    ? new components.PostgresCluster(name, inputs as components.PostgresClusterArgs, options)
    : new components.ServiceDatabase(name, inputs as components.ServiceDatabaseArgs, options);
}
