import type { Role } from "../files";
import { at, entriesOf, itemsOf, textAt, type Entry, type Mapping, type Node, type Scalar } from "../nodes";
import { findInCommands } from "../credentials/commands";
import { judgeName } from "../credentials/names";
import { parseDocuments } from "../parse";
import { withoutReferences } from "../references";
import { lineCounter } from "../text";
import { asManifest, groupOf } from "./manifest";
import { natureOf } from "./nature";
import { referenceAt, referencesInValues } from "./secretReferences";
import type { Literal, Manifest, Region, Scope, SecretReference } from "./types";
import { ARGO_CD } from "../../kube/kinds/groups";

/** Told what is in a document, in its order. */
export interface Visitor {
  manifest(manifest: Manifest): void;
  literal(literal: Literal): void;
  reference(reference: SecretReference): void;
}

interface Context {
  readonly scope: Scope;
  readonly manifest: Manifest | undefined;
  /** Of the workloads that a part of it makes: an Application's destination. */
  readonly namespace: string | undefined;
  readonly region: Region;
  readonly path: string;
  /** The last key of the path. */
  readonly key: string;
  /** That nothing of it is deployed: what is called like a credential is none, and what it names need not be there. */
  readonly isInert?: boolean;
  /** That a generator makes an object of it. */
  readonly isGenerated?: boolean;
  readonly isEncoded?: boolean;
  /** The environment variable that a part of it is about. */
  readonly variable?: string | undefined;
  /** Whether a Secret's name stands beside it: a password may be the name of its key. */
  readonly isBesideName?: boolean;
  /** Whether its name, or what it is of, makes all of it matter. */
  readonly isWhole?: boolean;
}

const ENVIRONMENT =
  /^(?:\w*[eE]nv(?:Vars?|ironment|ironmentVariables|Variables)?(?:InSecret|InCM)?|env(?:ironment)?[-_]?(?:vars?|variables)?)$/;
const ARGUMENTS = /^(?:\w*[aA]rgs|command|entrypoint|cmd)$/;
/** `test` of a health check is a command, too. */
const HEALTH_CHECK = /(?:^|\.)healthcheck\.test$/;
/** What has the names of keys below it: `existingSecretKeys: { password: admin-password }`. */
const KEY_NAMES =
  /(?:[sS]ecret|[cC]redentials?)(?:_?[kK]eys?|_?[kK]eyNames?|_?[kK]eyMappings?|_?[mM]appings?|_?[kK]eyMap|_?[mM]ap)$|^(?:env|key|secretKey)_?[mM]app?ings?$/;
