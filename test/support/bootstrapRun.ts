import { BOOTSTRAP } from "../../components/vault/names";

/** Has dev's bootstrap run now, as by hand, and returns what it said once it has ended. */
export async function runBootstrapWith(
  kubectl: (...args: string[]) => Promise<string>,
  namespace: string,
): Promise<{ ok: boolean; log: string }> {
  const name = `by-hand-${Date.now()}`;
  await kubectl("-n", namespace, "create", "job", name, `--from=cronjob/${BOOTSTRAP}`);
  const condition = (which: string) => kubectl("-n", namespace, "wait", `job/${name}`, `--for=condition=${which}`, "--timeout=150s");
  const ok = await Promise.any([condition("Complete").then(() => true), condition("Failed").then(() => false)]);
  return { ok, log: await kubectl("-n", namespace, "logs", `job/${name}`) };
}
