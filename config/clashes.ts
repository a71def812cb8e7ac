import type { Problem } from "./problem";

/** Something that is going to be called by a name that is put together from others. */
export interface Named {
  /** What it will be called, and what comes with it. */
  readonly names: readonly string[];
  /** What it is: `Deployment apps/web of orders`. */
  readonly what: string;
  /** Where it is said. */
  readonly path: string;
}

/**
 * Names that are joined with a dash can be equal for two different pairs: `a-b` with `c`, and `a`
 * with `b-c`. Whatever would be called as something before it is a problem, which names both.
 *
 * @param as What bears the name: `the resource`
 * @param remedy Of two different ones.
 */
export function clashes(all: readonly Named[], as: string, remedy: string): Problem[] {
  const taken = new Map<string, Named>();
  return all.flatMap((one): Problem[] => {
    const name = one.names.find((candidate) => taken.has(candidate));
    for (const own of one.names) if (!taken.has(own)) taken.set(own, one);
    if (name === undefined) return [];
    const { what, path } = taken.get(name)!;
    if (what === one.what) return [{ path: one.path, message: `has ${what} twice`, remedy: "leave one of them out" }];
    const first = path === one.path ? what : `${what} (${path})`;
    return [{ path: one.path, message: `${first} and ${one.what} would both be ${as} \`${name}\``, remedy }];
  });
}
