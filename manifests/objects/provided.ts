import { objectName, type ObjectName } from "../named";
import { at, entriesOf, itemsOf, textAt, type Node } from "../nodes";
import { groupOf, placeOf } from "./manifest";
import { isSpread } from "./crossing";
import { chartsOf, madeByChart, madeByTable, type Makers } from "./makers";
import type { Manifest, Place } from "./types";
import { CNPG } from "../../kube/kinds/groups";
import { LOGIN_KEYS } from "../../kube/kinds/secretFields";

/** A Secret that there will be, once what is in the files is applied. */
export interface ProvidedSecret {
  readonly name: ObjectName;
  readonly namespace: string | undefined;
  /** Absent where the files do not say. */
  readonly keys: ReadonlySet<string> | undefined;
  readonly chart: string | undefined;
  /** What makes it. */
  readonly by: string;
  readonly place: Place | undefined;
  /** Whether CloudNativePG makes it, with a login in it. */
  readonly isOfCluster?: boolean;
}

type Made = {
  name: string | undefined;
  keys?: readonly (string | undefined)[] | undefined;
  namespace?: string | undefined;
  isOfCluster?: boolean;
};

/** The Secrets that an object is, or makes. @param makers Who makes Secrets, beside what is known here with its keys */
export function providedBy(manifest: Manifest, makers: Makers): ProvidedSecret[] {
  const { kind, node, scope } = manifest;
  const known = madeBy(manifest);
  const ofTable = madeByTable(makers, manifest);
  const ofCharts = chartsOf(manifest).flatMap((chart) => madeByChart(makers, chart));
  if (known.length + ofTable.length + ofCharts.length === 0) return [];
  const own = { chart: scope.chart, by: `${kind}/${manifest.name ?? "?"}`, place: placeOf(manifest, node.start) };
  const all: ProvidedSecret[] = [
    ...known.map((made) => ({ ...own, ...knownSecret(made, manifest.namespace) })),
    ...ofTable.map((made) => ({ ...own, ...made })),
    ...ofCharts.map((made) => ({ ...own, ...made, namespace: undefined, keys: undefined })),
  ];
  return isSpread(manifest) ? [...all, ...all.map((made) => ({ ...made, namespace: undefined }))] : all;
}

function knownSecret(made: Made, namespace: string | undefined): Pick<ProvidedSecret, "name" | "namespace" | "keys" | "isOfCluster"> {
  const isKnown = made.keys?.every((key) => key !== undefined && !objectName(key).text.includes("*"));
  return {
    name: objectName(made.name),
    namespace: "namespace" in made ? made.namespace : namespace,
    keys: isKnown ? new Set(made.keys as string[]) : undefined,
    ...(made.isOfCluster && { isOfCluster: true }),
  };
}

function madeBy(manifest: Manifest): Made[] {
  const { kind, name, node } = manifest;
  const spec = at(node, "spec");
  const group = groupOf(manifest);
  switch (kind) {
    case "Secret":
      return group === "" ? [{ name, keys: keysOfSecret(node) }] : [];
    case "SealedSecret":
      return [{ name: textAt(spec, "template", "metadata", "name") ?? name, keys: keysIn(at(spec, "encryptedData")) }];
    case "ExternalSecret":
      return [{ name: textAt(spec, "target", "name") ?? name, keys: keysOfExternalSecret(spec) }];
    case "ClusterExternalSecret": {
      const inner = at(spec, "externalSecretSpec");
      return [
        {
          name: textAt(inner, "target", "name") ?? textAt(spec, "externalSecretName") ?? name,
          keys: keysOfExternalSecret(inner),
          namespace: undefined,
        },
      ];
    }
    case "Cluster":
      return group === CNPG.group ? byCluster(name, spec) : [];
    case "Certificate":
      return group === "cert-manager.io"
        ? [{ name: textAt(spec, "secretName"), keys: at(spec, "keystores") ? undefined : ["tls.crt", "tls.key", "ca.crt"] }]
        : [];
    case "SecretProviderClass":
      return itemsOf(at(spec, "secretObjects")).map((item) => ({
        name: textAt(item, "secretName"),
        keys: itemsOf(at(item, "data")).map((one) => textAt(one, "key")),
      }));
    case "Kustomization":
      return itemsOf(at(node, "secretGenerator")).map((item) => generated(item, textAt(node, "namespace")));
    case "postgresql":
      return entriesOf(at(spec, "users")).map(({ key }) => ({
        name: `${key.replaceAll("_", "-")}.${name ?? ""}.credentials.postgresql.acid.zalan.do`,
        keys: ["username", "password"],
      }));
    default:
      return [];
  }
}

function byCluster(name = "", spec: Node | undefined): Made[] {
  const own = (suffix: string, keys?: readonly string[]): Made => ({ name: `${name}-${suffix}`, keys, isOfCluster: keys !== undefined });
  const app = at(spec, "bootstrap", "initdb", "secret") === undefined ? [own("app", LOGIN_KEYS)] : [];
  const superuser =
    textAt(spec, "enableSuperuserAccess") === "true" && at(spec, "superuserSecret") === undefined ? [own("superuser", LOGIN_KEYS)] : [];
  return [...app, ...superuser, own("ca"), own("server"), own("replication")];
}

/** `secretGenerator`; its name gets a suffix, in the references too. */
function generated(item: Node, namespace: string | undefined): Made {
  const literals = itemsOf(at(item, "literals")).map((one) => (one.kind === "scalar" ? one.value.split("=", 1)[0] : undefined));
  const files = itemsOf(at(item, "files")).map((one) =>
    one.kind === "scalar" ? one.value.split("=", 1)[0]!.split("/").at(-1) : undefined,
  );
  const isComplete = at(item, "envs") === undefined && at(item, "env") === undefined && textAt(item, "behavior") !== "merge";
  return {
    name: textAt(item, "name"),
    keys: isComplete ? [...literals, ...files] : undefined,
    namespace: textAt(item, "namespace") ?? namespace,
  };
}

function keysOfSecret(node: Node): readonly string[] | undefined {
  const isFilled = textAt(node, "type") === "kubernetes.io/service-account-token";
  const data = [at(node, "data"), at(node, "stringData")].filter((one) => one !== undefined);
  // What is empty is filled by somebody, a template or a controller.
  return isFilled || data.length === 0 || data.some((one) => one.kind !== "mapping")
    ? undefined
    : data.flatMap((one) => entriesOf(one).map(({ key }) => key));
}

/** `data` and what the template makes of it; what `dataFrom` finds nobody knows. */
function keysOfExternalSecret(spec: Node | undefined): readonly (string | undefined)[] | undefined {
  const template = at(spec, "target", "template");
  const templated = keysIn(at(template, "data"));
  const isReplaced = templated !== undefined && textAt(template, "mergePolicy") !== "Merge";
  if (at(template, "templateFrom") !== undefined) return undefined;
  if (isReplaced) return templated;
  if (itemsOf(at(spec, "dataFrom")).length > 0 || textAt(spec, "target", "creationPolicy") === "Merge") return undefined;
  return [...itemsOf(at(spec, "data")).map((item) => textAt(item, "secretKey")), ...(templated ?? [])];
}

function keysIn(node: Node | undefined): string[] | undefined {
  return node === undefined ? undefined : entriesOf(node).map(({ key }) => key);
}
