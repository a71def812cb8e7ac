import type * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../../config/load";
import { accountsNamespace } from "../../vault/access";
import { fixtureMap } from "../../vault/fixtureMap";
import { fixturesOf } from "../../vault/fixtures";
import type { Placement } from "../metadata";
import { SecretStore } from "./secretStore";
import { Vault } from "./vault";

/** Vault, and what is fetched from it: nothing of this is loaded by a stack that has none. */
export function deliverFromVault(
  stack: Pick<Stack, "vault" | "environment" | "vaultValues" | "cluster">,
  place: Placement,
  opts: pulumi.ComponentResourceOptions,
): void {
  const { vault: config, environment, vaultValues } = stack;
  if (config === undefined || environment === undefined) return;
  const fixtures = fixturesOf(fixtureMap, environment);
  const { endpoint } = new Vault(
    "vault",
    { config, environment, place, protection: stack.cluster.protection, fixtures, given: vaultValues },
    opts,
  );
  new SecretStore(
    config.store.name,
    {
      vault: endpoint,
      name: config.store.name,
      place: { ...place, namespace: accountsNamespace(config, place.namespace) },
      mount: config.mount,
      authMount: config.kubernetesAuth.mount,
      namespaces: [place.namespace],
    },
    opts,
  );
}
