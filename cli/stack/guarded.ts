import { environmentOf, type Environment } from "../../config/environment";
import { FixableError } from "../../config/fixableError";
import { settingsIn } from "../../config/settings";
import { backendOf } from "./stack";
import { readStackFile } from "./stackFile";

/** Whether a stack is one of staging or prod, by its file or by its name. */
export async function isGuarded(name: string): Promise<boolean> {
  const { environment } = settingsIn((await readStackFile(name)).config ?? {});
  const found = environmentOf({ environment: environment as Environment | undefined }, name);
  return found === "staging" || found === "prod";
}

/**
 * Refuses to make passwords of staging or prod whose state would lie on this machine beside the passphrase that it is encrypted with.
 * @throws FixableError unless somebody is logged in to a backend
 */
export async function requireBackend(name: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { passphrase } = await backendOf(directory, env);
  if (passphrase === undefined) return;
  throw new FixableError(
    `the passwords of stack ${name} would be in ${directory}, beside the passphrase that they are encrypted with: whoever reads that directory has all of them`,
    "log in to a backend (`pulumi login`, or PULUMI_BACKEND_URL) with a secrets provider of its own: docs/state.md, which also says how a state is moved there",
  );
}
