import type { Problem } from "../config/problem";
import type { SecretType, StackConfig, TemplateDefinition } from "../config/schema";
import { didYouMean } from "../config/similar";
import { CA_KEY } from "./authorities";
import { needs, placeholdersOf, unknownIn, writtenOut } from "./placeholders";
import { ownTemplate, templates, type OptionalKeys, type Template } from "./templates";

/** Templates by their names: the program's, the catalogue's and the stack's. */
export type Templates = ReadonlyMap<string, Template>;

/** The template that a component's own keys are. */
export const OWN_KEYS = "secretKeys";

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** A Secret's key: what Kubernetes takes (`IsConfigMapKey`). */
const KEY = /^(?!\.\.?$|\.\.)[-._a-zA-Z0-9]{1,253}$/;
/** A name under which nobody expects anything but a credential. */
const OF_A_CREDENTIAL = /pass(word|wd|phrase)?$|pwd$|secret|token|api[-_.]?key/i;
const BASIC_AUTH: SecretType = "kubernetes.io/basic-auth";
const BINDING: SecretType = "servicebinding.io/postgresql";

/** Where templates are written: the stack's file, or files of the catalogue. */
export interface Definitions {
  /** The beginning of their paths. */
  readonly at: "templates" | "catalog.templates";
  readonly templates: Readonly<Record<string, TemplateDefinition>>;
}

/**
 * The templates that a stack can choose from, and everything that is wrong with those that are not
 * the program's. One with a problem is not among them.
 */
export function readTemplates(definitions: readonly Definitions[]): {
  templates: Templates;
  /** The names of those that have a problem. */
  broken: ReadonlySet<string>;
  problems: Problem[];
} {
  const known = new Map<string, Template>(Object.entries(templates));
  const problems: Problem[] = [];
  const from = new Map<string, string>();
  for (const { at, templates: defined } of definitions)
    for (const [name, definition] of Object.entries(defined)) {
      const path = `${at}.${name}`;
      const other = from.get(name);
      from.set(name, path);
      const found: Problem[] = checkName(path, name);
      if (ownTemplate(name) !== undefined)
        found.push({ path, message: `\`${name}\` is a template of the program's own`, remedy: "choose another name" });
      if (other !== undefined)
        found.push({ path, message: `\`${name}\` is in the catalogue, too`, remedy: "give one of them another name" });
      found.push(...checkDefinition(path, definition));
      problems.push(...found);
      if (found.length === 0) known.set(name, templateOf(name, definition));
    }
  return { templates: known, broken: new Set([...from.keys()].filter((name) => !known.has(name))), problems };
}

/** The name of a template marks Secrets, and a file may be called anything. */
function checkName(path: string, name: string): Problem[] {
  return NAME.test(name) || name === OWN_KEYS
    ? []
    : [
        {
          path,
          message: `\`${name}\` is not a name of a template: small letters, digits and \`-\`, at most 63`,
          remedy: "choose another name",
        },
      ];
}

function templateOf(name: string, { type, extends: base, keys }: TemplateDefinition): Template {
  const from = base === undefined ? undefined : ownTemplate(base);
  const own = Object.fromEntries(Object.entries(keys).map(([key, text]) => [key, writtenOut(text)]));
  return {
    type: type ?? from?.type ?? "Opaque",
    keys: { ...from?.keys, ...own, [CA_KEY]: "{ca}" },
    optional: from?.optional ?? {},
    mark: name,
  };
}

function checkDefinition(path: string, definition: TemplateDefinition): Problem[] {
  const { extends: base, keys } = definition;
  const from = base === undefined ? undefined : ownTemplate(base);
  const problems: Problem[] = [];
  if (base !== undefined && from === undefined)
    problems.push({
      path: `${path}.extends`,
      message: `\`${base}\` is not a template of the program's own${didYouMean(base, Object.keys(templates))}`,
      remedy: `write one of ${Object.keys(templates).join(", ")}, or leave it out`,
    });
  const groups: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(from?.optional ?? {})) as Record<string, string>;
  for (const [key, text] of Object.entries(keys)) {
    const at = `${path}.keys.${key}`;
    problems.push(...checkKey(at, key));
    if (from !== undefined && key !== CA_KEY && (Object.hasOwn(from.keys, key) || Object.hasOwn(groups, key)))
      problems.push({
        path: at,
        message: `\`${key}\` is a key of ${base}, which it extends`,
        remedy: "choose another key, or leave it out",
      });
    const unknown = unknownIn(text);
    problems.push(...unknown.map((one) => ({ path: at, ...one })));
    if (unknown.length === 0) problems.push(...checkText(at, key, writtenOut(text)));
  }
  // A name that is misspelt may be the password's.
  const isKnown = problems.every(({ message }) => !/^\{/.test(message));
  const texts = [...Object.values(from?.keys ?? {}), ...Object.values(keys).map(writtenOut)];
  if (isKnown && !texts.some((text) => needs([text], "password") && !needs([text], "hostPooler")))
    problems.push({
      path: `${path}.keys`,
      message: texts.some((text) => needs([text], "password"))
        ? "only keys that lead to a Pooler have the password: without one, the Secret would have none"
        : "none of them has the password",
      remedy: "add one with {password}, or with {uri}",
    });
  problems.push(...checkType(path, templateOf("", definition)).map((one) => ({ ...one, path: `${path}.type` })));
  return problems;
}

