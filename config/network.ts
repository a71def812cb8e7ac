import { z } from "zod";
import { dnsLabel, labels } from "./primitives";

/** A range of addresses, of IPv4 or IPv6. */
const range = z.union([z.cidrv4(), z.cidrv6()], "is not a range of addresses such as `10.0.0.0/8`");
const port = z.int().min(1, "is less than 1").max(65_535, "is more than 65535");

/** Pods of one namespace. */
const pods = (namespace: string, podLabels: Record<string, string>) =>
  z
    .strictObject({
      namespace: dnsLabel.default(namespace),
      /** Labels that its pods have; with none, any pod of the namespace. */
      pods: labels.default(podLabels),
    })
    .prefault({});

const peer = z.strictObject({
  /** @default the stack's, where there are no `addresses` */
  namespace: dnsLabel.optional(),
  /** Labels that the pods have. @default any pod */
  pods: labels.optional(),
  /** Ranges, for what is no pod of this cluster. */
  addresses: z.array(range).min(1, "is empty").optional(),
});

/**
 * Who reaches what, where `network` is `policies`: what the program cannot know of a cluster, and what a stack has besides its applications.
 */
export const networkPeers = z
  .strictObject({
    /** CloudNativePG's operator, which reaches every instance. */
    operator: pods("cnpg-system", { "app.kubernetes.io/name": "cloudnative-pg" }),
    /** External Secrets' operator, which reaches Vault. */
    externalSecrets: pods("external-secrets", { "app.kubernetes.io/name": "external-secrets" }),
    /** What scrapes metrics of instances and Poolers, where the stack has `cluster.monitoring` or `alerts`. */
    monitoring: pods("monitoring", {}),
    /** Labels of the pods that reach Postgres, in the stack's namespace and in those of the services' Secrets and workloads. @default {}, any pod */
    applications: labels.default({}),
    /** Who else reaches Postgres and its Poolers. */
    postgres: z.array(peer).default([]),
    /** Who else reaches Vault. */
    vault: z.array(peer).default([]),
    apiServer: z
      .strictObject({
        /** Where the API server answers, behind its service. @default any address */
        addresses: z.array(range).min(1, "is empty").optional(),
        ports: z.array(port).min(1, "is empty").default([443, 6443]),
      })
      .prefault({}),
    /** What instances reach besides: where their backups go, a Cluster that they are copied from. */
    instances: z.array(peer.extend({ ports: z.array(port).min(1, "is empty") })).default([]),
  })
  .prefault({});

export type NetworkPeers = z.infer<typeof networkPeers>;
export type Peer = z.infer<typeof peer>;
