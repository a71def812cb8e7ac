import type { Command } from "commander";
import type { ServiceOutput } from "../../catalog/outputs";
import { FixableError } from "../../config/fixableError";
import { didYouMean } from "../../config/similar";
import { createReport } from "../../lab/progress";
import { kubectl } from "../kubectl/run";
import { describe, onStack } from "../shared/options";
import { existingOutputs } from "../stack/existing";
import { answeringTarget, placeOf, type TargetOptions } from "../stack/target";
import { BEGIN, endsByItself, psqlArguments } from "./arguments";

export function psql(): Command {
  const about = describe({
    name: "psql",
    description:
      "Open psql as a service, with its Secret, from a pod in its namespace. Without a service: say which there are. Arguments behind the service are psql's, those behind a `--` whatever they are. Sessions begin with the system's own names alone: the service's objects take their schema (`public.orders`), or `set search_path to public`.",
    cluster: "the stack's, else the lab; it gets a pod for as long as psql runs",
    examples: [
      ["psql platform", "a prompt in its database"],
      ["psql platform --stack prod -c 'select now()'", "one statement"],
      ["psql platform -- -s", "psql's own -s, which is otherwise the stack"],
    ],
  });
  return onStack(about).argument("[service]").argument("[args...]").passThroughOptions().action(act);
}

async function act(service: string | undefined, args: readonly string[], options: TargetOptions): Promise<void> {
  const target = await answeringTarget(options);
  const { cluster, services, pods } = await existingOutputs(createReport(), target, options.stack);
  const output = serviceOf(services, service, options.stack);
  if (process.stdin.isTTY) process.stderr.write(`psql as ${service}: ${placeOf(options.stack, target)}\n`);
  const theirs = withoutDashes(args);
  const terminal = process.stdin.isTTY && !endsByItself(theirs);
  const words = await psqlArguments(target.config, cluster, service!, output, theirs, terminal, options.stack, pods);
  process.exitCode = await kubectl(target, words, terminal ? undefined : BEGIN);
}

/** The first `--` ends what is ours; psql would take it for the end of its own options. */
export function withoutDashes(args: readonly string[]): string[] {
  const at = args.indexOf("--");
  return at < 0 ? [...args] : [...args.slice(0, at), ...args.slice(at + 1)];
}

/** @throws FixableError that says which services there are */
export function serviceOf(services: Readonly<Record<string, ServiceOutput>>, service: string | undefined, stack: string): ServiceOutput {
  const names = Object.keys(services);
  const there = `it has ${names.join(", ")}`;
  if (service === undefined) throw new FixableError(`no service of stack ${stack} is named to open psql as`, there);
  if (!Object.hasOwn(services, service))
    throw new FixableError(`stack ${stack} has no service ${service}${didYouMean(service, names)}`, there);
  return services[service]!;
}
