import type { Missing } from "./types";

/** What is missing, for people. */
export function listMissing(missing: readonly Missing[]): string {
  return missing
    .map(({ owner, kind, what, said, remedy }, index) =>
      [`${index + 1}. ${kind} ${owner}: ${what}`, ...(said === undefined ? [] : [`   said:   ${said}`]), `   remedy: ${remedy}`].join("\n"),
    )
    .join("\n");
}
