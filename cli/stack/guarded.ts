import * as fs from "node:fs";
import { environmentOf, type Environment } from "../../config/environment";
import { FixableError } from "../../config/fixableError";
import { PROVE_SERVER, whyUnproven } from "../../kube/kubeconfig";
import { settingsIn } from "../../config/settings";
import { backendOf, localStateFile } from "./stack";
import { readStackFile } from "./stackFile";

/** What a stack is one of, by its file or by its name. */
async function environmentOfStack(name: string): Promise<Environment | undefined> {
  const { environment } = settingsIn((await readStackFile(name)).config ?? {});
  return environmentOf({ environment: environment as Environment | undefined }, name);
}

/** Whether a stack is one of staging or prod. */
export async function isGuarded(name: string): Promise<boolean> {
  const found = await environmentOfStack(name);
  return found === "staging" || found === "prod";
}

/**
 * Refuses to speak of a stack to an API server that nobody proves, unless it is one of dev.
 * @throws FixableError before the server is asked anything
 */
export async function requireProof(name: string, cluster: Parameters<typeof whyUnproven>[0], by: string): Promise<void> {
  const reason = whyUnproven(cluster);
  if (reason === undefined || (await environmentOfStack(name)) === "dev") return;
  throw new FixableError(`${by}: ${reason}, with every Secret of stack ${name}`, PROVE_SERVER);
}

/**
 * Refuses to make passwords of staging or prod whose state would lie on this machine beside the
 * passphrase that it is encrypted with.
 * @throws FixableError unless somebody is logged in to a backend
 */
export async function requireBackend(name: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { passphrase } = await backendOf(directory, env);
  if (passphrase === undefined) return;
  throw new FixableError(
    `the passwords of stack ${name} would be in ${directory}, beside the passphrase that they are encrypted with: a reader of that directory has all of them`,
    "log in to a backend (`pulumi login`, or PULUMI_BACKEND_URL) with a secrets provider of its own: docs/state.md, which also says how a state is moved there. A stack to try things out has `environment: dev` in its file",
  );
}

/**
 * The same for every stack that is not of dev, by any command, before its state is made.
 * @throws FixableError unless somebody is logged in to a backend, or the state is there already
 */
export async function requireBackendToMake(name: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  if ((await environmentOfStack(name)) === "dev" || fs.existsSync(localStateFile(directory, name))) return;
  await requireBackend(name, directory, env);
}
