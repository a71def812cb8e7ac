/** By code points: the same everywhere, whatever the machine's language. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** In the order of a text that is made of each. */
export function sortBy<T>(items: Iterable<T>, text: (item: T) => string): T[] {
  return [...items].sort((a, b) => compareText(text(a), text(b)));
}

/** Each once, in order. */
export function distinct<T extends string>(items: Iterable<T>): T[] {
  return [...new Set(items)].sort(compareText);
}

/** Things by what a function says of each, in the order in which that was first said. */
export function groupBy<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}
