import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Level } from "./finding";
import type { Place } from "../../manifests/objects/types";

/** A finding, with what it is known by. Not what is printed: it has the value. */
export interface Traced extends Place {
  readonly rule: string;
  readonly level: Level;
  readonly why: string;
  readonly remedy: string;
  readonly also: Place[];
  /** The file's path from its repository's root. */
  readonly path: string;
  readonly cause: string | undefined;
  readonly value: string | undefined;
  /** Shared with others of which one entry is made. */
  readonly group?: string | undefined;
}

/**
 * What names a finding from one run to the next: its rule, and its cause or file and field. Nothing of its line, of where the audit was called, or of the value: it is
 * printed, and goes to code scanning.
 */
export function identityOf({ rule, cause, path, field }: Pick<Traced, "rule" | "cause" | "path" | "field">): string {
  const place = cause === undefined ? `${path}\0${field}` : `\0${cause}`;
  return createHash("sha256").update(`${rule}\0${place}`).digest("hex").slice(0, 20);
}

/** Each finding's, with a number where several are of one identity: in the order of their lines. */
export function fingerprints(findings: readonly Traced[]): string[] {
  const counts = new Map<string, number>();
  return findings.map((finding) => {
    const identity = identityOf(finding);
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    return count === 1 ? identity : `${identity}-${count}`;
  });
}

/**
 * Eight bits of a value, so that an accepted literal that gives way to another is a finding again. More would do that more surely than 255 times of 256, and would
 * tell everybody who has a list of likely passwords which of them it was, however slow the hash; of these, every 256th of a list fits. The salt and the identity keep the
 * same password from showing as the same bits in two places, and two files from being compared.
 */
export function tagOf(value: string, identity: string, salt: string): string {
  return createHmac("sha256", salt).update(`${identity}\0${value}`).digest("hex").slice(0, 2);
}

export function newSalt(): string {
  return randomBytes(12).toString("hex");
}
