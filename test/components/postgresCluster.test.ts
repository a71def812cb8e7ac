import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PostgresCluster } from "../../components/postgresCluster";
import { droppedRole } from "../../components/roles";
import { openLines } from "../../config/hostBased";
import { clusterArgs, expectedMetadata, waitedMetadata } from "../support/fixtures";
import { run, type Run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:PostgresCluster::pg";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster::pg";
const BACKUP = "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup";
const PG_HBA = ["host all all all reject"];

function make(args: Readonly<Record<string, unknown>> = {}, preview = false): Promise<Run<PostgresCluster>> {
  return run(() => new PostgresCluster("pg", clusterArgs(args)), { stack: "test", preview });
}
const schedules = { daily: { schedule: "0 0 2 * * *", method: "plugin", pluginConfiguration: { name: "barman" } } };

describe("components/postgresCluster", () => {
  it("makes the same objects in a preview and in an update, each a child of the component", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make({ backup: { schedules } }, preview);
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
    const metadata = waitedMetadata(inputs, "condition=Ready");
    assert.deepEqual(
      { ...inputs, metadata },
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: expectedMetadata("pg", { annotations: { "cnpg-credentials/authorities": "operator" } }),
        spec: {
          instances: 3,
          inheritedMetadata: { labels: { team: "data" }, annotations: { note: "hello" } },
          storage: { size: "1Gi" },
          enableSuperuserAccess: false,
          postgresql: { parameters: {}, pg_hba: PG_HBA },
          monitoring: { enablePodMonitor: false },
          affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
        },
      },
    );
  });

  it("writes everything that a stack can ask for", async () => {
    const role = droppedRole({ role: "former" });
    const { get } = await make({
      instances: 2,
      image: "postgresql:17",
      imagePullPolicy: "Always",
      imagePullSecrets: ["registry"],
      storage: { size: "20Gi", class: "fast" },
      walStorage: { size: "5Gi" },
      parameters: { max_connections: "100" },
      preloadLibraries: ["timescaledb"],
      resources: { limits: { memory: "1Gi" } },
      monitoring: "podMonitor",
      metricsTls: "enabled",
      superuserAccess: "enabled",
      placement: { antiAffinity: "none", zones: "spread", nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] },
      backup: { configuration: { retentionPolicy: "30d" }, plugins: [{ name: "barman", isWALArchiver: true }] },
      labels: {},
      annotations: {},
      roles: [role],
      bootstrap: { database: "ameide", owner: "dbuser", secretName: "base-db-role" },
    });
    assert.deepEqual(get(CLUSTER).inputs.spec, {
      instances: 2,
      imageName: "postgresql:17",
      imagePullPolicy: "Always",
      imagePullSecrets: [{ name: "registry" }],
      storage: { size: "20Gi", storageClass: "fast" },
      walStorage: { size: "5Gi" },
      enableSuperuserAccess: true,
      bootstrap: { initdb: { database: "ameide", owner: "dbuser", secret: { name: "base-db-role" } } },
      postgresql: { parameters: { max_connections: "100" }, pg_hba: PG_HBA, shared_preload_libraries: ["timescaledb"] },
      managed: { roles: [role] },
      resources: { limits: { memory: "1Gi" } },
      monitoring: { enablePodMonitor: true, tls: { enabled: true } },
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
    const { inputs } = (await make({ poolers: ["pooler-ro", "pooler-rw"] })).get(CLUSTER);
    const { certificates } = inputs.spec as { certificates: unknown };
    assert.deepEqual(certificates, { serverAltDNSNames: ["pooler-ro.apps.svc", "pooler-rw.apps.svc"] });
    waitedMetadata(
      inputs,
      "condition=Ready",
      'jsonpath={.status.certificates.serverAltDNSNames[?(@=="pooler-ro.apps.svc")]}',
      'jsonpath={.status.certificates.serverAltDNSNames[?(@=="pooler-rw.apps.svc")]}',
    );
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

  describe("who is let in", () => {
    const admit = (args: object) => make({ hostBasedAuthentication: undefined, ...args });
    const lines = async (args: object) => {
      const { inputs } = (await admit(args)).get(CLUSTER);
      return (inputs.spec as { postgresql: { pg_hba: string[] } }).postgresql.pg_hba;
    };
    const nobody = "host all all all reject";
    const services = [{ name: "line-items" }, { name: "shop", role: "keeper", database: "till" }];
    const own = [
      "hostssl line_items line_items,line_items_a,line_items_b all scram-sha-256",
      "hostssl till keeper,keeper_a,keeper_b all scram-sha-256",
    ];

    it("is each service's logins into its database over TLS, by name, then whoever else is said, then nobody", async () => {
      assert.deepEqual(await lines({ services }), [...own, nobody]);
      assert.deepEqual(await lines({ services: [] }), [nobody]);
      const superuser = "hostssl all postgres all scram-sha-256";
      const pgHba = ["hostssl metrics scraper 10.0.0.0/8 cert"];
      assert.deepEqual(await lines({ services, pgHba, superuserAccess: "enabled" }), [...own, superuser, ...pgHba, nobody]);
    });

    it("is what the policy pack lets be, whatever is left out", async () => {
      for (const args of [{ services }, { services: [] }]) assert.deepEqual(openLines(await lines(args), false), []);
    });

    const refused: [what: string, args: object, path: string, phrase: RegExp][] = [
      ["nothing that says who", {}, "services", /is missing/],
      ["a name that means more than itself", { services: [{ name: "x", database: "samerole" }] }, "services\\.x\\.database", /reserved/],
      ["a role that ends the line", { services: [{ name: "x", role: "x all trust #" }] }, "services\\.x\\.role", /lower-case letters/],
      [
        "one service's login as another's role",
        { services: [{ name: "x" }, { name: "y", role: "x_a" }] },
        "services\\.y\\.role",
        /already/,
      ],
      ["a misspelt argument of a service", { services: [{ name: "x", datbase: "y" }] }, "services\\.x\\.datbase", /database/],
      [
        "members of a role",
        { hostBasedAuthentication: ["hostssl x +x all scram-sha-256", nobody] },
        "hostBasedAuthentication\\.0",
        /`\+x`/,
      ],
      [
        "every database",
        { hostBasedAuthentication: ["hostssl samerole all all scram-sha-256", nobody] },
        "hostBasedAuthentication\\.0",
        /samerole/,
      ],
      [
        "the superuser without access",
        { hostBasedAuthentication: ["hostssl all postgres all scram-sha-256", nobody] },
        "hostBasedAuthentication\\.0",
        /postgres/,
      ],
      ["an open end", { hostBasedAuthentication: [] }, "hostBasedAuthentication", /last line/],
      ["two that say it", { services, hostBasedAuthentication: [nobody] }, "hostBasedAuthentication", /`services`/],
    ];
    for (const [what, args, path, phrase] of refused)
      it(`refuses ${what}`, async () => {
        const expected = new RegExp(`^  - ${path}: .*${phrase.source}`, "m");
        await assert.rejects(admit(args), ({ message }: Error) => expected.test(message) || assert.fail(message));
      });
  });

  it("takes what another resource says for the namespace and the image, and is called what it is told", async () => {
    const later = {
      namespace: pulumi.output("later"),
      image: pulumi.output("postgresql:18"),
      clusterName: "other",
      poolers: ["pooler-rw"],
    };
    const { inputs } = (await make(later)).get(CLUSTER);
    const { metadata, spec } = inputs as { metadata: Record<string, unknown>; spec: Record<string, unknown> };
    assert.deepEqual([metadata.name, metadata.namespace, spec.imageName], ["other", "later", "postgresql:18"]);
    assert.deepEqual(spec.certificates, { serverAltDNSNames: ["pooler-rw.later.svc"] });
  });

  it("is marked with the stack whose it is, unless it is told whose", async () => {
    const { inputs } = (await make({ owner: undefined, labels: undefined, annotations: undefined })).get(CLUSTER);
    const { annotations, labels } = inputs.metadata as Record<string, Record<string, string>>;
    assert.equal(annotations!["cnpg-credentials/owner"], "organization/cnpg-credentials/test");
    assert.equal(labels!["cnpg-credentials/stack"], "test");
  });

  it("refuses arguments that are wrong, all at once, and makes nothing", async () => {
    const registered: string[] = [];
    const wrong = { instances: 0, storage: { size: "much" }, protection: "yes", superUserAccess: "enabled", alerts: "pagerduty" };
    await assert.rejects(
      run(() => new PostgresCluster("pg", clusterArgs(wrong)), { registered }),
      ({ message }: Error) => {
        assert.match(message, /^PostgresCluster pg: 5 problems, nothing was changed$/m);
        for (const path of ["instances", "storage.size", "protection", "superUserAccess", "alerts"])
          assert.match(message, new RegExp(`^  - ${path}: `, "m"));
        return true;
      },
    );
    assert.deepEqual(
      registered.filter((id) => id !== COMPONENT),
      [],
    );
  });

  it("says in the state what it is of, and where it is", async () => {
    const { inputs } = (await make({ image: "postgresql:17" })).get(COMPONENT);
    assert.deepEqual(inputs, { namespace: "apps", instances: 3, image: "postgresql:17" });
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
