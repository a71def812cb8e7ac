import * as assert from "node:assert/strict";
import { resourceOf, type Resource } from "../../policy/resource";
import { describeViolation, type Rule, type Settings } from "../../policy/rule";
import { rules } from "../../policy/rules";
import settings from "../../policy/settings.json";
import { UNKNOWN, type Properties, type Value } from "../../policy/values";
import * as pulumi from "@pulumi/pulumi";
import type { Registration } from "./program";
import { telling, type Told } from "./told";

export type { Told };

export { UNKNOWN };

export interface Options {
  /** Types of the components that it is part of, the outermost first. */
  parents?: readonly string[];
  name?: string;
  stack?: string;
  protect?: boolean;
}

/** A resource as a rule sees it. */
export function resource(
  type: string,
  props: object,
  { parents = [], name = "it", stack = "prod", protect = false }: Options = {},
): Resource {
  const urn = `urn:pulumi:${stack}::cnpg-credentials::${[...parents, type].join("$")}::${name}`;
  return resourceOf({ urn, type, name, opts: { protect } }, props as Properties);
}

/** One of Kubernetes' objects, named, in a namespace. */
export function object(type: string, name: string, rest: object = {}, options: Options & { namespace?: string } = {}): Resource {
  const { metadata = {}, ...others } = rest as { metadata?: object };
  const { namespace = "ameide-prod" } = options;
  return resource(`kubernetes:${type}`, { metadata: { name, namespace, ...metadata }, ...others }, options);
}

/** A Secret of one of the program's components. */
export function ownSecret(name: string, data: Value = UNKNOWN, maker = "ApplicationCredential", namespace = "ameide-prod"): Resource {
  return object("core/v1:Secret", name, { data }, { parents: [`cnpg-credentials:index:${maker}`], name, namespace });
}

/** What a rule says of a stack of these resources, as it is printed. */
export function judge(rule: Rule, resources: readonly Resource[], settings: Settings = {}): string[] {
  const found =
    "check" in rule
      ? resources.flatMap((one) => (rule.concerns(one.type) ? rule.check(one, settings) : []))
      : rule.checkStack(resources, settings);
  for (const { urn } of found)
    assert.ok(
      resources.some((one) => one.urn === urn),
      `${urn} is none of the resources`,
    );
  return found.map(describeViolation);
}

/**
 * The sentences of a rule, to be compared with test/golden/policy.txt, and what asserts that it
 * finds these and nothing else.
 */
export function finding(rule: Rule): (resources: readonly Resource[], told: readonly Told[], settings?: Settings) => void {
  const tell = telling("policy", rule.name);
  return (resources, told, settings) => tell(judge(rule, resources, settings), told);
}

/**
 * The violations of a program, by the whole pack with the repository's settings, as they are
 * printed.
 */
export function violationsOf(registrations: readonly Registration[], stack: string): string[] {
  const resources = resourcesOf(registrations, stack);
  return rules.flatMap((rule) => judge(rule, resources, (settings as Readonly<Record<string, Settings>>)[rule.name] ?? {}));
}

/** What a program registered, as rules see it. */
export function resourcesOf(registrations: readonly Registration[], stack: string): Resource[] {
  const byId = new Map(registrations.map((one) => [one.id, one]));
  const parentsOf = ({ parent }: Registration): string[] => {
    const found = parent === undefined ? undefined : byId.get(parent);
    return found === undefined ? [] : [...parentsOf(found), typeOf(found)];
  };
  return registrations.map((one) =>
    resource(typeOf(one), known(one.inputs) as object, {
      parents: parentsOf(one),
      name: one.id.split("::").at(-1)!,
      stack,
      protect: one.options.protect === true,
    }),
  );
}

const typeOf = ({ id }: Registration) => id.split("::")[0]!;

/** With what the mocks of a preview have in the place of what nobody knows yet. */
function known(value: unknown): Value {
  if (value === pulumi.runtime.unknownValue) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== "object" || value === null) return value as Value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, known(inner)]));
}
