import type { Choices } from "../config/choices";
import type { Problem } from "../config/problem";
import type { ExternalSecretSelection } from "./externalSecrets";
import { limitConnections } from "./connections";
import type { GatePlan } from "./gates";
import { resolveNames } from "./names";
import { recordsIn } from "./records";
import { catalogue } from "./services";
import type { ServiceRecord } from "./record";
import { selectServices, type Service } from "./service";
import type { Definitions } from "./shapes";

/** What a stack is made of. */
export interface Selected {
  readonly services: readonly Service[];
  /** The services that are off, of whose roles an earlier `up` may have made some. */
  readonly off: readonly Pick<Service, "name" | "role">[];
  /** What is fetched from Vault; absent where the stack has none. */
  readonly fetched?: ExternalSecretSelection;
  readonly gates: readonly GatePlan[];
}

/** What of the catalogue, the bundles and the gates is on, or every problem with that. What a stack does not have is not loaded. */
export async function select(stack: Choices): Promise<Selected | { problems: Problem[] }> {
  const own = recordsIn(stack.catalog);
  const chosen = selectLimited(stack, own?.catalogue, own?.templates);
  const fetched = stack.vault && (await import("./externalSecrets")).selectExternalSecrets(stack, own);
  if ("problems" in chosen || (fetched && "problems" in fetched) || (own && own.problems.length > 0)) {
    const problems = [chosen, fetched].flatMap((one) => (one && "problems" in one ? one.problems : []));
    return { problems: own === undefined ? problems : [...own.problems, ...own.placed(problems)] };
  }
  const { services } = chosen;
  const gated =
    Object.keys(stack.gates).length === 0
      ? { gates: [] }
      : (await import("./gates")).selectGates(stack, services, fetched?.plans ?? [], own?.gates);
  const on = new Set(services.map(({ name }) => name));
  const off = (own?.catalogue ?? catalogue)
    .filter(({ name }) => !on.has(name))
    .map((record) => ({ name: record.name, role: resolveNames(record).role }));
  return "problems" in gated ? gated : { services, off, gates: gated.gates, ...(fetched === undefined ? {} : { fetched }) };
}

/** The services that are on, each with how many connections it may have. */
function selectLimited(
  stack: Choices,
  all: readonly ServiceRecord[] = catalogue,
  templates?: readonly Definitions[],
): { services: Service[] } | { problems: Problem[] } {
  const chosen = selectServices(all, stack, undefined, templates);
  if ("problems" in chosen) return chosen;
  const records = new Map(all.map((record) => [record.name, record]));
  const limitOf = (name: string) => stack.services[name]?.connectionLimit ?? records.get(name)?.connectionLimit;
  // Of one that is somebody else's, how many connections it has in all is read of it.
  if (stack.cluster.existing)
    return {
      services: chosen.services.map((service) => (limitOf(service.name) === undefined ? { ...service, hasShare: true } : service)),
    };
  return limitConnections(
    chosen.services.map((service) => ({ service, declared: limitOf(service.name) })),
    stack.cluster,
  );
}

/** Parts of a configuration that the choice of more than services depends on. */
const CHOSEN_BY = /^(catalog|templates|services|vault|vaultValues|environment|bundles|gates)\b/;

/**
 * What else is wrong with a stack whose configuration has problems: what does not depend on those.
 *
 * @param rest what is right of it
 */
export async function problemsBeside(rest: Choices, problems: readonly Problem[]): Promise<Problem[]> {
  const isWhole = !problems.some(({ path }) => CHOSEN_BY.test(path));
  if (isWhole) {
    const chosen = await select(rest);
    return "problems" in chosen ? chosen.problems : [];
  }
  const own = recordsIn(rest.catalog);
  const chosen = selectServices(own?.catalogue ?? catalogue, rest, undefined, own?.templates);
  const found = "problems" in chosen ? chosen.problems : [];
  return own === undefined ? found : [...own.problems, ...own.placed(found)];
}
