import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ServerAuthority } from "../../../components/authority/serverAuthority";
import { ExistingCluster } from "../../../components/existingCluster";
import { metadata } from "../../../components/metadata";
import { Cluster } from "../../../kube/kinds/cluster";
import { ScheduledBackup } from "../../../kube/kinds/scheduledBackup";

/** A Cluster under the names that the program gives it, which nobody waits for; or the same as somebody else's. */
const config = new pulumi.Config();
const [namespace, name, isOwn] = [config.require("namespace"), "postgres", config.require("whose") === "own"];
const opts = {
  providers: [
    new k8s.Provider("kubernetes", {
      enableSecretMutable: true,
      enableConfigMapMutable: true,
      upsertExistingObjects: true,
      enablePatchForce: true,
    }),
  ],
};
const place = { namespace, stack: pulumi.getStack(), owner: "0123456789abcdef", labels: {}, annotations: {} };

if (isOwn) {
  new ServerAuthority("server-authority", { place, cluster: name, authorities: [1] }, opts);
  const parent = new pulumi.ComponentResource("cnpg-credentials:index:PostgresCluster", name, {}, opts);
  const spec = { instances: 1, storage: { size: "1Gi" }, enableSuperuserAccess: false, postgresql: { parameters: {}, pg_hba: [] } };
  new Cluster(name, { metadata: metadata(place, name), spec }, { parent, protect: true });
  const schedule = { cluster: { name }, schedule: "0 0 3 * * *", suspend: true };
  new ScheduledBackup(`${name}-daily`, { metadata: metadata(place, "daily"), spec: schedule }, { parent });
} else {
  const existing = { letsGo: true };
  new ServerAuthority("server-authority", { place, cluster: name, authorities: ["operator"], operator: "PEM", existing }, opts);
  new ExistingCluster(name, { place, scheduledBackups: ["daily"], alerts: "none" }, opts);
}
