// The lab, and whatever cluster `KUBECONFIG` or `--kubeconfig` names instead: npm run up, down, status, pulumi, kubectl, psql.
import { Command, Option } from "commander";
import { execa } from "execa";
import { columns } from "./shared/tables";
import { run } from "./shared/command";
import { drift, exitCode, renderJson, renderText } from "./drift";
import { loginAll } from "./shared/login";
import { observe } from "./shared/observe";
import * as smoke from "./smoke/command";
import { vaultToken } from "./drift/vaultToken";
import { stopLab } from "../lab/cluster";
import { outputs, runPulumi } from "./stack/engine";
import { FixableError } from "../config/fixableError";
import { addInventory } from "./inventory/command";
import { addMigrate } from "./migrate/command";
import { createReport } from "../lab/progress";
import { psqlArguments } from "./up/psql";
import { addReview } from "./review/command";
import { addRetire, addRotate } from "./rotate/command";
import { loginTable } from "./up/loginTable";
import {
  clientTarget,
  namedTarget,
  openTargetStack,
  prepareTarget,
  runningTarget,
  startTarget,
  type Target,
  type TargetOptions,
} from "./stack/target";
import { kubectlPath } from "../lab/toolchain";
import { bringUp } from "./up/up";

type Options = TargetOptions & { stack: string };

const report = createReport();
const print = (text: string) => process.stdout.write(`${text}\n`);

const program = new Command("lab").enablePositionalOptions();

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--kubeconfig <file>", "a cluster of your own, as KUBECONFIG does; neither: the lab")
    .option("--context <name>", "another context than the kubeconfig's current one")
    .option("-s, --stack <name>", "the stack", "dev");
}

command("up", "Bring the cluster and the stack up, and log in with every service's Secret.").action(async (options: Options) => {
  const started = performance.now();
  await bringUp(report, options, options.stack, ({ target, result, services, logins, without }) => {
    print(`\n${loginTable(services, logins)}\n`);
    const failed = logins.filter((login) => login.error !== undefined);
    print(`Cluster: ${target.title}`);
    print(`Stack ${options.stack}${without ? ` ${without}` : ""}: ${result.changed ? result.summary : `no change (${result.summary})`}`);
    print(
      `${logins.length - failed.length} of ${logins.length} services logged in over TLS, ${((performance.now() - started) / 1000).toFixed(0)} s in all`,
    );
    for (const warning of result.warnings) print(`warning: ${warning}`);
    if (failed.length > 0)
      throw new FixableError(
        `${failed.map((login) => login.service).join(", ")}: no login`,
        "`npm run status` says what CloudNativePG makes of it",
      );
  });
});

program
  .command("down")
  .description("End the lab and remove everything that it has made, its databases included. A cluster of your own is left alone.")
  .action(async () => {
    const existed = await stopLab(report);
    print(existed ? "The lab is gone." : "There is no lab.");
  });

command("status", "Say what CloudNativePG and a login make of every service.").action(async (options: Options) => {
  const target = await runningTarget(options);
  const stack = await openTargetStack(report, target, options.stack);
  const { cluster, services } = await outputs(stack);
  const observation = await observe(target.config, cluster, services);
  const logins = observation.primary === undefined ? [] : await loginAll(target.config, cluster, observation.primary, services);
  print(`Cluster: ${target.title}\nPostgres: ${cluster}, ${observation.phase}\n`);
  print(loginTable(services, logins));
  const waiting = observation.services.flatMap(({ service, waiting: reasons }) => reasons.map((reason) => [service, reason]));
  if (waiting.length > 0) print(`\n${columns([["SERVICE", "WAITS FOR"], ...waiting])}`);
  if (waiting.length > 0 || logins.length === 0 || logins.some((login) => login.error !== undefined)) process.exitCode = 1;
});

