import { startApiServer, type ApiServer } from "./apiServer";
import { Api, type KubeObject } from "./client";
import { installCloudNativePg, installExternalSecrets, STORAGE_CLASS } from "./kinds";

/**
 * The one API server of all tests of this layer, with CloudNativePG, External Secrets and a
 * StorageClass.
 */
export interface World {
  readonly server: ApiServer;
  readonly api: Api;
}

let world: World | undefined;
let namespaces = 0;

export async function startWorld(): Promise<void> {
  const server = await startApiServer();
  try {
    const api = await Api.of(server.kubeconfig);
    await Promise.all([installCloudNativePg(api, server.operatorManifest), installExternalSecrets(api), api.apply(STORAGE_CLASS)]);
    world = { server, api };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export async function stopWorld(): Promise<void> {
  world?.api.close();
  await world?.server.stop();
  world = undefined;
}

export function here(): World {
  if (world === undefined) throw new Error("the API server does not run");
  return world;
}

/** Makes a namespace that is nobody else's, and returns its name. */
export async function newNamespace(what = "case"): Promise<string> {
  const name = `${what}-${++namespaces}`;
  await here().api.apply(namespace(name));
  return name;
}

export const namespace = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
