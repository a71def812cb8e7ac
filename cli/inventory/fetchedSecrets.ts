import type { ExternalSecretPlan } from "../../catalog/externalSecrets";
import { gateObject } from "../../catalog/names";
import type { FixtureKey } from "../../vault/fixture";
import type { VaultSetUp } from "../../vault/setUp";
import type { Scope } from "./scope";
import { distinct } from "../shared/sort";
import type { Check, InventoryKey, InventorySecret } from "./types";

/** What services and bundles fetch from Vault: one Secret an ExternalSecret. */
export function fetchedSecrets(scope: Scope): InventorySecret[] {
  const { setUp } = scope;
  return setUp === undefined ? [] : scope.fetched.map((plan) => fetchedSecret(scope, setUp, plan));
}

function fetchedSecret(scope: Scope, setUp: VaultSetUp, plan: ExternalSecretPlan): InventorySecret {
  const { owner, kind, name, namespace, type, data } = plan;
  const wanted = data.map(({ secretKey, remoteRef: { key, property } }) => {
    // What no fixture answers is refused before there is a plan.
    return { key: { name: secretKey, origin: setUp.fixtures[key]![property]!.origin, from: `${key}#${property}` }, path: key, property };
  });
  const origins = distinct(wanted.map(({ key }) => key.origin).filter((origin) => origin !== "plain"));
  const gates = scope.gates.filter(({ secrets }) => secrets.some((one) => one.name === name && one.namespace === namespace));
  return {
    namespace,
    name,
    type,
    purpose: "what is fetched from Vault",
    owner,
    ownerKind: kind,
    origins: origins.length === 0 ? ["plain"] : origins,
    authority: distinct(
      wanted.flatMap(({ key, path, property }) => authorityOf(scope, setUp, { origin: key.origin, path, property })),
    ).join("; "),
    producer: { kind: "ExternalSecret", object: `${namespace}/${name}` },
    consumers: [`what runs ${owner}`, ...gates.map((gate) => `CronJob ${namespace}/${gateObject(gate.name)}`)],
    keys: wanted.map(({ key }): InventoryKey => key),
    rotation: { policy: policyOf(origins, plan, namespace) },
    checks: ["smoke", ...gates.map((gate): Check => `gate ${gate.name}`)],
  };
}

/** Who says what a key is to be. */
function authorityOf(
  { stack }: Scope,
  { planned }: VaultSetUp,
  { origin, path, property }: { origin: FixtureKey["origin"]; path: string; property: string },
): string[] {
  const source = planned.find((one) => one.path === path && one.key === property)?.source.kind;
  const byHand = stack.vault?.configuration.by === "hand";
  switch (origin) {
    case "plain":
      return [];
    case "generated":
      return [byHand ? "the party that sets Vault up" : `the state of stack ${stack.name}`];
    case "external":
      if (source === "given" && !byHand) return ["a third party, whose value is in `vaultValues`"];
      return [
        source === "random"
          ? "a third party, for whose value a random one stands in"
          : "a third party, whose value somebody writes into Vault",
      ];
    case "service":
      return ["the service that gives it out, and writes it into Vault when it runs"];
  }
}

function policyOf(
  origins: readonly InventoryKey["origin"][],
  { refreshInterval, name, restart }: ExternalSecretPlan,
  namespace: string,
): string {
  const how = origins.map((origin) => POLICIES[origin]);
  const now = `\`kubectl annotate -n ${namespace} externalsecret ${name} --overwrite force-sync="$(date +%s)"\``;
  const restarts = restart === "reloader" ? ["its readers are restarted by Reloader"] : [];
  return [...how, `fetched again every ${refreshInterval}, or at once by ${now}`, ...restarts].join("; ");
}

const POLICIES: Readonly<Record<InventoryKey["origin"], string>> = {
  external: "when the third party gives out another (docs/runbooks/bundles.md)",
  generated: "none by itself: it stays for as long as the state has it",
  operator: "CloudNativePG's",
  plain: "no secret",
  service: "when the service gives out another",
};
