import { styleText } from "node:util";

type Colour = "red" | "yellow" | "green";

/**
 * Text in a colour, where standard output is a terminal or FORCE_COLOR wants it, and NO_COLOR does
 * not forbid it.
 */
export function paint(colour: Colour, text: string): string {
  return hasColour(process.stdout, process.env) ? styleText(colour, text, { validateStream: false }) : text;
}

/** https://no-color.org, https://force-color.org: what is forbidden is forbidden. */
export function hasColour(stream: { isTTY?: boolean }, { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return Boolean(stream.isTTY) && TERM !== "dumb";
}

/** How wide a text is on a terminal. */
export const plain = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, "");
