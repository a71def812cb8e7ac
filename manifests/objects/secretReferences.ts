import { isName } from "../named";
import { at, entriesOf, itemsOf, textAt, type Entry, type Mapping, type Node } from "../nodes";
import type { Manifest, Scope, SecretReference } from "./types";

export interface Where {
  readonly scope: Scope;
  readonly manifest: Manifest | undefined;
  readonly namespace: string | undefined;
  readonly path: string;
  /** The environment variable that it is for. */
  readonly variable?: string | undefined;
}

/** What CloudNativePG logs in with, or lets others. */
const CLOUDNATIVEPG = new Set([
  "passwordSecret",
  "superuserSecret",
  "authQuerySecret",
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "connectionString",
  "storageAccount",
  "storageKey",
  "storageSasToken",
  "applicationCredentials",
]);
const LOGINS = new Set(["passwordSecret", "superuserSecret", "authQuerySecret"]);
const BOOTSTRAP = /(?:^|\.)bootstrap\.(?:initdb|recovery|pg_basebackup)\.secret$/;

/**
 * The Secret that an entry of an object names: `secretKeyRef`, `secretRef` and its kin, volumes, and what CloudNativePG reads.
 * Neither an optional one, nor one that is written to (an issuer's account), nor one whose name is not known yet.
 */
export function referenceAt({ key, value }: Entry, where: Where): SecretReference | undefined {
  if (value.kind !== "mapping") return undefined;
  const isCloudNativePg = where.manifest?.apiVersion.startsWith("postgresql.cnpg.io/") ?? false;
  const isRef = key === "secretKeyRef" || /(?:^s|S)ecretRef$/.test(key) || key === "secret" || (isCloudNativePg && CLOUDNATIVEPG.has(key));
  if (!isRef || key === "privateKeySecretRef" || textAt(value, "optional") === "true") return undefined;
  const named = at(value, key === "secret" && at(value, "secretName") !== undefined ? "secretName" : "name");
  const name = named === undefined ? undefined : textOf(named);
  if (named === undefined || !isName(name)) return undefined;
  const key_ = textAt(value, "key");
  const items = itemsOf(at(value, "items")).map((item) => textAt(item, "key"));
  const keys =
    isCloudNativePg && (LOGINS.has(key) || BOOTSTRAP.test(where.path)) ? ["username", "password"] : [key_, ...items].filter(isName);
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
