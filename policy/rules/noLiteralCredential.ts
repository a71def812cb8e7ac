import { findCredential, type Credential } from "../../manifests/credentials/credentials";
import { SECRET_MAKERS } from "../postgres";
import { isKind, type Resource } from "../resource";
import { violation, type ResourceRule, type Violation } from "../rule";
import { namedStrings, type Named } from "../strings";
import { isObject, type Properties, type Value } from "../values";

export const noLiteralCredential: ResourceRule = {
  name: "no-literal-credential",
  description: "No resource is told a credential that whoever may look at it can read.",
  level: "mandatory",
  concerns: () => true,
  check: (resource) => [...found(resource)],
};

function* found(resource: Resource): Generator<Violation> {
  for (const { name, value, path } of stringsOf(resource)) {
    const credential = judge(name, value);
    if (credential === undefined) continue;
    const where = path.join(".");
    // The name of a property is the program's, but could be put together by somebody careless.
    yield violation(
      resource,
      `it is ${credential.why} (${credential.rule}): it is in the repository, in previews or in the object, for all who may read that`,
      "take it for known, and replace it; have it read from a Secret (`secretKeyRef`, a volume), which a record of catalog/ makes or fetches",
      where,
    );
  }
}

/**
 * The same labels, kinds and images are in most resources, and a name and a value are judged alike
 * wherever they are.
 */
const judged = new Map<string, Credential | undefined>();
const LONGEST = 200;

function judge(name: string, value: string): Credential | undefined {
  if (value.length > LONGEST) return findCredential(name, value);
  const key = `${name}\n${value}`;
  if (!judged.has(key)) judged.set(key, findCredential(name, value));
  return judged.get(key);
}

/**
 * What is looked at: all that a resource is told, less what is there to hold secrets and is written
 * by what this program has for that.
 */
function* stringsOf(resource: Resource): Generator<Named> {
  const { props, type } = resource;
  if (isKind(resource, "core", "Secret")) {
    const { data, stringData, ...rest } = props;
    yield* namedStrings(rest);
    if (SECRET_MAKERS.includes(resource.parents.at(-1) ?? "")) return;
    yield* namedStrings(decoded(data), "data", ["data"]);
    yield* namedStrings(stringData, "stringData", ["stringData"]);
  } else if (isKind(resource, "core", "ConfigMap")) {
    const { binaryData, ...rest } = props;
    yield* namedStrings(rest);
    yield* namedStrings(decoded(binaryData), "binaryData", ["binaryData"]);
  } else yield* namedStrings(less(props, HOLDERS[type]?.(resource) ?? []));
}

/**
 * Properties that hold secrets by design, each with the resources that may. The engine encrypts
 * them in the state.
 */
const HOLDERS: Readonly<Record<string, (resource: Resource) => readonly string[]>> = {
  // A password that is taken over from an earlier Secret, once; the authority of Postgres's
  // certificate.
  "pulumi:index:Stash": ({ parents }) =>
    ["RoleLogin", "ServerAuthority"].some((maker) => parents.at(-1) === `cnpg-credentials:index:${maker}`) ? ["input"] : [],
  // What the fixture map has this program write into Vault; values of third parties are from the
  // encrypted configuration.
  "vault:kv/secretV2:SecretV2": ({ parents }) => (parents.at(-1) === "cnpg-credentials:index:VaultConfiguration" ? ["dataJson"] : []),
  // The stack's configuration, where it must be a secret.
  "pulumi:providers:kubernetes": () => ["kubeconfig"],
};

function less(props: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !names.includes(name)));
}

function decoded(data: Value): Value {
  if (!isObject(data)) return undefined;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : value]),
  );
}
