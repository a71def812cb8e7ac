// The options that say which stack and which cluster, wherever they stand on a command line: a
// command that hands arguments on to another program takes its own out of them first.
import { FixableError } from "../../config/fixableError";

export type TargetOption = "stack" | "context" | "kubeconfig" | "lab";

/** What a command does with the options that say where it works. */
export interface Takes {
  /** Those that it has. */
  readonly options: readonly TargetOption[];
  /** The program that the other arguments go to. */
  readonly handsOnTo?: "pulumi" | "psql" | "kubectl";
}

/** A command line, put in order. */
export interface Arranged {
  /** Absent where no command is named. */
  readonly command?: string;
  /** What the command is to parse: its own options first. */
  readonly args: readonly string[];
}

const NAMES: Readonly<Record<string, TargetOption>> = {
  "--stack": "stack",
  "-s": "stack",
  "--context": "context",
  "--kubeconfig": "kubeconfig",
  "--lab": "lab",
};

/** kubectl's own `-s` is an address. */
const isTheirs = (flag: string, { handsOnTo }: Takes) => flag === "-s" && handsOnTo === "kubectl";

/**
 * Finds the command and the options that say where it works, before it or anywhere behind it, up to
 * a `--`.
 *
 * @param args without the program
 * @param takesOf what a command takes; `undefined` where there is none of that name
 * @throws FixableError when one of them says two things, or nothing
 */
export function arrange(args: readonly string[], takesOf: (command: string) => Takes | undefined): Arranged {
  const given = new Map<TargetOption, string>();
  const take = (index: number, takes: Takes | undefined): number => {
    const read = readOption(args, index);
    if (read === undefined || (takes && (!takes.options.includes(read.option) || isTheirs(read.flag, takes)))) return 0;
    const { option, flag, value } = read;
    if (value === undefined || value === "" || (option !== "lab" && value.startsWith("-")))
      throw new FixableError(`${flag} names no ${NOUN[option]}`, `write ${flag} and its name`);
    const before = given.get(option);
    if (before !== undefined && before !== value)
      throw new FixableError(`--${option} is given twice, as \`${before}\` and as \`${value}\``, "give one of them");
    given.set(option, value);
    return read.length;
  };

  let at = 0;
  const leading: string[] = [];
  while (at < args.length && args[at]!.startsWith("-")) {
    const length = take(at, undefined);
    if (length === 0) leading.push(args[at]!);
    at += Math.max(length, 1);
  }
  const command = args[at];
  if (command === undefined) return { args: [...leading, ...written(given)] };
  const takes = takesOf(command) ?? { options: [] };
  const rest: string[] = [];
  for (at++; at < args.length;) {
    if (args[at] === "--") {
      rest.push(...args.slice(at));
      break;
    }
    const length = take(at, takes);
    if (length === 0) rest.push(args[at]!);
    at += Math.max(length, 1);
  }
  return { command, args: [...leading, ...written(given), ...rest] };
}

const NOUN: Readonly<Record<TargetOption, string>> = { stack: "stack", context: "context", kubeconfig: "file", lab: "lab" };

/** An option at a place; `length`: how many arguments it takes. */
function readOption(
  args: readonly string[],
  index: number,
): { option: TargetOption; flag: string; value: string | undefined; length: number } | undefined {
  const [, flag = "", value] = /^(--?[a-z]+)(?:=(.*))?$/s.exec(args[index]!) ?? [];
  const option = NAMES[flag];
  if (option === undefined) return undefined;
  if (option === "lab") return value === undefined ? { option, flag, value: "true", length: 1 } : undefined;
  return value === undefined ? { option, flag, value: args[index + 1], length: 2 } : { option, flag, value, length: 1 };
}

function written(given: ReadonlyMap<TargetOption, string>): string[] {
  return [...given].map(([option, value]) => (option === "lab" ? "--lab" : `--${option}=${value}`));
}
