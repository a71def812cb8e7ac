import type { Reader } from "../kube/kinds/secretFields";

/** Stands for what is not known before an `up`. */
export const UNKNOWN = Symbol("known only after an up");

/** A resource's property, as the engine has it: JSON, or not known yet. */
export type Value = string | number | boolean | null | undefined | typeof UNKNOWN | readonly Value[] | Properties;
export interface Properties {
  readonly [key: string]: Value;
}

/**
 * A copy of what @pulumi/policy hands to a policy. That throws whenever a value is read that is not
 * known yet, and a rule that one throws out of judges nothing of the resource; here, such a value
 * is {@link UNKNOWN}, and the others are judged.
 */
export function readable(properties: object): Properties {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, read(properties as Record<string, unknown>, key)]));
}

function read(of: Record<string | number, unknown>, key: string | number): Value {
  let value: unknown;
  try {
    value = of[key];
  } catch (error) {
    if ((error as Error).constructor.name === "UnknownValueError") return UNKNOWN;
    throw error;
  }
  if (Array.isArray(value)) return Array.from(value, (_, index) => read(value as unknown as Record<number, unknown>, index));
  if (typeof value === "object" && value !== null) return readable(value);
  return value as Value;
}

export function isObject(value: Value): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value at a path, `undefined` where there is none; what is in something unknown is unknown.
 */
export function at(value: Value, ...path: readonly string[]): Value {
  let found = value;
  for (const key of path) {
    if (found === UNKNOWN) return UNKNOWN;
    found = isObject(found) ? found[key] : undefined;
  }
  return found;
}

/** The text at a path, where it is one and known. */
export function text(value: Value, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The objects of the list at a path that are known. */
export function objects(value: Value, ...path: readonly string[]): readonly Properties[] {
  const found = at(value, ...path);
  return isList(found) ? found.filter(isObject) : [];
}

/** The texts of the list at a path that are known. */
export function texts(value: Value, ...path: readonly string[]): readonly string[] {
  const found = at(value, ...path);
  return isList(found) ? found.filter((one) => typeof one === "string") : [];
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** For tables of fields that are read in other values, too. */
export const VALUES: Reader<Value> = {
  at: (value, key) => at(value, key),
  items: (value) => (isList(value) ? value.filter(isObject) : []),
  text: (value) => (typeof value === "string" ? value : undefined),
};
