// `cnpg-credentials`: finds the command that is meant, loads that one, and runs it.
import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { version } from "../package.json";
import { FixableError } from "../config/fixableError";
import { didYouMean } from "../config/similar";
import { COMMANDS } from "./commands";
import { arrange } from "./shared/arguments";
import { fail, run } from "./shared/command";
import { kubeconfigFromHere } from "./shared/here";
import { projectDirectory } from "./stack/project";
import { known, OF_OTHERS, refuseSwallowed } from "./shared/swallowed";

const NAME = "cnpg-credentials";

async function main(argv: readonly string[]): Promise<void> {
  kubeconfigFromHere();
  const { command: name, args } = arrange(argv, (one) => (Object.hasOwn(COMMANDS, one) ? COMMANDS[one] : undefined));
  const program = new Command(NAME)
    .description("Postgres credentials on Kubernetes, with CloudNativePG as their only source.")
    .version(version, "-v, --version")
    .enablePositionalOptions()
    .addHelpText("after", `\n\`${NAME} <command> --help\` has the options of a command, examples, and what it reads of the environment.`);
  // Of `help status`, the second word.
  const chosen = name === "help" ? args.find((one) => !one.startsWith("-")) : name;
  for (const [one, { summary, load }] of Object.entries(COMMANDS))
    program.addCommand(one === chosen ? (await load()).summary(summary) : new Command(one).summary(summary));
  if (name === "help" && chosen !== undefined && !Object.hasOwn(COMMANDS, chosen))
    throw new FixableError(`there is no command ${chosen}${didYouMean(chosen, Object.keys(COMMANDS))}`, `\`${NAME} --help\` lists them`);
  const entry = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry) {
    const { handsOnTo } = entry;
    const options = [
      ...program.commands.find((one) => one.name() === name)!.options.map(known),
      ...(handsOnTo ? OF_OTHERS[handsOnTo] : []),
    ];
    refuseSwallowed({ command: name!, args, options, env: process.env, isStack });
  }
  if (name === undefined && args.length === 0) return program.outputHelp();
  await run(program, ["node", NAME, ...(name === undefined ? [] : [name]), ...args]);
}

const isStack = (name: string): boolean => /^[\w.-]+$/.test(name) && fs.existsSync(path.join(projectDirectory(), `Pulumi.${name}.yaml`));

main(process.argv.slice(2)).catch(fail);
