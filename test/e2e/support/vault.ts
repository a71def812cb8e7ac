import { CoreV1Api } from "@kubernetes/client-node";
import { openTunnel } from "../../../preflight/postgres/tunnel";
import { BOOTSTRAP, KEYS_SECRET, PORT } from "../../../vault/names";
import { connect, type Ask } from "../../../kube/http";
import { beginBootstrap, RUN_SECONDS, runBootstrapWith } from "../../support/bootstrapRun";
import { kubectl, target } from "./lab";
import { eventually, sleep } from "./clock";
import { STORE, VAULT, VAULT_NAMESPACE } from "./place";

export { STORE, VAULT, VAULT_NAMESPACE };

/** The values of a Secret. */
export async function secretData(name: string, namespace = VAULT_NAMESPACE): Promise<Record<string, string>> {
  const { data = {} } = await (await target()).config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** A way to Vault's pod over TLS, with the root token or another. Its pod may just have been replaced, and be sealed until the bootstrap's next run: that is waited for. */
export async function withVault<T>(work: (ask: Ask) => Promise<T>, token?: string): Promise<T> {
  for (const state of ["create", "condition=Ready"])
    await kubectl("-n", VAULT_NAMESPACE, "wait", "pod/vault-0", `--for=${state}`, "--timeout=180s");
  const tunnel = await openTunnel((await target()).config, VAULT_NAMESPACE, `${VAULT}-0`, PORT);
  try {
    const { "ca.crt": ca = "" } = await secretData("vault-tls");
    const known = token ?? (await secretData(KEYS_SECRET))["root-token"]!;
    return await work(connect({ address: `https://localhost:${tunnel.port}`, ca, headers: () => ({ "x-vault-token": known }) }));
  } finally {
    await tunnel.close();
  }
}

/** The path and version of everything below a kv mount. */
export async function versions(ask: Ask, mount: string, below = ""): Promise<Record<string, number>> {
  const { body } = await ask("GET", `/v1/${mount}/metadata/${below}?list=true`);
  const { keys = [] } = (body as { data?: { keys: string[] } }).data ?? {};
  const found = await Promise.all(
    keys.map(async (key): Promise<Record<string, number>> => {
      const path = `${below}${key}`;
      if (key.endsWith("/")) return versions(ask, mount, path);
      const { body } = await ask("GET", `/v1/${mount}/metadata/${path}`);
      return { [path]: (body as { data: { current_version: number } }).data.current_version };
    }),
  );
  return Object.assign({}, ...found) as Record<string, number>;
}

/** Has the bootstrap run now, as by hand, and returns what it said once it has ended. */
export const runBootstrap = () => runBootstrapWith(kubectl, VAULT_NAMESPACE);

/** Starts a run, and ends it with SIGKILL so long after its program has been started. It may have been faster. */
export async function killBootstrap(after: number): Promise<void> {
  const name = `killed-${Date.now()}`;
  await beginBootstrap(kubectl, VAULT_NAMESPACE, name);
  const selected = ["-l", `batch.kubernetes.io/job-name=${name}`];
  const pods = (...output: string[]) => kubectl("-n", VAULT_NAMESPACE, "get", "pods", ...selected, "-o", ...output);
  await eventually(
    { seconds: 120, everyMs: 50, expired: () => new Error(`the program of the Job ${name} has not been started after 120 s`) },
    async () => ((await pods("jsonpath={.items[*].status.containerStatuses[*].started}")) === "" ? undefined : true),
  );
  await sleep(after);
  await kubectl("-n", VAULT_NAMESPACE, "delete", "job", name, "--cascade=orphan");
  await kubectl("-n", VAULT_NAMESPACE, "delete", "pod", ...selected, "--grace-period=0", "--force", "--ignore-not-found");
  await eventually({ seconds: 120, everyMs: 100, expired: () => new Error(`the pod of the Job ${name} is there after 120 s`) }, async () =>
    (await pods("name")) === "" ? true : undefined,
  );
}

/** The minute's runs stop, and what is running ends, while a test decides when the next one is. */
export async function withoutSchedule(work: () => Promise<void>): Promise<void> {
  const cronJob = ["-n", VAULT_NAMESPACE, "cronjob", BOOTSTRAP] as const;
  const suspend = (value: boolean) => kubectl("patch", ...cronJob, "--type=merge", "-p", JSON.stringify({ spec: { suspend: value } }));
  await suspend(true);
  try {
    let active = "";
    const expired = () => new Error(`runs of Vault's bootstrap have not ended after ${RUN_SECONDS} s: ${active}`);
    await eventually({ seconds: RUN_SECONDS, everyMs: 500, expired }, async () => {
      active = await kubectl("get", ...cronJob, "-o", "jsonpath={.status.active[*].name}");
      return active === "" ? true : undefined;
    });
    await work();
  } finally {
    await suspend(false);
  }
}

/** Ends Vault's pod and keeps it from coming back. */
export async function stopVault(): Promise<void> {
  await kubectl("-n", VAULT_NAMESPACE, "scale", "statefulset", VAULT, "--replicas=0");
  await kubectl("-n", VAULT_NAMESPACE, "wait", "--for=delete", `pod/${VAULT}-0`, "--timeout=120s");
}

/** Has it back, unsealed by a run of its bootstrap that does not wait for the minute. */
export async function startVault(): Promise<void> {
  await kubectl("-n", VAULT_NAMESPACE, "scale", "statefulset", VAULT, "--replicas=1");
  const { ok, log } = await runBootstrap();
  if (!ok) throw new Error(log);
  await kubectl("-n", VAULT_NAMESPACE, "rollout", "status", `statefulset/${VAULT}`, "--timeout=300s");
}
