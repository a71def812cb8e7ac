import * as fs from "node:fs/promises";
import * as path from "node:path";
import { readDocument, settingsOf } from "../../config/file";
import type { Problem } from "../../config/problem";
import type { StackConfig } from "../../config/schema";
import { checkSecrecy } from "../../config/secrecy";
import { validateStack } from "../../config/validate";

export interface StackFile {
  /** Without `vaultValues`, which nothing here decrypts. Absent: there is no such file, or it is not as it should be. */
  readonly config?: StackConfig;
  /** Whether it has a kubeconfig that cannot be read without the stack's key. */
  readonly isKubeconfigSealed: boolean;
  readonly problems: readonly Problem[];
}

/**
 * The configuration of a stack, without the engine: `Pulumi.<stack>.yaml`. It may be kept elsewhere: that there is none is no problem.
 * @param directory The working directory is the repository's, by npm.
 */
export async function readStackFile(stack: string, directory = "."): Promise<StackFile> {
  const file = `Pulumi.${stack}.yaml`;
  const none = { isKubeconfigSealed: false, problems: [] };
  const text = await fs.readFile(path.join(directory, file), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (text === undefined) return none;
  const read = readDocument(text);
  if ("broken" in read) return { ...none, problems: read.broken.map(({ line, ...problem }) => ({ path: `${file}:${line}`, ...problem })) };
  const { vaultValues: _, ...settings } = settingsOf(read.document);
  const isKubeconfigSealed = settings.kubeconfig?.isSecret ?? false;
  const clear = Object.entries(settings).filter(([setting]) => setting !== "kubeconfig" || !isKubeconfigSealed);
  const checked = validateStack(Object.fromEntries(clear.map(([setting, { text }]) => [setting, text])), stack);
  const problems = [
    ...clear.flatMap(([setting, { text, isSecret }]) => checkSecrecy(setting, text, isSecret, file)),
    ...("problems" in checked ? checked.problems : []),
  ];
  return {
    isKubeconfigSealed,
    problems,
    ...("config" in checked && problems.length === 0 ? { config: placed(checked.config, directory) } : {}),
  };
}

/** Paths in a stack's file are relative to its directory. */
function placed(config: StackConfig, directory: string): StackConfig {
  return config.catalog === undefined ? config : { ...config, catalog: path.resolve(directory, config.catalog) };
}
