import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { createReport } from "../../lab/progress";
import { confirm } from "../shared/confirm";
import { describe, format, onStack, yes } from "../shared/options";
import { stackNeeds } from "../stack/stackFile";
import { placeOf, type Target, type TargetOptions } from "../stack/target";
import { loginTable } from "./loginTable";
import { bringUp, type Outcome } from "./up";

type Options = TargetOptions & { yes?: true; output: "text" | "json" };

export function up(): Command {
  const about = describe({
    name: "up",
    description: "Bring the cluster and the stack up, and log in with every service's Secret. A second time changes nothing, and says so.",
    cluster:
      "yours where one is named: it must run CloudNativePG, and is changed once you agree; else one of kind's where Docker answers and kind is there (not in a pipeline: CI), else the lab",
    examples: [
      ["up", "the stack dev, in the lab"],
      ["up --context kind-kind", "the stack dev, in a cluster of ~/.kube/config"],
      ["up --stack prod --yes", "without a question, for a pipeline"],
    ],
    page: "docs/getting-started.md",
  });
  return onStack(about).addOption(yes()).addOption(format()).action(act);
}

async function act(options: Options): Promise<void> {
  const started = performance.now();
  // A stack without a file, before anything is started.
  await stackNeeds(options.stack);
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const isJson = options.output === "json";
  await bringUp(createReport(), options, options.stack, agree(options), (outcome) => {
    const failed = outcome.logins.filter((login) => login.error !== undefined);
    const seconds = Math.round((performance.now() - started) / 1000);
    if (!isJson) for (const line of lines(options.stack, outcome, failed.length, seconds)) print(line);
    // Without Vault, the whole follows.
    else if (outcome.without === undefined) print(JSON.stringify(reportOf(options.stack, outcome, seconds), undefined, 2));
    if (failed.length > 0)
      throw new FixableError(
        `${failed.map((login) => login.service).join(", ")}: no login`,
        `\`cnpg-credentials status --stack ${options.stack}\` says what CloudNativePG makes of it`,
      );
  });
}

/** A cluster of one's own is changed by those who have seen which it is. */
function agree({ stack, yes: isAgreed }: Options): (target: Target) => Promise<void> {
  return async (target) => {
    if (target.kind === "lab" || target.isMade) return;
    const place = placeOf(stack, target);
    process.stderr.write(`up: ${place}\n`);
    if (isAgreed || (await confirm(`Bring up ${place}?`))) return;
    throw new FixableError("nothing was changed", "answer `y`, or give --yes");
  };
}

function lines(stack: string, { target, result, services, logins, without }: Outcome, failed: number, seconds: number): string[] {
  return [
    `\n${loginTable(services, logins)}\n`,
    `Cluster: ${target.title}`,
    `Stack ${stack}${without ? ` ${without}` : ""}: ${result.changed ? result.summary : `no change (${result.summary})`}`,
    `${logins.length - failed} of ${logins.length} services logged in over TLS, ${seconds} s in all`,
    ...result.warnings.map((warning) => `warning: ${warning}`),
  ];
}

/** Fields are added, never changed, while `schema` stays. */
function reportOf(stack: string, { target, result, services, logins }: Outcome, seconds: number): object {
  return {
    schema: 1,
    stack,
    target: { kind: target.kind, context: target.context, server: target.server },
    changed: result.changed,
    summary: result.summary,
    warnings: result.warnings,
    seconds,
    services: logins.map(({ service, error, tls, milliseconds }) => {
      const { database, role, secret, namespace, login } = services[service]!;
      return {
        service,
        database,
        role,
        login,
        namespace,
        secret,
        ok: error === undefined,
        ...(error === undefined ? { tls } : { error }),
        milliseconds,
      };
    }),
  };
}
