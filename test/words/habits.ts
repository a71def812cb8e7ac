import ts from "typescript";

/** A sentence, or a part of one, that a person reads. */
export interface Sentence {
  readonly text: string;
  /** The line on which its paragraph begins. */
  readonly line: number;
}

/** A habit of writing that costs a reader a second look. CONTRIBUTING.md says what to write instead. */
export interface Habit {
  readonly name: string;
  readonly instead: string;
  readonly isIn: (sentence: string) => boolean;
}

const MOST_WORDS = 35;
export const MOST_COLUMNS = 100;

const has = (pattern: RegExp) => (sentence: string) => pattern.test(sentence);

export const HABITS: readonly Habit[] = [
  {
    name: "clause as subject",
    instead: "begin with the noun that the sentence is about, not with Of, What, Whoever, Who, That or Those",
    isIn: (sentence) => /^(Of|What|Whoever|Who|That|Those) [a-z`]/.test(sentence) && !sentence.endsWith("?"),
  },
  {
    name: "is no",
    instead: "write `is not a`, `is not` or `has no`",
    isIn: has(/(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b|one\b|matter\b)[A-Za-z]/),
  },
  { name: "mend", instead: "write `fix`", isIn: has(/\bmend(?:s|ed|ing)?\b/i) },
  { name: "amiss", instead: "write `wrong`", isIn: has(/\bamiss\b/i) },
  { name: "in clear", instead: "write `in plain text`", isIn: has(/\bin clear\b/i) },
  { name: "whoever", instead: "name them, or write `the account that`, `someone who`", isIn: has(/\bwhoever\b/i) },
  { name: "is to be", instead: "write `must be`, `should be` or `will be`", isIn: has(/\b(?:is|are|was|were) (?:not )?to be\b/) },
  { name: "that of", instead: "repeat the noun", isIn: has(/\b(?:that|those) of\b/) },
  {
    name: "double genitive",
    instead: "write `Vault's seal` or `the seal of Vault`, not `of Vault's`",
    isIn: has(/\bof [A-Z]\w*(?:'s|s')(?=[.,;:)]|$| (?:is|are|and|or|that|which|by)\b)/),
  },
  { name: "is told", instead: "write who tells whom, or `reports`, `says`", isIn: has(/\b(?:is|are|be) told\b|\bhas been said\b/) },
  {
    name: "long sentence",
    instead: `at most ${MOST_WORDS} words; one idea a sentence`,
    isIn: (sentence) => sentence.split(/\s+/).filter((word) => /\w/.test(word)).length > MOST_WORDS,
  },
];

/** What a habit of lines, not of sentences, is called. */
export const LONG_LINE = "long comment line";

/** A paragraph as its sentences, with names and code as one word each. */
export function sentencesOf(paragraph: string, line: number): Sentence[] {
  const prose = paragraph
    .replaceAll(/`[^`]*`/g, "`x`")
    .replaceAll(/\]\([^)]*\)/g, "]")
    .replaceAll(/\s+/g, " ")
    .trim();
  return prose
    .split(/(?<=[.!?])\s+(?=[A-Z`"([*])|(?<=[a-z`)]:)\s+(?=[A-Z])/)
    .map((text) => ({ text: text.replace(/^[*_"([]+/, ""), line }))
    .filter(({ text }) => /[a-z]/.test(text));
}

/** The sentences of a page: of paragraphs, of items and of cells of tables, without code and headings. */
export function ofMarkdown(text: string): Sentence[] {
  const found: Sentence[] = [];
  let paragraph: string[] = [];
  let [begins, isCode] = [1, false];
  const end = () => {
    found.push(...sentencesOf(paragraph.join(" "), begins));
    paragraph = [];
  };
  text.split("\n").forEach((line, index) => {
    const isFence = /^\s*(```|~~~)/.test(line);
    if (isFence) isCode = !isCode;
    const starts = isFence || isCode || line.trim() === "" || /^\s*(#|\||[-*] |\d+\. )/.test(line);
    if (starts) end();
    if (isFence || isCode || line.trim() === "" || /^\s*#|^\s*<|^\s*\|[\s|:-]+$/.test(line)) return;
    if (line.trimStart().startsWith("|")) {
      for (const cell of line.split(/(?<!\\)\|/)) found.push(...sentencesOf(cell, index + 1));
      return;
    }
    if (paragraph.length === 0) begins = index + 1;
    paragraph.push(line.replace(/^\s*([-*] |\d+\. |> )/, ""));
  });
  end();
  return found;
}

/** The sentences of a program: of its comments, of its messages, and, of a test, the names of tests. */
export function ofProgram(text: string, isTest: boolean): Sentence[] {
  const source = ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest, true);
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const [found, strings]: [Sentence[], [number, number][]] = [[], []];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)) {
      strings.push([node.getStart(source), node.end]);
      const said = ts.isTemplateExpression(node)
        ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("x")
        : node.text;
      if (isRead(node, isTest) && isProse(said)) found.push(...sentencesOf(said, lineAt(node.getStart(source))));
    } else if (node.kind === ts.SyntaxKind.RegularExpressionLiteral) strings.push([node.getStart(source), node.end]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found, ...commentsOf(text, strings).flatMap(({ text: said, at }) => sentencesOf(said, lineAt(at)))];
}

/** A text of many lines is a program, a query or a form, and a single word is a name. */
const isProse = (said: string) => said.split(" ").length > 3 && said.split("\n").length < 4;

/** In a test, only the names of tests: its other texts are what the program says, or what it is given. */
function isRead(node: ts.Node, isTest: boolean): boolean {
  if (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent)) return false;
  if (!isTest) return true;
  return ts.isCallExpression(node.parent) && /^(describe|it)\b/.test(node.parent.expression.getText());
}

/** Comments with where they begin, those of several lines as one. @param strings Where texts are, in which nothing is a comment. */
function commentsOf(text: string, strings: readonly (readonly [number, number])[]): { text: string; at: number }[] {
  const bare = [...text];
  for (const [from, to] of strings) bare.fill("x", from, to);
  const without = bare.join("").padEnd(text.length, "x");
  return [...without.matchAll(/\/\*[\s\S]*?\*\/|(?:(?<=^|\n)[ \t]*\/\/[^\n]*\n?)+|\/\/[^\n]*/g)].flatMap(({ 0: comment, index }) => {
    const lines = comment.split("\n").map((line) => line.replace(/^\s*(\/\*\*?|\*\/|\*|\/\/)?\s?/, "").replace(/\s*\*\/\s*$/, ""));
    // A tag or an item begins anew.
    return lines
      .join("\n")
      .split(/\n\s*\n|\s(?=@(?:param|returns?|throws|default)\b)|\n(?=- )/)
      .map((said) => ({ text: said.replace(/^@\w+ (\{\w+\} )?/, ""), at: index }));
  });
}

/** How many lines of comments are too long for two files beside each other. */
export function longComments(text: string): number[] {
  return text.split("\n").flatMap((line, index) => (line.length > MOST_COLUMNS && /^\s*(\/\/|\*|\/\*)/.test(line) ? [index + 1] : []));
}
