import * as path from "node:path";
import { REPOSITORY } from "../../lab/paths";

/**
 * Where whoever called the command stands: npm and `run.cjs` change into the clone, and say from
 * where.
 */
export function here(env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): string {
  return cwd === REPOSITORY && env.INIT_CWD ? env.INIT_CWD : cwd;
}

/** A path of the command line, from where its writer stands. */
export function fromHere(file: string): string {
  return path.resolve(here(), file);
}

/** The same for an option that takes several. */
export function allFromHere(file: string, before: readonly string[] = []): string[] {
  return [...before, fromHere(file)];
}

/**
 * The files of `KUBECONFIG`, from there, too: programs that are started here read them elsewhere.
 */
export function kubeconfigFromHere(env: NodeJS.ProcessEnv = process.env): void {
  if (!env.KUBECONFIG) return;
  const files = env.KUBECONFIG.split(path.delimiter).filter((file) => file !== "");
  env.KUBECONFIG = files.map((file) => path.resolve(here(env), file)).join(path.delimiter);
}
