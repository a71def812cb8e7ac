import type { Condition, LiveExternalSecret, LiveStore, Missing, Seen } from "./types";
import { commandLine, REWRITE, withNow } from "../../config/commandLine";
import { visible } from "../../config/visible";
import type { ExpectedSecret } from "../../catalog/expectedSecrets";

/** As long as a line may be of what somebody else says. */
const LONGEST = 300;
export const UP = "`pulumi up` makes it";
export const WAIT = "wait; else see that External Secrets runs: kubectl get deployments -A -l app.kubernetes.io/name=external-secrets";

export function idOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Whether External Secrets has done what the object, as it is now, asks for. */
export function isReady({ metadata, status }: LiveExternalSecret): boolean {
  if (findCondition(status)?.status !== "True") return false;
  // It begins with the generation: after a change, the object stays ready until it is looked at again.
  return status?.syncedResourceVersion?.split("-")[0] === String(metadata.generation);
}

/** What of the Secrets is not there yet, each with its owner; an ExternalSecret's Secret is looked at once it is ready. */
export function judgeSecrets(expected: readonly ExpectedSecret[], seen: Seen, badStores: ReadonlySet<string> = new Set()): Missing[] {
  return expected.flatMap((one): Missing[] => {
    const { owner, kind, source } = one;
    const id = idOf(one);
    const missing = (what: string, remedy: string, said?: string) => [
      { owner, kind, what, ...(said === undefined ? {} : { said: shorten(said) }), remedy },
    ];
    const live = seen.externalSecrets.get(id);
    if (source === "vault" && live === undefined) return missing(`ExternalSecret ${id} does not exist`, UP);
    if (live !== undefined && source === "vault" && !isReady(live)) {
      const condition = findCondition(live.status);
      if (condition === undefined || condition.status === "True") return missing(`ExternalSecret ${id} has not been looked at yet`, WAIT);
      const said = seen.warnings.get(id) ?? condition.message;
      return missing(`ExternalSecret ${id} is not ready`, remedyOf(one, live, badStores), said);
    }
    const again = source === "vault" ? fetchAgain(one) : `${REWRITE} writes it again, with the password that it had`;
    const keys = seen.secrets.get(id);
    if (keys === undefined) return missing(`Secret ${id} does not exist`, again);
    const lacking = one.keys.filter((key) => !keys.has(key));
    if (lacking.length === 0) return [];
    return missing(`Secret ${id} has nothing in ${lacking.length === 1 ? "the key" : "the keys"} ${lacking.join(", ")}`, again);
  });
}

export function judgeStores(expected: readonly string[], live: ReadonlyMap<string, LiveStore>): Missing[] {
  return expected.flatMap((name): Missing[] => {
    const about = { owner: name, kind: "store" } as const;
    const store = live.get(name);
    if (store === undefined) return [{ ...about, what: `ClusterSecretStore ${name} does not exist`, remedy: UP }];
    const condition = findCondition(store.status);
    if (condition?.status === "True") return [];
    if (condition === undefined) return [{ ...about, what: `ClusterSecretStore ${name} has not been looked at yet`, remedy: WAIT }];
    const said = condition.message === undefined ? {} : { said: shorten(condition.message) };
    const remedy = `see that Vault answers and is unsealed, and why the store does not: ${commandLine("kubectl", "describe", "clustersecretstore", name)}`;
    return [{ ...about, what: `ClusterSecretStore ${name} is not ready`, ...said, remedy }];
  });
}

function remedyOf(one: ExpectedSecret, { spec }: LiveExternalSecret, badStores: ReadonlySet<string>): string {
  const store = spec.secretStoreRef?.name ?? "";
  if (badStores.has(store)) return `fix the store ${store}; it is fetched then`;
  const paths = new Map<string, string[]>();
  for (const { remoteRef } of spec.data ?? [])
    paths.set(remoteRef.key, [...(paths.get(remoteRef.key) ?? []), ...(remoteRef.property === undefined ? [] : [remoteRef.property])]);
  const needed = [...paths].map(([path, keys]) => (keys.length === 0 ? path : `${path} (${keys.join(", ")})`)).join(", ");
  return `see that Vault has ${needed}; ${fetchAgain(one)}`;
}

function fetchAgain({ namespace, name }: ExpectedSecret): string {
  const line = commandLine("kubectl", "annotate", "-n", namespace, "externalsecret", name, "--overwrite");
  return `fetched again at once by ${withNow(line, "force-sync")}`;
}

/** The one that says whether it is ready. */
export function findCondition(status: { readonly conditions?: readonly Condition[] } | undefined): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

/** What somebody else says, in one line. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** What is missing, for people. */
export function listMissing(missing: readonly Missing[]): string {
  return missing
    .map(({ owner, kind, what, said, remedy }, index) =>
      [`${index + 1}. ${kind} ${owner}: ${what}`, ...(said === undefined ? [] : [`   said:   ${said}`]), `   remedy: ${remedy}`]
        .map(visible)
        .join("\n"),
    )
    .join("\n");
}