function checkKey(path: string, key: string): Problem[] {
  if (key === CA_KEY)
    return [
      { path, message: `\`${CA_KEY}\` is in every Secret: the program writes the authority's certificates there`, remedy: "leave it out" },
    ];
  return KEY.test(key)
    ? []
    : [
        {
          path,
          message: `\`${key}\` is not a key that a Secret can have: letters, digits, \`-\`, \`_\` and \`.\`, at most 253, and no \`..\` at its beginning`,
          remedy: "rename it",
        },
      ];
}

/** A text of known placeholders, written out. */
function checkText(path: string, key: string, text: string): Problem[] {
  const found = placeholdersOf(text);
  if (found.length === 0 && OF_A_CREDENTIAL.test(key))
    return [
      {
        path,
        message: "is a literal under the name of a credential: files have none in plain text",
        remedy: "write {password}, or fetch it by `externalSecrets`",
      },
    ];
  const scheme = /[a-z][a-z0-9+.-]*:\/\/|jdbc:/i.exec(text)?.index ?? Infinity;
  return found.flatMap(({ value, encoding, at, text: placeholder }): Problem[] => {
    const isAlone = text.trim() === placeholder;
    if (at > scheme && (value === "password" || value === "sslrootcert") && encoding !== "url")
      return [
        {
          path,
          message: `${placeholder} is in a URI without percent-encoding: ${value === "password" ? "a password that was taken over can end it early" : "a path can have characters that end it early"}`,
          remedy: `write {${value}|url}`,
        },
      ];
    if (value === "password" && encoding === undefined && !isAlone)
      return [
        {
          path,
          message: `${placeholder} is part of a longer text as it is: a password that was taken over can end it early`,
          remedy:
            "say how it is read: `|url`, `|dsn` (libpq's `key='value'`), `|npgsql` (.NET, with its quotes), `|json` (within a JSON string) or `|pgpass`",
        },
      ];
    return [];
  });
}

/** The rules of Kubernetes and of the Service Binding specification for a Secret of a type. */
function checkType(path: string, { type, keys }: Pick<Template, "type" | "keys">): Problem[] {
  if (type === BASIC_AUTH && !Object.hasOwn(keys, "username") && !Object.hasOwn(keys, "password"))
    return [
      {
        path,
        message: `Kubernetes refuses a Secret of the type ${BASIC_AUTH} with neither \`username\` nor \`password\``,
        remedy: "add these keys, or set it to `Opaque`",
      },
    ];
  if (type === BINDING && !Object.hasOwn(keys, "type"))
    return [
      {
        path,
        message: `the Service Binding specification asks a Secret of the type ${BINDING} for the key \`type\``,
        remedy: "add `type: postgresql`, or set it to `Opaque`",
      },
    ];
  return [];
}

/** The settings of a service that its template is judged by. */
export interface Wanted {
  readonly name: string;
  readonly type: SecretType;
  readonly pooler: string | undefined;
  readonly hasReplicas: boolean;
}

/**
 * Everything between a template and a service's Secret.
 *
 * @param chosen where the template is chosen
 */
export function checkChosen(chosen: string, template: Template, { name, type, pooler, hasReplicas }: Wanted): Problem[] {
  const problems: Problem[] = [];
  const { mark } = template;
  if (type !== template.type) problems.push(...checkType(`services.${name}.secretType`, { type, keys: template.keys }));
  if (pooler === undefined && needs(Object.values(template.keys), "hostPooler"))
    problems.push({
      path: `services.${name}.pooler`,
      message: `the template ${mark ?? ""} leads to a Pooler ({hostPooler}), and the service has none`,
      remedy: "set it, or choose another template",
    });
  if (!hasReplicas && needs(Object.values(template.keys), "hostReadOnly"))
    problems.push({
      path: chosen,
      message: `the template ${mark ?? ""} leads to the replicas ({hostReadOnly}), and one instance has none`,
      remedy: "choose another, or raise `cluster.instances`",
    });
  return problems;
}

/** Whether a service's Secret leads to the replicas. */
export function leadsToReplicas({
  template,
  optionalKeys,
}: {
  readonly template: Template;
  readonly optionalKeys: readonly OptionalKeys[];
}): boolean {
  return optionalKeys.includes("readOnly") || needs(Object.values(template.keys), "hostReadOnly");
}

/** The templates of a stack's own file. */
export function inStackFile({ templates: defined }: Partial<Pick<StackConfig, "templates">>): Definitions {
  return { at: "templates", templates: defined ?? {} };
}
