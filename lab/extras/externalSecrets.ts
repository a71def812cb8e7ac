import * as fs from "node:fs/promises";
import * as path from "node:path";
import { digest } from "../artifact";
import { kubectl, type Client } from "../cluster/readiness";
import { giveImages, type Lab } from "../cluster";
import { ensureProgramImage } from "../images/program";
import type { Report } from "../progress";
import { ensureClusterTools, ensureExternalSecrets } from "../toolchain";
import { LAB_ANNOTATION } from "../../kube/marks";

const NAMESPACE = "external-secrets";
const DEPLOYMENT = "deployment/external-secrets";
const READY = "120s";
/**
 * The External Secrets operator in a running lab, with the definitions of its kinds. Built, applied and started when a
 * stack asks for it; a second time changes nothing.
 * @throws {FixableError} When there is no Go to build it with, or the lab does not run.
 */
export async function ensureLabExternalSecrets(report: Report, lab: Pick<Lab, "name" | "dir" | "kubeconfig">): Promise<void> {
  const { operator, definitions } = await ensureExternalSecrets(report);
  const { kube } = await ensureClusterTools(report);
  const config = { User: "65534:65534", Entrypoint: ["/external-secrets"] };
  const image = await report.step("External Secrets image", (update) =>
    ensureProgramImage({ name: "external-secrets", program: operator, file: "external-secrets", config }, update),
  );
  await giveImages(report, lab, [image]);
  await report.step("External Secrets", async (update) => {
    const client: Client = { directory: lab.dir, kube, kubeconfig: lab.kubeconfig };
    const namespaced = (command: string, ...args: string[]) => kubectl(client, [command, `--namespace=${NAMESPACE}`, ...args]);
    const manifest = (await fs.readFile(path.join(__dirname, "external-secrets.yaml"), "utf8")).replaceAll("IMAGE", image.reference);
    // The path of the definitions has the hash of what they are built from in it.
    const wanted = digest([definitions, manifest]);
    const mark = `jsonpath={.metadata.annotations.${LAB_ANNOTATION}}`;
    if ((await namespaced("get", DEPLOYMENT, "--ignore-not-found", `--output=${mark}`)) !== wanted) {
      // Two seconds, most of them for the definitions.
      update("applying manifests");
      for (const text of [await fs.readFile(definitions, "utf8"), manifest])
        await kubectl(client, ["apply", "--server-side", "--force-conflicts", "--filename=-"], text);
      await namespaced("annotate", DEPLOYMENT, "--overwrite", `${LAB_ANNOTATION}=${wanted}`);
    }
    update("waiting for the operator");
    // kubectl fails at once for kinds whose definitions the API server has not taken in yet; by now it has.
    await namespaced("rollout", "status", DEPLOYMENT, `--timeout=${READY}`);
  });
}
