import { findCondition, idOf, shorten, UP, WAIT } from "./judge";
import type { Condition, Missing } from "./types";
import { type Get, list, type Written, lastWritten } from "../../kube/live";
import type { ExpectedCopy } from "../../catalog/expectedSecrets";
import { objectsPath, PUSH_SECRETS } from "../../kube/kinds/groups";
import { commandLine, withNow } from "../../config/commandLine";
import { PUSH_ANNOTATION } from "../../kube/marks";

interface LivePush {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly refreshTime?: string };
}

/** Looks at the copies in Vault of one namespace's Secrets, as far as External Secrets tells: whether each was pushed since its Secret was last written. */
export async function lookAtCopies(get: Get, namespace: string, expected: readonly ExpectedCopy[]): Promise<Missing[]> {
  if (expected.length === 0) return [];
  const [pushes, secrets] = await Promise.all([
    list<LivePush>(get, objectsPath(PUSH_SECRETS, namespace, "pushsecrets")),
    list<Written>(get, `/api/v1/namespaces/${namespace}/secrets`),
  ]);
  const [byName, written] = [
    new Map(pushes.map((one) => [one.metadata.name, one])),
    new Map(secrets.map((one) => [one.metadata.name, one])),
  ];
  return expected.flatMap((one): Missing[] => judge(namespace, one, byName.get(one.name), written.get(one.name)));
}

function judge(namespace: string, { owner, name }: ExpectedCopy, push: LivePush | undefined, secret: Written | undefined): Missing[] {
  const about = { owner, kind: "service" } as const;
  const id = `PushSecret ${idOf({ namespace, name })}`;
  const line = commandLine("kubectl", "annotate", "-n", namespace, "pushsecret", name, "--overwrite");
  const again = `pushed again at once by ${withNow(line, PUSH_ANNOTATION)}`;
  if (push === undefined) return [{ ...about, what: `${id} does not exist`, remedy: UP }];
  const { refreshTime } = push.status ?? {};
  const condition = findCondition(push.status);
  if (condition?.status === "False")
    return [{ ...about, what: `${id} is not pushed`, said: shorten(condition.message ?? "it gives no reason"), remedy: again }];
  if (condition === undefined || refreshTime === undefined) return [{ ...about, what: `${id} has not been looked at yet`, remedy: WAIT }];
  const writtenAt = lastWritten(secret);
  if (writtenAt === undefined || Date.parse(refreshTime) >= writtenAt) return [];
  return [{ ...about, what: `${id} was last pushed before its Secret was written`, remedy: again }];
}
