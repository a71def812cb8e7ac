import { gateObject } from "../../catalog/names";
import { distinct } from "../shared/sort";
import type { Check, Inventory, InventorySecret } from "./types";

interface CheckKind {
  readonly is: (check: Check) => boolean;
  /** What it does for these Secrets, and what makes it do so; a line each. */
  readonly describe: (inventory: Inventory, secrets: readonly InventorySecret[]) => string[];
}

const gateOf = (check: Check) => (check.startsWith("gate ") ? check.slice("gate ".length) : undefined);

/** What looks whether Secrets are as they should be, and how it is run. */
export const CHECKS: readonly CheckKind[] = [
  {
    is: (check) => check === "proof",
    describe: ({ stack }) => [
      `proof: \`pulumi up\` logs in with a new password before, or right after, the application has it; a login by hand: \`npm run status -- --stack ${stack}\``,
    ],
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
    is: (check) => check === "alerts",
    describe: () => ["alerts: Prometheus says by itself what is wrong with the credential, or overdue"],
  },
  {
    is: (check) => gateOf(check) !== undefined,
    describe: (inventory, secrets) =>
      distinct(secrets.flatMap(({ checks }) => checks.flatMap((check) => gateOf(check) ?? []))).map((gate) =>
        describeGate(inventory, gate),
      ),
  },
];

/** What a pipeline does, as a command; what else it waits for; what waits for it. */
function describeGate({ namespace, gates, secrets }: Inventory, gate: string): string {
  const run = `kubectl -n ${namespace} create job ${gate}-1 --from=cronjob/${gateObject(gate)}`;
  const wait = `kubectl -n ${namespace} wait job/${gate}-1 --for=condition=Complete --timeout=6m`;
  const awaited = secrets.filter(({ checks }) => checks.includes(`gate ${gate}`)).map(({ name }) => `\`${name}\``);
  const { description } = gates.find(({ name }) => name === gate)!;
  return `gate ${gate}: \`${run}\` waits in the cluster for ${awaited.join(", ")}, and \`${wait}\` for that (${description})`;
}
