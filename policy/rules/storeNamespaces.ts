import { describe, kindOf, namespaceOf, objectName, type Resource } from "../resource";
import { violation, type Settings, type StackRule, type Violation } from "../rule";
import { exchangeOf, storesOf, storeUses } from "../stores";
import { at, objects, texts, UNKNOWN, type Properties } from "../values";

interface ExternalStore {
  readonly name: string;
  readonly namespaces: readonly string[];
}

export const storeNamespaces: StackRule = {
  name: "store-namespaces",
  description: "A store of secrets says which namespaces may use it, and is used from no other.",
  level: "mandatory",
  settings: {
    stores: {
      type: "array",
      description: "ClusterSecretStores that are not made here, each with the namespaces that may use it.",
      items: {
        type: "object",
        properties: { name: { type: "string" }, namespaces: { type: "array", items: { type: "string" } } },
        required: ["name", "namespaces"],
        additionalProperties: false,
      },
    },
  },
  checkStack(resources, settings) {
    const stores = storesOf(resources);
    return [...stores.flatMap(checkStore), ...resources.flatMap((resource) => checkUses(resource, stores, externalStores(settings)))];
  },
};

function externalStores({ stores = [] }: Settings): readonly ExternalStore[] {
  return stores as readonly ExternalStore[];
}

const EVERYTHING = /^\^?\(?\.[*+]\)?\$?$/;
const RESTRICT = "name them in `spec.conditions`, as `namespaces`";

/** A store that all may use, or anyone who can make a namespace with the right name or label. */
function checkStore(store: Resource): Violation[] {
  if (kindOf(store)?.kind !== "ClusterSecretStore") return [];
  const conditions = at(store.props, "spec", "conditions");
  if (conditions === UNKNOWN) return [];
  const each = objects(store.props, "spec", "conditions");
  if (each.length === 0) return [violation(store, "may be used from every namespace", RESTRICT)];
  return each.flatMap((condition, index) =>
    isOpen(condition) ? [violation(store, "may be used from every namespace", RESTRICT, `spec.conditions.${index}`)] : [],
  );
}

function isOpen(condition: Properties): boolean {
  const selector = condition.namespaceSelector;
  const empty = typeof selector === "object" && selector !== null && Object.values(selector as object).every((one) => isEmpty(one));
  return empty || texts(condition, "namespaceRegexes").some((one) => EVERYTHING.test(one)) || Object.keys(condition).length === 0;
}

const isEmpty = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

function checkUses(resource: Resource, stores: readonly Resource[], external: readonly ExternalStore[]): Violation[] {
  const exchange = exchangeOf(resource);
  if (exchange === undefined) return [];
  const namespaces = exchange.everywhere ? selectedNamespaces(resource) : [namespaceOf(resource)];
  if (namespaces === undefined)
    return [
      violation(
        resource,
        "makes ExternalSecrets or PushSecrets in namespaces that are chosen by their labels: who may use the store is not said here",
        `make one ${kindOf(resource)!.kind.replace("Cluster", "")} in each namespace that needs it`,
      ),
    ];
  return storeUses(exchange.spec, exchange.where).flatMap((use) =>
    namespaces.flatMap((namespace) => {
      const found = (why: string, remedy: string) => [violation(resource, why, remedy, use.where)];
      const store = stores.find(
        (one) =>
          kindOf(one)?.kind === use.kind && objectName(one) === use.name && (use.kind !== "SecretStore" || namespaceOf(one) === namespace),
      );
      if (store !== undefined)
        return use.kind === "SecretStore" || mayUse(store, namespace)
          ? []
          : found(
              `uses the store ${use.name} from the namespace ${namespace}, which its conditions do not name`,
              `move it to a namespace that may, or add ${namespace} to the conditions of the ${describe(store)}`,
            );
      const elsewhere = use.kind === "ClusterSecretStore" ? external.find(({ name }) => name === use.name) : undefined;
      if (elsewhere?.namespaces.includes(namespace)) return [];
      return found(
        elsewhere === undefined
          ? `uses the ${use.kind} ${use.name}, which is not made here and not listed as somebody else's`
          : `uses the store ${use.name} from the namespace ${namespace}, for which it is not listed`,
        "correct the name, or list the store with its namespaces under `store-namespaces` in policy/settings.json",
      );
    }),
  );
}

/** Where something that is made in several namespaces is made; `undefined` where labels choose. */
function selectedNamespaces({ props }: Resource): readonly string[] | undefined {
  const selects = ["namespaceSelector", "namespaceSelectors"].some((key) => at(props, "spec", key) !== undefined);
  return selects ? undefined : texts(props, "spec", "namespaces");
}

function mayUse(store: Resource, namespace: string): boolean {
  if (at(store.props, "spec", "conditions") === UNKNOWN) return true;
  return objects(store.props, "spec", "conditions").some(
    (condition) =>
      texts(condition, "namespaces").includes(namespace) ||
      texts(condition, "namespaceRegexes").some((regex) => matches(regex, namespace)) ||
      // Whose labels a namespace has is not known here.
      condition.namespaceSelector !== undefined,
  );
}

/** As External Secrets matches; what Go understands and JavaScript does not is taken to match. */
function matches(regex: string, namespace: string): boolean {
  try {
    return new RegExp(regex).test(namespace);
  } catch {
    return true;
  }
}
