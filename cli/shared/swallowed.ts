// npm takes options that stand before a `--` for its own, and hands on what they leave behind.
import type { Option } from "commander";
import { FixableError } from "../../config/fixableError";

/** An option of a command. */
export interface Known {
  /** With its dashes. */
  readonly long: string;
  readonly short?: string;
  /** Whether something follows it. */
  readonly takesValue: boolean;
}

/** An option as commander has it. */
export const known = ({ long, short, required, optional }: Option): Known => ({
  long: long!,
  ...(short === undefined ? {} : { short }),
  takesValue: required || optional,
});

/** Settings of npm's that people have for npm. */
const NPM_OWN = new Set(["--ca", "--audit"]);

/**
 * Options of the programs that arguments are handed on to: without them, those do something else.
 */
export const OF_OTHERS = {
  pulumi: flags(
    "yes -y,diff,refresh,skip-preview -f,json -j,preview-only,run-program,expect-no-changes,show-secrets,target-dependents,exclude-dependents,continue-on-error,remove,force,non-interactive",
    "target -t,replace,target-replace,exclude,config -c,config-file,policy-pack,parallel -p,message -m,plan,save-plan,file,cwd -C",
  ),
  kubectl: flags(
    "all-namespaces -A,watch -w,follow,force,all,overwrite,now,stdin -i,tty,previous",
    "namespace -n,output -o,selector -l,container -c,filename -f,replicas,dry-run,grace-period,cascade,tail,server",
  ),
  psql: flags("list,no-align,tuples-only,expanded,single-transaction,no-psqlrc", "command -c,file,dbname -d,username,output,variable,set"),
} as const;

function flags(plain: string, valued: string): Known[] {
  const read = (text: string, takesValue: boolean) =>
    text.split(",").map((one): Known => {
      const [long = "", short] = one.split(" ");
      return { long: `--${long}`, ...(short === undefined ? {} : { short }), takesValue };
    });
  return [...read(plain, false), ...read(valued, true)];
}

/** A run of a command by npm. */
export interface Run {
  readonly command: string;
  /** What npm has handed on. */
  readonly args: readonly string[];
  readonly options: readonly Known[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether a stack of that name has a file. */
  readonly isStack: (name: string) => boolean;
}

/**
 * Refuses a command that npm has taken options from: it would do something else than what was
 * asked for.
 *
 * @throws FixableError with the line to type
 */
export function refuseSwallowed(run: Run): void {
  const { command, env } = run;
  const isScript = env.npm_lifecycle_event === command;
  if (!isScript && !(env.npm_command === "exec" && env.npm_lifecycle_event === "npx")) return;
  const { taken, left } = swallowed(run);
  if (taken.length === 0) return;
  const start = isScript ? `npm run ${command} --` : `npx cnpg-credentials ${command}`;
  throw new FixableError(
    `npm has kept ${taken.join(" ")} for itself: \`${command}\` would run without it`,
    `write ${[start, ...left, ...taken].map(inLine).join(" ")}`,
  );
}

const inLine = (word: string) => (/^[\w@%+=:,./<> -]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/**
 * What npm has taken, as it was written, and the arguments without the values that it has left of
 * them.
 */
function swallowed({ command, args, options, env, isStack }: Run): { taken: string[]; left: string[] } {
  const left = [...args];
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const own = args.slice(0, end);
  const isGiven = ({ long, short }: Known) =>
    own.some(
      (one) => one === long || one.startsWith(`${long}=`) || (short !== undefined && one.startsWith(short) && !one.startsWith("--")),
    );
  /**
   * npm takes an option that it does not know for a switch, and what follows it for an argument.
   */
  const value = (long: string, said: string): string => {
    if (said !== "true") return said;
    const candidates = left.filter((one) => !one.startsWith("-"));
    const found = long === "--stack" ? candidates.find(isStack) : candidates.at(-1);
    if (found === undefined) return `<${long.slice(2)}>`;
    left.splice(left.lastIndexOf(found), 1);
    return found;
  };
  const taken = options.flatMap((option) => {
    const { long, short, takesValue } = option;
    if (NPM_OWN.has(long) || isGiven(option)) return [];
    const isNegated = long.startsWith("--no-");
    const said = env[`npm_config_${long.slice(isNegated ? 5 : 2).replaceAll("-", "_")}`];
    if (isNegated) return said === "" ? [long] : [];
    const shortly = short === undefined ? undefined : env[`npm_config_${short.slice(1)}`];
    const one = said || shortly;
    if (!one) return [];
    return takesValue ? [long, value(long, one)] : [long];
  });
  // npm's own `-s` asks for silence, and people ask for that, too. A name that follows an option is
  // that option's: `-n prod`.
  const stack = left.find((one, index) => isStack(one) && !left[index - 1]?.startsWith("-"));
  // kubectl's own `-s` is no stack, and its arguments have names of their own:
  // `get namespace prod`.
  const hasStack =
    command !== "kubectl" && options.some(({ long }) => long === "--stack") && !isGiven({ long: "--stack", short: "-s", takesValue: true });
  if (hasStack && !taken.includes("--stack") && env.npm_config_loglevel === "silent" && stack !== undefined && !isNamed(left, stack)) {
    left.splice(left.indexOf(stack), 1);
    taken.push("-s", stack);
  }
  return { taken, left };
}

/** Where a stack's name is an argument: `pulumi stack select prod`. */
function isNamed(args: readonly string[], stack: string): boolean {
  return args[0] === "stack" && args.indexOf(stack) === 2;
}
