import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { asConfig, settingsIn } from "../../../config/settings";
import { labName, labsDirectory } from "../../../lab/paths";
import { readStackFile, stackFile } from "../../../cli/stack/stackFile";
import type { OwnStack } from "../plan";
import { eventually } from "./clock";
import { upWith, kubectl } from "./lab";
import { NAMESPACE, STACK, VAULT_NAMESPACE } from "./place";
import { runBootstrap } from "./vault";

/** Where the state of the file's own stack is. Stacks that share a backend read each other's files while they are written. */
export const stateDirectory = (): string => path.join(labsDirectory(), labName(), "e2e", STACK);

/** For every command of this process: the backend of the own stack, or another one that is a directory. */
export function useOwnState(directory = stateDirectory()): void {
  process.env.PULUMI_BACKEND_URL = `file://${directory}`;
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

/** Removes a stack's namespaces, and what it has in none; waits until they are gone. */
export async function removeObjects(name: string, namespaces: readonly string[]): Promise<void> {
  const left = () => kubectl("get", "namespaces", ...namespaces, "--ignore-not-found", "-o", "name");
  let there = await left();
  if (there === "") return;
  await beginRemoval(name, namespaces);
  await eventually({ seconds: 300, everyMs: 1000, expired: () => new Error(`after 300 s there are ${there}`) }, async () => {
    for (const namespace of namespaces) await forgetCopies(namespace);
    there = await left();
    return there === "" ? true : undefined;
  });
}

async function beginRemoval(name: string, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) await forgetCopies(namespace);
  await kubectl("delete", "namespace", ...namespaces, "--ignore-not-found", "--wait=false");
  const marked = ["-l", `cnpg-credentials/stack=${name}`, "--ignore-not-found"];
  for (const kind of ["clusterrolebindings", "clustersecretstores"]) await kubectl("delete", kind, ...marked).catch(() => undefined);
}

/** A copy that is to be removed with its PushSecret would keep that for as long as Vault, which goes as well, does not answer. */
async function forgetCopies(namespace: string): Promise<void> {
  const pushSecrets = await kubectl("-n", namespace, "get", "pushsecrets", "-o", "name").catch(() => "");
  for (const one of pushSecrets.split("\n").filter((line) => line !== ""))
    await kubectl("-n", namespace, "patch", one, "--type=merge", "-p", '{"metadata":{"finalizers":null}}').catch(() => undefined);
}

const NAMESPACES = VAULT_NAMESPACE === "vault" ? [NAMESPACE] : [NAMESPACE, VAULT_NAMESPACE];

/** Removes everything of the stack, as nobody with data would. */
async function removeOwnStack(): Promise<void> {
  await removeObjects(STACK, NAMESPACES);
  await forgetFiles();
}

/** The same, and does not wait for the end: nobody else uses its names. */
export async function discardOwnStack(): Promise<void> {
  await beginRemoval(STACK, NAMESPACES);
  await forgetFiles();
}

async function forgetFiles(): Promise<void> {
  await fs.rm(stateDirectory(), { recursive: true, force: true });
  await fs.rm(stackFile(STACK), { force: true });
}
