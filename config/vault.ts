import { z } from "zod";
import { isAudit } from "./auditDevices";
import { dnsLabel, dnsSubdomain, duration, imageReference, nodeImage, placement, resources, storage } from "./primitives";

const https = z.string().regex(/^https:\/\/[^/?#@]+$/, "is not an address such as `https://vault.vault.svc:8200`: there is no plaintext");
const pem = z.string().startsWith("-----BEGIN CERTIFICATE-----", "is not a certificate in PEM");
const uuid = z.uuid("is not a UUID");
/** The name of the stack's ClusterSecretStore, unless it says another. */
export const DEFAULT_STORE = "ameide-vault";

/** Of an engine or a method of Vault's. */
const mount = z.string().regex(/^[a-z0-9][-a-z0-9_]*$/, "is not a mount of lower-case letters, digits, `-` and `_`");

const keyVaultName = z.string().regex(/^[a-zA-Z](?!.*--)[-a-zA-Z0-9]{1,22}[a-zA-Z0-9]$/, "is not a name of a Key Vault");
/** As Azure takes it for a Key Vault's rules. */
const publicAddress = z.string().regex(/^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/, "is not an IPv4 address or range such as `203.0.113.0/28`");
/** The id of a resource of Azure's. */
const resourceId = (type: string) =>
  z
    .string()
    .regex(
      new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${type.replaceAll("*", "[^/]+")}$`, "i"),
      `is not \`/subscriptions/*/resourceGroups/*/providers/${type}\``,
    );
const subnet = resourceId("Microsoft.Network/virtualNetworks/*/subnets/*");
const workspace = resourceId("Microsoft.OperationalInsights/workspaces/*");

const azureKeyVault = z.strictObject({
  type: z.literal("azurekeyvault"),
  tenantId: uuid,
  /** Name of the RSA key in it. Losing it loses Vault. @default "vault-unseal" */
  key: z.string().min(1, "is empty").default("vault-unseal"),
  keyVault: z.discriminatedUnion("kind", [
    /** Made by this program, protected against deletion, with an identity that may wrap and unwrap with the key. */
    z.strictObject({
      kind: z.literal("managed"),
      /** Unique in Azure, 3 to 24 characters. */
      name: keyVaultName,
      subscriptionId: uuid,
      /** Must exist. */
      resourceGroup: z.string().min(1, "is empty"),
      location: z.string().min(1, "is empty"),
      /** What the cluster's service account tokens name as their issuer, to the letter. */
      issuer: z.string().startsWith("https://", "is not an `https` address"),
      /** Who reaches it over the network: public addresses, and subnets by their resource id. Everybody else is refused; with none of both, everybody but private endpoints. */
      allow: z.strictObject({ addresses: z.array(publicAddress).default([]), subnets: z.array(subnet).default([]) }).prefault({}),
      /** `hsm`: the key is made in a hardware module, and never leaves it. Counts when the key is made. @default "software" */
      protection: z.enum(["software", "hsm"]).default("software"),
      /** After how many days the key gets another version. Earlier ones stay, and stay enabled. Counts when the key is made. @default 180 */
      rotateDays: z.int().min(7, "is less than Azure's 7").default(180),
      /** A Log Analytics workspace, by its resource id, that is told of every use of the key. @default none */
      logs: workspace.optional(),
    }),
    z.strictObject({
      kind: z.literal("existing"),
      name: z.string().min(1, "is empty"),
      /** Of the identity that is federated with Vault's service account. */
      clientId: uuid,
    }),
  ]),
});

/** What protects Vault's root key. */
const seal = z.discriminatedUnion("type", [
  /** A key that is kept in the cluster: dev only. */
  z.strictObject({ type: z.literal("shamir") }),
  azureKeyVault,
  /** Another Vault. */
  z.strictObject({
    type: z.literal("transit"),
    address: https,
    mount: mount.default("transit"),
    key: z.string().min(1, "is empty").default("vault-unseal"),
    /** A Secret of Vault's namespace with the key `token`, that may encrypt and decrypt with that key and renew itself. */
    tokenSecret: dnsSubdomain,
    /** Authority of its certificate. @default the system's */
    ca: pem.optional(),
  }),
]);

const deployed = z.strictObject({
  kind: z.literal("deployed"),
  /** Must exist. @default "vault" */
  namespace: dnsLabel.default("vault"),
  /** Of the StatefulSet and of its service. @default "vault" */
  name: dnsLabel.max(40, "is longer than 40 characters").default("vault"),
  image: imageReference,
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  /** Each with a copy of everything. */
  replicas: z.union([z.literal(1), z.literal(3), z.literal(5)], "is not 1, 3 or 5"),
  storage,
  resources: resources.optional(),
  placement: placement.prefault({}),
  /** `generated`: an authority and a certificate in the state. `secret`: `tls.crt`, `tls.key` and `ca.crt` of a Secret in Vault's namespace, as cert-manager writes it. */
  tls: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("generated") }),
      z.strictObject({ kind: z.literal("secret"), name: dnsSubdomain }),
    ])
    .default({ kind: "generated" }),
  seal,
  /**
   * What a Vault of 2.0 or later answers without a token, while there is none: making a root token (`generate-root`) or new recovery keys (`rekey`) with a quorum. Whoever reaches
   * Vault can then begin and cancel such attempts. @default none
   */
  unauthenticated: z.array(z.enum(["generate-root", "rekey"])).default([]),
  /** For a build of Vault that does not contain it: the plugin for Kubernetes authentication in the image's plugin directory. */
  kubernetesPlugin: z
    .strictObject({ directory: z.string().startsWith("/", "is not an absolute path"), command: z.string(), sha256: z.hex().length(64) })
    .optional(),
});

