import { VALUE } from "./blanks";
import { BLANK, withoutReferences } from "./references";

/** A name of an object, which a template may make of parts that are not known. */
export interface ObjectName {
  /** As it is, or the parts that are known with `*` for the others. */
  readonly text: string;
  /** Whether nothing of it is known. */
  readonly isUnknown: boolean;
  matches(name: string): boolean;
}

const UNKNOWN = new RegExp(`[${BLANK}${VALUE}]+`, "gu");

export function objectName(text: string | undefined): ObjectName {
  const shown = withoutReferences(text ?? BLANK).rest.replace(UNKNOWN, "*");
  if (!shown.includes("*")) return { text: shown, isUnknown: false, matches: (name) => name === shown };
  const isUnknown = !/[a-z0-9]{2}/i.test(shown);
  const pattern = new RegExp(
    `^${shown
      .split("*")
      .map((part) => part.replace(/[.+?^$()[\]{}|\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  return { text: shown, isUnknown, matches: (name) => pattern.test(name) };
}

/** Whether a text is a name as it is, and not made of what a template or a variable will say. */
export function isName(text: string | undefined): text is string {
  return text !== undefined && text !== "" && !text.includes(VALUE) && !withoutReferences(text).hasReference;
}

/** Whether two namespaces can be the same: an absent one, or one that a template makes, can be any. */
export function mayBeSame(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  return objectName(one).matches(other) || objectName(other).matches(one);
}

/** Whether Kubernetes would take a name: what it would not, an overlay or a person puts another in the place of (`TO_BE_PATCHED`). */
export function isObjectName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name) && !/^(?:change-?me|replace-?me|to-be-\w+|todo|placeholder)$/.test(name);
}
