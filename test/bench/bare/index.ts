// The resources of the program, with the same fields, registered by hand: no configuration schema, no checks, no components; what it takes is what Pulumi takes.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

// As in the program, so that the comparison is of the rest.
delete (Error as Partial<ErrorConstructor>).prepareStackTrace;

const config = new pulumi.Config();
const namespace = config.require("namespace");
const image = config.require("image");
const services = config.requireObject<{ name: string; role: string; secret: string; roleSecret?: string }[]>("services");
const stack = pulumi.getStack();
const host = `postgres-ameide-rw.${namespace}.svc`;
const base64 = (text: string) => Buffer.from(text).toString("base64");

const provider = new k8s.Provider("kubernetes", {
  context: config.require("context"),
  clusterIdentifier: stack,
  enableSecretMutable: true,
  enableConfigMapMutable: true,
  upsertExistingObjects: true,
});
const state = new random.RandomId("state", { byteLength: 8 });
const owner = state.hex;
const metadata = (name: string, service?: string, annotations?: Record<string, string>) => ({
  name,
  namespace,
  labels: {
    environment: "dev",
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "bare",
    "bare/stack": stack,
    ...(service && { "bare/service": service, "cnpg.io/reload": "true" }),
  },
  annotations: { ...annotations, "bare/owner": owner },
});

const roles = services.map(({ name, role, secret, roleSecret }) => {
  const password = new random.RandomPassword(`${name}-password`, { length: 32, special: false });
  const separate =
    roleSecret === undefined
      ? undefined
      : new k8s.core.v1.Secret(
          `${name}-role`,
          {
            metadata: metadata(roleSecret, name),
            type: "kubernetes.io/basic-auth",
            data: { username: base64(role), password: password.result.apply(base64) },
          },
          { provider },
        );
  const application = new k8s.core.v1.Secret(
    name,
    {
      metadata: metadata(secret, name),
      type: roleSecret === undefined ? "kubernetes.io/basic-auth" : "Opaque",
      data: password.result.apply((value) => ({
        username: base64(role),
        user: base64(role),
        password: base64(value),
        host: base64(host),
        port: base64("5432"),
        dbname: base64(role),
        uri: base64(`postgresql://${role}:${value}@${host}:5432/${role}?sslmode=require`),
        "jdbc-uri": base64(`jdbc:postgresql://${host}:5432/${role}?user=${role}&password=${value}&sslmode=require`),
        pgpass: base64(`${host}:5432:${role}:${role}:${value}\n`),
      })),
    },
    { provider },
  );
  return {
    name: role,
    comment: name,
    login: true,
    superuser: false,
    createdb: false,
    createrole: false,
    replication: false,
    bypassrls: false,
    inherit: true,
    connectionLimit: -1,
    passwordSecret: { name: (separate ?? application).metadata.name },
  };
});

const cluster = new k8s.apiextensions.CustomResource(
  "postgres-ameide",
  {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: metadata("postgres-ameide", undefined, { "pulumi.com/waitFor": "condition=Ready" }),
    spec: {
      instances: 1,
      imageName: image,
      inheritedMetadata: { labels: { environment: "dev" } },
      storage: { size: "2Gi" },
      enableSuperuserAccess: false,
      postgresql: {
        parameters: { max_connections: "100", shared_buffers: "128MB" },
        pg_hba: [...services.map(({ role }) => `hostssl ${role} +${role} all scram-sha-256`), "host all all all reject"],
      },
      managed: { roles },
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
      monitoring: { enablePodMonitor: false },
      affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
    },
  },
  { provider, customTimeouts: { create: "10m", update: "10m" } },
);

for (const { name, role } of services) {
  new k8s.apiextensions.CustomResource(
    `databases-${name}`,
    {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Database",
      metadata: metadata(name, name, { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" }),
      spec: { cluster: { name: cluster.metadata.name }, name: role, owner: role, databaseReclaimPolicy: "retain" },
    },
    { provider, customTimeouts: { create: "5m", update: "5m" } },
  );
}
