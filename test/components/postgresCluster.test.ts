import * as assert from "node:assert/strict";
import type { PostgresClusterArgs } from "../../components/clusterSpec";
import { PostgresCluster } from "../../components/postgresCluster";
import { droppedRole } from "../../components/roles";
import { clusterConfig, expectedMetadata, place, service } from "../support/fixtures";
import { run, type Run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:PostgresCluster::pg";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster::pg";
const BACKUP = "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup";
const PG_HBA = ["host all all all reject"];

function make(cluster: object = {}, more: Partial<PostgresClusterArgs> = {}, preview = false): Promise<Run<PostgresCluster>> {
  return run(
    () => new PostgresCluster("pg", { config: clusterConfig({ ...cluster }), place: place(), roles: [], pgHba: PG_HBA, ...more }),
    { preview },
  );
}
const schedules = { daily: { schedule: "0 0 2 * * *", method: "plugin", pluginConfiguration: { name: "barman" } } };

describe("components/postgresCluster", () => {
  it("makes the same objects in a preview and in an update, each a child of the component", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make({ backup: { schedules } }, {}, preview);
      assert.deepEqual(
        resources.map(({ id, parent }) => [id, parent]),
        [
          [COMPONENT, undefined],
          [CLUSTER, COMPONENT],
          [`${BACKUP}::pg-daily`, COMPONENT],
        ],
      );
    }
  });

  it("writes the least that a Cluster needs, with the superuser off", async () => {
    const { inputs } = (await make()).get(CLUSTER);
    assert.deepEqual(inputs, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: expectedMetadata("pg", { annotations: { "pulumi.com/waitFor": "condition=Ready" } }),
      spec: {
        instances: 3,
        inheritedMetadata: { labels: { team: "data" }, annotations: { note: "hello" } },
        storage: { size: "1Gi" },
        enableSuperuserAccess: false,
        postgresql: { parameters: {}, pg_hba: PG_HBA },
        monitoring: { enablePodMonitor: false },
        affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
      },
    });
  });

  it("writes everything that a stack can ask for", async () => {
    const role = droppedRole("former");
    const { get } = await make(
      {
        instances: 2,
        image: "postgresql:17",
        imagePullPolicy: "Always",
        imagePullSecrets: ["registry"],
        storage: { size: "20Gi", class: "fast" },
        walStorage: { size: "5Gi" },
        parameters: { max_connections: "100" },
        resources: { limits: { memory: "1Gi" } },
        monitoring: "podMonitor",
        superuserAccess: "enabled",
        placement: { antiAffinity: "none", zones: "spread", nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] },
        backup: { configuration: { retentionPolicy: "30d" }, plugins: [{ name: "barman", isWALArchiver: true }] },
      },
      {
        place: { ...place(), labels: {}, annotations: {} },
        roles: [role],
        bootstrap: { service: service("base"), secret: "base-db-role" },
      },
    );
    assert.deepEqual(get(CLUSTER).inputs.spec, {
      instances: 2,
      imageName: "postgresql:17",
      imagePullPolicy: "Always",
      imagePullSecrets: [{ name: "registry" }],
      storage: { size: "20Gi", storageClass: "fast" },
      walStorage: { size: "5Gi" },
      enableSuperuserAccess: true,
      bootstrap: { initdb: { database: "ameide", owner: "dbuser", secret: { name: "base-db-role" } } },
      postgresql: { parameters: { max_connections: "100" }, pg_hba: PG_HBA },
      managed: { roles: [role] },
      resources: { limits: { memory: "1Gi" } },
      monitoring: { enablePodMonitor: true },
      affinity: { enablePodAntiAffinity: false, nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { "cnpg.io/cluster": "pg" } },
        },
      ],
      backup: { retentionPolicy: "30d" },
      plugins: [{ name: "barman", isWALArchiver: true }],
    });
  });

  it("has the names of Poolers in the certificate that they show their clients, and is there when the certificate is", async () => {
    const { metadata, spec } = (await make({}, { poolers: ["pooler-ro", "pooler-rw"] })).get(CLUSTER).inputs as {
      metadata: { annotations: Record<string, string> };
      spec: { certificates: unknown };
    };
    assert.deepEqual(spec.certificates, { serverAltDNSNames: ["pooler-ro.apps.svc", "pooler-rw.apps.svc"] });
    assert.deepEqual(JSON.parse(metadata.annotations["pulumi.com/waitFor"]!), [
      "condition=Ready",
      'jsonpath={.status.certificates.serverAltDNSNames[?(@=="pooler-ro.apps.svc")]}',
      'jsonpath={.status.certificates.serverAltDNSNames[?(@=="pooler-rw.apps.svc")]}',
    ]);
  });

  it("is protected unless the stack says otherwise, waits as long as the stack says, and stays made from what it was made from", async () => {
    assert.deepEqual((await make()).get(CLUSTER).options, {
      protect: true,
      ignoreChanges: ["spec.bootstrap"],
      customTimeouts: { create: "15m", update: "15m" },
    });
    const { options } = (await make({ protection: "none", readyTimeout: "1h" })).get(CLUSTER);
    assert.deepEqual(options, { ignoreChanges: ["spec.bootstrap"], customTimeouts: { create: "1h", update: "1h" } });
  });

  it("schedules backups of the Cluster once it is there", async () => {
    const { inputs, dependsOn } = (await make({ backup: { schedules } })).get(`${BACKUP}::pg-daily`);
    assert.deepEqual(inputs, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ScheduledBackup",
      metadata: expectedMetadata("daily", {}),
      spec: { cluster: { name: "pg" }, ...schedules.daily },
    });
    assert.deepEqual(dependsOn, [CLUSTER]);
  });
});
