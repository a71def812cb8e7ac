import * as fs from "node:fs/promises";
import * as path from "node:path";
import { kubectl, type Client } from "../cluster/readiness";
import { giveImages, type Lab } from "../cluster";
import { ensureProgramImage } from "../images/program";
import type { Report } from "../progress";
import { ensureClusterTools, ensureExternalSecrets } from "../toolchain";

const NAMESPACE = "external-secrets";
const READY = "120s";

/**
 * The External Secrets operator in a running lab, with the definitions of its kinds. Built, applied and started when a
 * stack asks for it; a second time changes nothing.
 * @throws {LabError} When there is no Go to build it with, or the lab does not run.
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
    const apply = (text: string) => kubectl(client, ["apply", "--server-side", "--force-conflicts", "--filename=-"], text);
    update("applying manifests");
    await apply(await fs.readFile(definitions, "utf8"));
    const manifest = await fs.readFile(path.join(__dirname, "external-secrets.yaml"), "utf8");
    await apply(manifest.replaceAll("IMAGE", image.reference));
    update("waiting for the operator");
    // kubectl fails at once for kinds whose definitions the API server has not taken in yet; by now it has.
    await kubectl(client, ["rollout", "status", "--namespace", NAMESPACE, "deployment/external-secrets", `--timeout=${READY}`]);
  });
}
