/** A name and the literal that a text gives it: a line of a configuration file, a flag of a command, a variable of a script. */
export interface Assignment {
  name: string;
  value: string;
  /** Where in the text the name begins. */
  start: number;
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
  new RegExp(String.raw`(?:^|[\s"'])--?([a-z][\w-]{3,60})[ \t]+(?!-)(${QUOTED}|[^\s"';|&]+)`, "g"),
  // requirepass hunter2
  /^[ \t]*([a-z][\w.-]*(?:pass|passwd|password|pwd|masterauth|secret))[ \t]+([^\s=:]\S*)[ \t]*$/gm,
  // <password>hunter2</password>
  new RegExp(String.raw`<(${NAME})>([^<>\s]+)</\1>`, "g"),
];

/** Says at once that a text names no credential. */
const PROMISE = /pass|pwd|passwd|secret|token|key|credential|creds|auth|salt|cookie|dsn|bearer|\bpw\b/i;
const COMMENT = /^\s*(?:#|\/\/|;|--\s|<!--|\*)/;
/** What calls, indexes or continues is a program's text. */
const CODE = /[()[\]{}\\`]|^\d+[smhd]$/;

/** Every name with a literal in a text of whatever format; comments and program text are left out. */
export function* readAssignments(text: string): Generator<Assignment> {
  if (!PROMISE.test(text)) return;
  for (const form of FORMS)
    for (const match of text.matchAll(form)) {
      const [whole, name = "", raw = ""] = match;
      const start = match.index + whole.indexOf(name);
      const isQuoted = /^["']/.test(raw);
      const value = isQuoted ? raw.slice(1, -1) : raw;
      if ((!isQuoted && CODE.test(value)) || COMMENT.test(lineOf(text, start))) continue;
      yield { name, value, start };
    }
}

function lineOf(text: string, at: number): string {
  return text.slice(text.lastIndexOf("\n", at) + 1, at + 1);
}
