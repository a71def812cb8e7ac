import { CoreV1Api } from "@kubernetes/client-node";
import { target } from "./lab";

/** Of every Secret of a namespace, by its name: its keys, sorted, and what keeps it. */
export async function readMarks(namespace: string): Promise<Map<string, { keys: string[]; controller: string | undefined }>> {
  const { items } = await (await target()).config.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace });
  return new Map(
    items.map(({ metadata, data = {} }) => {
      const [owner] = metadata!.ownerReferences ?? [];
      return [metadata!.name!, { keys: Object.keys(data).sort(), controller: owner && `${owner.kind} ${owner.name}` }];
    }),
  );
}
