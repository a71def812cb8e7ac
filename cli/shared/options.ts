import { Command, Option } from "commander";
import { fromHere } from "./here";

/** What `--help` says of a command beside its options. */
export interface About {
  readonly name: string;
  /** A sentence or two. */
  readonly description: string;
  /** Whether it needs a cluster, and what it does to it. */
  readonly cluster: string;
  /** Command lines, each with what comes of it. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Variables that only this command reads. */
  readonly environment?: readonly (readonly [name: string, what: string])[];
  /** The page that says more. */
  readonly page?: string;
}

const OF_A_CLUSTER = [
  ["KUBECONFIG", "kubeconfigs, as kubectl reads them"],
  ["PULUMI_BACKEND_URL", "where the state is; without it, where `pulumi login` went, else a directory (docs/state.md)"],
  ["PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE", "of a state that was made with one"],
] as const;
const OF_ALL = [["NO_COLOR, FORCE_COLOR", "no colour; colour although this is no terminal"]] as const;

/** A command with its help. */
export function describe({ name, description, cluster, examples, environment = [], page }: About): Command {
  const variables = [...environment, ...(cluster.startsWith("no") ? [] : OF_A_CLUSTER), ...OF_ALL];
  const help = [
    `Cluster: ${cluster}`,
    "Examples:",
    ...columns(examples.map(([line, what]) => [`cnpg-credentials ${line}`, what])),
    "Environment:",
    ...columns(variables),
    "Exit code: 0 clean, 1 something was found, 2 misuse or failure",
    ...(page === undefined ? [] : [`More: ${page}`]),
  ];
  return new Command(name).description(description).addHelpText("after", `\n${help.join("\n")}`);
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(48, Math.max(...rows.map(([first]) => first.length)));
  return rows.map(([first, second]) =>
    first.length > width ? `  ${first}\n  ${" ".repeat(width)}  ${second}` : `  ${first.padEnd(width)}  ${second}`,
  );
}

/** The options that say where a command works. */
export function onStack(command: Command): Command {
  return command
    .option("-s, --stack <name>", "the stack, whose file is Pulumi.<name>.yaml", "dev")
    .option("--context <name>", "context of the kubeconfig; without it, the one that the stack's file names")
    .option("--kubeconfig <file>", "instead of KUBECONFIG and ~/.kube/config", fromHere)
    .option("--lab", "the lab, the throw-away cluster of this machine, whatever a kubeconfig has");
}

export const format = (choices: readonly string[] = ["text", "json"]): Option =>
  new Option("-o, --output <format>", "for people or for programs").choices([...choices]).default(choices[0]);

export const yes = (): Option => new Option("-y, --yes", "do not ask");
