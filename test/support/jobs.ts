import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

/** Runs kubectl, and returns what it prints. */
export type Kubectl = (...args: string[]) => Promise<string>;

/** As much of a Job as is changed before it is made. */
export interface JobManifest {
  metadata: { ownerReferences?: unknown };
  spec: { ttlSecondsAfterFinished?: number; template: { spec: { containers: { env?: { name: string; value: string }[] }[] } } };
}

/** Makes a Job of a CronJob's template, changed. */
export async function createJobFrom(
  kubectl: Kubectl,
  namespace: string,
  { name, cronJob }: { name: string; cronJob: string },
  change: (job: JobManifest) => void,
): Promise<void> {
  const template = await kubectl("-n", namespace, "create", "job", name, `--from=cronjob/${cronJob}`, "--dry-run=client", "-o", "json");
  const manifest = JSON.parse(template) as JobManifest;
  change(manifest);
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "job-"));
  try {
    const file = path.join(directory, "job.json");
    await fs.writeFile(file, JSON.stringify(manifest));
    await kubectl("-n", namespace, "create", "-f", file);
  } finally {
    await fs.rm(directory, { recursive: true });
  }
}

/** Waits for a Job's end: whether it is a good one, and what the Job has said. */
export async function endOf(kubectl: Kubectl, namespace: string, name: string, seconds: number): Promise<{ ok: boolean; log: string }> {
  const condition = (which: string) => kubectl("-n", namespace, "wait", `job/${name}`, `--for=condition=${which}`, `--timeout=${seconds}s`);
  const ok = await Promise.any([condition("Complete").then(() => true), condition("Failed").then(() => false)]);
  const log = await kubectl("-n", namespace, "logs", `job/${name}`).catch(async (error: unknown) => {
    // A Job that has taken too long has no pod any more: what there is to know is in its events.
    if (ok) throw error;
    return await kubectl("-n", namespace, "describe", "jobs,pods");
  });
  return { ok, log };
}
