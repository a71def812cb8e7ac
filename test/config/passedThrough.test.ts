import * as assert from "node:assert/strict";
import { validateStack } from "../../config/validate";
import { clusterSpec } from "../../components/clusterSpec";
import { passedThrough } from "../../config/passedThrough";
import { clusterSchema } from "../../config/schema";

const cluster = { name: "pg", instances: 3, image: "postgres:17", storage: { size: "1Gi" } };

function problems(spec: object, more: object = {}): string[] {
  const raw = { namespace: "shop", context: "one", services: "{}", cluster: JSON.stringify({ ...cluster, ...more, spec }) };
  const result = validateStack(raw, "dev");
  return "problems" in result ? result.problems.map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`) : [];
}

/** What the Cluster is told. */
function specOf(spec: object, parts: object = {}): Record<string, unknown> {
  const place = { namespace: "shop", stack: "dev", owner: "", labels: {}, annotations: {} };
  return {
    ...clusterSpec({ config: clusterSchema.parse({ ...cluster, spec }), place, roles: [], pgHba: ["host all all all reject"], ...parts }),
  };
}

describe("cluster.spec", () => {
  it("takes image catalogues, locale, import, recovery, other servers, certificates, synchronous replication, affinity and what is unknown", () => {
    const other = { name: "old", connectionParameters: { host: "old", user: "postgres" }, password: { name: "old", key: "password" } };
    for (const spec of [
      { imageCatalogRef: { kind: "ClusterImageCatalog", name: "postgresql", major: 17 } },
      { bootstrap: { initdb: { encoding: "UTF8", localeCollate: "C", localeCType: "C.UTF-8", dataChecksums: true } } },
      {
        bootstrap: { initdb: { import: { type: "monolith", databases: ["*"], roles: ["*"], source: { externalCluster: "old" } } } },
        externalClusters: [other],
      },
      { bootstrap: { recovery: { source: "old", recoveryTarget: { targetTime: "2026-01-01" } } }, externalClusters: [other] },
      { bootstrap: { recovery: { backup: { name: "last" } } } },
      { certificates: { serverAltDNSNames: ["pg.example"], clientCASecret: "clients", replicationTLSSecret: "replicas" } },
      { postgresql: { synchronous: { method: "any", number: 2 }, extensions: [{ name: "vector" }] } },
      { affinity: { nodeAffinity: {}, additionalPodAffinity: {} }, topologySpreadConstraints: [{ maxSkew: 1 }] },
      { tablespaces: [{ name: "fast", storage: { size: "1Gi" } }], env: [{ name: "TZ", value: "UTC" }], enablePDB: false },
      { somethingOfALaterRelease: { yes: true } },
    ]) {
      const image = "imageCatalogRef" in spec ? { image: undefined } : {};
      const said = problems(spec, image);
      assert.deepEqual(
        said.filter((one) => !one.startsWith("rotation.proof.image")),
        [],
        JSON.stringify(spec),
      );
    }
  });

  it("refuses, by its place and with the reason, what another setting says or would break a promise", () => {
    const refused: [spec: object, place: string, why: RegExp][] = [
      [{ instances: 2 }, "instances", /`cluster.instances`/],
      [{ backup: { barmanObjectStore: {} } }, "backup", /`cluster.backup.configuration`/],
      [{ superuserSecret: { name: "x" } }, "superuserSecret", /somebody's choice/],
      [{ replica: { enabled: true } }, "replica", /applies no role/],
      [{ managed: { roles: [] } }, "managed.roles", /one role has one writer/],
      [{ bootstrap: { initdb: { owner: "app" } } }, "bootstrap.initdb.owner", /bootstrapOwner/],
      [{ bootstrap: { recovery: { secret: { name: "x" } } } }, "bootstrap.recovery.secret", /set the former one back/],
      [{ bootstrap: { initdb: { postInitSQL: ["select 1"] } } }, "bootstrap.initdb.postInitSQL", /runs as superuser/],
      [{ certificates: { serverTLSSecret: "mine" } }, "certificates.serverTLSSecret", /tls.authorities/],
      [{ postgresql: { pg_hba: [] } }, "postgresql.pg_hba", /cluster.pgHba/],
      [{ postgresql: { ldap: {} } }, "postgresql.ldap", /lets everybody in/],
      [{ affinity: { nodeSelector: {} } }, "affinity.nodeSelector", /cluster.placement/],
      [{ securityContext: { privileged: true } }, "securityContext.privileged", /`restricted`/],
      [{ securityContext: { allowPrivilegeEscalation: true } }, "securityContext.allowPrivilegeEscalation", /`restricted`/],
      [{ securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }, "securityContext.capabilities.add", /`restricted`/],
      [{ securityContext: { procMount: "Unmasked" } }, "securityContext.procMount", /`restricted`/],
      [{ podSecurityContext: { runAsUser: 0 } }, "podSecurityContext.runAsUser", /`restricted`/],
      [{ podSecurityContext: { runAsNonRoot: false } }, "podSecurityContext.runAsNonRoot", /`restricted`/],
      [{ podSecurityContext: { sysctls: [{ name: "kernel.core_pattern" }] } }, "podSecurityContext.sysctls", /`restricted`/],
      [{ seccompProfile: { type: "Unconfined" } }, "seccompProfile.type", /`restricted`/],
      [{ postgresUID: 0 }, "postgresUID", /`restricted`/],
    ];
    for (const [spec, place, why] of refused) {
      const [one, ...others] = problems(spec);
      assert.ok(one?.startsWith(`cluster.spec.${place}: is not passed on`), `${place}: ${one}`);
      assert.match(one!, why);
      assert.match(one!, /take it out of `cluster.spec`$/);
      assert.deepEqual(others, []);
    }
  });

  it("reads nothing by keys that every object of JavaScript's has, and passes none of theirs on", () => {
    // As JSON, where `__proto__` is a key as any other.
    for (const hidden of ['{"superuserSecret":{"name":"x"}}', '{"managed":{"roles":[{"name":"x","superuser":true}]}}']) {
      const spec = JSON.parse(
        `{"__proto__":${hidden},"constructor":{"prototype":${hidden}},"postgresql":{"__proto__":{"pg_hba":["x"]}}}`,
      ) as object;
      const parsed = passedThrough.safeParse(spec);
      if (!parsed.success) continue;
      const told = specOf(parsed.data);
      assert.equal(told.superuserSecret, undefined);
      assert.equal(told.managed, undefined);
      assert.deepEqual((told.postgresql as { pg_hba: unknown }).pg_hba, ["host all all all reject"]);
      assert.equal(({} as { superuserSecret?: unknown }).superuserSecret, undefined);
    }
  });

  it("takes what makes pods less than they are", () => {
    const contexts = {
      securityContext: { privileged: false, readOnlyRootFilesystem: true },
      podSecurityContext: { runAsNonRoot: true, fsGroup: 26 },
    };
    assert.deepEqual(problems(contexts), []);
  });

  it("refuses a password in the file, a source that is not there, two ways, a misspelt field, and what does not fit the rest", () => {
    assert.match(
      problems({ externalClusters: [{ name: "old", connectionParameters: { password: "x" } }] })[0]!,
      /externalClusters\.0\.connectionParameters\.password: is a password/,
    );
    assert.doesNotMatch(problems({ externalClusters: [{ name: "old", connectionParameters: { password: "hunter2" } }] })[0]!, /hunter2/);
    assert.match(problems({ bootstrap: { pg_basebackup: { source: "old" } } })[0]!, /none of `externalClusters`/);
    assert.match(problems({ bootstrap: { initdb: {}, recovery: {} } })[0]!, /several ways/);
    assert.match(problems({ tablespace: [] })[0]!, /did you mean `tablespaces`/);
    assert.match(problems({ postgresql: { synchronous: { method: "any", number: 3 } } })[0]!, /3 instances have 2/);
    assert.match(problems({ imageCatalogRef: { kind: "ImageCatalog", name: "x", major: 17 } })[0]!, /`cluster.image` does, too/);
    assert.match(problems({ managed: { services: { disabledDefaultServices: ["rw"] } } })[0]!, /is not one of `ro`, `r`/);
  });

  it("goes to the Cluster beside what the program says, and lists of both have both", () => {
    const spec = specOf(
      {
        certificates: { serverAltDNSNames: ["pg.example"] },
        affinity: { nodeAffinity: { a: 1 } },
        postgresql: { synchronous: { method: "any", number: 1 } },
        imageCatalogRef: { kind: "ImageCatalog", name: "x", major: 17 },
        managed: { services: { disabledDefaultServices: ["r"] } },
      },
      { poolers: ["way"], roles: [{ name: "app" }] },
    );
    assert.deepEqual(spec.certificates, { serverAltDNSNames: ["way.shop.svc", "pg.example"] });
    assert.deepEqual((spec.affinity as object) && Object.keys(spec.affinity as object), [
      "enablePodAntiAffinity",
      "podAntiAffinityType",
      "topologyKey",
      "nodeAffinity",
    ]);
    assert.deepEqual(spec.postgresql, {
      parameters: {},
      pg_hba: ["host all all all reject"],
      synchronous: { method: "any", number: 1 },
    });
    assert.deepEqual(spec.imageCatalogRef, { apiGroup: "postgresql.cnpg.io", kind: "ImageCatalog", name: "x", major: 17 });
    assert.deepEqual(spec.managed, { roles: [{ name: "app" }], services: { disabledDefaultServices: ["r"] } });
  });

  it("gives locale and encoding to the first database, and no first database to a Cluster that is made from another", () => {
    const bootstrap = { service: { database: "ameide", role: "dbuser" }, secret: "base-db-role" };
    assert.deepEqual(specOf({ bootstrap: { initdb: { encoding: "UTF8" } } }, { bootstrap }).bootstrap, {
      initdb: { database: "ameide", owner: "dbuser", secret: { name: "base-db-role" }, encoding: "UTF8" },
    });
    assert.deepEqual(specOf({ bootstrap: { recovery: { backup: { name: "last" } } } }, { bootstrap }).bootstrap, {
      recovery: { backup: { name: "last" } },
    });
  });

  it("is nothing where there is none", () => {
    assert.equal(passedThrough.optional().parse(undefined), undefined);
    assert.equal("spec" in clusterSchema.parse(cluster), false);
  });
});
