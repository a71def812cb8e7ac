import type { Command } from "commander";
import { visibleJson } from "../../config/visible";
import { createReport } from "../../lab/progress";
import { authorities, loginAll } from "../shared/login";
import { observe } from "../shared/observe";
import { describe, format, onStack } from "../shared/options";
import { existingOutputs } from "../stack/existing";
import { backendOf } from "../stack/stack";
import { answeringTarget, type TargetOptions } from "../stack/target";
import { renderHtml } from "./htmlPage";
import { renderText } from "./render";
import { statusReport, type StatusReport } from "./report";

type Options = TargetOptions & { output: keyof typeof RENDER };

const RENDER = {
  text: (report: StatusReport) => `${renderText(report)}\n`,
  json: (report: StatusReport) => `${visibleJson(report, 2)}\n`,
  html: renderHtml,
};

export function status(): Command {
  const about = describe({
    name: "status",
    description:
      "Say of every service whether CloudNativePG has applied its password and whether a login with its Secret works, which login is in use, how old its password is, and when it is due.",
    cluster: "the stack's, else the lab; read only",
    examples: [
      ["status", "the stack dev"],
      ["status --stack prod -o json", "for a program: docs/status.md"],
      ["status --stack prod -o html > status.html", "one file for a browser"],
    ],
    page: "docs/status.md",
  });
  return onStack(about)
    .addOption(format(["text", "json", "html"]))
    .action(act);
}

async function act(options: Options): Promise<void> {
  const target = await answeringTarget(options);
  const { cluster, services, vault } = await existingOutputs(createReport(), target, options.stack);
  const observation = await observe(target.config, cluster, services);
  const logins = observation.primary === undefined ? [] : await loginAll(target.config, cluster, observation.primary, services);
  const { url, passphrase } = await backendOf(target.directory, process.env);
  const report = statusReport({
    stack: options.stack,
    target,
    state: { backend: url, ...(passphrase === undefined ? {} : { passphrase }) },
    cluster,
    services,
    observation,
    logins,
    authorities: await authorities(target.config, ...(cluster.split("/") as [string, string])),
    vaultCa: vault?.ca,
    now: new Date(),
  });
  process.stdout.write(RENDER[options.output](report));
  process.exitCode = report.clean ? 0 : 1;
}
