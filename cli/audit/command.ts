import * as fs from "node:fs";
import * as path from "node:path";
import type { Command } from "commander";
import { audit } from ".";
import { readBaseline, writeBaseline, type Baseline } from "./baseline";
import { exitCode, renderJson, renderText } from "./render";
import { renderSarif } from "./sarif";
import { describeProblems } from "../../config/problem";
import { here } from "../shared/here";
import { describe, format } from "../shared/options";
import { FixableError } from "../../config/fixableError";

interface Options {
  output: "text" | "json" | "sarif";
  baseline?: string;
  writeBaseline: boolean;
}

const BASELINE = "audit-baseline.yaml";
const RENDER = { text: renderText, json: renderJson, sarif: renderSarif };

function act(paths: readonly string[], options: Options): void {
  // npm changes the directory; what is named is named from where it was called.
  const directory = here();
  const today = new Date().toISOString().slice(0, 10);
  const file = options.baseline ?? BASELINE;
  const text = readIfThere(path.resolve(directory, file), options);
  const baseline = text === undefined ? undefined : parseBaseline(text, file);
  for (const one of paths)
    if (!fs.existsSync(path.resolve(directory, one))) throw new FixableError(`there is no ${one}`, "name files or folders that there are");
  const report = audit({ paths, directory, today, ...(baseline && { baseline }) });
  if (options.writeBaseline) {
    const found = report.findings.filter(({ rule }) => !rule.startsWith("baseline-"));
    fs.writeFileSync(path.resolve(directory, file), writeBaseline(found, text, today));
    process.stderr.write(`${file} accepts ${found.length} more; write the reason of each, or the next audit names it.\n`);
    return;
  }
  process.stdout.write(`${RENDER[options.output](report)}\n`);
  process.exitCode = exitCode(report);
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

export function auditCommand(): Command {
  return describe({
    name: "audit",
    description:
      "Look through YAML, JSON and Helm charts for sealed Secrets, literal credentials, database logins that Vault authors, Secrets and stores that nothing provides, and use across namespaces. Prints no value.",
    cluster: "none",
    examples: [
      ["audit ../gitops", "file, line, rule and remedy of each finding"],
      ["audit . -o sarif", "for code scanning"],
    ],
    page: "docs/audit.md",
  })
    .argument("<path...>", "files and folders")
    .addOption(format(["text", "json", "sarif"]))
    .option("--baseline <file>", `findings that are accepted, and what others provide; ${BASELINE} where it is there`)
    .option("--write-baseline", "accept what is found now in that file, without reasons yet", false)
    .action(act);
}
