import { gateObject } from "../catalog/names";
import { distinct } from "./sort";
import type { Check, Inventory, InventorySecret } from "./types";

interface CheckKind {
  readonly is: (check: Check) => boolean;
  /** What it does for these Secrets, and what makes it do so; a line each. */
  readonly describe: (inventory: Pick<Inventory, "stack" | "namespace">, secrets: readonly InventorySecret[]) => string[];
}

const gateOf = (check: Check) => (check.startsWith("gate ") ? check.slice("gate ".length) : undefined);

/** What looks whether Secrets are as they should be, and how it is run. */
export const CHECKS: readonly CheckKind[] = [
  {
    is: (check) => check === "proof",
    describe: () => ["proof: `pulumi up` logs in with a new password before, or right after, the application has it"],
  },
  {
    is: (check) => check === "drift",
    describe: ({ stack }) => [
      `drift: \`npm run drift -- --stack ${stack}\` compares the Secret with the state, with CloudNativePG and by a login, and its copy in Vault`,
    ],
  },
  {
    is: (check) => check === "smoke",
    describe: ({ stack }) => [`smoke: \`npm run smoke -- --stack ${stack}\` waits until the Secret is there with its keys`],
  },
  {
    is: (check) => gateOf(check) !== undefined,
    describe: ({ namespace }, secrets) =>
      distinct(secrets.flatMap(({ checks }) => checks.flatMap((check) => gateOf(check) ?? []))).map(
        (gate) =>
          `gate ${gate}: \`kubectl -n ${namespace} create job ${gate}-1 --from=cronjob/${gateObject(gate)}\` is the same within the cluster`,
      ),
  },
];
