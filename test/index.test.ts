import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { REPOSITORY } from "../lab/paths";
import { MADE_AT, passwordOf, run } from "./support/program";
import { stackFile, STACKS } from "./support/stackFiles";
import {
  CLUSTER,
  DATABASE,
  DATABASES,
  expectedResources,
  finding,
  ids,
  JOB,
  PROVIDER,
  ROLE,
  SECRET,
  SERVICES,
  specOf,
  STATE,
  ALTERNATING,
  wholeProgram,
} from "./support/wholeProgram";
import { keysOf } from "./support/outputs";

/** What applications log in with, and what CloudNativePG has it from. */
const secretsOf = (services: readonly string[]) => services.flatMap((name) => [`${SECRET}::${name}`, `${SECRET}::${name}-role`]);

describe("index", () => {
  const { up, program, onPreflight, waitedFor } = wholeProgram();

  for (const stack of STACKS) {
    it(`${stack}: makes exactly what its services need, the same in a preview`, async () => {
      for (const preview of [false, true]) assert.deepEqual(ids((await up(stack, {}, preview)).resources), expectedResources(SERVICES));
    });

    it(`${stack}: is protected ${stack === "dev" ? "not at all" : "against deletion and replacement"}`, async () => {
      const { resources } = await up(stack);
      const kept = stack === "dev" ? [] : [CLUSTER, ...secretsOf(SERVICES), STATE];
      assert.deepEqual(ids(resources.filter(({ options }) => options.protect)), kept.sort());
    });

    it(`${stack}: marks every object as this state's, in the stack's namespace`, async () => {
      const { resources } = await up(stack);
      const objects = resources.filter(({ id }) => id.startsWith("kubernetes:"));
      assert.equal(objects.length, 3 + 4 * SERVICES.length);
      for (const { id, inputs, provider } of objects) {
        const { namespace, annotations, labels } = inputs.metadata as Record<string, Record<string, string>>;
        assert.equal(namespace, `ameide-${stack}`, id);
        assert.equal(annotations?.["cnpg-credentials/owner"], "0123456789abcdef", id);
        assert.equal(labels?.["cnpg-credentials/stack"], stack, id);
        assert.equal(provider, PROVIDER, id);
      }
    });

    it(`${stack}: lets nobody in but each service to its own database`, async () => {
      const { pg_hba } = specOf(await up(stack), CLUSTER).postgresql as { pg_hba: string[] };
      assert.equal(pg_hba.length, SERVICES.length + 1);
      assert.equal(pg_hba.at(-1), "host all all all reject");
      assert.ok(pg_hba.includes("hostssl langgraph inference,inference_a,inference_b all scram-sha-256"));
    });
  }

  it("takes a line of the stack's own that says why it does without TLS", async () => {
    const line = "host postgres scraper 10.1.2.3/32 scram-sha-256";
    const cluster = { ...(stackFile("dev").cluster as object), pgHba: [{ line, withoutTls: "it speaks no TLS" }] };
    const { pg_hba } = specOf(await up("dev", { cluster }), CLUSTER).postgresql as { pg_hba: string[] };
    assert.deepEqual(pg_hba.slice(-2), [line, "host all all all reject"]);
  });

  describe("protects of a service", () => {
    const protectedOf = async (services: Record<string, object>, rotation = {}) => {
      const { resources } = await up("prod", { services, rotation: { services: rotation } });
      return ids(resources.filter(({ id, options }) => options.protect && id.startsWith(SECRET)));
    };

    it("its Secrets and nothing that a rotation replaces, whichever login is in use, so that a turn changes no protection", async () => {
      const kept = [`${SECRET}::agents`, `${SECRET}::agents-a-role`, `${SECRET}::agents-b-role`];
      for (const entry of [
        { active: "a", a: 0 },
        { active: "b", a: 0, b: 1 },
        { active: "b", a: "retired", b: 1 },
      ])
        assert.deepEqual(await protectedOf({ agents: ALTERNATING }, { agents: entry }), kept);
    });

    it("nothing of a login that goes when it is retired", async () => {
      const entry = { active: "a", a: 1, owner: 0 };
      const kept = [`${SECRET}::agents`, `${SECRET}::agents-a-role`, `${SECRET}::agents-b-role`];
      assert.deepEqual(await protectedOf({ agents: ALTERNATING }, { agents: entry }), kept);
    });

    it("nothing at all where the stack says so, for the `up` before the one that turns it off", async () => {
      assert.deepEqual(await protectedOf({ agents: {}, graph: { protection: "none" } }), secretsOf(["agents"]));
      const { get } = await up("prod", { services: { agents: {}, graph: { protection: "none" } } });
      const mark = (name: string) =>
        (get(`${SECRET}::${name}`).inputs.metadata as { annotations: Record<string, string> }).annotations["cnpg-credentials/protection"];
      assert.deepEqual([mark("agents"), mark("graph")], ["protected", undefined]);
    });

    it("its Secrets, in a stack that protects nothing else", async () => {
      const { resources } = await up("dev", { services: { agents: { protection: "protected" }, graph: {} } });
      assert.deepEqual(ids(resources.filter(({ options }) => options.protect)), secretsOf(["agents"]));
    });
  });

  it("ends before anything is made with an engine that knows too little, which is the one that Pulumi.yaml asks for", async () => {
    const { requiredPulumiVersion } = parse(fs.readFileSync(path.join(REPOSITORY, "Pulumi.yaml"), "utf8")) as {
      requiredPulumiVersion: string;
    };
    const sdk = pulumi as { -readonly [K in "requirePulumiVersion"]: (typeof pulumi)[K] };
    const before = sdk.requirePulumiVersion;
    const registered: string[] = [];
    sdk.requirePulumiVersion = (range) => Promise.reject(new Error(`not ${range}`));
    try {
      await assert.rejects(
        run(() => program("dev", {}), { registered }),
        { message: `not ${requiredPulumiVersion}` },
      );
    } finally {
      sdk.requirePulumiVersion = before;
    }
    assert.deepEqual([requiredPulumiVersion, registered], [">=3.226.0", []]);
  });

  it("addresses one cluster, whose Secrets it changes in place", async () => {
    const { inputs, options } = (await up("dev")).get(PROVIDER);
    // Another identifier replaces the provider and all that it has made: a stack from when it was
    // the stack's name keeps that.
    assert.deepEqual(options, { ignoreChanges: ["clusterIdentifier"] });
    assert.deepEqual(inputs, {
      context: "ameide-dev",
      clusterIdentifier: "cnpg-credentials",
      enableSecretMutable: "true",
      enableConfigMapMutable: "true",
      upsertExistingObjects: "true",
      enablePatchForce: "true",
    });
  });

  it("waits, where roles are objects, for a service's own and for nobody else's: edges grow with the services", async () => {
    const { resources, get } = await up("dev", { roleApi: "databaseRole" });
    for (const name of SERVICES)
      for (const id of [`${SECRET}::${name}`, `${JOB}::${name}-proof`, `${DATABASE}::databases-${name}`]) {
        const roles = get(id).dependsOn.filter((one) => one.startsWith(ROLE));
        assert.deepEqual(roles, [`${ROLE}::roles-${name}`], id);
      }
    const edges = resources.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
    assert.ok(edges / SERVICES.length < 27, String(edges));
  });

  it("hands a kubeconfig on as a secret", async () => {
    const { inputs, secrets } = (await up("dev", { kubeconfig: "/kubeconfig" })).get(PROVIDER);
    assert.equal(inputs.kubeconfig, "/kubeconfig");
    assert.deepEqual(secrets, ["kubeconfig"]);
  });

  it("makes each role's Secret before the Cluster that reads it, and the Cluster before its databases", async () => {
    const { get } = await up("dev");
    for (const name of SERVICES) {
      assert.ok(get(CLUSTER).dependsOn.includes(`${SECRET}::${name}-role`), name);
      assert.deepEqual(get(`${DATABASE}::databases-${name}`).dependsOn, [CLUSTER, STATE]);
    }
  });

  it("writes and proves a credential once the Cluster has applied it, and proves it in its own database", async () => {
    const { get } = await up("dev");
    for (const name of SERVICES) {
      const [secret, proof] = [get(`${SECRET}::${name}`).dependsOn, get(`${JOB}::${name}-proof`).dependsOn];
      for (const id of [CLUSTER, `${SECRET}::${name}-role`]) assert.ok(secret.includes(id) && proof.includes(id), `${name} ${id}`);
      assert.deepEqual(
        proof.filter((id) => id.startsWith(DATABASE)),
        [`${DATABASE}::databases-${name}`],
      );
    }
    assert.deepEqual(waitedFor.map(({ role, secret, object }) => [role, secret, object]).sort()[0], [
      "agents",
      "agents-db-role",
      undefined,
    ]);
    assert.deepEqual(waitedFor.map(({ service }) => service).sort(), SERVICES);
  });

  it("gives the owner of initdb's database one Secret for both of its managers, whoever logs in", async () => {
    for (const change of [{}, ALTERNATING]) {
      const { bootstrap, managed } = specOf(await up("dev", change), CLUSTER) as {
        bootstrap: unknown;
        managed: { roles: { name: string; passwordSecret: unknown }[] };
      };
      assert.deepEqual(bootstrap, { initdb: { database: "ameide", owner: "dbuser", secret: { name: "base-db-role" } } });
      assert.deepEqual(managed.roles.find(({ name }) => name === "dbuser")?.passwordSecret, { name: "base-db-role" });
      assert.equal(managed.roles.length, SERVICES.length * (change === ALTERNATING ? 3 : 1));
    }
  });

  it("lets nobody log in as the role of a service that is off, where the Cluster has it", async () => {
    onPreflight(async (...asked) => ({ ...(await finding({})(...asked)), closedRoles: ["keycloak", "keycloak_a"] }));
    const { roles } = specOf(await up("dev", { services: { platform: {} } }), CLUSTER).managed as { roles: Record<string, unknown>[] };
    assert.deepEqual(
      roles.map(({ name, ensure, login, disablePassword }) => [name, ensure, login, disablePassword]),
      [
        ["platform", undefined, true, undefined],
        ["keycloak", "present", false, true],
        ["keycloak_a", "present", false, true],
      ],
    );
  });

  it("says nothing of initdb to a Cluster that was made otherwise: CloudNativePG takes one way alone", async () => {
    onPreflight(async (...asked) => ({ ...(await finding({})(...asked)), isCopy: true }));
    assert.ok(!("bootstrap" in specOf(await up("dev"), CLUSTER)));
  });

  it("has the name of each Pooler that services are led to in the Cluster's certificate, and has the Pooler show it", async () => {
    const tls = { mode: "verify-full", ca: "/ca.crt" };
    const services = {
      platform: { pooler: "pooler-rw", tls },
      agents: { pooler: "pooler-rw", tls },
      graph: { pooler: "pooler-ro" },
      base: { tls },
    };
    const made = await up("dev", { services });
    const { serverAltDNSNames } = specOf(made, CLUSTER).certificates as { serverAltDNSNames: string[] };
    assert.deepEqual(serverAltDNSNames.slice(0, 2), ["pooler-ro.ameide-dev.svc", "pooler-rw.ameide-dev.svc"]);
    const patches = ids(made.resources).filter((id) => id.includes("PoolerPatch"));
    const patch = (pooler: string) => `kubernetes:postgresql.cnpg.io/v1:PoolerPatch::poolers-${pooler}`;
    assert.deepEqual(patches, [patch("pooler-ro"), patch("pooler-rw")]);
    for (const [name, { pooler }] of Object.entries<{ pooler?: string; tls?: object }>(services))
      assert.deepEqual(
        made.get(`${JOB}::${name}-proof`).dependsOn.filter((id) => patches.includes(id)),
        pooler === undefined ? [] : [patch(pooler)],
        name,
      );
  });

  it("has Postgres's certificate signed by an authority of the state's, whose key the state keeps and CloudNativePG has", async () => {
    const made = await up("dev");
    const { serverCASecret, serverAltDNSNames } = specOf(made, CLUSTER).certificates as {
      serverCASecret: string;
      serverAltDNSNames: string[];
    };
    assert.equal(serverCASecret, "postgres-ameide-server-ca");
    assert.match(serverAltDNSNames.join(), /^[0-9a-f]{32}\.authority\.invalid$/);
    assert.ok(made.get(CLUSTER).dependsOn.includes(`${SECRET}::server-authority`));
    for (const name of SERVICES) assert.ok(!JSON.stringify(made.get(`${JOB}::${name}-proof`).inputs).includes('-ca"'), name);
  });

  for (const [stack, mode] of [
    ["dev", "require"],
    ["staging", "verify-full"],
    ["prod", "verify-full"],
  ] as const)
    it(`${stack}: tells applications \`${mode}\`, and gives each of them what it proves Postgres by`, async () => {
      const { get } = await up(stack);
      for (const name of SERVICES) {
        const { data, metadata } = get(`${SECRET}::${name}`).inputs as { data: Record<string, string>; metadata: { annotations: object } };
        assert.match(Buffer.from(data["ca.crt"]!, "base64").toString(), /^-----BEGIN CERTIFICATE-----/, name);
        const uri = data.uri === undefined ? undefined : Buffer.from(data.uri, "base64").toString().split("?")[1];
        const query = mode === "require" ? "sslmode=require" : "sslmode=verify-full&sslrootcert=%2Fetc%2Fpostgres-authority%2Fca.crt";
        if (uri !== undefined) assert.equal(uri, query, name);
        assert.equal((metadata.annotations as Record<string, string>)["cnpg-credentials/tls-mode"], mode, name);
      }
    });

  it("makes the roles objects of their own where the stack asks for that", async () => {
    const made = await up("dev", { roleApi: "databaseRole" });
    const expected = [
      ...expectedResources(SERVICES),
      "cnpg-credentials:index:ManagedRoles::roles",
      ...SERVICES.map((name) => `${ROLE}::roles-${name}`),
    ].sort();
    assert.deepEqual(ids(made.resources), expected);
    assert.ok(!("managed" in specOf(made, CLUSTER)));
    for (const name of SERVICES) {
      assert.deepEqual(made.get(`${ROLE}::roles-${name}`).dependsOn, [`${SECRET}::${name}-role`, CLUSTER, STATE].sort());
    }
    assert.deepEqual(made.get(DATABASES).dependsOn, []);
  });

  it("leaves nothing of a service that is off or left out", async () => {
    const { resources, result } = await up("dev", { services: { platform: {}, keycloak: { enabled: false } } });
    assert.deepEqual(ids(resources), expectedResources(["platform"]));
    assert.ok(!/keycloak|plausible/.test(JSON.stringify(resources)));
    assert.deepEqual(Object.keys(result.services), ["platform"]);
  });

  it("makes a cluster without services", async () => {
    const made = await up("dev", { services: {} });
    assert.deepEqual(ids(made.resources), expectedResources([]));
    assert.ok(!("bootstrap" in specOf(made, CLUSTER)));
  });

  it("puts no password in clear anywhere, outputs included", async () => {
    const { resources, result } = await up("prod");
    const clear = JSON.stringify([resources.map((resource) => resource.clear), result.services, result.cluster]);
    assert.equal(await pulumi.isSecret(result.owner), false);
    for (const name of SERVICES) {
      const password = passwordOf(`${name}-password`);
      for (const form of [password, Buffer.from(password).toString("base64")]) assert.ok(!clear.includes(form), name);
    }
  });

  it("tells what it made", async () => {
    const { result } = await up("staging");
    assert.equal(result.cluster, "ameide-staging/postgres-ameide");
    assert.deepEqual(Object.keys(result.services).sort(), SERVICES);
    const { changedAt, ...temporal } = result.services.temporal!;
    assert.deepEqual(temporal, {
      role: "temporal",
      database: "temporal",
      namespace: "ameide-staging",
      secret: "temporal-db-env",
      ...keysOf("temporal-env"),
      login: "temporal",
      roleSecret: "temporal-db-role",
      generation: "0.0.0",
    });
    assert.equal(await new Promise((resolve) => changedAt.apply(resolve)), MADE_AT);
  });

  it("asks the cluster before it makes anything there", async () => {
    onPreflight((stack, services) => Promise.reject(new pulumi.RunError(`${stack.name} ${services.length}`)));
    const { result, resources } = await run(() => program("dev", {}).then(() => "it went on", String));
    assert.equal(result, `Error: dev ${SERVICES.length}`);
    assert.deepEqual(ids(resources), [STATE]);
  });

  it("asks the cluster nothing about a service that is not in the catalogue", async () => {
    onPreflight(() => assert.fail("asked"));
    await assert.rejects(up("dev", { services: { langfuse: {} } }), {
      message: [
        "Services of stack dev: 1 problem, nothing was changed",
        `  - services.langfuse: is not in the catalogue; correct the name (there are ${SERVICES.join(", ")}), or add a record of it to catalog/services/`,
      ].join("\n"),
    });
  });
});
