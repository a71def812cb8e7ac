import { Option, type Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { describe } from "../shared/options";
import type { PodSecurity } from "./manifests";

interface Options {
  readonly stack: string;
  readonly subject?: string;
  readonly podSecurity: PodSecurity;
}

export function prepareCommand(): Command {
  return describe({
    name: "prepare",
    description:
      "Print what a cluster needs before a stack's first `up`, as manifests for kubectl: its namespaces with their labels, and the rights of those who bring it up. Operators are named with the lines that install them.",
    cluster: "none",
    examples: [
      ["prepare --print | kubectl apply --server-side -f -", "the namespaces of stack dev"],
      ["prepare --stack prod --subject Group:deployers --print", "with the rights of those who run `up`"],
    ],
    page: "docs/getting-started.md",
  })
    .option("-s, --stack <name>", "the stack, whose file is Pulumi.<name>.yaml", "dev")
    .option(
      "--subject <kind:name>",
      "who runs `up`: User:NAME, Group:NAME or ServiceAccount:NAMESPACE/NAME; without it, no rights are printed",
    )
    .addOption(
      // Spelled out, so that nothing of the program is loaded for the help.
      new Option("--pod-security <level>", "which pods the namespaces take; `none` leaves that as it is")
        .choices(["restricted", "baseline", "privileged", "none"])
        .default("restricted"),
    )
    .option("--print", "print, and change nothing: the only thing that this command does")
    .action(act);
}

async function act({ stack: name, subject: text, podSecurity }: Options): Promise<void> {
  const [{ loadChosen }, { readSubject, manifestsOf }, { neededGrants }, { preparation }] = await Promise.all([
    import("../shared/chosen"),
    import("../rbac/manifests"),
    import("../rbac/rights"),
    import("./manifests"),
  ]);
  const subject = text === undefined ? undefined : readSubject(text);
  if (text !== undefined && subject === undefined)
    throw new FixableError("--subject names nobody", "write User:NAME, Group:NAME or ServiceAccount:NAMESPACE/NAME");
  const { stack, selected } = await loadChosen(name, `Needs of stack ${name}`);
  const own = [stack.namespace, ...(stack.vault?.server.kind === "deployed" ? [stack.vault.server.namespace] : [])];
  const named = [
    ...(selected.fetched?.plans ?? []).map(({ namespace }) => namespace),
    ...selected.services.flatMap((one) => one.namespaces ?? []),
  ];
  const others = new Set(named.filter((one) => !own.includes(one)));
  const rights = subject === undefined ? [] : manifestsOf(name, "up", neededGrants(stack, selected, "up"), subject);
  process.stdout.write(preparation({ stack, podSecurity, others: [...others], rights }));
}
