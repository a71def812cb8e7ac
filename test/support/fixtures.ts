import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { catalogue } from "../../catalog/services";
import { selectServices, type Service } from "../../catalog/service";
import type { Placement } from "../../components/metadata";
import type { PostgresClusterArgs } from "../../components/postgresCluster";
import type { ClusterConfig, StackConfig } from "../../config/schema";
import { validateStack } from "../../config/validate";
import { planRotation, type RotationPlan } from "../../rotation/plan";
import { asEngineValues } from "./stackFiles";

/** A small valid stack, with what the test is about. */
export function stackConfig(values: Readonly<Record<string, unknown>> = {}, cluster: Readonly<Record<string, unknown>> = {}): StackConfig {
  const base = {
    namespace: "apps",
    context: "lab",
    services: {},
    cluster: { name: "pg", instances: 3, storage: { size: "1Gi" }, ...cluster },
  };
  const rotation = { proof: { image: "psql:17" }, ...(values.rotation as object | undefined) };
  const result = validateStack(asEngineValues({ ...base, ...values, rotation }), "test");
  assert.ok("config" in result, JSON.stringify(result));
  return result.config;
}

export function clusterConfig(cluster: Readonly<Record<string, unknown>> = {}): ClusterConfig {
  return stackConfig({}, cluster).cluster;
}

/**
 * Services of the real catalogue, as a stack that turns these on, and rotates them so, has them.
 */
export function services(on: Readonly<Record<string, object>>, rotation: object = {}): Service[] {
  const result = selectServices(catalogue, stackConfig({ services: on, rotation }));
  assert.ok("services" in result, JSON.stringify(result));
  return result.services;
}

export function service(name: string, settings: object = {}, rotation: object = {}): Service {
  const [only] = services({ [name]: settings }, rotation);
  assert.ok(only);
  return only;
}

/** The plan for a service. */
export function planned(of: Service): RotationPlan {
  return planRotation(of);
}

export const OWNER = "0123456789abcdef";

/** Made anew for each program, since an Output belongs to one. */
export function place(): Placement {
  return { namespace: "apps", stack: "test", owner: pulumi.output(OWNER), labels: { team: "data" }, annotations: { note: "hello" } };
}

/** The arguments of a small PostgresCluster in that place. */
export function clusterArgs(cluster: Readonly<Record<string, unknown>> = {}): PostgresClusterArgs {
  const { namespace, owner, labels, annotations } = place();
  const marks = { owner, labels: { ...labels }, annotations: { ...annotations } };
  return {
    namespace,
    ...marks,
    instances: 3,
    storage: { size: "1Gi" },
    authorities: "operator",
    hostBasedAuthentication: ["host all all all reject"],
    ...cluster,
  };
}

/** What every object carries, with the annotation or label that the case adds. */
export function expectedMetadata(
  name: string,
  {
    service: of,
    labels = {},
    annotations = {},
  }: { service?: string; labels?: Record<string, string>; annotations?: Record<string, string> },
): object {
  return {
    name,
    namespace: "apps",
    labels: {
      team: "data",
      ...labels,
      "app.kubernetes.io/managed-by": "pulumi",
      "app.kubernetes.io/part-of": "cnpg-credentials",
      "cnpg-credentials/stack": "test",
      ...(of === undefined ? {} : { "cnpg-credentials/service": of }),
    },
    annotations: { note: "hello", ...annotations, "cnpg-credentials/owner": OWNER },
  };
}

/**
 * The same of an object that is waited for, without the mark of how it was written, which is
 * checked.
 */
export function waitedMetadata({ metadata }: Record<string, unknown>, ...conditions: string[]): object {
  const { annotations, ...rest } = metadata as { annotations: Record<string, string> };
  const { "cnpg-credentials/written": written, "pulumi.com/waitFor": waitFor, ...others } = annotations;
  assert.match(written!, /^[0-9a-f]{16}$/);
  assert.deepEqual(JSON.parse(waitFor!), [...conditions, `jsonpath={.metadata.annotations['cnpg-credentials/written']}=${written}`]);
  return { ...rest, annotations: others };
}

/** The decoded values of a Secret's `data`. */
export function decoded(data: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data as Record<string, string>).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}
