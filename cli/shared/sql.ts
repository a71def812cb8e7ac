import { isPlain } from "../../config/visible";

/**
 * A name as SQL has it. One with something in it that is not seen is spelled out, as `U&"…"`.
 */
export function identifier(name: string): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  if (isPlain(name)) return quoted(name);
  return `U&${quoted(spelled(name.replaceAll("\\", "\\\\"), (code) => (code > 0xffff ? `\\+${hex(code, 6)}` : `\\${hex(code, 4)}`)))}`;
}

/** A text as SQL has it, whatever `standard_conforming_strings` is. */
export function literal(value: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  if (isPlain(value) && !value.includes("\\")) return quoted(value);
  return `E${quoted(spelled(value.replaceAll("\\", "\\\\"), (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`)))}`;
}

/**
 * A database as psql is told of it. A bare name with `=` in it, or one that begins like a URI, psql
 * takes for a whole connection, to a server of the name's choice.
 */
export function databaseArgument(name: string): string {
  return `dbname='${name.replace(/[\\']/g, "\\$&")}'`;
}

function spelled(text: string, escape: (code: number) => string): string {
  return [...text].map((one) => (isPlain(one) ? one : escape(one.codePointAt(0)!))).join("");
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");
