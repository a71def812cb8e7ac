// What the schema objects to, in the words of a person who is to correct a stack's file.
import { z } from "zod";
import type { Problem } from "./problem";
import { clusterSchema, existingStackSchema, stackSchema } from "./schema";
import { PROJECT } from "./settings";
import { similar } from "./similar";

/** What a setting that has no default can look like. */
const EXAMPLES: Readonly<Record<string, string>> = {
  namespace: "cnpg-credentials:namespace: shop",
  cluster: "cnpg-credentials:cluster: { instances: 1, image: <Postgres image>, storage: { size: 20Gi } }",
  "cluster.instances": "instances: 1",
  "cluster.storage": "storage: { size: 20Gi }",
  "cluster.storage.size": "size: 20Gi",
  "cluster.walStorage.size": "size: 5Gi",
  services: "cnpg-credentials:services: { <service>: {} }",
};

/** What to do about a rule that is broken, by the rule. */
const REMEDIES: readonly (readonly [rule: RegExp, remedy: (value: unknown) => string])[] = [
  [/quantity/, (value) => quantityRemedy(value)],
  [/^is less than (\S+)/, () => "write a larger number"],
  [/DNS label|object name/, () => "choose a name such as `shop-dev`"],
  [/duration/, () => "write it as Go does: `15m`"],
  [/CloudNativePG schedule/, () => "write six fields, the first one seconds: `0 0 2 * * *`"],
  [/CloudNativePG's to set/, () => "leave it out"],
  [/^is not passed on/, () => "take it out of `cluster.spec`"],
  [/did you mean `([^`]+)`/, () => "correct its spelling"],
  [/lets nobody log in/, () => "write -1 for no limit, or turn the service off with `enabled: false`"],
  [/does not say what it may do/, () => "add `profile: reader`, `profile: writer` or `profile: migrator`"],
  [/is empty/, () => "give it a value, or leave it out where it has a default"],
  [/absolute path/, () => "begin it with `/`"],
  [/reference of an image/, () => "write `registry/name:tag`"],
  [/^is not an address/, () => "begin it with `https://`, and end it with the host or the port"],
  [/^is not a generation/, () => "write a whole number, such as `1`"],
  [/^is not a label value/, () => "use letters, digits, `-`, `_` and `.`, at most 63"],
  [/^does not begin with a letter/, () => "begin it with a lower-case letter"],
  [/^is neither text nor a number/, () => "give it a value, or take the line away"],
  [/^has the method/, () => "write one of them"],
  [/that are not encrypted: /, () => "begin it with `hostssl`"],
  [/: name each/, () => "write the names, with commas between them"],
  [/^is longer than/, () => "choose a shorter name"],
  [/^is more than (\S+)/, () => "write a smaller number"],
];

/** The problems of one issue of a schema's. */
export function problemsOf(issue: z.core.$ZodIssue, file: string, schema: z.core.$ZodType = stackSchema): Problem[] {
  const path = pathOf(issue.path);
  const { input } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(issue.path, key, file, schema));
    case "invalid_type":
      if (input === undefined) return [missing(path, issue.expected, file)];
      return [
        {
          path,
          message: `is ${kindOf(input)} where ${expected(issue.expected)} is expected${OPEN.test(path) && typeof input === "string" && !/^-?\d+$/.test(input) ? showing(input, path) : ""}`,
          ...typeRemedy(path, input, issue.expected, file),
        },
      ];
    case "invalid_value": {
      const choices = issue.values.map(String);
      if (schema === existingStackSchema && OF_THE_CLUSTER.test(path))
        return [
          {
            path,
            message: "is the Cluster's own manifest's, which is not this stack's to write (`cluster.existing`)",
            remedy: `take it out: it is ${inCode(choices)}`,
          },
        ];
      if (input === undefined) return [{ ...missing(path, "string", file), remedy: `set it to one of ${inCode(choices)}` }];
      return [notOneOf(path, input, choices)];
    }
    case "invalid_union": {
      const { discriminator, options } = issue as { discriminator?: string; options?: unknown[] };
      if (discriminator === undefined) break;
      const choices = (options ?? choicesAt(schema, issue.path.slice(0, -1), discriminator)).map(String);
      if (input === undefined || (typeof input === "object" && input !== null && !Object.hasOwn(input, discriminator)))
        return [{ path, message: "is missing", remedy: `set it to one of ${inCode(choices)}` }];
      return [notOneOf(path, typeof input === "object" ? (input as Record<string, unknown>)[discriminator] : input, choices)];
    }
    case "invalid_key":
      return [{ path, message: `the key ${issue.issues.map((inner) => inner.message).join(", ")}`, remedy: `rename it in ${file}` }];
    default:
      break;
  }
  const remedy = REMEDIES.find(([rule]) => rule.test(issue.message))?.[1](input) ?? `correct it in ${file}`;
  return [{ path, message: `${issue.message}${showing(input, path)}`, remedy }];
}

