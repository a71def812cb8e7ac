import { CoreV1Api } from "@kubernetes/client-node";
import { catalogue } from "../../../catalog/services";
import { resolveNames } from "../../../catalog/names";
import { readCredential, type Credential } from "../../../cli/shared/credential";
import { CNPG } from "../../../kube/kinds/groups";
import { giveImages, labStatus } from "../../../lab/cluster";
import { ensurePoolerImage } from "../../../lab/images";
import { quiet } from "../../support/quiet";
import { CLUSTER, kubectl, NAMESPACE, target } from "./lab";
import { apply } from "./workloads";
import { credentialKeys } from "../../../catalog/templates";
import { templateOf } from "../../support/templateOf";

/** A Pooler to be made. */
export interface PoolerArgs {
  name: string;
  poolMode: "session" | "transaction";
  instances: number;
}

/** Makes Poolers as a user would, for clients over TLS, with pools so small that clients have to share; done when they serve. The lab is given the image first. */
export async function makePoolers(poolers: readonly PoolerArgs[]): Promise<void> {
  const image = await ensurePoolerImage(quiet);
  const lab = await labStatus();
  if (lab === undefined) throw new Error("the lab does not run");
  await giveImages(quiet, lab, [image]);
  for (const { name, poolMode, instances } of poolers) {
    await apply({
      apiVersion: `${CNPG.group}/${CNPG.version}`,
      kind: "Pooler",
      metadata: { name, namespace: NAMESPACE },
      spec: {
        cluster: { name: CLUSTER },
        type: "rw",
        instances,
        pgbouncer: {
          poolMode,
          image: image.reference,
          parameters: { client_tls_sslmode: "require", default_pool_size: "3", max_client_conn: "200" },
        },
      },
    });
  }
  for (const { name } of poolers) {
    await kubectl("-n", NAMESPACE, "wait", `pooler/${name}`, "--for=jsonpath={.status.phase}=active", "--timeout=240s");
    await kubectl("-n", NAMESPACE, "rollout", "status", `deployment/${name}`, "--timeout=240s");
  }
}

/** The pods that a Pooler has. */
export async function poolerPods(name: string): Promise<string[]> {
  const pods = await kubectl(
    "-n",
    NAMESPACE,
    "get",
    "pods",
    "-l",
    `cnpg.io/poolerName=${name}`,
    "-o",
    "jsonpath={.items[*].metadata.name}",
  );
  return pods.split(" ");
}

/** What a service's Secret says to somebody who goes through its Pooler. */
export async function pooledCredential(service: string): Promise<Credential> {
  const record = catalogue.find(({ name }) => name === service)!;
  const { secret } = resolveNames(record);
  const { data = {} } = await (await target()).config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace: NAMESPACE, name: secret });
  const host = data["host-pooler"];
  if (host === undefined) throw new Error(`${secret} has no host-pooler`);
  return readCredential(credentialKeys(templateOf(record)), secret, { ...data, host });
}
