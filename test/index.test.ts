import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import type { Stack } from "../config/load";
import { passwordOf, PROJECT, run, type Registration, type Run } from "./support/program";
import { asEngineValues, stackFile, STACKS, type StackName } from "./support/stackFiles";

interface Outputs {
  cluster: string;
  owner: pulumi.Output<string>;
  services: Record<string, { role: string; database: string; secret: string; roleSecret: string }>;
}

const SERVICES = [
  "agents",
  "agents-runtime",
  "backstage",
  "base",
  "graph",
  "inference",
  "keycloak",
  "platform",
  "plausible",
  "temporal",
  "temporal-visibility",
  "threads",
  "transformation",
  "workflows",
];
const ENVIRONMENT_ONLY = ["temporal", "temporal-visibility"];
const PROVIDER = "pulumi:providers:kubernetes::kubernetes";
const STATE = "random:index/randomId:RandomId::state";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster::postgres-ameide";
const SECRET = "kubernetes:core/v1:Secret";
const DATABASES = "cnpg-credentials:index:Databases::databases";
const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";
const ROLE = "kubernetes:postgresql.cnpg.io/v1:DatabaseRole";

/** Everything that a stack with these services makes, with inline roles. */
function expectedResources(services: readonly string[]): string[] {
  return [
    DATABASES,
    "cnpg-credentials:index:PostgresCluster::postgres-ameide",
    CLUSTER,
    PROVIDER,
    STATE,
    ...services.flatMap((name) => [
      `cnpg-credentials:index:ApplicationSecret::${name}`,
      `random:index/randomPassword:RandomPassword::${name}-password`,
      `${SECRET}::${name}`,
      ...(ENVIRONMENT_ONLY.includes(name) ? [`${SECRET}::${name}-role`] : []),
      `${DATABASE}::databases-${name}`,
    ]),
  ].sort();
}
const roleSecretOf = (name: string) => `${SECRET}::${name}${ENVIRONMENT_ONLY.includes(name) ? "-role" : ""}`;
const ids = (resources: readonly Registration[]) => resources.map(({ id }) => id);

