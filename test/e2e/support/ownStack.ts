import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { asConfig, settingsIn } from "../../../config/settings";
import { labName, labsDirectory } from "../../../lab/paths";
import { readStackFile, stackFile } from "../../../lab/stackFile";
import type { OwnStack } from "../plan";
import { upWith, kubectl } from "./lab";
import { NAMESPACE, STACK, VAULT_NAMESPACE } from "./place";
import { runBootstrap } from "./vault";

/** Where the state of the file's own stack is. Stacks that share a backend read each other's files while they are written. */
export const stateDirectory = (): string => path.join(labsDirectory(), labName(), "e2e", STACK);

/** For every command of this process: the backend of the own stack. */
export function useOwnState(): void {
  process.env.PULUMI_BACKEND_URL = `file://${stateDirectory()}`;
  process.env.PULUMI_CONFIG_PASSPHRASE = "of the test";
}

/** Makes the stack's file, which is that of dev with less in it, and brings the stack up. What an earlier run has left of it goes first. */
export async function makeOwnStack(own: OwnStack): Promise<void> {
  await removeOwnStack();
  await fs.mkdir(stateDirectory(), { recursive: true });
  const { config = {} } = await readStackFile("dev");
  const dev = settingsIn(config);
  const on = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  const { cluster, context, vault, labels } = dev;
  const settings = {
    namespace: NAMESPACE,
    ...{ context, labels, cluster, environment: "dev", services: on(own.services) },
    ...(own.vault && { vault, bundles: on(own.bundles ?? []) }),
    ...(own.gates && { gates: on(own.gates) }),
  };
  await fs.writeFile(stackFile(STACK), stringify({ config: asConfig(settings) }));
  if (own.down) return;
  await upWith(() => undefined);
  // Its schedule would let everybody wait for up to a minute.
  if (own.vault) await runBootstrap();
}

/** Removes everything of the stack, as nobody with data would. */
export async function removeOwnStack(): Promise<void> {
  await kubectl(
    "delete",
    "namespace",
    NAMESPACE,
    ...(VAULT_NAMESPACE === "vault" ? [] : [VAULT_NAMESPACE]),
    "--ignore-not-found",
    "--wait",
  );
  const marked = ["-l", `cnpg-credentials/stack=${STACK}`, "--ignore-not-found"];
  for (const kind of ["clusterrolebindings", "clustersecretstores"]) await kubectl("delete", kind, ...marked).catch(() => undefined);
  await fs.rm(stateDirectory(), { recursive: true, force: true });
  await fs.rm(stackFile(STACK), { force: true });
}
