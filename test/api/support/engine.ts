import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { asConfig } from "../../../config/settings";
import { REPOSITORY } from "../../../lab/paths";
import { createReport } from "../../../lab/progress";
import { ensurePulumi } from "../../../lab/toolchain";
import type { Settings } from "./program";
import { STACK } from "./stage";
import { here } from "./world";

/** The real engine with the real providers, and a stack whose state is a directory. */
export interface Engine {
  /** Where the stack without anything in it is. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What a command ended with, and printed. */
export interface Ended {
  readonly code: number;
  readonly text: string;
}

let copies = 0;

/** Makes the stack. Engine and providers are built where the cache lacks them. */
export async function makeEngine(): Promise<Engine> {
  const tools = await ensurePulumi(createReport());
  const directory = path.join(here().server.directory, "engine");
  await fs.mkdir(path.join(directory, "state"), { recursive: true });
  await fs.copyFile(path.join(REPOSITORY, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
  const passphrase = { PULUMI_CONFIG_PASSPHRASE: "of the test", PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
  const env = { ...process.env, ...tools, ...passphrase, KUBECONFIG: here().server.kubeconfig };
  await execa("pulumi", ["stack", "init", STACK, "--non-interactive"], { cwd: directory, env: { ...env, ...backend(directory) } });
  return { directory, env };
}

/** Brings up a copy of that stack with these settings, as somebody does who has just made it. */
export async function up(engine: Engine, settings: Settings, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const directory = `${engine.directory}-${++copies}`;
  await fs.cp(engine.directory, directory, { recursive: true });
  await fs.mkdir(path.join(directory, "tmp"));
  const file = path.join(directory, `Pulumi.${STACK}.yaml`);
  const encryption = parse(await fs.readFile(file, "utf8")) as object;
  await fs.writeFile(file, stringify({ ...encryption, config: asConfig(settings) }));
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", STACK, "--config-file", file];
  const run = await execa("pulumi", args, {
    cwd: REPOSITORY,
    // The provider leaves copies of the kubeconfig among temporary files.
    env: { ...engine.env, ...backend(directory), TMPDIR: path.join(directory, "tmp"), ...env },
    stdin: "ignore",
    all: true,
    reject: false,
  });
  return { code: run.exitCode ?? -1, text: run.all };
}

const backend = (directory: string) => ({ PULUMI_BACKEND_URL: `file://${path.join(directory, "state")}` });