const existing = z.strictObject({
  kind: z.literal("existing"),
  address: https,
  /** Authority of its certificate. @default the system's */
  ca: pem.optional(),
});

/** Who sets up engines, authentication and policies in Vault, and writes the fixtures. */
const configuration = z.discriminatedUnion("by", [
  /** The CronJob that also initialises and unseals it: dev only. */
  nodeImage.extend({ by: z.literal("cronJob") }),
  /** This program, with a short-lived token in `VAULT_TOKEN`. */
  z.strictObject({
    by: z.literal("pulumi"),
    /** Where Vault answers this program, through a port-forward for one. @default its own address */
    address: https.optional(),
    /** The name in its certificate, where that is not the address. */
    tlsServerName: z.string().min(1, "is empty").optional(),
    /** Authority of its certificate. @default the server's, as configured or generated, else the system's */
    ca: pem.optional(),
  }),
  /** Somebody else, or nobody yet: before the ceremony. */
  z.strictObject({ by: z.literal("hand") }),
]);

export const vault = z.strictObject({
  server: z.discriminatedUnion("kind", [deployed, existing]),
  configuration,
  /** The kv engine with what services fetch. @default "secret" */
  mount: mount.default("secret"),
  /** Where every request is recorded, values hashed: `stdout`, a file of Vault's, or two of them with a comma between. @default "stdout" */
  audit: z.string().refine(isAudit, "is neither `stdout`, an absolute path, nor two of these with a comma between").default("stdout"),
  kubernetesAuth: z
    .strictObject({
      mount: mount.default("kubernetes"),
      /** The API server as Vault reaches it. @default "https://kubernetes.default.svc" */
      host: https.default("https://kubernetes.default.svc"),
      /** Authority of the API server's certificate, for a Vault outside the cluster. @default the pod's own */
      ca: pem.optional(),
      /**
       * `given`: somebody has given Vault a token to have others' reviewed with (`token_reviewer_jwt`), which a Vault outside the cluster does not have by itself
       * (docs/runbooks/bundles.md). @default none
       */
      reviewer: z.literal("given").optional(),
    })
    .prefault({}),
  store: z
    .strictObject({
      /** Of the ClusterSecretStore of the stack's namespace; those of other namespaces are `<name>.<namespace>`. @default "ameide-vault" */
      name: dnsLabel.max(40, "is longer than 40 characters").default(DEFAULT_STORE),
      /** How often External Secrets fetches anew. @default "1h" */
      refreshInterval: duration.default("1h"),
    })
    .prefault({}),
  mirror: z
    .strictObject({
      /** `push`: what CloudNativePG owns is copied into Vault, one way. @default "none" */
      mode: z.enum(["none", "push"]).default("none"),
      /** A kv engine of its own. @default "mirror" */
      mount: mount.default("mirror"),
      /** How many versions of each copy Vault keeps. More than one are passwords of former days, of which the last may still log in. @default 1 */
      versions: z.int().min(1, "is less than 1").max(100, "is more than 100").default(1),
      /** What becomes of a copy whose service goes. @default "keep" */
      retention: z.enum(["keep", "delete"]).default("keep"),
      /** @default all */
      services: z.array(z.string()).optional(),
    })
    .prefault({}),
});

export const bundles = z
  .record(
    z.string(),
    z.strictObject({
      /** @default true; false is the same as leaving the bundle out. */
      enabled: z.boolean().default(true),
      /** @default the record's, else the stack's */
      namespace: dnsLabel.optional(),
    }),
  )
  .default({});
