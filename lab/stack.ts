import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { ExternalSecretsSummary } from "../catalog/fetched";
import { PROJECT } from "../config/file";
import { mendBackend, recover, UpdateRunning } from "../cli/recover";
import type { ServiceOutput } from "../cli/observe";
import { LabError } from "./errors";
import { DEFAULT_NAMESPACE, withParts, type VaultParts } from "./extras";
import { isMissing, REPOSITORY } from "./paths";
import type { Update } from "./progress";
import type { PluginName } from "./toolchain/pulumi";
import { eventually } from "./wait";

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
  /** What Vault is made of there, where the cluster cannot pull the stack file's images. */
  vault?: VaultParts;
  /** Image of Node for gates, likewise. */
  nodeImage?: string;
}

/** Commands that read the configuration. */
const CONFIGURED = new Set(["up", "update", "preview", "destroy", "refresh", "config"]);

/** Of an engine that gives no diagnosis. */
const LAST_LINES = 20;

/** How often the progress of an `up` is told. */
const UPDATE_MS = 2_000;

/** What a stack's file says of the encryption of its secrets. It belongs to the state, not to the configuration. */
const ENCRYPTION = ["encryptionsalt", "secretsprovider", "encryptedkey"];

/** A stack's file. */
type StackFile = Record<string, unknown> & { config?: Record<string, unknown> };

/**
 * Makes the stack if it is not there, and writes its configuration: the repository's stack file with the overrides.
 *
 * @throws LabError when the repository has no such stack file
 */
