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
  return path.join("\\.").replaceAll("\\.*", "\\[[^\\]]*\\]");
}

/**
 * The Secret that an entry of an object names: `secretKeyRef`, `secretRef` and its kin, volumes, what CloudNativePG and Flux read, and what charts call so.
 * Neither an optional one, nor one that is written to (an issuer's account), nor one whose name is not known yet.
 */
export function referenceAt(entry: Entry, where: Where): SecretReference | undefined {
  const { key, value } = entry;
  if (value.kind === "sequence") return undefined;
  if (value.kind === "scalar") return namedByText(entry, where);
  if (OF_DECRYPTION.test(where.path)) return undefined;
  const isCloudNativePg = where.manifest?.apiVersion.startsWith(`${CNPG.group}/`) ?? false;
  const isRef = key === "secretKeyRef" || /(?:^s|S)ecretRef$/.test(key) || key === "secret" || (isCloudNativePg && CLOUDNATIVEPG.has(key));
  const isOfChart = key === "passwordSecret" || (key === "secret" && /(?:^|\.)(?:initdb|recovery|pg_basebackup)\.secret$/.test(where.path));
  if ((!isRef && !isOfChart) || key === "privateKeySecretRef" || textAt(value, "optional") === "true") return undefined;
  const named = at(value, key === "secret" && at(value, "secretName") !== undefined ? "secretName" : "name");
  const name = named === undefined ? undefined : textOf(named);
  if (named === undefined || !isName(name)) return undefined;
  const key_ = textAt(value, "key");
  const items = itemsOf(at(value, "items")).map((item) => textAt(item, "key"));
  const isLogin = (isCloudNativePg && LOGIN_PATH.test(where.path)) || (isOfChart && key_ === undefined);
  const keys = isLogin ? ["username", "password"] : [key_, ...items].filter(isName);
  return { ...base(where, named.start), name, namespace: textAt(value, "namespace") ?? where.namespace, keys };
}

/** The key with which SOPS opens a repository is never in it. */
const OF_DECRYPTION = /(?:^|\.)decryption\.secretRef$/;
/** Fields of charts' values and of custom resources whose text is the name of a Secret. */
const NAMES_SECRET =
  /^(?:secretName|(?:\w*(?:[pP]assword|[cC]redentials?|[eE]nvFrom|[aA]uth|[aA]dmin|[lL]ogin|[dD]atabase|[dD]b|[uU]ser|[tT]oken))Secret(?:Name)?)$/;
/** Where a Secret with that field is made, or is a certificate's, which whoever issues it makes. */
const OF_CERTIFICATE = /tls|ingress|certificate|cert(?:s|Secret)?(?:\.|\[|$)|acme|issuer|route|gateway|webhook/i;
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]{1,250}[a-z0-9])$/;

/** `auth.secretName: app-login`, `envFromSecret: app-env`. */
function namedByText({ key, start, value }: Entry, where: Where): SecretReference | undefined {
  const { manifest, path } = where;
  const name = textOf(value);
  if (name === undefined || !OBJECT_NAME.test(name) || !isName(name)) return undefined;
  const isOfList = /(?:^|\.)envFrom\[[^\]]*\]\.secret$/.test(path);
  if (!isOfList && (!NAMES_SECRET.test(key) || OF_CERTIFICATE.test(path))) return undefined;
  // `volumes[].secret.secretName` is looked at as a whole; some objects make what they name.
  if (/(?:^|\.)secret\.secretName$/.test(path) || /^(?:Certificate|Ingress|SecretProviderClass)$/.test(manifest?.kind ?? ""))
    return undefined;
  // A custom resource's may be what it writes: only a chart's values, a chart and what is known are taken.
  if (manifest !== undefined && !CHARTS.test(manifest.kind)) return undefined;
  if (!isOfList && key === "secretName" && manifest === undefined && where.scope.chart === undefined) return undefined;
  return { ...base(where, start), name, namespace: where.namespace, keys: [] };
}

const CHARTS = /^(?:HelmRelease|HelmChart|HelmChartConfig|Application|ApplicationSet)$/;
/** Lists of Flux' whose items name an object: `valuesFrom: [{ kind: Secret, name }]`. */
const FROM = /(?:^|\.)(?:valuesFrom|substituteFrom|envFrom)\[[^\]]*\]$/;

const EXISTING = /^existing(?:\w*Secret|\w*Secret(?:Name|Ref)|SecretName)$/i;
/** The name of a key: `secretKeys.adminPasswordKey`, `existingSecretPasswordKey`, `userPasswordKey`. */
const KEY_NAME = /^existingSecret\w*Key$|^(?:\w*(?:[pP]assword|[uU]ser(?:name)?))Key$/;

/** Secrets that a mapping names as a whole: `existingSecret` of a chart's values, with the keys that stand beside it, and what says its kind. */
export function referencesInValues(node: Mapping, where: Where): SecretReference[] {
  return [...existing(node, where), ...ofKind(node, where)];
}

/** `{ kind: Secret, name }` in a list of Flux', `{ type: secret, name }` in the values of home-ops' charts. */
function ofKind(node: Mapping, where: Where): SecretReference[] {
  const isOfList = textAt(node, "kind") === "Secret" && FROM.test(where.path);
  const isVolume = textAt(node, "type") === "secret" && /(?:^|\.)persistence\.[^.]+$/.test(where.path);
  if ((!isOfList && !isVolume) || textAt(node, "optional") === "true") return [];
  const named = at(node, "name");
  const name = named === undefined ? undefined : textOf(named);
  if (named === undefined || !isName(name) || at(node, "metadata") !== undefined) return [];
  const key = textAt(node, "valuesKey");
  return [{ ...base(where, named.start), name, namespace: where.namespace, keys: isName(key) ? [key] : [] }];
}

function existing(node: Mapping, where: Where): SecretReference[] {
  const named = node.entries.filter(({ key }) => EXISTING.test(key));
  if (named.length === 0) return [];
  const keys = [...keyNames(node), ...entriesOf(at(node, "secretKeys")).map(({ value }) => textOf(value))].filter(isName);
  return named.flatMap(({ key, start, value }) => {
    const inside = at(value, "name");
    const name = textOf(value) ?? (inside && textOf(inside));
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

const NULL = /^(?:~|null|Null|NULL)$/;

function textOf(node: Node): string | undefined {
  return node.kind === "scalar" && node.value !== "" && !(!node.isQuoted && NULL.test(node.value)) ? node.value : undefined;
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
