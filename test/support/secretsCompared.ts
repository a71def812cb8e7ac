import * as assert from "node:assert/strict";
import { expectedSecrets, type SmokeOutputs } from "../../cli/smoke/command";
import { secretReferences } from "../../cli/inventory/references";
import type { Inventory } from "../../cli/inventory/types";
import type { Registration, Run } from "./program";

interface Made {
  readonly id: string;
  readonly type?: string | undefined;
  readonly keys: readonly string[];
  readonly by: string;
}
type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown) => (value ?? {}) as Fields;
const metadataOf = ({ inputs }: Registration) => inputs.metadata as { name: string; namespace?: string };
const idOf = (one: Registration, name = metadataOf(one).name) => `${metadataOf(one).namespace}/${name}`;

/**
 * What a program's objects are, or are made into, as Secrets: Kubernetes' and External Secrets' and
 * CloudNativePG's parts in it.
 */
function secretsMade({ ofKind }: Run<unknown>): Made[] {
  const own = ofKind("Secret").map((one): Made => {
    return { id: idOf(one), type: one.inputs.type as string | undefined, keys: Object.keys(fields(one.inputs.data)), by: "Pulumi" };
  });
  const fetched = ofKind("ExternalSecret").map((one): Made => {
    const { target, data } = one.inputs.spec as { target: { name: string; template: { type: string } }; data: { secretKey: string }[] };
    const keys = data.map(({ secretKey }) => secretKey);
    return { id: idOf(one, target.name), type: target.template.type, keys, by: `ExternalSecret ${idOf(one)}` };
  });
  const operators = ofKind("Cluster").flatMap((one): Made[] => {
    const { enableSuperuserAccess, bootstrap } = one.inputs.spec as { enableSuperuserAccess: boolean; bootstrap?: object };
    const suffixes = ["ca", "server", "replication", ...(enableSuperuserAccess ? ["superuser"] : []), ...(bootstrap ? [] : ["app"])];
    return suffixes.map((suffix) => ({ id: `${idOf(one)}-${suffix}`, keys: [], by: `Cluster ${idOf(one)}` }));
  });
  return [...own, ...fetched, ...operators];
}

/**
 * The Secrets that a program's objects refer to, and those that they may be granted:
 * `namespace/name`.
 */
function secretsUsed({ resources }: Run<unknown>): string[] {
  return resources
    .filter(({ id }) => id.startsWith("kubernetes:"))
    .flatMap((one) => {
      const rules = (one.inputs.rules ?? []) as { resources: string[]; resourceNames?: string[] }[];
      const granted = rules.flatMap((rule) => (rule.resources.includes("secrets") ? (rule.resourceNames ?? []) : []));
      return [...secretReferences(one.inputs.spec).map(({ name }) => name), ...granted].map((name) => {
        // The one kind that belongs to no namespace says of itself where its Secret is.
        const { caProvider } = fields(fields(fields(one.inputs.spec).provider).vault) as { caProvider?: { namespace: string } };
        return `${caProvider?.namespace ?? metadataOf(one).namespace}/${name}`;
      });
    });
}

/** Where a program has Secrets copied to: from `namespace/name`. */
function copiesMade({ ofKind }: Run<unknown>): Record<string, string> {
  const mounts = new Map(
    ofKind("ClusterSecretStore").map((one) => [
      metadataOf(one).name,
      (one.inputs.spec as { provider: { vault: { path: string } } }).provider.vault.path,
    ]),
  );
  return Object.fromEntries(
    ofKind("PushSecret").map((one) => {
      const { selector, data, secretStoreRefs } = one.inputs.spec as {
        selector: { secret: { name: string } };
        data: { match: { remoteRef: { remoteKey: string } } }[];
        secretStoreRefs: { name: string }[];
      };
      return [idOf(one, selector.secret.name), `${mounts.get(secretStoreRefs[0]!.name)}/${data[0]!.match.remoteRef.remoteKey}`];
    }),
  );
}

/**
 * Asserts that an inventory has every Secret that a program makes, has made, copies or refers to,
 * with its keys, and no other.
 */
export function compareSecrets(made: Run<unknown>, inventory: Inventory): void {
  const objects = secretsMade(made);
  const byId = new Map(inventory.secrets.map((one) => [`${one.namespace}/${one.name}`, one]));
  const declared = inventory.secrets.filter(({ producer }) => ["Pulumi", "ExternalSecret", "Cluster"].includes(producer.kind));
  const pooled = declared.filter(({ name }) => name.endsWith("-pooler"));
  assert.deepEqual(
    objects.map(({ id }) => id).sort(),
    declared
      .filter((one) => !pooled.includes(one))
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .sort(),
  );
  for (const { id, type, keys, by } of objects) {
    const { producer, type: declaredType, keys: declaredKeys } = byId.get(id)!;
    assert.equal([producer.kind, ...(producer.object === undefined ? [] : [producer.object])].join(" "), by, id);
    if (by.startsWith("Cluster")) continue;
    assert.deepEqual(
      declaredKeys.map(({ name }) => name),
      [...keys].sort(),
      id,
    );
    // What names no type gets Kubernetes' own default.
    assert.equal(declaredType, type ?? "Opaque", id);
  }
  const known = new Set([...byId.keys(), ...inventory.atTimes.map(({ namespace, name }) => `${namespace}/${name}`)]);
  const used = secretsUsed(made);
  assert.ok(used.length > 0);
  assert.deepEqual(
    used.filter((id) => !known.has(id)),
    [],
  );
  assert.deepEqual(
    Object.fromEntries(
      inventory.secrets.flatMap(({ namespace, name, mirror }) => (mirror === undefined ? [] : [[`${namespace}/${name}`, mirror]])),
    ),
    copiesMade(made),
  );
}

/**
 * Asserts that an inventory has the Secrets that smoke waits for after a program, as smoke knows
 * them.
 */
export function compareAwaited({ result }: Run<unknown>, { secrets }: Inventory): void {
  const awaited = expectedSecrets(result as SmokeOutputs);
  const checked = secrets.filter(({ checks }) => checks.includes("smoke"));
  assert.deepEqual(
    awaited.map(({ namespace, name }) => `${namespace}/${name}`).sort(),
    checked.map(({ namespace, name }) => `${namespace}/${name}`).sort(),
  );
  for (const { namespace, name, owner, kind, keys } of awaited) {
    const secret = checked.find((one) => one.name === name && one.namespace === namespace)!;
    assert.deepEqual([secret.owner, secret.ownerKind], [owner, kind]);
    const names = secret.keys.map((key) => key.name);
    assert.deepEqual(
      keys.filter((key) => !names.includes(key)),
      [],
    );
  }
}