describe("index", () => {
  const module = require.resolve("../index");
  const preflightModule = require.resolve("../preflight");
  let preflight: (stack: Stack, services: readonly Service[], owner: pulumi.Output<string>) => Promise<Record<string, string>>;

  before(() => {
    const exports = { preflight: (...args: Parameters<typeof preflight>) => preflight(...args) };
    require.cache[preflightModule] = { id: preflightModule, loaded: true, exports } as NodeJS.Module;
    delete require.cache[module];
  });
  beforeEach(() => (preflight = () => Promise.resolve({})));
  after(() => {
    delete require.cache[preflightModule];
    delete require.cache[module];
  });

  /** The real program under a real stack file, or what `change` makes of it. */
  async function program(stack: StackName, change: Record<string, unknown>): Promise<Outputs> {
    const values = Object.entries(asEngineValues({ ...stackFile(stack), ...change }));
    pulumi.runtime.setAllConfig(Object.fromEntries(values.map(([key, value]) => [`${PROJECT}:${key}`, value])));
    return (await import("../index")).default();
  }
  const up = (stack: StackName, change = {}, preview = false): Promise<Run<Outputs>> =>
    run(() => program(stack, change), { stack, preview });

  for (const stack of STACKS) {
    it(`${stack}: makes exactly what its services need, the same in a preview`, async () => {
      for (const preview of [false, true]) assert.deepEqual(ids((await up(stack, {}, preview)).resources), expectedResources(SERVICES));
    });

    it(`${stack}: is protected ${stack === "dev" ? "not at all" : "against deletion and replacement"}`, async () => {
      const { resources } = await up(stack);
      assert.deepEqual(ids(resources.filter(({ options }) => options.protect)), stack === "dev" ? [] : [CLUSTER, STATE]);
    });

    it(`${stack}: marks every object as this state's, in the stack's namespace`, async () => {
      const { resources } = await up(stack);
      const objects = resources.filter(({ id }) => id.startsWith("kubernetes:"));
      assert.equal(objects.length, 31);
      for (const { id, inputs, provider } of objects) {
        const { namespace, annotations, labels } = inputs.metadata as Record<string, Record<string, string>>;
        assert.equal(namespace, `ameide-${stack}`, id);
        assert.equal(annotations?.["cnpg-credentials/owner"], `organization/cnpg-credentials/${stack}/0123456789abcdef`, id);
        assert.equal(labels?.["cnpg-credentials/stack"], stack, id);
        assert.equal(provider, PROVIDER, id);
      }
    });

    it(`${stack}: lets nobody in but each service to its own database`, async () => {
      const { pg_hba } = specOf(await up(stack), CLUSTER).postgresql as { pg_hba: string[] };
      assert.equal(pg_hba.length, SERVICES.length + 1);
      assert.equal(pg_hba.at(-1), "host all all all reject");
      assert.ok(pg_hba.includes("hostssl langgraph +inference all scram-sha-256"));
    });
  }

  it("addresses one cluster, whose Secrets it changes in place", async () => {
    const { inputs } = (await up("dev")).get(PROVIDER);
    assert.deepEqual(inputs, {
      context: "ameide-dev",
      clusterIdentifier: "organization/cnpg-credentials/dev",
      enableSecretMutable: "true",
      enableConfigMapMutable: "true",
      upsertExistingObjects: "true",
      enablePatchForce: "true",
    });
  });

  it("hands a kubeconfig on as a secret", async () => {
    const { inputs, secrets } = (await up("dev", { kubeconfig: "/kubeconfig" })).get(PROVIDER);
    assert.equal(inputs.kubeconfig, "/kubeconfig");
    assert.deepEqual(secrets, ["kubeconfig"]);
  });

  it("makes each role's Secret before the Cluster that reads it, and the Cluster before its databases", async () => {
    const { get } = await up("dev");
    for (const name of SERVICES) {
      assert.ok(get(CLUSTER).dependsOn.includes(roleSecretOf(name)), name);
      assert.deepEqual(get(`${DATABASE}::databases-${name}`).dependsOn, [CLUSTER, STATE]);
    }
  });

  it("gives the owner of initdb's database one Secret for both of its managers", async () => {
    const { bootstrap, managed } = specOf(await up("dev"), CLUSTER) as {
      bootstrap: unknown;
      managed: { roles: { name: string; passwordSecret: unknown }[] };
    };
    assert.deepEqual(bootstrap, { initdb: { database: "ameide", owner: "dbuser", secret: { name: "postgres-ameide-auth" } } });
    assert.equal(managed.roles.length, SERVICES.length);
    assert.deepEqual(managed.roles.find(({ name }) => name === "dbuser")?.passwordSecret, { name: "postgres-ameide-auth" });
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
    const roles = SERVICES.map((name) => `${ROLE}::roles-${name}`);
    for (const name of SERVICES) {
      assert.deepEqual(made.get(`${ROLE}::roles-${name}`).dependsOn, [roleSecretOf(name), CLUSTER, STATE].sort());
    }
    // Its children follow it, and it is registered only when these are there.
    assert.deepEqual(made.get(DATABASES).dependsOn, roles);
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
    assert.deepEqual(result.services.temporal, {
      role: "temporal",
      database: "temporal",
      secret: "temporal-db-env",
      roleSecret: "temporal-db-role",
    });
  });

  it("takes the first password of a service that adopts from the check of the cluster", async () => {
    preflight = () => Promise.resolve({ platform: "hunter2" });
    const { resources, get } = await up("dev", { services: { platform: { adopt: { secret: "platform-db-credentials" } } } });
    const { inputs, secrets } = get("pulumi:index:Stash::platform-password");
    assert.deepEqual([inputs, secrets], [{ input: "hunter2" }, ["input"]]);
    assert.ok(!ids(resources).some((id) => id.includes("RandomPassword")));
  });

  it("asks the cluster before it makes anything there", async () => {
    preflight = (stack, services) => Promise.reject(new pulumi.RunError(`${stack.name} ${services.length}`));
    const { result, resources } = await run(() => program("dev", {}).then(() => "it went on", String));
    assert.equal(result, `Error: dev ${SERVICES.length}`);
    assert.deepEqual(ids(resources), [STATE]);
  });

  it("asks the cluster nothing about a service that is not in the catalogue", async () => {
    preflight = () => assert.fail("asked");
    await assert.rejects(up("dev", { services: { langfuse: {} } }), {
      message: [
        "Services of stack dev: 1 problem, nothing was changed",
        `  - services.langfuse: is not in the catalogue; correct the name (there are ${SERVICES.join(", ")}), or add a record of it to catalog/`,
      ].join("\n"),
    });
  });
});

function specOf(made: Run<unknown>, id: string): Record<string, unknown> {
  return made.get(id).inputs.spec as Record<string, unknown>;
}
