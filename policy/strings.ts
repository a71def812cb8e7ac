import { isObject, text, UNKNOWN, type Value } from "./values";

/** A text of a resource, with the name that a reader would give it. */
export interface Named {
  /** Of the property, the environment variable, the flag. */
  readonly name: string;
  readonly value: string;
  /** Where it is: `spec.template.spec.containers.0.env.0.TOKEN`. */
  readonly path: readonly string[];
}

/**
 * Every text in a value that is known: under its property's name, under the variable's in lists of
 * `{ name, value }`, and under the flag's in lists of arguments (`--token=…`, and what follows a
 * `--token`).
 */
export function* namedStrings(value: Value, name = "", path: readonly string[] = []): Generator<Named> {
  if (typeof value === "string") {
    const [, flag, assigned] = FLAG.exec(value) ?? [];
    yield flag === undefined || assigned === undefined ? { name, value, path } : { name: flag, value: assigned, path };
  } else if (Array.isArray(value)) {
    const list = value as readonly Value[];
    for (const [index, one] of list.entries()) {
      const before = list[index - 1];
      const [, flag, assigned] = typeof before === "string" ? (FLAG.exec(before) ?? []) : [];
      yield* namedStrings(one, flag !== undefined && assigned === undefined ? flag : name, [...path, String(index)]);
    }
  } else if (value !== UNKNOWN && isObject(value)) {
    const variable = text(value, "name");
    for (const [key, inner] of Object.entries(value))
      if (key === "value" && variable !== undefined && typeof inner === "string")
        yield { name: variable, value: inner, path: [...path, variable] };
      else yield* namedStrings(inner, key, [...path, key]);
  }
}

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s;
