import { roleSecret } from "../../catalog/names";
import { firstOwner, secretOfFirstOwner, type Bootstrap } from "../../kube/bootstrap";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import { lossesOf, type Loss } from "../../preflight/takenRoles";
import { planRotations } from "../../rotation/plan";
import { settings, type Context } from "./steps/step";
import type { Facts, Item } from "./types";

/**
 * What roles would lose by the first `up`, a service each, with what keeps it. The `up` is refused
 * until the file says so.
 */
export function takenRoles({ stack, services, managed, postgres }: Facts): Item[] {
  const { asTheyAre } = postgres ?? {};
  if (asTheyAre === undefined) return [];
  // Those that the file does not name yet, too: it is to name what they have.
  const on = services.filter(({ name }) => stack.services[name]?.enabled !== false);
  const { losses, notes } = lossesOf(planRotations(on), asTheyAre, { pgHba: stack.cluster.pgHba, managed });
  const of = (service: string) => losses.filter((loss) => loss.service === service);
  return [
    ...on.filter(({ name }) => of(name).length > 0).map(({ name }) => toDecide(name, of(name))),
    // Who is a member of a service's role; what else there is to know says the `up`.
    ...notes.filter((note) => note.includes("`npm run drift` finds")).map((text) => ({ text })),
  ];
}

function toDecide(service: string, losses: readonly Loss[]): Item {
  const kept = losses.filter(({ keep }) => keep !== undefined);
  const gone = losses.filter(({ keep }) => keep === undefined);
  const found = (all: readonly Loss[]) => all.map(({ role, found: what }) => `${role}: ${what}`).join("; ");
  const values = merged([
    ...kept.map(({ keep }) => keep!.values),
    ...(gone.length === 0 ? [] : [{ services: { [service]: { givesUp: gone.map(({ word }) => word) } } }]),
  ]);
  return {
    text: [
      `${service}: roles that are in Postgres already would lose something, and the \`up\` is refused until the file says what becomes of it`,
      ...(kept.length === 0
        ? []
        : [`This keeps ${found(kept)}; or give it up by \`givesUp\`: ${kept.map(({ word }) => JSON.stringify(word)).join(", ")}`]),
      ...(gone.length === 0
        ? []
        : [`This gives up ${found(gone)} (${[...new Set(gone.map(({ otherwise = "nothing keeps it" }) => otherwise))].join("; ")})`]),
    ].join(". "),
    yaml: settings(values),
  };
}

/** Settings put together. Lists of one setting have what every one of them has. */
function merged(all: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const isMapping = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const into = (one: unknown, other: unknown): unknown => {
    if (isMapping(one) && isMapping(other)) {
      const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
      return Object.fromEntries(
        keys.map((key) => [key, key in one && key in other ? into(one[key], other[key]) : (other[key] ?? one[key])]),
      );
    }
    return Array.isArray(one) && Array.isArray(other) ? [...new Set<unknown>([...(one as unknown[]), ...(other as unknown[])])] : other;
  };
  return all.reduce<Record<string, unknown>>((whole, one) => into(whole, one) as Record<string, unknown>, {});
}

/**
 * What the Cluster was made with holds for good: CloudNativePG sets the owner's password from it at
 * each start of a primary.
 */
export function sourceOfOldPasswords({ facts: { stack, services, live }, commands }: Context): Item[] {
  const { name } = stack.cluster;
  const first = firstOwner(name, live.cluster?.spec.bootstrap as Bootstrap | undefined);
  const service = services.find(({ role }) => role === first?.role);
  if (first === undefined || service === undefined) return [];
  const wanted = roleSecret(service.name, "owner");
  if (first.secret === wanted) return [];
  return [
    {
      text: `the Cluster was made (${first.way}) with ${first.role} as owner and the Secret ${first.secret}: CloudNativePG sets the password back to what is in there at each start of a primary, and so after the first rotation to an old one. It is led to the role's own Secret, which the \`up\` makes; nothing restarts`,
      commands: [commands.patch([kubectlKind("clusters", CNPG), name], secretOfFirstOwner(first, wanted))],
    },
  ];
}
