import { createHash } from "node:crypto";
import type { Finding } from "./finding";

/**
 * What names a finding from one run to the next: rule, file and field, and which of several of that field it is. Not the line, which moves; and nothing of
 * the value, which a hash of would let anybody guess.
 */
export function fingerprints(findings: readonly Finding[]): string[] {
  const counts = new Map<string, number>();
  return findings.map(({ rule, file, field }) => {
    const name = `${rule}\0${file}\0${field}`;
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return createHash("sha256").update(`${name}\0${count}`).digest("hex").slice(0, 20);
  });
}