/** What would be written into the Cluster. */
const OF_THE_CLUSTER = /^(?:roleApi|tls\.authorities\.\d+)$/;

const isOfStack = (schema: z.core.$ZodType) => schema === stackSchema || schema === existingStackSchema || schema === clusterSchema;

function unknownKey(parent: readonly PropertyKey[], key: string, file: string, schema: z.core.$ZodType): Problem {
  if (schema === existingStackSchema && pathOf(parent) === "cluster" && Object.hasOwn(clusterSchema.shape, key))
    return {
      path: `cluster.${key}`,
      message: "is not this stack's to say: the Cluster is somebody else's (`cluster.existing`)",
      remedy: `take it out, and say it where that Cluster is written${key === "name" ? "" : `, or take \`existing\` out (docs/existing-cluster.md)`}`,
    };
  const known = [...new Set(objectsAt(schema, parent).flatMap((object) => Object.keys(object.shape)))];
  const meant = similar(key, known);
  const [whole = "", ...within] = key.split(".");
  if (parent.length === 0 && within.length > 0 && known.includes(whole))
    return {
      path: key,
      message: "is not a setting of this program: a dot in a key leads nowhere",
      remedy: `write \`${within.join(".")}\` below \`${PROJECT}:${whole}\``,
    };
  return {
    path: pathOf([...parent, key]),
    message: `is not a ${isOfStack(schema) ? "setting of this program" : "field of a record"}${meant === undefined ? "" : `; did you mean \`${meant}\`?`}`,
    remedy:
      meant === undefined ? `remove it from ${file}, or correct its spelling${listed(known, isOfStack(schema))}` : `write \`${meant}\``,
  };
}

/** A list that a line has room for. */
const MANY = 12;

function listed(known: readonly string[], isOfStack: boolean): string {
  if (known.length > 0 && known.length <= MANY) return ` (there are ${inCode(known)})`;
  return isOfStack ? " (docs/configuration.md lists all)" : " (docs/catalogue.md lists all)";
}

function missing(path: string, type: string, file: string): Problem {
  const example = EXAMPLES[path];
  return {
    path,
    message: "is missing, and has no default",
    remedy: `set it in ${file}${example === undefined ? ` to ${expected(type)}` : `: \`${example}\``}`,
  };
}

function notOneOf(path: string, input: unknown, choices: readonly string[]): Problem {
  const meant = typeof input === "string" ? similar(input, choices) : undefined;
  return {
    path,
    // A value that is nearly one of the choices is not a secret.
    message: `is not one of ${inCode(choices)}${meant === undefined ? showing(input, path) : `: it is \`${input as string}\`; did you mean \`${meant}\`?`}`,
    remedy: meant === undefined ? "write one of them" : `write \`${meant}\``,
  };
}

const inCode = (choices: readonly string[]) => choices.map((choice) => `\`${choice}\``).join(", ");

const TRUE_AND_FALSE: Readonly<Record<string, boolean>> = { yes: true, on: true, true: true, no: false, off: false, false: false };

function typeRemedy(path: string, input: unknown, type: string, file: string): { remedy: string } {
  const name = path.split(".").at(-1)!;
  const isMapping = type === "object" || type === "record";
  if (input === null && isMapping) return { remedy: `write \`${name}: {}\`, or take the line away` };
  if (input === null) return { remedy: "give it a value, or take the line away" };
  if (isMapping && EXAMPLES[path] !== undefined) return { remedy: mappingRemedy(path) };
  if (isMapping && Array.isArray(input)) return { remedy: `write keys below \`${name}:\`, without \`- \` before them` };
  if (isMapping) return { remedy: mappingRemedy(path) };
  if (type === "array") {
    const isWord = typeof input === "string" && /^[a-zA-Z]{1,20}$/.test(input);
    return { remedy: isWord ? `write \`${name}: [${input}]\`` : `begin each entry below \`${name}:\` with \`- \`` };
  }
  if (type === "string" && (typeof input === "number" || typeof input === "boolean"))
    return { remedy: `write it in quotes${showing(input, path) === "" ? "" : `: \`"${String(input)}"\``}` };
  if ((type === "number" || type === "int") && typeof input === "string" && /^-?\d{1,6}$/.test(input))
    return { remedy: `write \`${input}\` without quotes` };
  if (type === "boolean" && typeof input === "string") {
    const meant = TRUE_AND_FALSE[input.toLowerCase()];
    if (meant === undefined) return { remedy: "write `true` or `false`" };
    return { remedy: String(meant) === input ? `write \`${input}\` without quotes` : `write \`${meant}\`: \`${input}\` is text here` };
  }
  return { remedy: `write ${expected(type)} in ${file}` };
}