command(
  "drift",
  "Compare Secrets, CloudNativePG, Postgres and copies in Vault with what Pulumi wrote. Exit 0: clean, 1: something was found, 2: it failed.",
)
  .option("--no-login", "log in nowhere, and look at nothing in Postgres")
  .option("--no-vault", "read no copies in Vault")
  .option("--vault-roles", "with VAULT_TOKEN: look for roles of CloudNativePG's in Vault's database engines (VAULT_ADDR: of another Vault)")
  .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["text", "json"]).default("text"))
  .action(async (options: Options & { login: boolean; vault: boolean; vaultRoles?: true; output: "text" | "json" }) => {
    const { stack, login, vault, vaultRoles, output } = options;
    const token = vaultRoles ? await vaultToken() : undefined;
    const target = await runningTarget(options);
    const { directory, env } = await openTargetStack(report, target, stack);
    const found = await drift({
      pulumi: { cwd: directory, env },
      stack,
      config: target.config,
      target: namedTarget(options),
      noLogin: !login,
      noVault: !vault,
      ...(token === undefined ? {} : { vaultRoles: token }),
    });
    print(output === "json" ? renderJson(found) : renderText(found));
    process.exitCode = exitCode(found);
  });

command(
  "smoke",
  "Wait until every Secret that should be there is, with all its keys. Exit 0: so it is, 1: something is missing in the end, 2: it failed.",
)
  .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["text", "json"]).default("text"))
  .addHelpText("after", "\nEXTERNALSECRET_WAIT_ATTEMPTS (60) times it looks, EXTERNALSECRET_WAIT_SLEEP (5) seconds apart.")
  .action(async (options: Options & { output: "text" | "json" }) => {
    const { stack, output } = options;
    const target = await runningTarget(options);
    const found = await outputs(await openTargetStack(report, target, stack));
    const named = clientTarget(options, target);
    const result = await report.step("Secrets", (update) =>
      smoke.smoke({ stack, outputs: found, target: named, env: process.env, update }),
    );
    print(output === "json" ? smoke.renderJson(result) : smoke.renderText(result));
    process.exitCode = smoke.exitCode(result);
  });

addInventory(
  command(
    "inventory",
    "Say where every Secret of the stack comes from, from its file and the catalogue alone. Exit 0: as it should be, 1: a difference, or a page that is stale, 2: it failed.",
  ),
);
addReview(
  command(
    "review",
    "Say what a preview would change, for a pull request: what is destroyed first, and no value of anything. Exit 0: nothing is destroyed, 1: something is, 2: the preview failed, or breaks a rule.",
  ),
  report,
);
addMigrate(
  command(
    "migrate",
    "Say how databases' credentials get from Vault to CloudNativePG, and where each service stands; changes nothing. Exit 0: nothing is left, 1: `check` found something, 2: it failed.",
  ),
);

command("pulumi", "Run pulumi on the stack: `npm run pulumi -- preview --diff`.")
  .argument("<args...>")
  .passThroughOptions()
  .action(async (args: string[], options: Options) => {
    const target = await startTarget(report, options);
    await prepareTarget(report, target, options.stack);
    process.exitCode = await runPulumi(await openTargetStack(report, target, options.stack), args);
  });

command("kubectl", "Run kubectl: `npm run kubectl -- get pods -A`.")
  .argument("<args...>")
  .passThroughOptions()
  .action(async (args: string[], options: Options) => {
    process.exitCode = await kubectl(await runningTarget(options), args);
  });

command("psql", "Open psql as a service, with its Secret, from a pod in its namespace: `npm run psql -- platform`.")
  .argument("<service>")
  .argument("[args...]")
  .passThroughOptions()
  .action(async (service: string, args: string[], options: Options) => {
    const target = await runningTarget(options);
    const stack = await openTargetStack(report, target, options.stack);
    const { cluster, services } = await outputs(stack);
    const output = services[service];
    if (output === undefined)
      throw new FixableError(`stack ${options.stack} has no service ${service}`, `it has ${Object.keys(services).join(", ")}`);
    process.exitCode = await kubectl(target, await psqlArguments(target.config, cluster, service, output, args, process.stdin.isTTY));
  });

addRotate(
  command("rotate", "Give services new passwords: write their next turn into the stack file, show the preview, ask, apply."),
  report,
);
addRetire(command("retire", "End the previous credential of services: it may not log in any more."), report);

async function kubectl(target: Target, args: readonly string[]): Promise<number> {
  const { exitCode } = await execa(await kubectlPath(), ["--context", target.context, ...args], {
    env: { KUBECONFIG: target.kubeconfig },
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}

void run(program);
