import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { metadata, type Placement } from "../../../components/metadata";
import { Cluster } from "../../../kube/kinds/cluster";
import { TLS_ANNOTATION } from "../../../kube/marks";
import { SecretStore } from "../../../components/vault/secretStore";
import { PushSecret } from "../../../kube/kinds/pushSecret";
import { ExternalSecret } from "../../../kube/kinds/externalSecret";
import { podReading } from "./compliant";

/** What must be in no text that the engine or the pack prints. */
export const LITERAL = "correct-horse-battery-staple-42";

/** Takes the place of a resource whose provider is not built for tests: to the engine, and to the pack, it is of that type and has those properties. */
class StandIn extends pulumi.ComponentResource {
  constructor(type: string, name: string, properties: pulumi.Inputs) {
    super(type, name, properties);
    this.registerOutputs(properties);
  }
}

/** Every rule, broken once; each resource has the rule's name, and breaks no other where that can be. */
export function makeBreaks(place: Placement, directory: string, provider: k8s.Provider): void {
  const opts = { provider };
  const object = (name: string) => metadata(place, name);
  const job = (name: string, spec: k8s.types.input.core.v1.PodSpec) =>
    new k8s.batch.v1.Job(name, { metadata: object(name), spec: { template: { spec } } }, opts);

  new k8s.core.v1.Secret("secrets-through-components", { metadata: object("by-hand"), stringData: { note: "nothing" } }, opts);
  new k8s.core.v1.ConfigMap(
    "no-literal-credential",
    { metadata: object("no-literal-credential"), data: { "application.properties": `spring.datasource.password=${LITERAL}\n` } },
    opts,
  );
  new k8s.apiextensions.CustomResource(
    "no-sealed-secret",
    { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", metadata: object("no-sealed-secret"), spec: { encryptedData: {} } },
    opts,
  );
  externalSecret("one-writer", place, "ameide-vault", "platform-db-role", opts);
  new StandIn("vault:database/secretBackendStaticRole:SecretBackendStaticRole", "no-vault-database-role", { username: "platform" });
  new k8s.Provider("secret-mutable-provider", { renderYamlToDirectory: directory });
  job("declared-secrets", podReading("nobody-makes-it", "password"));
  externalSecret("store-namespaces", place, "somebody-elses", "fetched", opts);
  job("operator-secrets", podReading("postgres-superuser", "password"));
  new Cluster(
    "host-based-authentication",
    {
      metadata: object("open"),
      spec: {
        instances: 1,
        storage: { size: "1Gi" },
        enableSuperuserAccess: false,
        postgresql: { parameters: {}, pg_hba: ["hostssl platform +platform all scram-sha-256", "host all all all reject"] },
      },
    },
    opts,
  );
  const credential = new StandIn("cnpg-credentials:index:ApplicationCredential", "platform", {});
  new k8s.core.v1.Secret(
    "proven-server",
    { metadata: metadata(place, "platform-db-credentials", { service: "platform", annotations: { [TLS_ANNOTATION]: "require" } }) },
    { ...opts, parent: credential },
  );
  const mirror = "ameide-vault-mirror";
  const vault = { address: "https://vault.vault.svc:8200", ready: [] };
  new SecretStore(
    "mirror",
    { vault, name: mirror, place, mount: "mirror", authMount: "kubernetes", namespace: place.namespace },
    { providers: [provider] },
  );
  new PushSecret(
    "pushes",
    {
      metadata: object("pushes"),
      spec: {
        secretStoreRefs: [{ name: mirror, kind: "ClusterSecretStore" }],
        selector: { secret: { name: "platform-db-role" } },
        refreshInterval: "1h0m0s",
        updatePolicy: "Replace",
        deletionPolicy: "None",
        data: [{ match: { remoteRef: { remoteKey: "copy" } } }],
      },
    },
    opts,
  );
  externalSecret("mirror-one-way", place, mirror, "stolen", opts);
  new k8s.batch.v1.CronJob(
    "dev-bootstrap",
    {
      metadata: object("foundation-vault-bootstrap"),
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: podReading("platform-db-role", "password") } } } },
    },
    opts,
  );
  new StandIn("azure-native:keyvault:Key", "azure-seal-protected", { keyName: "vault-unseal", properties: { kty: "RSA" } });
  const open = { ...place, namespace: "open" };
  new Cluster(
    "network-policies",
    {
      metadata: metadata(open, "reached-by-all"),
      spec: {
        instances: 1,
        storage: { size: "1Gi" },
        enableSuperuserAccess: false,
        postgresql: { parameters: {}, pg_hba: ["host all all all reject"] },
      },
    },
    opts,
  );
  const root = podReading("platform-db-role", "password");
  job("pod-security", { ...root, securityContext: { seccompProfile: { type: "RuntimeDefault" } } });
  const floating = podReading("platform-db-role", "password");
  job("pinned-images", { ...floating, containers: [{ ...one(floating), image: "example.com/main:latest" }] });
  new k8s.core.v1.ConfigMap("ownership-marks", { metadata: { name: "unmarked", namespace: place.namespace }, data: {} }, opts);
  new ExternalSecret(
    "names",
    {
      metadata: metadata(place, "nobodys"),
      spec: {
        secretStoreRef: { name: "ameide-vault", kind: "ClusterSecretStore" },
        target: { name: "nobodys", creationPolicy: "Owner", deletionPolicy: "Retain" },
        data: [],
      },
    },
    opts,
  );
}

function one({ containers }: k8s.types.input.core.v1.PodSpec): k8s.types.input.core.v1.Container {
  return (containers as k8s.types.input.core.v1.Container[])[0]!;
}

function externalSecret(name: string, place: Placement, store: string, target: string, opts: pulumi.CustomResourceOptions): void {
  new ExternalSecret(
    name,
    {
      metadata: metadata(place, "inference-api-credentials", { service: "inference" }),
      spec: {
        secretStoreRef: { name: store, kind: "ClusterSecretStore" },
        target: { name: target, creationPolicy: "Owner", deletionPolicy: "Retain" },
        data: [{ secretKey: "username", remoteRef: { key: "inference/inference-api-credentials" } }],
      },
    },
    opts,
  );
}
