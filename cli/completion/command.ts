import { Argument, type Command } from "commander";
import { describe } from "../shared/options";
import { script, SHELLS, type Shell } from "./script";

/** @param all makes every command there is */
export function completion(all: () => Promise<Command[]>): Command {
  return describe({
    name: "completion",
    description: "Print what completes commands and options in a shell.",
    cluster: "none",
    examples: [
      ["completion bash > /etc/bash_completion.d/cnpg-credentials", ""],
      ['completion zsh > "${fpath[1]}/_cnpg-credentials"', ""],
      ["completion fish > ~/.config/fish/completions/cnpg-credentials.fish", ""],
    ],
  })
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action(async (shell: Shell) => {
      process.stdout.write(script(shell, await all()));
    });
}
