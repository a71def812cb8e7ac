/** The beginning of a name stands for it from so many letters on. */
const SHORTEST = 4;

/** The name among those known that was probably meant; `undefined` where none is near enough. */
export function similar(name: string, known: Iterable<string>): string | undefined {
  const folded = fold(name);
  const all = [...known];
  const longer = folded.length < SHORTEST ? [] : all.filter((one) => fold(one).startsWith(folded));
  if (longer.length === 1) return longer[0];
  let best: string | undefined;
  let least = Math.max(1, Math.floor(folded.length / 3)) + 1;
  for (const one of all) {
    const steps = distance(folded, fold(one));
    if (steps >= least) continue;
    best = one;
    least = steps;
  }
  return best;
}

/** "; did you mean `platform`?", or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = similar(name, known);
  return meant === undefined ? "" : `; did you mean \`${meant}\`?`;
}

/** Case and the ways to put two words together are no difference. */
const fold = (name: string) => name.toLowerCase().replaceAll(/[-_ ]/g, "");

/** Letters to change, to add, to leave out or to swap with the next one. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    rows[row] = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      rows[row]![column] = Math.min(
        rows[row - 1]![column]! + 1,
        rows[row]![column - 1]! + 1,
        rows[row - 1]![column - 1]! + (same ? 0 : 1),
        ...(swapped ? [rows[row - 2]![column - 2]! + 1] : []),
      );
    }
  }
  return rows[one.length]![other.length]!;
}

/** The remedy for a name that is not known, before "or add it". */
export function correctName(known: Iterable<string>): string {
  const names = [...known].sort();
  return names.length === 0 ? "remove it (there is none yet)" : `correct the name (there are ${names.join(", ")})`;
}
