import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { auditTraced, type Audited } from ".";
import { readBaseline, writeBaseline, type Baseline } from "./baseline";
import { LEVELS, type Level } from "./finding";
import { globs } from "./globs";
import { ALL_RULES, exitCode, renderJson, renderText, type FailOn } from "./render";
import { renderSarif } from "./sarif";
import { readMakers, type Makers } from "../../manifests/objects/makers";
import { describeProblems } from "../../config/problem";
import { hasColour } from "../shared/colour";
import { here } from "../shared/here";
import { describe, format } from "../shared/options";
import { FixableError } from "../../config/fixableError";

interface Options {
  output: "text" | "json" | "sarif";
  baseline?: string;
  writeBaseline: boolean;
  reason?: string;
  makers?: string;
  root?: string;
  rule?: string[];
  exclude?: string[];
  limit: number;
  least?: Level;
  failOn: FailOn;
}

const BASELINE = "audit-baseline.yaml";

function act(paths: readonly string[], options: Options): void {
  const started = performance.now();
  // npm changes the directory; what is named is named from where it was called.
  const directory = here();
  const today = new Date().toISOString().slice(0, 10);
  const file = options.baseline ?? BASELINE;
  const text = readIfThere(path.resolve(directory, file), options);
  const baseline = text === undefined ? undefined : parseBaseline(text, file);
  check(paths, directory, options);
  const makers = options.makers === undefined ? undefined : parseMakers(path.resolve(directory, options.makers), options.makers);
  const audited = auditTraced({
    paths,
    directory,
    today,
    ...(baseline && { baseline }),
    ...(makers && { makers }),
    ...(options.root !== undefined && { root: path.resolve(directory, options.root) }),
    ...(options.rule && { rules: options.rule }),
    ...(options.exclude && { isExcluded: globs(options.exclude) }),
  });
  const { report, each } = audited;
  if (report.files === 0)
    throw new FixableError(
      `nothing was looked at: there is no YAML, JSON or Helm template below ${paths.join(", ")}`,
      "name folders that have some; Terraform, Jsonnet, CUE and scripts are not looked at",
    );
  if (options.writeBaseline) {
    const found = each.filter(({ rule }) => !rule.startsWith("baseline-"));
    fs.writeFileSync(path.resolve(directory, file), writeBaseline(found, text, today, options.reason));
    const rest = options.reason === undefined ? "; write the reason of each, or the next audit names it" : "";
    process.stderr.write(`${file} accepts ${found.length} more${rest}.\n`);
    return;
  }
  process.stdout.write(`${render(audited, options, (performance.now() - started) / 1000)}\n`);
  process.exitCode = exitCode(report, options.failOn);
}

function render({ report, traced }: Audited, { output, limit, least, rule }: Options, seconds: number): string {
  if (output === "json") return renderJson(report);
  if (output === "sarif") {
    const paths = new Map(traced.map((one) => [one.file, one.path]));
    return renderSarif(report, (file) => paths.get(file) ?? file);
  }
  const colour = hasColour(process.stdout, process.env);
  return renderText(report, { limit, least: least ?? (rule === undefined ? "warning" : "note"), colour, seconds });
}

function check(paths: readonly string[], directory: string, { rule = [], reason, writeBaseline: writes }: Options): void {
  const known = ALL_RULES.map(({ id }) => id);
  const problems = [
    ...paths
      .filter((one) => !fs.existsSync(path.resolve(directory, one)))
      .map((one) => ({ path: one, message: "is not there", remedy: "name files or folders that there are" })),
    ...rule
      .filter((one) => !known.includes(one))
      .map((one) => ({ path: `--rule ${one}`, message: "is not a rule", remedy: `choose from ${known.join(", ")}` })),
    ...(reason !== undefined && !writes
      ? [{ path: "--reason", message: "is of what --write-baseline accepts", remedy: "add --write-baseline, or leave it out" }]
      : []),
  ];
  if (problems.length > 0) throw new FixableError(describeProblems("The audit", problems));
}

function readIfThere(file: string, { baseline, writeBaseline }: Options): string | undefined {
  if (fs.existsSync(file)) return fs.readFileSync(file, "utf8");
  if (baseline !== undefined && !writeBaseline)
    throw new FixableError(`there is no ${baseline}`, "correct --baseline, or make the file with --write-baseline");
  return undefined;
}

function parseBaseline(text: string, file: string): Baseline {
  const baseline = readBaseline(text, file);
  if ("problems" in baseline) throw new FixableError(describeProblems("The baseline", baseline.problems));
  return baseline;
}

function parseMakers(file: string, name: string): Makers {
  if (!fs.existsSync(file)) throw new FixableError(`there is no ${name}`, "correct --makers");
  const makers = readMakers({ text: fs.readFileSync(file, "utf8"), file: name });
  if ("problems" in makers) throw new FixableError(describeProblems("The file of makers", makers.problems));
  return makers;
}

function number(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("is not a number; 0 lists all");
  return Number(text);
}

export function auditCommand(): Command {
  return describe({
    name: "audit",
    description:
      "Look through YAML, JSON and Helm charts for sealed Secrets, literal credentials, database logins that Vault authors, Secrets and stores that nothing provides, use across namespaces, and what a later version takes away. Prints no value. Ends with 2 where there was nothing to look at.",
    cluster: "none",
    examples: [
      ["audit ../gitops", "what to do first, then each rule's findings with its remedy"],
      ["audit . --rule literal-in-secret --limit 0", "all findings of a rule"],
      ["audit . -o sarif", "for code scanning"],
    ],
    page: "docs/audit.md",
  })
    .argument("<path...>", "files and folders")
    .addOption(format(["text", "json", "sarif"]))
    .addOption(new Option("--fail-on <level>", "the lightest finding that ends it with 1").choices([...LEVELS, "never"]).default("warning"))
    .option("--rule <rule...>", "only these rules")
    .option("--exclude <glob...>", "tell nothing of these files; what they make counts all the same")
    .addOption(new Option("--least <level>", "the lightest findings that the text lists; warning, or note with --rule").choices(LEVELS))
    .addOption(new Option("--limit <number>", "findings that the text lists of each rule; 0: all").default(10).argParser(number))
    .option("--makers <file>", "who else makes Secrets, beside manifests/makers.yaml")
    .option("--root <folder>", "what SARIF and the baseline name files from; otherwise the repository that a file is in")
    .option("--baseline <file>", `findings that are accepted, and what others provide; ${BASELINE} where it is there`)
    .option("--write-baseline", "accept what is found now in that file, without reasons yet", false)
    .option("--reason <text>", "why, for all that --write-baseline adds")
    .action(act);
}