/** The same where it is below the Secret: `existingSecret: { name: app, keys: { password: admin-password } }`. */
const KEYS = /^(?:keys|keyNames|keyMappings?|mappings?|keyMap)$/;
const OF_SECRET = /[sS]ecrets?(?:Ref|Name)?$|[cC]redentials?Ref$/;
/** What names a Secret or a key of one, what is no secret at all, and what is no text of people. */
const LEFT_OUT = new Set([
  "secretKeyRef",
  "configMapKeyRef",
  "fieldRef",
  "secretRef",
  "imagePullSecrets",
  "pullSecrets",
  "encryptedData",
  "caBundle",
  "managedFields",
  "ownerReferences",
  "remoteRef",
  "sourceRef",
  "secretKeys",
  "secretIds",
  "secretIDs",
  "openAPIV3Schema",
]);
const NO_LITERALS = new Set(["CustomResourceDefinition", "APIService", "ValidatingAdmissionPolicy"]);
/** What says how other objects may look. */
const POLICIES = /(?:^|\.)(?:kyverno\.io|gatekeeper\.sh)$/;
const EMBEDDED = /^(?:\s|#.*\n|---)*(?:apiVersion:|\{\s*"apiVersion"\s*:)/;
/** A document may name the same anchor as often as it likes. */
const MOST_VISITS = 500_000;

/** What a file called `kustomization.yaml` is when it does not say so. */
const KUSTOMIZATION = {
  apiVersion: "kustomize.config.k8s.io/v1beta1",
  kind: "Kustomization",
  name: undefined,
  namespace: undefined,
} as const;

/**
 * Goes through a document: its objects, its literals and the Secrets that it names.
 * @param generated What a generator makes of its file
 */
export function visit(root: Node, role: Role, scope: Scope, visitor: Visitor, generated?: Region): void {
  if (generated === undefined && scope.leads?.within(root.start, root.end) === false) return;
  const isInert = role === "translation" || natureOf(root, scope.file) !== undefined;
  const region = generated ?? (role === "values" ? "values" : "elsewhere");
  const context = {
    scope,
    manifest: undefined,
    namespace: undefined,
    region,
    path: "",
    key: "",
    isInert,
    isGenerated: generated !== undefined,
    isWhole: generated !== undefined,
  };
  new Walk(visitor).enter(root, context, role);
}

class Walk {
  private readonly seen = new Set<Node>();
  private visits = 0;

  constructor(private readonly visitor: Visitor) {}

  enter(node: Node, context: Context, role: Role = "other"): void {
    if ((node.isReference === true && context.path !== "") || this.seen.has(node) || this.visits++ > MOST_VISITS) return;
    if (node.kind !== "scalar") this.seen.add(node);
    if (node.kind === "scalar") this.scalar(node, context, context.key);
    else if (node.kind === "sequence") {
      for (const item of node.items)
        if (matters(item, item.start, context)) this.enter(item, { ...context, path: `${context.path}[${nameOf(item)}]` });
    } else {
      const manifest = context.isInert ? undefined : asManifest(node, context.scope);
      if (manifest !== undefined) this.object(manifest, context);
      else if (role === "kustomization") this.object({ ...KUSTOMIZATION, node, scope: context.scope }, context);
      else this.mapping(node, context);
    }
  }

  private object(manifest: Manifest, outer: Context): void {
    const { kind, node } = manifest;
    this.visitor.manifest(manifest);
    const context: Context = {
      ...outer,
      manifest,
      namespace: manifest.namespace ?? outer.namespace,
      region: outer.region === "values" ? "values" : "elsewhere",
      path: "",
      key: "",
    };
    const inside = (region: Region, path: string, child: Node | undefined, isEncoded = false) => {
      if (child !== undefined)
        this.enter(child, {
          ...context,
          region,
          path,
          key: path.slice(path.lastIndexOf(".") + 1),
          isEncoded,
          // All that is in a Secret is one.
          isWhole: context.isWhole === true || region === "secret" || isEncoded,
        });
    };
    const group = groupOf(manifest);
    if (NO_LITERALS.has(kind) || POLICIES.test(group)) return;
    if (kind === "Secret" && group === "") {
      if (textAt(node, "type")?.startsWith("helm.sh/release")) return;
      inside("secret", "data", at(node, "data"), true);
      inside("secret", "stringData", at(node, "stringData"));
      inside("elsewhere", "metadata", at(node, "metadata"));
    } else if (kind === "ConfigMap" && group === "") {
      inside("config-map", "data", at(node, "data"));
      inside("config-map", "binaryData", at(node, "binaryData"), true);
      inside("elsewhere", "metadata", at(node, "metadata"));
    } else if (EXTERNAL.has(kind)) {
      const specification = kind === "ClusterExternalSecret" ? ["spec", "externalSecretSpec"] : ["spec"];
      const template = kind === "PushSecret" ? ["template"] : ["target", "template"];
      inside("secret", [...specification, ...template].join("."), at(node, ...specification, ...template));
      inside("elsewhere", "metadata", at(node, "metadata"));
    } else if (kind === "Kustomization" && group.startsWith("kustomize.config")) this.kustomization(node, context);
    else if (kind === "HelmRelease" || kind === "HelmChart" || kind === "HelmChartConfig") {
      const namespace = textAt(node, "spec", "targetNamespace") ?? context.namespace;
      this.mapping(node, { ...context, namespace }, new Set(["kind", "apiVersion"]));
    } else if (group === ARGO_CD.group) {
      const namespace =
        textAt(node, "spec", "destination", "namespace") ?? textAt(node, "spec", "template", "spec", "destination", "namespace");
      this.mapping(node, { ...context, namespace }, new Set(["kind", "apiVersion"]));
    } else this.mapping(node, context, new Set(["kind", "apiVersion"]));
  }

  /** Generators, and patches that are texts. */
  private kustomization(node: Mapping, context: Context): void {
    for (const [generator, region] of [
      ["secretGenerator", "secret"],
      ["configMapGenerator", "config-map"],
    ] as const)
      for (const item of itemsOf(at(node, generator)))
        for (const literal of itemsOf(at(item, "literals"))) {
          if (literal.kind !== "scalar" || !literal.value.includes("=")) continue;
          const [name = ""] = literal.value.split("=", 1);
          const value = literal.value.slice(name.length + 1).replace(/^(["'])(.*)\1$/s, "$2");
          this.emit(
            { ...literal, value },
            { ...context, region, isWhole: true, path: `${generator}[${nameOf(item)}].literals[${name}]` },
            name,
          );
        }
    this.mapping(node, context, new Set(["secretGenerator", "configMapGenerator", "kind", "apiVersion"]));
  }

  private mapping(node: Mapping, context: Context, leftOut: ReadonlySet<string> = new Set()): void {
    const { scope, manifest, namespace } = context;
    // Most entries have nothing that matters.
    const entries = node.entries.filter((entry) => matters(entry.value, entry.start, context));
    if (entries.length === 0) return;
    // A variable, a parameter, a property: what it is called is said beside it.
    const name = textAt(node, "name") ?? textAt(node, "key");
    const literal = name === undefined ? undefined : at(node, "value");
    const variable = at(node, "valueFrom") === undefined ? context.variable : name;
    if (literal?.kind === "scalar") this.scalar(literal, context, name!);
    const isBesideName = textAt(node, "secretName") !== undefined;
    if (!context.isInert)
      for (const reference of referencesInValues(node, { scope, manifest, namespace, path: context.path }))
        this.visitor.reference(reference);
    for (const entry of entries) {
      if (
        leftOut.has(entry.key) ||
        (literal?.kind === "scalar" && (entry.value === literal || entry.key === "name" || entry.key === "key"))
      )
        continue;
      // Most entries are a word that nothing is to be made of.
      if (
        entry.value.kind === "scalar" &&
        entry.key !== "value" &&
        isPlainly(entry.value, entry.key, context.isEncoded === true) &&
        !/[sS]ecret/.test(entry.key)
      )
        continue;
      const path = context.path === "" ? entry.key : `${context.path}.${entry.key}`;
      const reference = context.isInert ? undefined : referenceAt(entry, { scope, manifest, namespace, path, variable });
      if (reference !== undefined) this.visitor.reference(reference);
      const isEncrypted = entry.key === "sops" && at(entry.value, "mac") !== undefined;
      const hasKeyNames =
        entry.value.kind !== "scalar" && (KEY_NAMES.test(entry.key) || (KEYS.test(entry.key) && OF_SECRET.test(context.key)));
      if (!LEFT_OUT.has(entry.key) && !isEncrypted && !hasKeyNames)
        this.entry(entry, {
          ...context,
          variable,
          path,
          key: entry.key,
          isBesideName,
          region: regionOf(entry.key, context),
          isWhole: context.isWhole === true || judgeName(entry.key) !== "none",
        });
    }
  }

  private entry({ key, value }: Entry, context: Context): void {
    if (ENVIRONMENT.test(key) && value.kind === "mapping") {
      for (const one of entriesOf(value))
        if (one.value.kind === "scalar")
          this.scalar(one.value, { ...context, region: "environment", path: `${context.path}.${one.key}`, key: one.key }, one.key);
        else this.enter(one.value, { ...context, region: "environment", path: `${context.path}.${one.key}`, key: one.key });
    } else if ((ARGUMENTS.test(key) || HEALTH_CHECK.test(context.path)) && value.kind === "sequence")
      this.commandLine(value.items, { ...context, region: "environment" });
    else if (value.kind === "scalar") this.scalar(value, context, key === "value" ? parentOf(context.path) : key);
    else this.enter(value, context);
  }

  /** Each argument, a flag with the argument after it, and what is known of some commands as a whole. */
  private commandLine(items: readonly Node[], context: Context): void {
    items.forEach((item, index) => {
      if (item.kind !== "scalar") return this.enter(item, { ...context, path: `${context.path}[]` });
      const flag = items[index - 1];
      const name = flag?.kind === "scalar" ? /^--?([A-Za-z][\w.-]+)$/.exec(flag.value)?.[1] : undefined;
      const isValue = name !== undefined && !item.value.startsWith("-");
      const shown = isValue ? `--${name}` : (/^--?[A-Za-z][\w.-]*/.exec(item.value)?.[0] ?? "");
      this.emit(item, { ...context, path: `${context.path}[${shown}]` }, isValue ? name : "");
    });
    const [first] = items;
    if (first?.kind !== "scalar" || items.length < 2 || items.length > 100) return;
    const words = items.map((item) => (item.kind === "scalar" && !/\s/.test(item.value) ? item.value : ""));
    const value = words.join(" ");
    for (const { name, start } of findInCommands(withoutReferences(value).rest)) {
      const item = items[value.slice(0, start).split(" ").length - 1];
      if (item?.kind === "scalar")
        this.emit({ ...item, value: item.value.replace(/^-p/, "") }, { ...context, path: `${context.path}[${name}]` }, "password");
    }
  }

  private scalar(node: Scalar, context: Context, name: string): void {
    const isValues = context.region === "values" && /^(?:values|valuesContent)$/.test(name) && node.value.includes("\n");
    if (
      (isValues || EMBEDDED.test(node.value) || /^patch(?:es)?(?:StrategicMerge)?/.test(context.path)) &&
      /[:{]/.test(node.value) &&
      this.embedded(node, context, isValues)
    )
      return;
    this.emit(node, context, name);
  }

  /** A text that is a document itself. @returns whether it could be read as one */
  private embedded(node: Scalar, context: Context, isValues: boolean): boolean {
    const { documents, unparsable } = parseDocuments(node.value);
    if (unparsable.length > 0 || documents.every((document) => document.kind !== "mapping" && document.kind !== "sequence")) return false;
    const scope: Scope = { ...context.scope, lineOf: lineFinder(node, context.scope), text: node.value, leads: undefined };
    for (const document of documents) this.enter(document, { ...context, scope, ...(isValues ? {} : { manifest: context.manifest }) });
    return true;
  }

  private emit(node: Scalar, context: Context, name: string): void {
    const { scope, manifest, region, path, isInert = false, isGenerated = false, isEncoded = false } = context;
    if (node.value.length < LEAST || node.isReference === true || isPlainly(node, name, isEncoded)) return;
    if (judgeName(name) === "none" && !matters(node, node.start, context)) return;
    const object = manifest === undefined ? "" : `${manifest.kind}${manifest.name === undefined ? "" : `/${manifest.name}`} `;
    this.visitor.literal({
      region,
      name: isInert ? "" : name,
      value: node.value,
      isEncoded,
      isManifest: manifest !== undefined || isGenerated,
      isInside: isGenerated,
      isDefault: scope.isDefaults === true,
      isBesideName: context.isBesideName === true,
      field: `${object}${path}`,
      file: scope.file,
      origin: `${scope.lineOf(0)}:${node.anchor ?? node.start}`,
      anchorLine: node.anchor === undefined ? undefined : scope.lineOf(node.anchor),
      lineOf: lineFinder(node, scope),
    });
  }
}

/** Whether something that matters may be in what begins at a place and ends with a value. */
function matters(node: Node, start: number, { scope, isWhole }: Context): boolean {
  return isWhole === true || scope.leads === undefined || scope.leads.within(start, node.end);
}

/** No credential is shorter. */
const LEAST = 3;

/** Most of what is in files, told apart before anything is made of it: a short word under a name that promises nothing. */
function isPlainly({ value }: Scalar, name: string, isEncoded: boolean): boolean {
  return !isEncoded && value.length < 16 && judgeName(name) === "none" && !/[=:\s<]/.test(value);
}

/** The line of a place in a value. */
function lineFinder(node: Scalar, scope: Scope): (start: number) => number {
  let first: number | undefined;
  let lineOf: ((place: number) => number) | undefined;
  let raw: string | undefined;
  return (start) => {
    first ??= scope.lineOf(node.start);
    if (node.isBlock) return first + (lineOf ??= lineCounter(node.value))(start) - 1;
    if (start === 0 || node.anchor !== undefined) return first;
    // A folded text has other line breaks than its value: its words are looked for, near where they would be.
    raw ??= scope.lineOf(node.end) === first ? "" : scope.text.slice(node.start, node.end);
    if (raw === "") return first;
    const word = /\S{1,60}/.exec(node.value.slice(start, start + 200))?.[0] ?? "";
    const found = raw.slice(start, start + FARTHEST).indexOf(word);
    return found < 0 ? first : scope.lineOf(node.start + start + found);
  };
}

/** How much longer a folded text may be than its value, by its indentation. */
const FARTHEST = 10_000;

/** What an item of a list is called: by its name, not by its number. */
function nameOf(item: Node): string {
  for (const key of ["name", "key", "secretKey", "id", "host", "kind"]) {
    const name = textAt(item, key);
    if (name !== undefined && name.length <= 80 && !/[\s[\]]/.test(name)) return name;
  }
  return textAt(item, "metadata", "name") ?? "";
}

/** `salt.value` is about the salt. */
function parentOf(path: string): string {
  return (
    path
      .split(".")
      .at(-2)
      ?.replace(/\[[^\]]*\]$/, "") ?? "value"
  );
}

const EXTERNAL = new Set(["ExternalSecret", "ClusterExternalSecret", "PushSecret"]);

function regionOf(key: string, { region, manifest }: Context): Region {
  if (ENVIRONMENT.test(key)) return "environment";
  const hasChart =
    manifest !== undefined && (/^Helm(?:Release|Chart|ChartConfig)$/.test(manifest.kind) || groupOf(manifest) === ARGO_CD.group);
  return hasChart && /^(?:helm|values|valuesObject|valuesContent|set)$/.test(key) ? "values" : region;
}
