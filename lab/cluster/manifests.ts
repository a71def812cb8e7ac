import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";

/** What the lab changes in the operator's Deployment. */
export interface OperatorImages {
  readonly operator: string;
  /** For clusters that name no image. */
  readonly postgres: string;
}

interface Deployment {
  kind: string;
  spec: { template: { spec: { containers: Container[] } } };
}

interface Container {
  image: string;
  imagePullPolicy: string;
  env: { name: string; value: string }[];
  resources: { limits?: { cpu?: string } };
}

/** Everything that a new cluster is given, as one text: DNS, the storage class and the operator. */
export async function manifests(operatorManifest: string, images: OperatorImages): Promise<string> {
  const own = ["dns.yaml", "storage.yaml"].map((file) => fs.readFile(path.join(__dirname, "manifests", file), "utf8"));
  return [...(await Promise.all(own)), withImages(await fs.readFile(operatorManifest, "utf8"), images)].join("\n---\n");
}

/**
 * CloudNativePG's released manifest with images that are on the node already.
 * @throws {Error} When the manifest has no Deployment with one container: it is not the one that this was written for.
 */
export function withImages(manifest: string, images: OperatorImages): string {
  const documents = manifest.split(/^---$/m);
  const index = documents.findIndex((document) => /^kind: Deployment$/m.test(document));
  const deployment = parse(documents[index] ?? "null") as Deployment | null;
  const [container, ...others] = deployment?.spec.template.spec.containers ?? [];
  if (!container || others.length > 0) throw new Error("The operator's manifest has no Deployment with one container");
  const name = container.image;
  container.image = images.operator;
  container.imagePullPolicy = "IfNotPresent";
  container.env = container.env.map((variable) => (variable.value === name ? { ...variable, value: images.operator } : variable));
  container.env.push({ name: "POSTGRES_IMAGE_NAME", value: images.postgres });
  // A tenth of a processor makes it start for longer than its startup probe waits.
  delete container.resources.limits?.cpu;
  return documents.with(index, `\n${JSON.stringify(deployment)}\n`).join("---");
}