/** The line to write where a mapping is expected. */
export function mappingRemedy(path: string): string {
  const name = path.split(".").at(-1)!;
  return EXAMPLES[path] === undefined ? `write keys below \`${name}:\`, or \`${name}: {}\`` : `write \`${EXAMPLES[path]}\``;
}

/** Settings that are names, sizes and times: nobody keeps a secret there. */
const OPEN =
  /(?:^|\.)(?:namespace|context|catalog|name|image|size|class|schedule|strategy|generation|kind|protection|instances|cpu|memory|connectionLimit|\w*(?:Timeout|Days|[sS]econds))$/;

/** A value that cannot be secret: a small number, a truth, a size, a word that is a name. */
function showing(value: unknown, path: string): string {
  const isHarmless =
    (typeof value === "number" && Math.abs(value) < 1e6) ||
    typeof value === "boolean" ||
    (typeof value === "string" && /^\d{1,5}(\.\d{1,3})?\s?[A-Za-z]{0,3}$/.test(value)) ||
    (typeof value === "string" && OPEN.test(path) && /^(?:[A-Za-z][A-Za-z_. -]{0,39}|\d{1,5} ?[a-z]{1,8})$/.test(value));
  return isHarmless ? `: it is \`${String(value)}\`` : "";
}

function quantityRemedy(value: unknown): string {
  const [, number, unit] = typeof value === "string" ? (/^(\d{1,5}(?:\.\d{1,3})?)\s?([kKmMgGtT])[bB]$/.exec(value) ?? []) : [];
  if (number === undefined) return "write a number and a unit, such as `20Gi`";
  const [binary, decimal] = [`${unit!.toUpperCase()}i`, unit!.toUpperCase() === "K" ? "k" : unit!.toUpperCase()];
  return `write \`${number}${binary}\` or \`${number}${decimal}\``;
}

export function pathOf(keys: readonly PropertyKey[]): string {
  return keys.map((key) => (key === "" ? '""' : String(key))).join(".");
}

const EXPECTED: Readonly<Record<string, string>> = { object: "a mapping", record: "a mapping", array: "a list", int: "a whole number" };

function expected(type: string): string {
  return EXPECTED[type] ?? `a ${type}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fraction";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

function choicesAt(schema: z.core.$ZodType, path: readonly PropertyKey[], field: string): unknown[] {
  return objectsAt(schema, path).flatMap((object) => {
    const one: unknown = object.shape[field];
    return one instanceof z.ZodLiteral ? [...one.values] : [];
  });
}

/** The mappings that may be at a place, several where it is one of several. */
function objectsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.ZodObject[] {
  let schemas: readonly Mapping[] = mappings(schema);
  for (const key of path)
    schemas = schemas.flatMap((one): Mapping[] => {
      const inner =
        one instanceof z.ZodObject
          ? Object.hasOwn(one.shape, key)
            ? (one.shape[String(key)] as z.core.$ZodType)
            : undefined
          : one instanceof z.ZodRecord
            ? one.valueType
            : one.element;
      return inner === undefined ? [] : mappings(inner);
    });
  return schemas.filter((one) => one instanceof z.ZodObject);
}

type Mapping = z.ZodObject | z.ZodRecord | z.ZodArray;

function mappings(schema: z.core.$ZodType): Mapping[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return mappings(schema.unwrap());
  if (schema instanceof z.ZodDiscriminatedUnion) return schema.options.flatMap((option) => mappings(option));
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord || schema instanceof z.ZodArray ? [schema] : [];
}

/** A setting that is missing only because its name is misspelt is one problem. */
export function withoutMisspelt(problems: readonly Problem[]): Problem[] {
  const meant = new Set(
    problems.flatMap(({ path, message }) => {
      const [, name] = /did you mean `([^`]+)`\?$/.exec(message) ?? [];
      return name === undefined || !message.startsWith("is not a ") ? [] : [[...path.split(".").slice(0, -1), name].join(".")];
    }),
  );
  return problems.filter(({ path, message }) => !(meant.has(path) && message.startsWith("is missing")));
}
