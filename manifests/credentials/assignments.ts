/** A name and the literal that a text gives it: a line of a configuration file, a flag of a command, a variable of a script. */
export interface Assignment {
  name: string;
  value: string;
  /** Where in the text the name begins. */
  start: number;
  /** Whether it is all of its line, as in a configuration file, and not a part of a program. */
  isLine: boolean;
}

const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"|'[^'\n]*'`;
const NAME = String.raw`[A-Za-z_][\w.-]{2,80}`;
const FORMS = [
  // password=hunter2, "password": "hunter2", -Ddb.password=hunter2, password => 'hunter2'
  new RegExp(
    String.raw`(?<![\w.$/-])(?:--?)?(?:D(?=[a-z]+\.))?["']?(${NAME})["']?[ \t]*(?:=>|:=|[:=])[ \t]*(${QUOTED}|[^\s"'#;,&|<>]+)`,
    "g",
  ),
  // --password hunter2
  new RegExp(String.raw`(?:^|[\s"'])--?([a-z][\w-]{3,60})[ \t]+(?!-)(${QUOTED}|[^\s"';|&<>]+)`, "g"),
  // requirepass hunter2
  /^[ \t]*([a-z][\w.-]{0,80}(?:pass|passwd|password|pwd|masterauth|secret))[ \t]+([^\s=:]\S*)[ \t]*$/gm,
  // os.getenv("PASSWORD", "hunter2")
  new RegExp(String.raw`\b(?:getenv|environ\.get|env\.get|ENV\.fetch)\([ \t]*["'](${NAME})["'][ \t]*,[ \t]*(${QUOTED})`, "g"),
  // <password>hunter2</password>
  new RegExp(String.raw`<(${NAME})>([^<>\s]{1,500})</\1>`, "g"),
];
const IN_XML = FORMS.at(-1);
/** Longer comments are not looked back through. */
const LONGEST_COMMENT = 4_000;

function isInXmlComment(text: string, place: number): boolean {
  const before = text.slice(Math.max(0, place - LONGEST_COMMENT), place);
  return before.lastIndexOf("<!--") > before.lastIndexOf("-->");
}

/** Says at once that a text names no credential. */
const PROMISE = /pass|pwd|pswd|passwd|secret|token|key|credential|creds|auth|salt|cookie|dsn|bearer|kennwort|\bpw|pw\b/i;
const COMMENT = /^\s*(?:#|\/\/|;|--\s|<!--|\*)/;
/** What calls, indexes or continues is a program's text. */
const CODE = /[()[\]{}\\`]|^\d+[smhd]$/;
/** A tag of YAML's that names where the value is. */
const TAG = /^![A-Za-z]/;
const BEFORE = /^[ \t]*(?:export[ \t]+|- )?["']?$/;
const PLAIN = /^(?:["']?[:=]|["']?:[ \t])/;

/** Every name with a literal in a text of whatever format; comments and program text are left out. */
export function* readAssignments(text: string): Generator<Assignment> {
  if (!PROMISE.test(text)) return;
  for (const form of FORMS) {
    const lines = new Lines(text);
    for (const match of text.matchAll(form)) {
      const [whole, name = "", raw = ""] = match;
      const start = match.index + whole.indexOf(name);
      const end = match.index + whole.length;
      const isQuoted = /^["']/.test(raw);
      const value = isQuoted ? raw.slice(1, -1) : raw;
      if (!isQuoted && (CODE.test(value) || TAG.test(value) || isOption(value, text[end - raw.length - 1]))) continue;
      if (form === IN_XML && isInXmlComment(text, start)) continue;
      if (lines.isComment(start) || (!isQuoted && lines.isSentence(value, end))) continue;
      const isLine = lines.isWhole(start, end) && PLAIN.test(text.slice(start + name.length, start + name.length + 2));
      yield { name, value, start, isLine };
    }
  }
}

/** `pass: -nokeys`: nothing, and then an option. */
function isOption(value: string, before: string | undefined): boolean {
  return /^--?[A-Za-z]/.test(value) && /\s/.test(before ?? "");
}

/** Looks at the lines around places that come in order: each line once, however many places are in it. */
export class Lines {
  start = 0;
  end = -1;
  private comment = false;

  constructor(private readonly text: string) {}

  /** The line that a place is in. */
  at(place: number): { start: number; end: number } {
    if (this.end >= 0 && place >= this.start && place <= this.end) return this;
    this.start = this.text.lastIndexOf("\n", place - 1) + 1;
    const close = this.text.indexOf("\n", place);
    this.end = close < 0 ? this.text.length : close;
    this.comment = COMMENT.test(this.text.slice(this.start, this.start + 200));
    return this;
  }

  isComment(place: number): boolean {
    this.at(place);
    return this.comment;
  }

  /** Whether nothing else is on the line. */
  isWhole(start: number, end: number): boolean {
    const line = this.at(start);
    return (
      start - line.start < 80 &&
      line.end - end < 80 &&
      BEFORE.test(this.text.slice(line.start, start)) &&
      /^[ \t\r]*(?:#.*)?$/.test(this.text.slice(end, line.end))
    );
  }

  /** Whether a word is the first of several. */
  isSentence(value: string, end: number): boolean {
    return /^\p{L}+$/u.test(value) && /^[ \t]+\p{L}+[ \t]+\p{L}+/u.test(this.text.slice(end, end + 60));
  }
}
