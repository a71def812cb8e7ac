import * as fs from "node:fs/promises";
import * as path from "node:path";
import { artifactPath, exists } from "../../../lab/artifact";
import { externalSecretsPart } from "../../../lab/toolchain/externalSecrets";
import { goRecipe, pinnedVersion } from "../../../lab/toolchain/go";
import { eventually } from "../../../lab/wait";
import { PATIENCE_SECONDS } from "./patience";
import { moduleFile } from "../../e2e/support/goModule";
import type { Api, KubeObject } from "./client";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** CloudNativePG's Deployment, as it is released. */
export const OPERATOR = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "cnpg-controller-manager", namespace: "cnpg-system" },
};

/**
 * CloudNativePG with a running pod, as far as objects say so. Its webhooks, which nobody would
 * answer, are left out.
 */
export async function installCloudNativePg(api: Api, manifest: string): Promise<void> {
  const documents = (await fs.readFile(manifest, "utf8")).split(/^---$/m);
  const ofKind = (kind: string) => documents.filter((document) => new RegExp(`^kind: ${kind}$`, "m").test(document));
  await define(api, ofKind("CustomResourceDefinition"));
  for (const document of ofKind("Namespace")) await api.create("/api/v1/namespaces", document);
  const deployments = `/apis/apps/v1/namespaces/${OPERATOR.metadata.namespace}/deployments`;
  for (const document of ofKind("Deployment")) await api.create(deployments, document);
  await api.setStatus(OPERATOR, running(1));
}

/** What a Deployment's status says of pods that run. */
export const running = (replicas: number): object => ({ replicas, readyReplicas: replicas, availableReplicas: replicas });

/**
 * Those kinds of External Secrets that the program knows: the API server takes a while for each.
 */
export async function installExternalSecrets(api: Api): Promise<void> {
  const documents = (await externalSecretsDefinitions()).split(/^---$/m);
  const wanted = ["externalsecrets", "clustersecretstores", "pushsecrets"].map((plural) => `  name: ${plural}.external-secrets.io\n`);
  const definitions = wanted.flatMap((name) => documents.find((document) => document.includes(name)) ?? []);
  if (definitions.length < wanted.length) throw new Error("External Secrets has other kinds than these tests know");
  await define(api, definitions);
}

/**
 * As they were built with the operator; where it has not been, from the module that it is built
 * from.
 */
async function externalSecretsDefinitions(): Promise<string> {
  const { name, files = [] } = externalSecretsPart;
  const [{ module, file, as } = { module: "", file: "", as: "" }] = files;
  const built = path.join(artifactPath(await goRecipe(externalSecretsPart)), as);
  return (await exists(built)) ? await fs.readFile(built, "utf8") : await moduleFile(module, await pinnedVersion(name, module), file);
}

/** A kind of the Prometheus operator: `prometheusrules`, `podmonitors`. */
export async function installPrometheusKind(api: Api, plural: string): Promise<void> {
  const file = `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`;
  await define(api, [await moduleFile("github.com/prometheus-operator/prometheus-operator", "v0.85.0", file)]);
}

/** Takes a kind away, and waits until it is not served any more. */
export async function removeKind(api: Api, name: string): Promise<void> {
  const definition = await api.request<Definition>("GET", `${DEFINITIONS}/${name}`);
  await api.request("DELETE", `${DEFINITIONS}/${name}`);
  const expired = () => new Error(`${name} is still served`);
  await eventually({ seconds: PATIENCE_SECONDS, everyMs: 50, expired }, async () => !(await isServed(api, definition, some)) || undefined);
}

/** The class that volumes are of where nothing else is said. */
export const STORAGE_CLASS: KubeObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "example.com/none",
};

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

const every = (answers: readonly boolean[]) => answers.every(Boolean);
const some = (answers: readonly boolean[]) => answers.some(Boolean);

/** Defines kinds, and waits until each is served. */
async function define(api: Api, documents: readonly string[]): Promise<void> {
  if (documents.length === 0) throw new Error("there is no definition of a kind");
  await Promise.all(documents.map((document) => api.create(DEFINITIONS, document)));
  await Promise.all(
    documents.map(async (document) => {
      const name = /^ {2}name: (\S+)$/m.exec(document)![1]!;
      const definition = await api.request<Definition>("GET", `${DEFINITIONS}/${name}`);
      const expired = () => new Error(`${name} is not served`);
      const limit = { seconds: PATIENCE_SECONDS, everyMs: 50, expired };
      await eventually(limit, async () => (await isServed(api, definition, every)) || undefined);
    }),
  );
}

/**
 * Whether a kind can be listed, and is among those that the API server says it has: the one comes
 * before the other.
 */
async function isServed(api: Api, { spec }: Definition, judge: (answers: readonly boolean[]) => boolean): Promise<boolean> {
  const versions = spec.versions.filter(({ served }) => served).map(({ name }) => `${spec.group}/${name}`);
  const answers = versions.flatMap((version) => [
    api.answers(`/apis/${version}/${spec.names.plural}?limit=1`),
    api.hasKind(version, spec.names.plural),
  ]);
  return judge(await Promise.all(answers));
}
