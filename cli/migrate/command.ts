import { Argument, Option, type Command } from "commander";
import type { MigrateOptions } from "./report";
import { MODES, type Mode } from "./types";
import { allFromHere } from "../shared/here";
import { describe, onStack } from "../shared/options";
import { stackFile } from "../stack/stackFile";
import { visibleLines } from "../../config/visible";
import { describeProblems } from "../../config/problem";
import { FixableError } from "../../config/fixableError";
import { answeringTarget, clientTarget, namedTarget, type Target, type TargetOptions } from "../stack/target";

/** What it is made with is loaded when it is run. */
export function migrateCommand(): Command {
  const about = describe({
    name: "migrate",
    description: "Say how databases' credentials get from Vault to CloudNativePG, and where each service stands. Changes nothing.",
    cluster: "the stack's, else the lab; read only; none with --offline, and for a plan with --repo where there is none",
    examples: [
      ["migrate plan --stack prod", "the steps in order, with the commands"],
      ["migrate plan --stack prod --repo ../gitops --offline", "what the files alone can tell"],
      ["migrate check --stack prod", "a line for each service"],
    ],
    page: "docs/runbooks/migration.md",
  });
  return onStack(about)
    .addArgument(new Argument("<mode>", "the steps in order, or a line for each service").choices(MODES))
    .option("--repo <path...>", "look at the manifests in these files and directories, too", allFromHere)
    .addOption(new Option("--offline", "ask no cluster: read the files of --repo as if all of them were applied"))
    .option("--no-login", "try no password")
    .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["md", "json"]).default("md"))
    .action(async (mode: Mode, options: TargetOptions & MigrateOptions & { stack: string }) => {
      const { conclude, migrate, migrateOffline } = await import("./report");
      const { stack, repo = [], login, output } = options;
      checkOffline(options);
      const named = namedTarget(options);
      const own = { stack, file: stackFile(stack), repo, named };
      const target = options.offline ? { why: "--offline" } : await clusterOrWhyNot(mode, options);
      const found =
        "why" in target
          ? await migrateOffline({ ...own, ...target })
          : await migrate({ ...own, target: clientTarget(target), ...(login ? { config: target.config } : {}) });
      const { text, exitCode } = conclude(found, mode, output);
      process.stdout.write(`${visibleLines(text)}\n`);
      process.exitCode = exitCode;
    });
}

type AllOptions = TargetOptions & MigrateOptions;

function checkOffline({ offline, repo, context, kubeconfig, lab }: AllOptions): void {
  if (!offline) return;
  const problems = [
    ...(repo === undefined ? [{ path: "--offline", message: "has no files to read", remedy: "name them with --repo" }] : []),
    ...Object.entries({ context, kubeconfig, lab })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => ({ path: `--${name}`, message: "names a cluster, and --offline asks none", remedy: "leave one of the two out" })),
  ];
  if (problems.length > 0) throw new FixableError(describeProblems("The command", problems));
}

/** The cluster; for a plan of files, why there is none, where nobody has named one. */
async function clusterOrWhyNot(mode: Mode, options: AllOptions): Promise<Target | { why: string }> {
  const { repo, context, kubeconfig, lab } = options;
  try {
    return await answeringTarget(options);
  } catch (error) {
    const isNamed = context !== undefined || kubeconfig !== undefined || lab !== undefined;
    if (mode !== "plan" || repo === undefined || isNamed || !(error instanceof FixableError)) throw error;
    return { why: error.what };
  }
}
