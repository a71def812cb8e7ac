import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { metadata, type Placement } from "../../../components/metadata";
import { RoleLogin } from "../../../components/roleLogin";
import { ExternalSecrets } from "../../../components/vault/externalSecrets";
import { SecretStore } from "../../../components/vault/secretStore";
import { Cluster } from "../../../kube/kinds/cluster";

const LEAST = { superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true, login: true };

/** What a stack has: a Cluster whose roles read Secrets of our components, a store and what is fetched through it, and pods that read both. */
export function makeCompliant(place: Placement, services: number, provider: k8s.Provider): void {
  const [opts, child] = [{ providers: [provider] }, { provider }];
  const names = services === 1 ? ["platform"] : Array.from({ length: services }, (_, index) => `service-${index}`);
  const logins = names.map(
    (service) =>
      new RoleLogin(
        service,
        {
          service,
          place,
          login: { slot: "owner", role: service, object: service, secret: `${service}-db-role`, generation: "0.0.0", login: true },
        },
        opts,
      ),
  );
  new Cluster(
    "postgres",
    {
      metadata: metadata(place, "postgres"),
      spec: {
        instances: 1,
        storage: { size: "1Gi" },
        enableSuperuserAccess: false,
        postgresql: { parameters: { password_encryption: "scram-sha-256" }, pg_hba: ["host all all all reject"] },
        managed: {
          roles: logins.map(({ role, secret }) => ({
            ...LEAST,
            name: role,
            connectionLimit: -1,
            passwordSecret: { name: secret.metadata.name },
          })),
        },
      },
    },
    child,
  );
  new k8s.networking.v1.NetworkPolicy(
    "closed",
    { metadata: metadata(place, "closed"), spec: { podSelector: {}, policyTypes: ["Ingress"] } },
    child,
  );
  const vault = { address: "https://vault.vault.svc:8200", ready: [] };
  const { store } = new SecretStore(
    "store",
    { vault, name: "ameide-vault", place, mount: "secret", authMount: "kubernetes", namespace: place.namespace },
    opts,
  );
  const remoteRef = { key: "inference/inference-api-credentials", property: "OPENAI_API_KEY" };
  new ExternalSecrets(
    "external",
    {
      plans: [
        {
          owner: "inference",
          kind: "service",
          name: "inference-api-credentials",
          namespace: place.namespace,
          type: "Opaque",
          labels: {},
          refreshInterval: "1h",
          data: [{ secretKey: "OPENAI_API_KEY", remoteRef }],
        },
      ],
      place,
      stores: new Map([[place.namespace, store.metadata.name]]),
    },
    opts,
  );
  for (const { role, secret } of logins)
    new k8s.batch.v1.Job(
      `job-${role}`,
      { metadata: metadata(place, `job-${role}`), spec: { template: { spec: podReading(secret.metadata.name, "password") } } },
      child,
    );
}

/** A pod that keeps to every rule. */
export function podReading(secret: pulumi.Input<string>, key: string): k8s.types.input.core.v1.PodSpec {
  return {
    restartPolicy: "Never",
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image: "example.com/main:1.0.0",
        env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: secret, key } } }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  };
}
