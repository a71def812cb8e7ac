import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { hasStateFile, mendBackend } from "../recover/recover";
import { pulumi, type ManagedStack } from "./engine";
import { isMissing, REPOSITORY } from "../../lab/paths";
import type { StackDocument } from "../../config/file";
import { projectName } from "./project";
import { override, readStackFile, type Overrides } from "./stackFile";

/**
 * What a stack's file says of the encryption of its secrets. It belongs to the state, not to the
 * configuration.
 */
const ENCRYPTION = ["encryptionsalt", "secretsprovider", "encryptedkey"];

/**
 * Makes the stack if it is not there, and writes its configuration: the repository's stack file
 * with the overrides.
 *
 * @throws FixableError when the repository has no such stack file
 */
export async function openStack(name: string, directory: string, env: NodeJS.ProcessEnv, overrides: Overrides): Promise<ManagedStack> {
  const repository = await readStackFile(name);
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  const stack: ManagedStack = {
    name,
    directory,
    env: { ...env, ...(await backend(directory, env)), TMPDIR: await temporaryDirectory(directory, name) },
    configFile: path.join(directory, `Pulumi.${name}.yaml`),
    log: path.join(directory, `up-${name}.log`),
  };
  const project = await fs.readFile(path.join(REPOSITORY, "Pulumi.yaml"), "utf8");
  await writeWhole(path.join(directory, "Pulumi.yaml"), project.replace(/^name: .*$/m, `name: ${projectName()}`));
  await mendBackend({ cwd: directory, env: stack.env });
  // `stack init` writes the salt of the passphrase into the stack's file of the project it is run
  // in: here, not in the clone.
  if (!(await exists(stack))) await pulumi(stack, "stack", "init", name, "--non-interactive");
  const own = await fs.readFile(stack.configFile, "utf8").then((text) => parse(text) as StackDocument, ignoreMissing);
  const encryption = Object.entries(own ?? {}).filter(([key]) => ENCRYPTION.includes(key));
  const config = override(name, repository, overrides);
  await writeWhole(stack.configFile, stringify({ ...Object.fromEntries(encryption), config }));
  return stack;
}

async function exists(stack: ManagedStack): Promise<boolean> {
  if (await hasStateFile({ cwd: stack.directory, env: stack.env }, stack.name)) return true;
  const list = await pulumi(stack, "stack", "ls", "--json", "--project", projectName());
  return (JSON.parse(list) as { name: string }[]).some((one) => one.name.split("/").at(-1) === stack.name);
}

/** Another command may read the file at this moment: it finds the former text or this one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await fs.writeFile(temporary, text, { mode: 0o600 });
  await fs.rename(temporary, file);
}

/**
 * The Kubernetes provider leaves a copy of the kubeconfig, credentials included, in the directory
 * for temporary files at each of its starts. Each stack has its own directory: another stack's
 * provider may be about to read its copy.
 */
async function temporaryDirectory(directory: string, name: string): Promise<string> {
  const temporary = path.join(directory, "tmp", name);
  await fs.mkdir(temporary, { recursive: true, mode: 0o700 });
  const left = (await fs.readdir(temporary)).filter((name) => /^kubeconfig\d+$/.test(name));
  await Promise.all(left.map((name) => fs.rm(path.join(temporary, name), { force: true })));
  return temporary;
}

/** Where a stack's state is. */
export interface Backend {
  /** As `pulumi login` takes it. */
  readonly url: string;
  /** What pulumi finds it by. */
  readonly env: NodeJS.ProcessEnv;
  /** The file of its passphrase, where the state is in a directory that `up` has made. */
  readonly passphrase?: string;
}

/**
 * Where the state lives: where the user is logged in, else in the directory, under a passphrase
 * that is made once. Makes nothing.
 */
export async function backendOf(directory: string, env: NodeJS.ProcessEnv): Promise<Backend> {
  if (env.PULUMI_BACKEND_URL) return { url: env.PULUMI_BACKEND_URL, env: {} };
  const credentials = path.join(env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "credentials.json");
  const text = await fs.readFile(credentials, "utf8").catch(ignoreMissing);
  const { current, accessTokens } = JSON.parse(text ?? "{}") as { current?: string; accessTokens?: Record<string, string> };
  if (current) {
    const token = accessTokens?.[current] ? { PULUMI_ACCESS_TOKEN: accessTokens[current] } : {};
    return { url: current, env: { PULUMI_BACKEND_URL: current, ...token } };
  }
  const url = `file://${stateDirectory(directory)}`;
  const passphrase = path.join(directory, "passphrase");
  const own = { PULUMI_BACKEND_URL: url, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase, PULUMI_CONFIG_PASSPHRASE: undefined };
  return { url, passphrase, env: own };
}

const stateDirectory = (directory: string): string => path.join(directory, "state");

/** Where the engine keeps a stack's state, if that is in the directory. */
export function localStateFile(directory: string, name: string): string {
  return path.join(stateDirectory(directory), ".pulumi", "stacks", projectName(), `${name}.json`);
}

/** The same, with the directory and the passphrase that it names. */
async function backend(directory: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const { passphrase, env: own } = await backendOf(directory, env);
  if (passphrase === undefined) return own;
  await fs.mkdir(stateDirectory(directory), { recursive: true, mode: 0o700 });
  // Whole or not at all, and never a second one.
  const temporary = `${passphrase}.${process.pid}`;
  await fs.writeFile(temporary, randomBytes(24).toString("base64url"), { mode: 0o600 });
  await fs.link(temporary, passphrase).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await fs.rm(temporary);
  return own;
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
