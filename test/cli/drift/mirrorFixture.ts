import type { Copy, LivePushSecret } from "../../../cli/drift/vaultTypes";

/** The applications' Secrets, and what copies them. */
export const COPIED = ["agents-db-secret", "platform-db-credentials"];
const SERVICES: Readonly<Record<string, string>> = { "agents-db-secret": "agents", "platform-db-credentials": "platform" };

const pushSpec = (name: string) => ({
  secretStoreRefs: [{ name: "ameide-vault-mirror", kind: "ClusterSecretStore" }],
  selector: { secret: { name } },
  refreshInterval: "1h",
  updatePolicy: "Replace",
  deletionPolicy: "None",
  data: [{ match: { remoteRef: { remoteKey: `dev/apps/${name}` } } }],
});

const store = (name: string, path: string) => ({
  metadata: { name },
  spec: {
    conditions: [{ namespaces: ["apps"] }],
    provider: {
      vault: {
        server: "https://vault.vault.svc:8200",
        path,
        version: "v2",
        caBundle: Buffer.from("ca in PEM").toString("base64"),
        auth: {
          kubernetes: { mountPath: "kubernetes", role: name, serviceAccountRef: { name, namespace: "vault", audiences: ["vault"] } },
        },
      },
    },
  },
});

/** What the state has of a mirror, beside the stack's other store and a Secret of Vault's own. */
export function mirrorInState(): { type: string; inputs: Record<string, unknown> }[] {
  const resource = (type: string, inputs: object) => ({ type, inputs: inputs as Record<string, unknown> });
  const stores = [store("ameide-vault", "secret"), store("ameide-vault-mirror", "mirror")];
  return [
    resource("kubernetes:core/v1:Secret", { metadata: { name: "vault-tls", namespace: "vault", labels: {} }, data: {} }),
    ...stores.map((one) => resource("kubernetes:external-secrets.io/v1:ClusterSecretStore", one)),
    // In the order in which they happened to be made.
    ...COPIED.toReversed().map((name) =>
      resource("kubernetes:external-secrets.io/v1alpha1:PushSecret", {
        metadata: { name, labels: { "cnpg-credentials/service": SERVICES[name] } },
        spec: pushSpec(name),
      }),
    ),
  ];
}

/** A PushSecret that External Secrets has pushed, as the API server has it. */
export function pushed(name: string): LivePushSecret {
  const spec = pushSpec(name);
  return {
    spec: { ...spec, data: spec.data.map((one) => ({ conversionStrategy: "None", ...one })) },
    status: {
      conditions: [{ type: "Ready", status: "True", message: "PushSecret synced successfully" }],
      refreshTime: "2026-01-30T12:00:00Z",
    },
  };
}

/** What Vault has of a Secret. */
export function copied(secrets: readonly { metadata: { name: string }; data: Readonly<Record<string, string>> }[], name: string): Copy {
  const { data } = secrets.find(({ metadata }) => metadata.name === name)!;
  return { data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")])) };
}