export async function openStack(name: string, directory: string, env: NodeJS.ProcessEnv, overrides: Overrides): Promise<ManagedStack> {
  const repository = await readStackFile(name);
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  const stack: ManagedStack = {
    name,
    directory,
    env: { ...env, ...(await backend(directory, env)), TMPDIR: await temporaryDirectory(directory) },
    configFile: path.join(directory, `Pulumi.${name}.yaml`),
  };
  await fs.copyFile(path.join(REPOSITORY, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
  await mendBackend({ cwd: directory, env: stack.env });
  const list = await pulumi(stack, "stack", "ls", "--json", "--project", PROJECT);
  const exists = (JSON.parse(list) as { name: string }[]).some((one) => one.name.split("/").at(-1) === name);
  // `stack init` writes the salt of the passphrase into the stack's file of the project it is run in: here, not in the clone.
  if (!exists) await pulumi(stack, "stack", "init", name, "--non-interactive");
  const own = await fs.readFile(stack.configFile, "utf8").then((text) => parse(text) as StackFile, ignoreMissing);
  const encryption = Object.entries(own ?? {}).filter(([key]) => ENCRYPTION.includes(key));
  const temporary = `${stack.configFile}.${process.pid}`;
  const config = override(name, repository, overrides);
  await fs.writeFile(temporary, stringify({ ...Object.fromEntries(encryption), config }), { mode: 0o600 });
  await fs.rename(temporary, stack.configFile);
  return stack;
}

/** The Kubernetes provider leaves a copy of the kubeconfig, credentials included, in the directory for temporary files at each of its starts. */
async function temporaryDirectory(directory: string): Promise<string> {
  const temporary = path.join(directory, "tmp");
  await fs.mkdir(temporary, { recursive: true, mode: 0o700 });
  const left = (await fs.readdir(temporary)).filter((name) => /^kubeconfig\d+$/.test(name));
  await Promise.all(left.map((name) => fs.rm(path.join(temporary, name), { force: true })));
  return temporary;
}

function override(
  name: string,
  { config = {} }: StackFile,
  { context, image, vault: parts, nodeImage }: Overrides,
): Record<string, unknown> {
  const { [`${PROJECT}:kubeconfig`]: _kubeconfig, [`${PROJECT}:cluster`]: cluster, [`${PROJECT}:vault`]: vault, ...rest } = config;
  const gates = Object.entries((config[`${PROJECT}:gates`] ?? {}) as Record<string, object>);
  return {
    ...rest,
    ...(nodeImage === undefined || gates.length === 0
      ? {}
      : { [`${PROJECT}:gates`]: Object.fromEntries(gates.map(([name, gate]) => [name, { ...gate, image: nodeImage }])) }),
    ...(vault === undefined
      ? {}
      : { [`${PROJECT}:vault`]: parts === undefined ? vault : withParts(vault as Record<string, unknown>, parts, name) }),
    [`${PROJECT}:context`]: context,
    [`${PROJECT}:cluster`]: image === undefined ? cluster : { ...(cluster as object), image },
  };
}

/** What has to be there before a stack. */
export interface StackNeeds {
  readonly namespace: string;
  /** Of a Vault of its own. */
  readonly vaultNamespace?: string;
  readonly vault: boolean;
  readonly gates: boolean;
  /** Providers that it uses beside those of every stack, and that the lab can have. */
  readonly plugins: readonly PluginName[];
}

/** What a stack's file of the repository says of that. */
export async function stackNeeds(name: string): Promise<StackNeeds> {
  const { config = {} } = await readStackFile(name);
  const vault = config[`${PROJECT}:vault`] as
    { server?: { kind?: string; namespace?: string }; configuration?: { by?: string } } | undefined;
  return {
    namespace: config[`${PROJECT}:namespace`] as string,
    ...(vault?.server?.kind === "deployed" ? { vaultNamespace: vault.server.namespace ?? DEFAULT_NAMESPACE } : {}),
    vault: vault !== undefined,
    gates: config[`${PROJECT}:gates`] !== undefined,
    plugins: vault?.configuration?.by === "pulumi" ? ["vault"] : [],
  };
}

/** The file of the repository that holds a stack's configuration. */
export function stackFile(name: string): string {
  return path.join(REPOSITORY, `Pulumi.${name}.yaml`);
}

async function readStackFile(name: string): Promise<StackFile> {
  const file = stackFile(name);
  const text = await fs.readFile(file, "utf8").catch((cause: unknown) => {
    throw new LabError(`${file} cannot be read`, { remedy: "copy Pulumi.dev.yaml and edit it, or name a stack that has a file", cause });
  });
  return parse(text) as StackFile;
}

/** Where the state lives: where the user is logged in, else in the directory, under a passphrase that is made once. */
async function backend(directory: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.PULUMI_BACKEND_URL) return {};
  const credentials = path.join(process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "credentials.json");
  const text = await fs.readFile(credentials, "utf8").catch(ignoreMissing);
  const { current, accessTokens } = JSON.parse(text ?? "{}") as { current?: string; accessTokens?: Record<string, string> };
  if (current) return { PULUMI_BACKEND_URL: current, ...(accessTokens?.[current] ? { PULUMI_ACCESS_TOKEN: accessTokens[current] } : {}) };
  const state = path.join(directory, "state");
  await fs.mkdir(state, { recursive: true, mode: 0o700 });
  const passphrase = path.join(directory, "passphrase");
  // Whole or not at all, and never a second one.
  const temporary = `${passphrase}.${process.pid}`;
  await fs.writeFile(temporary, randomBytes(24).toString("base64url"), { mode: 0o600 });
  await fs.link(temporary, passphrase).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await fs.rm(temporary);
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

/** Lines that say what went wrong, of all that the engine has printed: the outputs, which follow them, are as they were. */
function diagnostics(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => line.startsWith("Diagnostics:"));
  // It gives up before it begins: a lock, a plugin that is not there.
  if (from < 0) return lines.slice(-LAST_LINES);
  const to = lines.findIndex((line, index) => index > from && /^(Outputs|Resources):/.test(line));
  return lines.slice(from, to < 0 ? undefined : to);
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
  const recovered = await recovery(stack, update);
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
  let said = 0;
  for await (const line of createInterface({ input: run.all })) {
    output.write(`${line}\n`);
    tail.push(line);
    if (!/^ [+~-]+ .* (created|updated|deleted|replaced)/.test(line)) continue;
    resources++;
    if (performance.now() < said + UPDATE_MS) continue;
    said = performance.now();
    update(`${resources} resources changed`);
  }
  const { exitCode } = await run;
  output.end();
  if (exitCode !== 0) {
    const text = diagnostics(tail).join("\n");
    throw new LabError(`pulumi up of stack ${stack.name} failed\n${text}`, {
      log,
      remedy: remedy(stack, text),
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

/** Recovers the stack, after whatever updates it at the moment has ended: a killed run can leave an engine that is about to notice. */
function recovery(stack: ManagedStack, update: Update): Promise<string[]> {
  const expired = () => new LabError(`another update of stack ${stack.name} does not end`, { remedy: "see what it waits for, or end it" });
  return eventually({ seconds: 600, everyMs: 1000, expired }, () =>
    recover({ cwd: stack.directory, env: stack.env }, stack.name).catch((error: unknown) => {
      if (!(error instanceof UpdateRunning)) throw error;
      return void update(error.message);
    }),
  );
}

/** What the stack says of itself. */
export interface Outputs {
  cluster: string;
  services: Record<string, ServiceOutput>;
  /** Where it has Vault. */
  externalSecrets?: ExternalSecretsSummary;
}

/** The stack's outputs. */
export async function outputs(stack: ManagedStack): Promise<Outputs> {
  const { cluster, services, externalSecrets } = JSON.parse(
    await pulumi(stack, "stack", "output", "--json", "--stack", stack.name),
  ) as Partial<Outputs>;
  if (!cluster || !services) throw new LabError(`stack ${stack.name} has not been brought up`, { remedy: "`npm run up`" });
  return { cluster, services, ...(externalSecrets === undefined ? {} : { externalSecrets }) };
}

/** Runs pulumi beside the stack's configuration and returns what it prints. */
async function pulumi(stack: ManagedStack, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa("pulumi", args, { cwd: stack.directory, env: stack.env, reject: false });
  if (exitCode !== 0) throw new LabError(`pulumi ${args.join(" ")} failed\n${stderr}`, { remedy: remedy(stack, stderr) });
  return stdout;
}

function remedy(stack: ManagedStack, diagnostics: string): string {
  return /passphrase/.test(diagnostics)
    ? `give the passphrase that the state was made with: PULUMI_CONFIG_PASSPHRASE, or the file ${path.join(stack.directory, "passphrase")}`
    : "mend what it names and run the command again; what was made is taken up";
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
