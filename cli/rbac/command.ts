import { Option, type Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { describe } from "../shared/options";
import { PURPOSES, type Purpose } from "./rights";

interface Options {
  readonly stack: string;
  readonly for: Purpose;
  readonly subject?: string;
}

export function rbacCommand(): Command {
  return describe({
    name: "rbac",
    description:
      "Print the Roles, ClusterRoles and bindings that an account needs for a stack, for kubectl to apply: from the stack's file and the catalogue, object by object.",
    cluster: "none",
    examples: [
      ["rbac --stack prod --subject Group:deployers", "for `pulumi up`"],
      ["rbac --stack prod --for preview --subject ServiceAccount:ci/preview | kubectl apply -f -", "for pull requests"],
    ],
  })
    .option("-s, --stack <name>", "the stack, whose file is Pulumi.<name>.yaml", "dev")
    .addOption(new Option("--for <purpose>", "what the account does").choices([...PURPOSES]).default("up"))
    .option(
      "--subject <kind:name>",
      "who gets them: User:NAME, Group:NAME or ServiceAccount:NAMESPACE/NAME; without it, a Group of the Role's name",
    )
    .action(act);
}

async function act({ stack, for: purpose, subject: text }: Options): Promise<void> {
  const [{ loadChosen }, { neededGrants }, { readSubject, render, roleName }] = await Promise.all([
    import("../shared/chosen"),
    import("./rights"),
    import("./manifests"),
  ]);
  const subject = text === undefined ? { kind: "Group" as const, name: roleName(stack, purpose) } : readSubject(text);
  if (subject === undefined)
    throw new FixableError("--subject names nobody", "write User:NAME, Group:NAME or ServiceAccount:NAMESPACE/NAME");
  const { stack: choices, selected } = await loadChosen(stack, `Rights for stack ${stack}`);
  process.stdout.write(render(stack, purpose, neededGrants(choices, selected, purpose), subject));
}
