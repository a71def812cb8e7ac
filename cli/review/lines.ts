/** What a terminal shows at once, and a reviewer reads at once. */
export const SCREEN = { width: 120, height: 40 } as const;

/** What stands under a heading. */
export interface Block {
  readonly title: string;
  readonly bullets: readonly Bullet[];
  /** So many at most, where there is not room for everything. */
  readonly most?: number;
}

/** Names that something is said of. */
export interface Bullet {
  readonly names: readonly string[];
  readonly text: string;
}

/**
 * What is said of whom, as a bullet of Markdown in lines of a terminal's width; of more lines than
 * are allowed, names are folded.
 */
export function bulletLines({ names, text }: Bullet, most: number): string[] {
  for (let shown = names.length; shown > 1; shown--) {
    const lines = wrap(`- ${folded(names, shown)}: ${text}`);
    if (lines.length <= most) return lines;
  }
  const lines = wrap(`- ${names.length === 0 ? "" : `${folded(names, 1)}: `}${text}`);
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]!.slice(0, SCREEN.width - 2)} …`];
}

function folded(names: readonly string[], shown: number): string {
  const more = names.length - shown;
  return `${names.slice(0, shown).join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

/** Lines no wider than a screen; a word that is wider is cut. */
export function wrap(text: string): string[] {
  const words = text.split(" ").flatMap((word) => word.match(new RegExp(`.{1,${SCREEN.width - 2}}`, "gu")) ?? []);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= SCREEN.width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}

/** A bullet's lines, where some are left out. */
const LINES = 3;

/**
 * Blocks as lines of Markdown, in order. Without room for all of them, the last ones are folded
 * first: to one bullet each, then to the number of theirs.
 *
 * @param room lines that there are; absent: as many as it takes
 * @returns the lines, and whether anything was left out
 */
export function blockLines(blocks: readonly Block[], room = Infinity): { lines: string[]; isFolded: boolean } {
  const most = room === Infinity ? Infinity : LINES;
  const all = blocks.map(({ title, bullets }) => ({ title, bullets: bullets.map((one) => bulletLines(one, most)) }));
  const shown = all.map(({ bullets }) => bullets.length);
  const render = () => all.flatMap(({ title, bullets }, index) => block(title, bullets, shown[index]!));
  if (render().length > room) blocks.forEach(({ most: few = Infinity }, index) => (shown[index] = Math.min(shown[index]!, few)));
  for (const least of [1, 0])
    for (let index = all.length - 1; index >= 0 && render().length > room;)
      if (shown[index]! > least) shown[index]!--;
      else index--;
  const isCut = blocks.some(({ bullets }) => bullets.some((one) => bulletLines(one, most).join() !== bulletLines(one, Infinity).join()));
  return { lines: render(), isFolded: isCut || all.some(({ bullets }, index) => shown[index]! < bullets.length) };
}

function block(title: string, bullets: readonly string[][], shown: number): string[] {
  const more = bullets.length - shown;
  const rest = more === 0 ? [] : [`- ${shown === 0 ? more : `and ${more} more`}`];
  return ["", `### ${title}`, ...bullets.slice(0, shown).flat(), ...rest];
}
