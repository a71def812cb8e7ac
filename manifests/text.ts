import * as fs from "node:fs";

/** A file's text, or why there is none. */
export type Read = { text: string } | { reason: string };

/** Most files fit in; what is read is made a text at once. */
const SHARED = Buffer.allocUnsafe(2 ** 18);
const MOST_BYTES = 64 * 2 ** 20;

/** Reads a file as UTF-8, or UTF-16 where it begins with the mark of that. */
export function readText(file: string): Read {
  let bytes: Buffer;
  let open: number | undefined;
  try {
    open = fs.openSync(file, "r");
    const { size } = fs.fstatSync(open);
    if (size > MOST_BYTES) return { reason: `has ${Math.round(size / 2 ** 20)} MiB, and ${MOST_BYTES / 2 ** 20} are looked at` };
    // Of what has no size of its own, a pipe, nobody knows the end.
    bytes = size === 0 || size > SHARED.length ? fs.readFileSync(open) : SHARED.subarray(0, fs.readSync(open, SHARED, 0, size, 0));
  } catch (error) {
    return { reason: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}` };
  } finally {
    if (open !== undefined) fs.closeSync(open);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: bytes.toString("utf16le") };
  return bytes.includes(0) ? { reason: "is not text" } : { text: bytes.toString("utf8") };
}

/** The line of a place in a text, 1 for the first. */
export function lineCounter(text: string): (place: number) => number {
  let starts: number[] | undefined;
  return (place) => {
    if (starts === undefined) {
      starts = [0];
      for (let found = text.indexOf("\n"); found >= 0; found = text.indexOf("\n", found + 1)) starts.push(found + 1);
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

/** How many lines end before a place in a text. */
export function lineBreaks(text: string, end: number): number {
  let count = 0;
  for (let found = text.indexOf("\n"); found >= 0 && found < end; found = text.indexOf("\n", found + 1)) count++;
  return count;
}
