import { createHash } from "node:crypto";
import type { VaultConfig } from "../config/schema";
import type { VaultAccess } from "./access";
import type { PlannedKey } from "./fixture";

/**
 * Everything that this program makes of Vault, in words, each with what tells one state of it from
 * the next.
 */
export type Wanted = Readonly<Record<string, string>>;

export interface WantedArgs {
  readonly access: VaultAccess;
  readonly config: Pick<VaultConfig, "kubernetesAuth">;
  /** Of the paths that this program writes. */
  readonly planned: readonly PlannedKey[];
  /**
   * Third parties' values, by `<owner>/<name>#<key>`. What is made of them is as secret as they
   * are.
   */
  readonly given: Readonly<Record<string, string>>;
}

export function wantedInVault({ access, config, planned, given }: WantedArgs): Wanted {
  const paths = new Map<string, unknown[]>();
  for (const { path, key, source } of planned) {
    const content = source.kind === "given" ? given[`${path}#${key}`] : source;
    paths.set(path, [...(paths.get(path) ?? []), [key, content]]);
  }
  const each = (what: string, of: Readonly<Record<string, unknown>>) =>
    Object.entries(of).map(([name, content]) => [`${what} ${name}`, digest(content)] as const);
  return Object.fromEntries([
    ...each("kv engine", access.mounts),
    ...each("Kubernetes authentication", { [config.kubernetesAuth.mount]: config.kubernetesAuth }),
    ...each("policy", access.policies),
    ...each("role", access.roles),
    ...each("fixture", Object.fromEntries(paths)),
  ]);
}

/** What has to be written. What is not wanted any more stays in Vault. */
export function changedSince(applied: Wanted, wanted: Wanted): string[] {
  return Object.keys(wanted).filter((what) => applied[what] !== wanted[what]);
}

function digest(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}
