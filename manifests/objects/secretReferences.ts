import { isName } from "../named";
import { at, entriesOf, itemsOf, textAt, type Entry, type Mapping, type Node } from "../nodes";
import type { Manifest, Scope, SecretReference } from "./types";
import { CNPG } from "../../kube/kinds/groups";
import { BACKUP_FIELDS, SECRET_FIELDS } from "../../kube/kinds/secretFields";

export interface Where {
  readonly scope: Scope;
  readonly manifest: Manifest | undefined;
  readonly namespace: string | undefined;
  readonly path: string;
  /** The environment variable that it is for. */
  readonly variable?: string | undefined;
}

/** Fields of CloudNativePG's that have both keys of a login read, by their paths. */
const LOGINS = SECRET_FIELDS.filter(({ keys }) => keys !== undefined).map(({ path }) => path.split("."));
const LOGIN_PATH = new RegExp(`(?:^|\\.)(?:${LOGINS.map(patternOf).join("|")})$`);
const CLOUDNATIVEPG = new Set([...LOGINS.map((path) => path.at(-1)), ...BACKUP_FIELDS]);

/** As this module has a path: without the object's `spec`, an item as `[0]`. */
function patternOf([, ...path]: readonly string[]): string {
  return path.join("\\.").replaceAll("\\.*", "\\[\\d+\\]");
}

/**
 * The Secret that an entry of an object names: `secretKeyRef`, `secretRef` and its kin, volumes, and what CloudNativePG reads.
 * Neither an optional one, nor one that is written to (an issuer's account), nor one whose name is not known yet.
 */
export function referenceAt({ key, value }: Entry, where: Where): SecretReference | undefined {
  if (value.kind !== "mapping") return undefined;
  const isCloudNativePg = where.manifest?.apiVersion.startsWith(`${CNPG.group}/`) ?? false;
  const isRef = key === "secretKeyRef" || /(?:^s|S)ecretRef$/.test(key) || key === "secret" || (isCloudNativePg && CLOUDNATIVEPG.has(key));
  if (!isRef || key === "privateKeySecretRef" || textAt(value, "optional") === "true") return undefined;
  const named = at(value, key === "secret" && at(value, "secretName") !== undefined ? "secretName" : "name");
  const name = named === undefined ? undefined : textOf(named);
  if (named === undefined || !isName(name)) return undefined;
  const key_ = textAt(value, "key");
  const items = itemsOf(at(value, "items")).map((item) => textAt(item, "key"));
  const keys = isCloudNativePg && LOGIN_PATH.test(where.path) ? ["username", "password"] : [key_, ...items].filter(isName);
  return { ...base(where, named.start), name, namespace: textAt(value, "namespace") ?? where.namespace, keys };
}

const EXISTING = /^existing(?:\w*Secret|\w*Secret(?:Name|Ref)|SecretName)$/i;
/** The name of a key: `secretKeys.adminPasswordKey`, `existingSecretPasswordKey`, `userPasswordKey`. */
const KEY_NAME = /^existingSecret\w*Key$|^(?:\w*(?:[pP]assword|[uU]ser(?:name)?))Key$/;

/** Secrets that a chart's values name: `existingSecret`, with the keys that stand beside it. */
export function referencesInValues(node: Mapping, where: Where): SecretReference[] {
  const named = node.entries.filter(({ key }) => EXISTING.test(key));
  if (named.length === 0) return [];
  const keys = [...keyNames(node), ...entriesOf(at(node, "secretKeys")).map(({ value }) => textOf(value))].filter(isName);
  return named.flatMap(({ key, start, value }) => {
    const name = textOf(value) ?? textAt(value, "name");
    if (!isName(name)) return [];
    // Where there are several, nothing says which key is of which.
    return [
      {
        ...base({ ...where, path: where.path === "" ? key : `${where.path}.${key}` }, start),
        name,
        namespace: where.namespace,
        keys: named.length === 1 ? keys : [],
      },
    ];
  });
}

function keyNames(node: Mapping): (string | undefined)[] {
  return node.entries.filter(({ key }) => KEY_NAME.test(key)).map(({ value }) => textOf(value));
}

function textOf(node: Node): string | undefined {
  return node.kind === "scalar" && node.value !== "" ? node.value : undefined;
}

function base({ scope, manifest, path, variable }: Where, start: number): Omit<SecretReference, "name" | "namespace" | "keys"> {
  const object = manifest === undefined ? "" : `${manifest.kind}${manifest.name === undefined ? "" : `/${manifest.name}`} `;
  return {
    file: scope.file,
    line: scope.lineOf(start),
    field: `${object}${path}`,
    variables: variable === undefined ? [] : [variable],
    chart: scope.chart,
  };
}
