import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { recover } from "../cli/recover";
import type { ServiceOutput } from "../cli/observe";
import { LabError } from "./errors";
import { isMissing, REPOSITORY } from "./paths";
import type { Update } from "./progress";

const PROJECT = "cnpg-credentials";

/** A stack of this program as `npm run up` keeps it: its state, passphrase and configuration lie outside the clone. */
export interface ManagedStack {
  name: string;
  /** Holds the state (unless the user is logged in elsewhere), the passphrase, the configuration and the logs. */
  directory: string;
  env: NodeJS.ProcessEnv;
  configFile: string;
}

/** What the stack's file of the repository cannot know of the cluster at hand. */
export interface Overrides {
  context: string;
  /** Image of Postgres where the cluster cannot pull the stack file's. */
  image?: string;
}

/** Commands that read the configuration. */
const CONFIGURED = new Set(["up", "update", "preview", "destroy", "refresh", "config"]);

/**
 * Makes the stack if it is not there, and writes its configuration: the repository's stack file with the overrides.
 *
 * @throws LabError when the passphrase does not fit the state that is there
 */
export async function openStack(name: string, directory: string, env: NodeJS.ProcessEnv, overrides: Overrides): Promise<ManagedStack> {
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  const stack: ManagedStack = {
    name,
    directory,
    env: { ...env, ...(await backend(directory, env)) },
    configFile: path.join(directory, `Pulumi.${name}.yaml`),
  };
  await fs.copyFile(path.join(REPOSITORY, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
  const salt = path.join(directory, `salt.${name}.yaml`);
  const known = await execa("pulumi", ["stack", "ls", "--json", "--project", PROJECT], { cwd: directory, env: stack.env });
  const exists = (JSON.parse(known.stdout) as { name: string }[]).some((one) => one.name.split("/").at(-1) === name);
  // `stack init` writes the salt of the passphrase into the stack's file of the project it is run in: here, not in the clone.
  if (!exists) {
    await fs.rm(stack.configFile, { force: true });
    await execa("pulumi", ["stack", "init", name, "--non-interactive"], { cwd: directory, env: stack.env });
    await fs.rename(stack.configFile, salt).catch(ignoreMissing);
  }
  const own = await fs.readFile(salt, "utf8").then(parse, ignoreMissing);
  const {
    encryptionsalt: _,
    secretsprovider: __,
    encryptedkey: ___,
    ...repository
  } = parse(await readStackFile(name)) as { config: Record<string, unknown> } & Record<string, unknown>;
  const key = (setting: string) => `${PROJECT}:${setting}`;
  const config = { ...repository.config };
  delete config[key("kubeconfig")];
  config[key("context")] = overrides.context;
  if (overrides.image !== undefined) config[key("cluster")] = { ...(config[key("cluster")] as object), image: overrides.image };
  const temporary = `${stack.configFile}.${process.pid}`;
  await fs.writeFile(temporary, stringify({ ...(own as object), ...repository, config }), { mode: 0o600 });
  await fs.rename(temporary, stack.configFile);
  return stack;
}

/** The namespace that a stack's file of the repository names. */
export async function stackNamespace(name: string): Promise<string> {
  const { config } = parse(await readStackFile(name)) as { config: Record<string, string> };
  return config[`${PROJECT}:namespace`]!;
}

async function readStackFile(name: string): Promise<string> {
  const file = path.join(REPOSITORY, `Pulumi.${name}.yaml`);
  return fs.readFile(file, "utf8").catch((cause) => {
    throw new LabError(`${file} cannot be read`, { remedy: "copy Pulumi.dev.yaml and edit it, or name a stack that has a file", cause });
  });
}

/** Where the state lives: where the user is logged in, else in the directory, under a passphrase that is made once. */
async function backend(directory: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.PULUMI_BACKEND_URL) return {};
  const credentials = await fs
    .readFile(path.join(process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "credentials.json"), "utf8")
    .then(JSON.parse, ignoreMissing);
  const { current, accessTokens } = (credentials ?? {}) as { current?: string; accessTokens?: Record<string, string> };
  if (current) return { PULUMI_BACKEND_URL: current, ...(accessTokens?.[current] ? { PULUMI_ACCESS_TOKEN: accessTokens[current] } : {}) };
  const state = path.join(directory, "state");
  await fs.mkdir(state, { recursive: true, mode: 0o700 });
  const passphrase = path.join(directory, "passphrase");
  await fs
    .writeFile(passphrase, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  return { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase, PULUMI_CONFIG_PASSPHRASE: undefined };
}

/** Runs pulumi on the stack with the terminal's own input and output. Returns its exit code. */
export async function runPulumi(stack: ManagedStack, args: readonly string[]): Promise<number> {
  const [command = "", ...rest] = args;
  const configured = CONFIGURED.has(command)
    ? ["--stack", stack.name, "--config-file", stack.configFile]
    : command === "stack"
      ? ["--stack", stack.name]
      : [];
  const { exitCode } = await execa("pulumi", [command, ...rest, ...configured], {
    cwd: REPOSITORY,
    env: stack.env,
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}

/** What an `up` did, in the engine's words: `14 to create`, `62 unchanged`. */
export interface UpResult {
  changed: boolean;
  summary: string;
}

/**
 * Clears what a killed run left, then brings the stack up.
 *
 * @throws LabError with the diagnostics of the engine and the log
 */
export async function up(stack: ManagedStack, update: Update): Promise<UpResult> {
  const recovered = await recover({ cwd: stack.directory, env: stack.env }, stack.name);
  const log = path.join(stack.directory, "up.log");
  const output = createWriteStream(log, { mode: 0o600 });
  for (const line of recovered) output.write(`${line}\n`);
  if (recovered.length > 0) update(recovered.join("; "));
  const run = execa(
    "pulumi",
    ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", stack.name, "--config-file", stack.configFile],
    {
      cwd: REPOSITORY,
      env: stack.env,
      stdin: "ignore",
      all: true,
      buffer: false,
      reject: false,
    },
  );
  const tail: string[] = [];
  let resources = 0;
  for await (const line of createInterface({ input: run.all })) {
    output.write(`${line}\n`);
    tail.push(line);
    if (/^ [+~-]+ .* (created|updated|deleted|replaced)/.test(line)) update(`${++resources} resources changed`);
  }
  const { exitCode } = await run;
  output.end();
  if (exitCode !== 0) {
    const diagnostics = tail.slice(tail.findIndex((line) => line.startsWith("Diagnostics:")));
    const text = diagnostics.join("\n");
    throw new LabError(`pulumi up of stack ${stack.name} failed\n${text}`, {
      log,
      remedy: /passphrase/.test(text)
        ? `give the passphrase that the state was made with (PULUMI_CONFIG_PASSPHRASE, or the file ${path.join(stack.directory, "passphrase")})`
        : "mend what it names and run the command again; what was made is taken up",
    });
  }
  const from = tail.findIndex((line) => line.startsWith("Resources:"));
  const counts =
    from < 0
      ? []
      : tail
          .slice(from + 1)
          .filter((line) => /^ {4}\S/.test(line))
          .map((line) => line.trim());
  return { changed: counts.some((line) => !/unchanged$/.test(line)), summary: counts.join(", ") };
}

/** The stack's outputs. */
export async function outputs(stack: ManagedStack): Promise<{ cluster: string; services: Record<string, ServiceOutput> }> {
  const { stdout } = await execa("pulumi", ["stack", "output", "--json", "--stack", stack.name], { cwd: stack.directory, env: stack.env });
  return JSON.parse(stdout) as { cluster: string; services: Record<string, ServiceOutput> };
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
