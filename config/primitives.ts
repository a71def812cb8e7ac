import { z } from "zod";
import { didYouMean } from "./similar";

/** Kubernetes quantities as CloudNativePG takes them for storage: whole or decimal, with an optional suffix. */
export const quantity = z.string().regex(/^\d+(\.\d+)?(m|[kMGTPE]|[KMGTPE]i)?$/, "is not a Kubernetes quantity such as `20Gi`");
export const dnsLabel = z
  .string()
  .max(63, "is longer than 63 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "is not a DNS label: lower-case letters, digits and `-`, beginning and ending with a letter or digit",
  );
export const dnsSubdomain = z
  .string()
  .max(253, "is longer than 253 characters")
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, "is not a Kubernetes object name");
export const labelKey = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, "is not a label or annotation key");
export const labels = z.record(labelKey, z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, "is not a label value"));
export const annotations = z.record(labelKey, z.string());

/**
 * Keys that are orders to other programs, or by which this program knows its objects. The program
 * writes them itself: one in a stack's file would undo what it promises.
 */
const ORDERS: readonly (readonly [key: RegExp, reason: string])[] = [
  [/^cnpg-credentials\//, "is a mark of this program: it reads there what it has done"],
  [/^pulumi\.com\//, "tells Pulumi's provider how to write the object, and whether to wait for it: a Secret would be written too early"],
  // The operator's own way past its check of an archive that is not empty.
  [
    /^cnpg\.io\/(?!skipEmptyWalArchiveCheck$)/,
    "is an order to CloudNativePG, which may change its pods or stop it from applying passwords",
  ],
  [/^kubernetes\.io\/service-account\./, "has Kubernetes put a token of that account into a Secret, and the token does not expire"],
];

function withoutOrders(all: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const key of Object.keys(all)) {
    const [, reason] = ORDERS.find(([order]) => order.test(key)) ?? [];
    if (reason !== undefined) context.addIssue({ code: "custom", path: [key], message: reason });
  }
}

/** Labels of the program's objects and pods. */
export const ownLabels = labels.superRefine(withoutOrders);
/** Annotations of the same. */
export const ownAnnotations = annotations.superRefine(withoutOrders);

/** Text that people write as a number or a truth: YAML tells them apart, Postgres and Kubernetes do not. */
export const text = z.union([z.string(), z.number(), z.boolean()], { error: "is neither text nor a number" }).transform(String);

export const storage = z.strictObject({
  size: quantity,
  class: dnsSubdomain.optional(),
});

/** Resources of a container. A vendor's device plugin adds its own as `vendor/device`. */
const RESOURCES = ["cpu", "memory", "ephemeral-storage"] as const;
const isResource = (name: string) => (RESOURCES as readonly string[]).includes(name) || /^hugepages-\w+$|\//.test(name);
/** As Kubernetes takes them for resources: `250m`, `1.5`, `512Mi`, `1e3`. */
const RESOURCE_QUANTITY = /^\d+(\.\d*)?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

function checkResources(all: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const [name, input] of Object.entries(all)) {
    if (!isResource(name))
      context.addIssue({ code: "custom", path: [name], message: `is not a resource of a container${didYouMean(name, RESOURCES)}` });
    else if (!RESOURCE_QUANTITY.test(input))
      context.addIssue({ code: "custom", path: [name], message: "is not a Kubernetes quantity such as `500m` or `256Mi`", input });
  }
}

const quantities = z.record(z.string(), text).superRefine(checkResources);

export const resources = z.strictObject({
  requests: quantities.optional(),
  limits: quantities.optional(),
});

/** The reference of a container image. */
export const imageReference = z
  .string()
  .min(1, "is empty")
  .regex(/^(?:\w[\w.:/@-]*)?$/, "is not the reference of an image such as `registry/name:tag`");

export const placement = z.strictObject({
  /** `required` leaves an instance pending rather than put two of them together. @default "preferred" */
  antiAffinity: z.enum(["none", "preferred", "required"]).default("preferred"),
  /** @default "kubernetes.io/hostname" */
  topologyKey: z.string().default("kubernetes.io/hostname"),
  /** Instances differ by at most one between zones. @default "any" */
  zones: z.enum(["any", "spread"]).default("any"),
  nodeSelector: z.record(labelKey, z.string()).optional(),
  tolerations: z.array(z.looseObject({ key: z.string().optional() })).optional(),
});

/** As Go writes them. */
export const duration = z
  .string()
  .regex(/^(\d+h)?(\d+m)?(\d+s)?$/, "is not a duration such as `15m`")
  .min(1, "is empty");

/** For the programs that this one gives to the cluster: Node 22 or later on its PATH. */
export const nodeImage = z.strictObject({
  /** @default "docker.io/library/node:22.23.3-slim" */
  image: imageReference.default("docker.io/library/node:22.23.3-slim"),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
});

/** One that no shell, no option of a command and no API reads anything else into. */
export const isVaultPath = (text: string): boolean => text.length <= 512 && /^\w[\w.-]*(\/\w[\w.-]*)+$/.test(text);
/** With the mount before it. */
export const vaultPath = z.string().refine(isVaultPath, "is not a mount and a path of Vault's, such as `secret/apps/login`");
