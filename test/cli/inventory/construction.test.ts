import * as assert from "node:assert/strict";
import type { Inventory } from "../../../cli/inventory/types";
import { inventoryFor } from "../../support/inventories";
import type { Run } from "../../support/program";
import { compareAwaited, compareSecrets } from "../../support/secretsCompared";
import { stackFile, type StackName } from "../../support/stackFiles";
import { ALTERNATING, wholeProgram } from "../../support/wholeProgram";
import { EXISTING, TRANSIT } from "../../support/vaults";

describe("inventory, against the program that it is of", () => {
  const { up } = wholeProgram();

  async function agrees(
    stack: StackName,
    change: Readonly<Record<string, unknown>> = {},
  ): Promise<{ made: Run<unknown>; inventory: Inventory }> {
    const [made, inventory] = [await up(stack, { ...stackFile(stack), ...change }), await inventoryFor(stack, change)];
    compareSecrets(made, inventory);
    return { made, inventory };
  }

  // Those of the clone are in test/clone.
  it("prod: has every Secret that the program makes, has made, copies or refers to, and what smoke waits for", async () => {
    const { made, inventory } = await agrees("prod");
    compareAwaited(made, inventory);
  });

  const services = stackFile("dev").services as Record<string, object>;
  const vault = stackFile("dev").vault as Record<string, object>;
  const cluster = stackFile("prod").cluster as object;
  const deployed = {
    kind: "deployed",
    image: "vault:1",
    replicas: 3,
    storage: { size: "1Gi" },
    seal: TRANSIT,
    tls: { kind: "secret", name: "certificate" },
  };
  const backup = { configuration: { barmanObjectStore: { s3Credentials: { accessKeyId: { name: "backups", key: "ID" } } } } };
  const variants: [string, StackName, Record<string, unknown>][] = [
    ["logins that take turns", "dev", ALTERNATING],
    ["roles as objects", "dev", { roleApi: "databaseRole" }],
    ["no service that owns the first database", "dev", { services: { ...services, base: { enabled: false } } }],
    [
      "a superuser, pull secrets and backups",
      "prod",
      { cluster: { ...cluster, superuserAccess: "enabled", imagePullSecrets: ["registry"], backup } },
    ],
    [
      "a Pooler, proven by its name, and further keys",
      "prod",
      {
        services: {
          ...services,
          platform: { pooler: "pooler-rw", keys: ["pooler", "readOnly", "tls"], tls: { mode: "verify-full", ca: "/ca.crt" } },
          temporal: { tls: { ca: "/ca.crt" } },
        },
      },
    ],
    ["an Opaque Secret", "dev", { services: { ...services, graph: { secretType: "Opaque" } } }],
    ["copies of all services", "dev", { vault: { ...vault, mirror: { mode: "push", mount: "copies" } } }],
    ["copies of one service", "dev", { vault: { ...vault, mirror: { mode: "push", services: ["graph"] } } }],
    ["no bundles, no gates", "dev", { bundles: {}, gates: {} }],
    [
      "bundles in namespaces of their own",
      "prod",
      { vault: EXISTING, bundles: { argocd: {}, "cert-manager": {}, "workrequests-runner": {}, minio: { namespace: "minio" } } },
    ],
    ["a Vault with a certificate and a seal of others", "prod", { vault: { server: deployed, configuration: { by: "hand" } } }],
    ["a Vault in another namespace", "dev", { vault: { ...vault, server: { ...vault.server, namespace: "safe", name: "strongroom" } } }],
    [
      "a Vault of dev's with a certificate of others",
      "dev",
      { vault: { ...vault, server: { ...vault.server, tls: { kind: "secret", name: "certificate" } } } },
    ],
  ];
  for (const [what, stack, change] of variants) it(`${stack} with ${what}`, async () => void (await agrees(stack, change)));

  it("fails for a Secret that is made and not in it, and for one that is not made", async () => {
    const { made, inventory } = await agrees("dev");
    const without = (name: string) => ({ ...inventory, secrets: inventory.secrets.filter((one) => one.name !== name) });
    for (const name of ["platform-db-role", "neo4j-auth", "vault-fixtures", "vault-auto-credentials"])
      assert.throws(() => compareSecrets(made, without(name)), name);
    const more = { ...inventory.secrets[0]!, name: "surplus" };
    assert.throws(() => compareSecrets(made, { ...inventory, secrets: [...inventory.secrets, more] }));
  });
});
