import { bundles } from "../../catalog/bundles";
import { recordsIn } from "../../catalog/records";
import type { BundleRecord } from "../../catalog/bundles/record";
import { loginRole, roleSecret, SLOTS } from "../../catalog/names";
import type { Selected } from "../../catalog/select";
import type { Choices } from "../../config/choices";
import { lastingSlots } from "../../rotation/plan";
import { vaultSetUp } from "../../vault/setUp";
import { databaseSecrets } from "./databases";
import { adoptedSecrets, externalSecrets } from "./external";
import { fetchedSecrets } from "./fetchedSecrets";
import { clusterSecrets, clusterSecretsAtTimes, givenAuthority } from "./operator";
import { gatesOf, ownersOf } from "./owners";
import type { Scope } from "./scope";
import { distinct, sortBy } from "../shared/sort";
import type { Inventory, InventorySecret } from "./types";
import { vaultSecrets } from "./vault";

export function idOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Who makes a Secret, for people. */
export function producerInWords({ producer: { kind, object } }: Pick<InventorySecret, "producer">): string {
  if (kind === "Pulumi") return "this program";
  if (kind === "outside") return "somebody else";
  return `${kind} ${object}${kind === "Cluster" ? " (CloudNativePG)" : ""}`;
}

/**
 * Every Secret of a stack's environment, from the stack's configuration and the catalogue alone. The same for the same, in whatever order they have it.
 * @throws {Error} When two of its parts claim one Secret: the checks of the catalogue do not let that happen.
 */
export function programInventory(
  stack: Choices,
  selected: Selected,
  records: readonly BundleRecord[] = recordsIn(stack.catalog)?.bundles ?? bundles,
): Inventory {
  const { services, gates, fetched } = selected;
  const setUp = vaultSetUp(stack, fetched?.paths ?? {});
  const scope: Scope = { stack, services, gates, fetched: fetched?.plans ?? [], ...(setUp === undefined ? {} : { setUp }) };
  const secrets = sortBy(
    merge([databaseSecrets, clusterSecrets, givenAuthority, fetchedSecrets, vaultSecrets, externalSecrets].flatMap((part) => part(scope))),
    idOf,
  ).map(inOrder);
  const known = new Set(secrets.map(idOf));
  const { server } = stack.vault ?? {};
  return {
    schema: 1,
    stack: stack.name,
    namespace: stack.namespace,
    // Where the Cluster is somebody else's, so are other Secrets of its namespace.
    ...(stack.cluster.existing ? { clusterIs: "existing" as const } : {}),
    ownNamespaces: distinct([
      ...(stack.cluster.existing ? [] : [stack.namespace]),
      ...(server?.kind === "deployed" ? [server.namespace] : []),
    ]),
    cluster: stack.cluster.name,
    owners: ownersOf(scope, secrets, records),
    gates: gatesOf(scope),
    secrets,
    atTimes: sortBy(
      atTimes(scope).filter((one) => !known.has(idOf(one))),
      (one) => `${idOf(one)} ${one.why}`,
    ),
  };
}

function atTimes(scope: Scope): Inventory["atTimes"] {
  const { namespace } = scope.stack;
  return [...formerLogins(scope), ...clusterSecretsAtTimes(scope), ...adoptedSecrets(scope)].map((one) => ({ namespace, ...one }));
}

/** While a service goes from one strategy to the other, its former login's Secret stays until that is retired. */
function formerLogins({ services }: Scope): { name: string; why: string }[] {
  return services.flatMap((service) => {
    const lasting = lastingSlots(service);
    return SLOTS.filter((slot) => !lasting.includes(slot)).map((slot) => ({
      name: roleSecret(service.name, slot),
      why: `${loginRole(service.role, slot)} is a former login of ${service.name}, which may log in until it is retired`,
    }));
  });
}

/** A Secret that the configuration names twice, each time for another key. */
function merge(secrets: readonly InventorySecret[]): InventorySecret[] {
  const byId = new Map<string, InventorySecret>();
  for (const secret of secrets) {
    const other = byId.get(idOf(secret));
    if (other !== undefined && (other.producer.kind !== "outside" || secret.producer.kind !== "outside"))
      throw new Error(`${idOf(secret)} is ${other.purpose} and ${secret.purpose}`);
    byId.set(idOf(secret), other === undefined ? secret : both(other, secret));
  }
  return [...byId.values()];
}

function both(one: InventorySecret, other: InventorySecret): InventorySecret {
  const keys = new Map([...one.keys, ...other.keys].map((key) => [key.name, key]));
  const [purpose, consumers] = [distinct([one.purpose, other.purpose]).join("; "), [...one.consumers, ...other.consumers]];
  return { ...one, purpose, consumers, keys: [...keys.values()] };
}

/** As it is printed: its name first, whatever the order of what it is made of. */
function inOrder({ namespace, name, type, ...rest }: InventorySecret): InventorySecret {
  return {
    namespace,
    name,
    ...(type === undefined ? {} : { type }),
    ...(Object.fromEntries(sortBy(Object.entries(rest), ([field]) => field)) as typeof rest),
    keys: sortBy(rest.keys, (key) => key.name),
    consumers: distinct(rest.consumers),
    checks: distinct(rest.checks),
    origins: distinct(rest.origins),
  };
}
