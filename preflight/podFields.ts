// Additions of others to the pods of an object, by the API server's record of who has written which
// field. The provider applies its own fields, and leaves all other fields as they are.

/** A part of the record: fields by their names, items of lists by their keys. */
export interface Fields {
  readonly [field: string]: Fields;
}

/** The pods' template, in the kinds of Kubernetes. */
const TEMPLATES = [
  ["f:spec", "f:template", "f:spec"],
  ["f:spec", "f:jobTemplate", "f:spec", "f:template", "f:spec"],
];

/** Fields of a pod that run code, bring it files, lead its names elsewhere or loosen it. */
const OF_PODS = new Set(
  [
    ...[
      "containers",
      "initContainers",
      "ephemeralContainers",
      "volumes",
      "hostAliases",
      "dnsConfig",
      "dnsPolicy",
      "hostNetwork",
      "hostPID",
    ],
    ...["hostIPC", "hostUsers", "shareProcessNamespace", "serviceAccount", "serviceAccountName", "automountServiceAccountToken"],
    ...["securityContext", "runtimeClassName", "imagePullSecrets"],
  ].map((name) => `f:${name}`),
);
/** Fields of a container that change neither what it runs nor what it reaches. */
const HARMLESS = new Set(["f:resources", "f:imagePullPolicy", "f:terminationMessagePath", "f:terminationMessagePolicy"]);

/** The fields of pods that others have, and the provider has not. */
export function foreignPodFields(others: readonly Fields[], own: readonly Fields[]): string[][] {
  const found = others.flatMap((fields) =>
    TEMPLATES.flatMap((path) => {
      const pods = at(fields, path);
      const ours = own.map((one) => at(one, path));
      return Object.entries(pods)
        .filter(([name]) => OF_PODS.has(name))
        .flatMap(([name, below]) => missing(below, childrenOf(ours, name), [...path, name]));
    }),
  );
  return [...new Map(found.map((path) => [path.join("\n"), path])).values()];
}

/** The part of a field that is nowhere among ours: the field itself, or something below it. */
function missing(field: Fields, ours: readonly Fields[], path: readonly string[]): string[][] {
  if (ours.length === 0) return [[...path]];
  return (
    Object.entries(field)
      .filter(([name]) => name !== "." && !HARMLESS.has(name))
      // A key of an item says which item it is.
      .filter(([name]) => !isKeyOf(path.at(-1)!, name))
      .flatMap(([name, below]) => missing(below, childrenOf(ours, name), [...path, name]))
  );
}

const childrenOf = (fields: readonly Fields[], name: string): Fields[] => fields.flatMap((one) => (name in one ? [one[name]!] : []));
const at = (fields: Fields, path: readonly string[]): Fields => path.reduce<Fields>((of, name) => of[name] ?? {}, fields);

const KEY = "k:";
const keysOf = (item: string): Readonly<Record<string, unknown>> =>
  item.startsWith(KEY) ? (JSON.parse(item.slice(KEY.length)) as Record<string, unknown>) : {};
const isKeyOf = (item: string, field: string): boolean => field.slice(2) in keysOf(item);

/** A field for people: `containers[vault].env[LD_PRELOAD]`. */
export function fieldText(path: readonly string[]): string {
  const of = path.slice(path.lastIndexOf("f:spec") + 1);
  return of.reduce((text, name) => {
    if (name.startsWith(KEY)) return `${text}[${Object.values(keysOf(name)).join(", ")}]`;
    return `${text}${text === "" ? "" : "."}${name.slice(2)}`;
  }, "");
}

/** The strategic patch that takes fields away. */
export function withoutFields(paths: readonly (readonly string[])[]): object {
  const patch: Json = {};
  for (const path of paths) take(patch, path);
  return patch;
}

type Json = Record<string, unknown>;

function take(within: Json, [name = "", next, ...rest]: readonly string[]): void {
  const field = name.slice(2);
  if (next === undefined) within[field] = null;
  else if (next.startsWith(KEY)) {
    const keys = keysOf(next);
    const items = (within[field] ??= []) as Json[];
    let item = items.find((one) => Object.entries(keys).every(([key, value]) => one[key] === value));
    if (item === undefined) items.push((item = { ...keys }));
    if (rest.length === 0) item.$patch = "delete";
    else take(item, rest);
  } else take((within[field] ??= {}) as Json, [next, ...rest]);
}
