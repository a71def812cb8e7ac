import { operatorSecrets } from "../../catalog/names";
import { secretsOf, podsOf, type SecretReference } from "../pods";
import { clustersOf, loginsOf } from "../postgres";
import { CNPG, EXTERNAL_SECRETS } from "../../kube/kinds/groups";
import { isKind, namespaceOf, objectName, type Resource } from "../resource";
import { violation, type Settings, type StackRule, type Violation } from "../rule";
import { exchangeOf, filledSecrets } from "../stores";
import { at, isObject, objects, text, UNKNOWN, type Value } from "../values";
import { LOGIN_KEYS } from "../../kube/kinds/secretFields";

/** A Secret that somebody else makes. */
interface ExternalSecret {
  readonly namespace: string;
  readonly name: string;
  /** @default whatever is read */
  readonly keys?: readonly string[];
}

/**
 * The keys of a Secret that is there, `undefined` where they are not known yet, or not to be told.
 */
type Declared = ReadonlyMap<string, ReadonlySet<string> | undefined>;

export const declaredSecrets: StackRule = {
  name: "declared-secrets",
  description: "Every Secret that a workload or a role reads is made here, or listed as somebody else's, with the keys that are read.",
  level: "mandatory",
  settings: {
    external: {
      type: "array",
      description: "Secrets that are not made here, with their keys.",
      items: {
        type: "object",
        properties: { namespace: { type: "string" }, name: { type: "string" }, keys: { type: "array", items: { type: "string" } } },
        required: ["namespace", "name"],
        additionalProperties: false,
      },
    },
  },
  checkStack(resources, settings) {
    const declared = declaredIn(resources, external(settings));
    return resources.flatMap((resource) =>
      [...podsOf(resource).flatMap(secretsOf), ...operatorsSecrets(resource)]
        .filter(({ optional }) => !optional)
        .flatMap((reference) => check(resource, reference, declared)),
    );
  },
};

function external({ external: listed = [] }: Settings): readonly ExternalSecret[] {
  return listed as readonly ExternalSecret[];
}

function check(resource: Resource, { name, keys, where }: SecretReference, declared: Declared): Violation[] {
  const place = `${namespaceOf(resource)}/${name}`;
  const listing = "list it with its keys under `declared-secrets` in policy/settings.json";
  if (!declared.has(place))
    return [
      violation(
        resource,
        `reads the Secret ${place}, which nothing here makes: without it, it does not begin`,
        `correct the name, or if somebody else makes it, ${listing}`,
        where,
      ),
    ];
  const there = declared.get(place);
  return keys
    .filter((key) => there !== undefined && !there.has(key))
    .map((key) =>
      violation(
        resource,
        `reads the key ${key} of the Secret ${place}, which has ${[...there!].sort().join(", ")}`,
        `correct the key, or add it where the Secret is made or listed`,
        where,
      ),
    );
}

/**
 * What CloudNativePG reads of the Secrets in its own namespace: logins, and what it pulls images
 * with.
 */
function operatorsSecrets(resource: Resource): SecretReference[] {
  const logins = loginsOf(resource).map(({ path, item, secret, keys }) => {
    const where = path.map((part) => (/^\d+$/.test(part) ? (text(item, "name") ?? "?") : part)).join(".");
    return { where, name: secret, keys, optional: false };
  });
  const pulls = isKind(resource, CNPG.group, "Cluster") ? objects(resource.props, "spec", "imagePullSecrets") : [];
  return [
    ...logins,
    ...pulls.flatMap((one) => {
      const name = text(one, "name");
      return name === undefined ? [] : [{ where: "spec.imagePullSecrets", name, keys: [], optional: false }];
    }),
  ];
}

/** What CloudNativePG writes into the Secrets that are its own. */
const OPERATOR_KEYS: Readonly<Record<string, readonly string[]>> = { app: LOGIN_KEYS, superuser: LOGIN_KEYS, ca: ["ca.crt", "ca.key"] };

function declaredIn(resources: readonly Resource[], listed: readonly ExternalSecret[]): Declared {
  const declared = new Map<string, ReadonlySet<string> | undefined>();
  for (const { name, namespace } of clustersOf(resources))
    for (const secret of operatorSecrets(name))
      declared.set(`${namespace}/${secret}`, new Set(OPERATOR_KEYS[secret.slice(name.length + 1)] ?? ["tls.crt", "tls.key"]));
  for (const { resource, name, namespace } of filledSecrets(resources))
    if (namespace !== undefined) declared.set(`${namespace}/${name}`, fetchedKeys(resource));
  for (const resource of resources)
    if (isKind(resource, "core", "Secret")) declared.set(`${namespaceOf(resource)}/${objectName(resource)}`, keysOf(resource));
  for (const { namespace, name, keys } of listed) declared.set(`${namespace}/${name}`, keys === undefined ? undefined : new Set(keys));
  return declared;
}

function keysOf({ props }: Resource): Set<string> | undefined {
  const parts: readonly Value[] = [props.data, props.stringData];
  if (parts.includes(UNKNOWN)) return undefined;
  return new Set(parts.flatMap((part) => (isObject(part) ? Object.keys(part) : [])));
}

function fetchedKeys(resource: Resource): Set<string> | undefined {
  const spec = exchangeOf(resource)?.spec;
  // All keys of a path are known to the store alone.
  if (spec === undefined || !isKind(resource, EXTERNAL_SECRETS.group, "ExternalSecret") || objects(spec, "dataFrom").length > 0)
    return undefined;
  const template = at(spec, "target", "template");
  if (at(template, "templateFrom") !== undefined) return undefined;
  const fetched = objects(spec, "data").flatMap((one) => text(one, "secretKey") ?? []);
  const made = at(template, "data");
  if (!isObject(made)) return new Set(fetched);
  // Only what the template makes is written, unless it says otherwise.
  return new Set([...Object.keys(made), ...(text(template, "mergePolicy") === "Merge" ? fetched : [])]);
}
