import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { Lab } from "../../lab/cluster";
import { measure, type Run } from "./measure";
import { WORKSPACE } from "./clone";
import type { InState } from "./recorded";

/** Where stacks are made: a lab, and the environment of a pulumi. */
export interface Place {
  lab: Lab;
  tools: Readonly<Record<string, string>>;
}

/** A stack that the benchmark runs: a program, its configuration, a namespace of its own in the lab. */
export interface BenchStack {
  name: string;
  project: string;
  /** The program's directory. */
  directory: string;
  configFile: string;
  env: NodeJS.ProcessEnv;
}

/** What a stack of the benchmark is made from. */
export interface BenchStackArgs {
  /** Names the stack and the namespace. */
  name: string;
  project: "cnpg-credentials" | "bare" | "alike";
  directory: string;
  config: Readonly<Record<string, unknown>>;
}

/** Makes the stack and its namespace; nothing is in it yet. */
export async function makeStack({ lab, tools }: Place, args: BenchStackArgs): Promise<BenchStack> {
  const { name, project, directory } = args;
  const state = path.join(WORKSPACE, "state");
  await fs.mkdir(state, { recursive: true });
  const env = { ...tools, KUBECONFIG: lab.kubeconfig, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "bench" };
  const configFile = path.join(WORKSPACE, `Pulumi.${name}.yaml`);
  const own = path.join(directory, `Pulumi.${name}.yaml`);
  await execa("pulumi", ["stack", "init", name, "--non-interactive"], { cwd: directory, env });
  const { encryptionsalt } = parse(await fs.readFile(own, "utf8")) as { encryptionsalt: string };
  await fs.rm(own);
  const config = { ...args.config, namespace: name, context: lab.context };
  const prefixed = Object.fromEntries(Object.entries(config).map(([key, value]) => [`${project}:${key}`, value]));
  await fs.writeFile(configFile, stringify({ encryptionsalt, config: prefixed }));
  await makeNamespace(lab, name);
  return { name, project, directory, configFile, env };
}

/** Runs the engine on the stack, measured. */
export function pulumi(stack: BenchStack, command: "preview" | "up" | "destroy", ...options: string[]): Promise<Run> {
  const yes = command === "preview" ? [] : ["--yes", "--skip-preview"];
  return measure(
    [
      "pulumi",
      command,
      ...yes,
      "--non-interactive",
      "--color",
      "never",
      "--stack",
      stack.name,
      "--config-file",
      stack.configFile,
      ...options,
    ],
    { cwd: stack.directory, env: stack.env },
  );
}

/** What grows in a state with what is in it. */
export interface StateFacts {
  bytes: number;
  custom: number;
  components: number;
  /** Of one resource to another. */
  edges: number;
}

export async function readState(stack: BenchStack): Promise<StateFacts> {
  const file = path.join(WORKSPACE, "state", ".pulumi", "stacks", stack.project, `${stack.name}.json`);
  const text = await fs.readFile(file, "utf8");
  const { resources } = (JSON.parse(text) as { checkpoint: { latest: { resources: InState[] } } }).checkpoint.latest;
  return {
    bytes: Buffer.byteLength(text),
    custom: resources.filter(({ custom }) => custom).length,
    components: resources.filter(({ custom }) => !custom).length,
    edges: resources.reduce((sum, { dependencies = [] }) => sum + dependencies.length, 0),
  };
}

export async function makeNamespace(lab: Lab, name: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(lab.kubeconfig);
  await config.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name } } });
}
