import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { queriesObject, QUERIES_KEY } from "../catalog/alertNames";
import type * as Queries from "./alerts/queries";
import { metadata, type Place } from "./metadata";

/** CloudNativePG's custom queries; with the label, an instance takes up a change of them at once. */
export function roleQueries(
  name: string,
  { cluster, place }: { readonly cluster: string; readonly place: Place },
  parent: pulumi.Resource,
): k8s.core.v1.ConfigMap {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Few stacks have alerts, and a constructor cannot wait for what they need.
  const { QUERIES } = require("./alerts/queries") as typeof Queries;
  const labels = { "cnpg.io/reload": "true" };
  return new k8s.core.v1.ConfigMap(
    `${name}-queries`,
    { metadata: metadata(place, queriesObject(cluster), { labels }), data: { [QUERIES_KEY]: QUERIES } },
    { parent },
  );
}
