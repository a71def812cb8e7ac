import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import type { Problem } from "../../config/problem";
import type { StackConfig } from "../../config/schema";
import { settingsIn } from "../../config/settings";
import { validateStack } from "../../config/validate";

/** May be encrypted, and nothing here decrypts. */
const MAYBE_SECRET = ["kubeconfig", "vaultValues"];

export interface StackFile {
  /** Without `vaultValues`. Absent: there is no such file, or it is not as it should be. */
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
  let config: unknown;
  try {
    ({ config } = parse(text) as { config?: unknown });
  } catch {
    // The parser's message may quote the file.
    return { ...none, problems: [{ path: file, message: "cannot be read as a stack's file", remedy: "see `pulumi config`" }] };
  }
  const values = Object.entries(settingsIn((config ?? {}) as Record<string, unknown>));
  const clear = values.filter(([key, value]) => !MAYBE_SECRET.includes(key) || typeof value === "string");
  const raw = clear.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
  const checked = validateStack(Object.fromEntries(raw), stack);
  return {
    isKubeconfigSealed: values.some(([key, value]) => key === "kubeconfig" && typeof value !== "string"),
    ...("config" in checked ? { config: checked.config, problems: [] } : { problems: checked.problems }),
  };
}
