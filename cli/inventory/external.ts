import { secretReferences } from "./references";
import type { Scope } from "./scope";
import type { InventorySecret } from "./types";

/**
 * The Secrets that the stack's configuration names and that this program does not make. Vault's own
 * are `vaultSecrets`'.
 */
export function externalSecrets({ stack: { namespace, cluster } }: Scope): InventorySecret[] {
  const common = {
    namespace,
    owner: cluster.name,
    ownerKind: "cluster",
    origins: ["external"],
    authority: "a third party, and the maker of that Secret",
    producer: { kind: "outside" },
    consumers: [`Cluster ${namespace}/${cluster.name}`],
    moreKeys: true,
    rotation: { policy: "its maker replaces it" },
    checks: [],
  } as const;
  return [
    ...cluster.imagePullSecrets.map((name): InventorySecret => {
      const purpose = "what the images of Postgres are pulled with (`cluster.imagePullSecrets`)";
      return { ...common, name, purpose, keys: [{ name: ".dockerconfigjson", origin: "external" }] };
    }),
    ...secretReferences(cluster.backup?.configuration).map(({ name, keys }): InventorySecret => {
      const purpose = "what backups are written with (`cluster.backup.configuration`)";
      return { ...common, name, purpose, keys: keys.map((key) => ({ name: key, origin: "external" })) };
    }),
  ];
}

/** Those that it names for once: a password is taken over from them, and then they may go. */
export function adoptedSecrets({ services }: Scope): { name: string; why: string }[] {
  return services.flatMap(({ name, adopt }) =>
    adopt === undefined
      ? []
      : [{ name: adopt.secret, why: `the first password of ${name} is taken over from it (\`services.${name}.adopt\`)` }],
  );
}
