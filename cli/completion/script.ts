import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const NAME = "cnpg-credentials";

/** What a shell completes commands and their options with. */
export function script(shell: Shell, commands: readonly Command[]): string {
  const words = commands.map((one) => ({
    name: one.name(),
    summary: one.summary(),
    options: [...one.options.flatMap(({ long, short }) => [long, short].filter((flag) => flag != null)), "--help"],
    described: one.options.map(({ long, description }) => [long!.slice(2), description] as const),
  }));
  switch (shell) {
    case "bash":
      return bash(words);
    case "zsh":
      // zsh reads bash's completions, and has descriptions of its own for commands.
      return `#compdef ${NAME}\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
    case "fish":
      return words
        .flatMap(({ name, summary, described }) => [
          `complete -c ${NAME} -f -n __fish_use_subcommand -a ${word(name)} -d ${word(summary)}`,
          ...described.map(
            ([long, description]) =>
              `complete -c ${NAME} -n '__fish_seen_subcommand_from ${name}' -l ${word(long)} -d ${word(description)}`,
          ),
        ])
        .join("\n")
        .concat("\n");
  }
}

interface Words {
  readonly name: string;
  readonly options: readonly string[];
}

/** Behind `--stack`, the stacks whose files are here. */
function bash(words: readonly Words[]): string {
  const names = words.map(({ name }) => name).join(" ");
  const cases = words.map(({ name, options }) => `    ${name}) words=${word(options.join(" "))} ;;`);
  return `_cnpg_credentials() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command= words one
  for one in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $one in -*) ;; *) command=$one; break ;; esac
  done
  case $before in
    -s | --stack)
      words=$(for one in Pulumi.*.yaml; do [ -e "$one" ] && one=\${one#Pulumi.} && echo "\${one%.yaml}"; done)
      COMPREPLY=($(compgen -W "$words" -- "$word")); return ;;
    --kubeconfig | --repo | --from | --events | --baseline) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case $command in
${cases.join("\n")}
    *) words='${names} --help --version' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _cnpg_credentials ${NAME}
`;
}

const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
