// The lab, and whatever cluster `KUBECONFIG` or `--kubeconfig` names instead: npm run up, down, status, pulumi, kubectl, psql.
import { Command } from "commander";
import { execa } from "execa";
import { run } from "../cli/command";
import { loginAll } from "../cli/login";
import { observe } from "../cli/observe";
import { stopLab } from "./cluster";
import { LabError } from "./errors";
import { createReport } from "./progress";
import { psqlArguments } from "./psql";
import { outputs, runPulumi } from "./stack";
import { columns, loginTable } from "./table";
import { openTargetStack, runningTarget, startTarget, type Target, type TargetOptions } from "./target";
import { kubectlPath } from "./toolchain";
import { bringUp } from "./up";

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
  const { target, result, services, logins } = await bringUp(report, options, options.stack);
  print(`\n${loginTable(services, logins)}\n`);
  const failed = logins.filter((login) => login.error !== undefined);
  print(`Cluster: ${target.title}`);
  print(`Stack ${options.stack}: ${result.changed ? result.summary : `no change (${result.summary})`}`);
  print(
    `${logins.length - failed.length} of ${logins.length} services logged in over TLS, ${((performance.now() - started) / 1000).toFixed(0)} s in all`,
  );
  if (failed.length > 0)
    throw new LabError(`${failed.map((login) => login.service).join(", ")}: no login`, {
      remedy: "`npm run status` says what CloudNativePG makes of it",
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

command("pulumi", "Run pulumi on the stack: `npm run pulumi -- preview --diff`.")
  .argument("<args...>")
  .passThroughOptions()
  .action(async (args: string[], options: Options) => {
    process.exitCode = await runPulumi(await openTargetStack(report, await startTarget(report, options), options.stack), args);
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
      throw new LabError(`stack ${options.stack} has no service ${service}`, { remedy: `it has ${Object.keys(services).join(", ")}` });
    process.exitCode = await kubectl(target, await psqlArguments(target.config, cluster, service, output, args, process.stdin.isTTY));
  });

async function kubectl(target: Target, args: readonly string[]): Promise<number> {
  const { exitCode } = await execa(await kubectlPath(), ["--context", target.context, ...args], {
    env: { KUBECONFIG: target.kubeconfig },
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}

void run(program);
