import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PostgresCluster } from "../../components/postgresCluster";
import { ServiceDatabase, type ServiceDatabaseArgs } from "../../components/serviceDatabase";
import { clusterArgs, decoded } from "../support/fixtures";
import { MADE_AT, passwordOf, run, uuidOf, type Registration, type Run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:ServiceDatabase";
const LOGIN = "cnpg-credentials:index:RoleLogin";
const CREDENTIAL = "cnpg-credentials:index:ApplicationCredential";
const RESTARTS = "cnpg-credentials:index:Restarts";
const SECRET = "kubernetes:core/v1:Secret";
const JOB = "kubernetes:batch/v1:Job";
const ROLE = "kubernetes:postgresql.cnpg.io/v1:DatabaseRole";
const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster";

const authority = { certificates: "PEM", configMap: "pg-authorities" };
const base: ServiceDatabaseArgs = { cluster: "pg", namespace: "apps", authority, proof: { image: "postgresql:17" } };
const turns = { active: "b", a: 3, b: 4 };

function make(args: Partial<ServiceDatabaseArgs> = {}, preview = false, name = "orders"): Promise<Run<ServiceDatabase>> {
  return run(() => new ServiceDatabase(name, { ...base, ...args }), { preview });
}

const loginOf = (name: string, slot: string) => [
  `${LOGIN}::${name}-${slot}`,
  `random:index/randomPassword:RandomPassword::${name}-${slot}-password`,
  `random:index/randomUuid7:RandomUuid7::${name}-${slot}-password-id`,
  `${SECRET}::${name}-${slot}-role`,
];
const always = (name: string) => [
  `${COMPONENT}::${name}`,
  `${CREDENTIAL}::${name}`,
  `${RESTARTS}::${name}`,
  `${SECRET}::${name}`,
  `${JOB}::${name}-proof`,
  `${DATABASE}::${name}`,
];
const ids = ({ resources }: Run<unknown>) => resources.map(({ id }) => id);
const specOf = ({ inputs }: Registration) => inputs.spec as Record<string, unknown>;
const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

describe("components/serviceDatabase", () => {
  const cases: [string, Partial<ServiceDatabaseArgs>, string[]][] = [
    ["one login", {}, [...loginOf("orders", "owner"), `${ROLE}::orders-owner`]],
    [
      "two logins that take turns",
      { rotation: turns },
      [...loginOf("orders", "a"), ...loginOf("orders", "b"), ...["owner", "a", "b"].map((slot) => `${ROLE}::orders-${slot}`)],
    ],
    [
      "from one login to two",
      { rotation: { active: "a", a: 1, owner: 4 } },
      [...["owner", "a", "b"].flatMap((slot) => loginOf("orders", slot)), ...["owner", "a", "b"].map((slot) => `${ROLE}::orders-${slot}`)],
    ],
  ];
  for (const [what, args, expected] of cases)
    it(`${what}: makes exactly this, the same in a preview, all of it in the component`, async () => {
      for (const preview of [false, true]) {
        const made = await make(args, preview);
        assert.deepEqual(ids(made), [...always("orders"), ...expected].sort());
        const roots = made.resources.filter(({ parent }) => parent === undefined).map(({ id }) => id);
        assert.deepEqual(roots, [`${COMPONENT}::orders`]);
      }
    });

  it("goes on being rotated under protection, which all of it has but what a rotation replaces", async () => {
    const { resources } = await run(() => new ServiceDatabase("orders", { ...base, rotation: turns }, { protect: true }));
    const open = resources.filter(({ options }) => !options.protect).map(({ id }) => id);
    const passwords = ["a", "b"].map((slot) => `random:index/randomPassword:RandomPassword::orders-${slot}-password`);
    const times = ["a", "b"].map((slot) => `random:index/randomUuid7:RandomUuid7::orders-${slot}-password-id`);
    assert.deepEqual(open, [`${JOB}::orders-proof`, ...passwords, ...times].sort());
  });

  it("gives the application a password that was proven, by a Job that comes after the role and the database", async () => {
    for (const [rotation, slot] of [
      [{}, "owner"],
      [turns, "b"],
    ] as const) {
      const { get } = await make({ rotation });
      const proof = get(`${JOB}::orders-proof`).dependsOn;
      for (const id of [`${DATABASE}::orders`, `${ROLE}::orders-${slot}`, `${SECRET}::orders-${slot}-role`])
        assert.ok(proof.includes(id), id);
      const { dependsOn, inputs } = get(`${SECRET}::orders`);
      assert.ok(dependsOn.includes(`${JOB}::orders-proof`));
      assert.equal(decoded(inputs.data).password, passwordOf(`orders-${slot}-password`));
    }
  });

  it("leaves the application's Secret as it is when what was proven is another password", async () => {
    const registered: string[] = [];
    const spec = (id: string) => ({ template: { spec: { containers: [{ env: [{ name: "PASSWORD_ID", value: id }] }] } } });
    const proving = (id: string) =>
      run(() => new ServiceDatabase("orders", base), { registered, kinds: { [JOB]: () => ({ spec: spec(id) }) } });
    await assert.rejects(proving("of another"), /service orders: the Secret orders-db-auth stays as it is/);
    assert.ok(!registered.includes(`${SECRET}::orders`));
    await proving(uuidOf("orders-owner-password-id"));
    assert.ok(registered.includes(`${SECRET}::orders`));
  });

  it("says which Secret, which login and since when, once all of it is proven", async () => {
    const { result } = await make({ rotation: turns });
    const { secretName, login, database, passwordChangedAt } = result;
    assert.deepEqual(await Promise.all([secretName, login, database, passwordChangedAt].map(valueOf)), [
      "orders-db-auth",
      "orders_b",
      "orders",
      MADE_AT,
    ]);
    const behind = await (secretName as unknown as { allResources(): Promise<Set<pulumi.Resource>> }).allResources();
    assert.ok([...behind].some((resource) => resource === (result as unknown) || resource.constructor.name === "Secret"));
  });

  it("tells the application to prove the server, by the authority in its own Secret, unless told otherwise", async () => {
    const secretOf = async (args: Partial<ServiceDatabaseArgs>) => decoded((await make(args)).get(`${SECRET}::orders`).inputs.data);
    const proving = "sslmode=verify-full&sslrootcert=%2Fetc%2Fpostgres-authority%2Fca.crt";
    const { uri, "ca.crt": ca } = await secretOf({});
    assert.ok(uri!.endsWith(`?${proving}`), uri);
    assert.equal(ca, "PEM");
    assert.ok((await secretOf({ tls: { ca: "/etc/pg/ca.crt" } })).uri!.endsWith("?sslmode=verify-full&sslrootcert=%2Fetc%2Fpg%2Fca.crt"));
    assert.ok((await secretOf({ tls: { mode: "require" } })).uri!.endsWith("?sslmode=require"));
  });

  it("has in the state what it is of, and no password", async () => {
    for (const preview of [false, true]) {
      const { get, resources } = await make({ rotation: turns, role: "shop" }, preview);
      assert.deepEqual(get(`${COMPONENT}::orders`).inputs, { cluster: "pg", namespace: "apps", role: "shop", rotation: turns });
      const clear = JSON.stringify(resources.map((resource) => resource.clear));
      for (const slot of ["a", "b"]) {
        const password = passwordOf(`orders-${slot}-password`);
        for (const form of [password, Buffer.from(password).toString("base64")]) assert.ok(!clear.includes(form));
      }
    }
  });

  describe("rotation", () => {
    const trigger = async (rotation: ServiceDatabaseArgs["rotation"], slot: string) =>
      (await make({ rotation })).get(`random:index/randomPassword:RandomPassword::orders-${slot}-password`).options.replacementTrigger;

    it("another number is another password, of that login and of no other", async () => {
      assert.notEqual(await trigger({ generation: 1 }, "owner"), await trigger({ generation: 2 }, "owner"));
      assert.equal(await trigger({}, "owner"), await trigger({ generation: 0 }, "owner"));
      assert.equal(await trigger(turns, "a"), await trigger({ ...turns, b: 5 }, "a"));
      assert.notEqual(await trigger(turns, "b"), await trigger({ ...turns, b: 5 }, "b"));
    });

    it("who is listed may log in, who is left out may not, and has another password", async () => {
      const logins = async (rotation: ServiceDatabaseArgs["rotation"]) => {
        const { get } = await make({ rotation });
        return ["owner", "a", "b"].map((slot) => specOf(get(`${ROLE}::orders-${slot}`)).login === true);
      };
      assert.deepEqual(await logins(turns), [false, true, true]);
      assert.deepEqual(await logins({ active: "b", b: 4 }), [false, false, true]);
      assert.deepEqual(await logins({ active: "a", a: 1, owner: 4 }), [true, true, false]);
      assert.notEqual(await trigger(turns, "a"), await trigger({ active: "b", b: 4 }, "a"));
    });

    it("a login that is gone for good is dropped with its object, the owner never", async () => {
      const { ofKind } = await make({ rotation: turns });
      assert.deepEqual(
        ofKind("DatabaseRole").map((role) => [role.id.split("::")[1], specOf(role).databaseRoleReclaimPolicy]),
        [
          ["orders-a", "delete"],
          ["orders-b", "delete"],
          ["orders-owner", "retain"],
        ],
      );
    });
  });

  describe("two in one program", () => {
    it("do not clash: of one cluster, of two, in two namespaces, with a name that begins as the other's", async () => {
      const made = await run(() => {
        const first = new PostgresCluster("first", clusterArgs({ namespace: "one" }));
        const second = new PostgresCluster("second", clusterArgs({ namespace: "two" }));
        const same = { role: "orders", database: "orders", secretName: "orders-db-auth", rotation: turns };
        new ServiceDatabase("orders", { ...base, ...same, cluster: first.clusterName, namespace: "one" });
        new ServiceDatabase("orders-two", { ...base, ...same, cluster: second.clusterName, namespace: "two" });
        new ServiceDatabase("orders-owner", { ...base, cluster: first.clusterName, namespace: "one" });
      });
      const objects = made.resources.flatMap(({ id, inputs }) => {
        const { name, namespace } = (inputs.metadata ?? {}) as Record<string, string>;
        return name === undefined ? [] : [`${id.split("::")[0]} ${namespace}/${name}`];
      });
      const clashing = objects.filter((object, index) => objects.indexOf(object) !== index);
      assert.deepEqual(clashing, []);
      assert.ok(made.get(`${JOB}::orders-two-proof`).dependsOn.includes(`${CLUSTER}::second`));
    });

    it("restart the workloads that each names, under names that none other has", async () => {
      const rotation = { generation: 1 };
      const workload = (namespace: string, name: string) => ({ kind: "Deployment", namespace, name });
      const made = await run(() => {
        const workloads = [workload("a", "b-c"), workload("a-b", "c"), workload("a", "b-c-rolled-out")];
        new ServiceDatabase("orders", { ...base, rotation, workloads });
        new ServiceDatabase("orders-deployment", { ...base, rotation, workloads: [{ kind: "StatefulSet", name: "queue" }] });
      });
      const patches = [...made.ofKind("DeploymentPatch"), ...made.ofKind("StatefulSetPatch")];
      assert.equal(patches.length, 7);
      const queue = made.ofKind("StatefulSetPatch")[0]!.inputs.metadata as Record<string, string>;
      assert.deepEqual(queue, { name: "queue", namespace: "apps" });
    });
  });

  it("takes names that are known late: of the cluster, the namespace and the image", async () => {
    const late = { cluster: pulumi.output("late"), namespace: pulumi.output("later"), proof: { image: pulumi.output("psql:17") } };
    const { get } = await make(late);
    const { host } = decoded(get(`${SECRET}::orders`).inputs.data);
    assert.equal(host, "late-rw.later.svc");
    const { spec } = specOf(get(`${JOB}::orders-proof`)).template as { spec: { containers: { image: string }[] } };
    assert.equal(spec.containers[0]!.image, "psql:17");
  });

  it("has the keys, the limits, the extensions and the schemas that it is told", async () => {
    const { get } = await make({
      ...{ template: "temporal-env", connectionLimit: 20, description: "Orders", labels: { team: "shop" } },
      ...{ extensions: [{ name: "pgcrypto" }], schemas: ["audit"], database: "shop", role: "shopkeeper" },
    });
    const { metadata, data } = get(`${SECRET}::orders`).inputs as Record<string, Record<string, unknown>>;
    assert.ok(Object.keys(data!).includes("POSTGRES_SEEDS"));
    assert.equal((metadata!.labels as Record<string, string>).team, "shop");
    const { name, comment, connectionLimit } = specOf(get(`${ROLE}::orders-owner`));
    assert.deepEqual([name, comment, connectionLimit], ["shopkeeper", "Orders", 20]);
    const database = specOf(get(`${DATABASE}::orders`));
    assert.deepEqual([database.name, database.owner], ["shop", "shopkeeper"]);
    assert.deepEqual(database.extensions, [{ name: "pgcrypto", ensure: "present" }]);
    assert.deepEqual(database.schemas, [{ name: "audit", ensure: "present", owner: "shopkeeper" }]);
  });

  it("has keys of its own, in the place of a template's or beside them", async () => {
    const secretOf = async (args: Partial<ServiceDatabaseArgs>) => {
      const { metadata, type, data } = (await make(args)).get(`${SECRET}::orders`).inputs as {
        metadata: { annotations: Record<string, string> };
        type: string;
        data: Record<string, string>;
      };
      return { type, data: decoded(data), mark: metadata.annotations["cnpg-credentials/template"] };
    };
    const alone = await secretOf({ secretKeys: { DATABASE_URL: "{uri}" } });
    assert.deepEqual([alone.type, Object.keys(alone.data), alone.mark], ["Opaque", ["DATABASE_URL", "ca.crt"], "secretKeys"]);
    assert.match(alone.data.DATABASE_URL!, /^postgresql:\/\/orders:.+@pg-rw\.apps\.svc:5432\/orders\?sslmode=verify-full&/);
    const beside = await secretOf({ template: "pg", secretKeys: { DATABASE_URL: "{uri}" } });
    assert.equal(beside.type, "kubernetes.io/basic-auth");
    assert.equal(beside.data.DATABASE_URL, beside.data.uri);
    const binding = await secretOf({ template: "servicebinding" });
    assert.deepEqual([binding.type, binding.data.type, binding.mark], ["servicebinding.io/postgresql", "postgresql", "servicebinding"]);
    assert.equal((await secretOf({})).mark, undefined);
  });

  describe("refuses", () => {
    const workload = (name: string) => ({ kind: "Deployment", name });
    const refused: [string, Partial<ServiceDatabaseArgs> | object, string[]][] = [
      ["a role that is another's login", { role: "shop_a" }, ["role: `shop_a` is what a login of another service"]],
      ["a Secret of another's login", { secretName: "shop-db-role-b" }, ["secretName: `shop-db-role-b` is what a login"]],
      ["a role that Postgres has", { role: "postgres", database: "shop" }, ["role: `postgres` is reserved"]],
      ["a Secret of the operator's", { secretName: "pg-app" }, ["secretName: `pg-app` is a Secret of CloudNativePG's own"]],
      ["a template that is none", { template: "mysql" }, ["template: `mysql` is not a template; write one of pg, temporal-env, "]],
      [
        "keys of its own that are wrong, all at once",
        { secretKeys: { "a/b": "{uri}", "ca.crt": "{ca}", DSN: "postgres://{user}:{password}@{hots}" } },
        [
          "secretKeys.a/b: `a/b` is not a key that a Secret can have",
          "secretKeys.ca.crt: `ca.crt` is in every Secret",
          "secretKeys.DSN: {hots} names no value; did you mean {host}?; write {host}",
        ],
      ],
      [
        "keys of its own that the template has",
        { template: "pg", secretKeys: { uri: "{uri}" } },
        ["secretKeys.uri: `uri` is a key of pg, which it extends"],
      ],
      ["keys of its own beside a template that is none", { template: "mysql", secretKeys: { A: "{uri}" } }, ["template: `mysql` is not"]],
      ["keys of its own of a Pooler that there is not", { secretKeys: { A: "{uriPooler}", B: "{uri}" } }, ["pooler: the template"]],
      ["a type that its keys do not allow", { template: "rails-env", secretType: "kubernetes.io/basic-auth" }, ["secretType: Kubernetes"]],
      [
        "keys that the template has not",
        { template: "temporal-env", keys: ["tls"] },
        ["keys: the template temporal-env has no `tls` keys"],
      ],
      ["the pooler's keys of none", { keys: ["pooler"] }, ["pooler: the `pooler` keys need the name of a Pooler"]],
      ["a workload of no such kind", { workloads: [{ kind: "Pod", name: "x" }] }, ["workloads.0.kind: is not one of `Deployment`"]],
      [
        "a workload twice",
        { workloads: [workload("web"), workload("api"), workload("web")] },
        ["workloads: has Deployment web of orders twice; leave one of them out"],
      ],
      ["a generation that is none", { rotation: { generation: -1 } }, ["rotation.generation: is not a generation"]],
      [
        "an active login without a password",
        { rotation: { active: "a", b: 1 } },
        ["rotation.active: names the login `a`, which has no generation"],
      ],
      ["a login that is neither", { rotation: { active: "c" } }, ["rotation.active: is not one of `a`, `b`"]],
      ["both forms at once", { rotation: { active: "a", a: 1, generation: 2 } }, ["rotation.generation: is that of a service in place"]],
      ["three logins at once", { rotation: { active: "a", a: 1, b: 1, owner: 1 } }, ["rotation: lets `owner` and `b` log in beside"]],
      ["no time to prove", { proof: { image: "x", seconds: 0 } }, ["proof.seconds: is less than 1"]],
      ["no image", { proof: {} }, ["proof.image: is missing"]],
      ["no proof", { proof: undefined }, ["proof.image: is missing"]],
      [
        "several things at once",
        { role: "postgres", database: "shop", template: "mysql", restartSeconds: 0 },
        ["restartSeconds: ", "role: ", "template: "],
      ],
    ];
    for (const [what, args, expected] of refused)
      it(`${what}, and makes nothing`, async () => {
        const registered: string[] = [];
        const program = () => new ServiceDatabase("orders", { ...base, ...args });
        await assert.rejects(run(program, { registered }), (error: Error) => {
          assert.ok(pulumi.RunError.isInstance(error));
          const [title, ...lines] = error.message.split("\n");
          assert.equal(title, `ServiceDatabase orders: ${expected.length} problem${expected.length === 1 ? "" : "s"}, nothing was changed`);
          for (const one of expected)
            assert.ok(
              lines.some((line) => line.startsWith(`  - ${one}`)),
              `${one} in ${error.message}`,
            );
          assert.doesNotMatch(error.message, /catalog\.|services\.|npm run/);
          return true;
        });
        assert.deepEqual(
          registered.filter((id) => id !== `${COMPONENT}::orders`),
          [],
        );
      });

    it("a name that is no DNS label, whatever is in it, or that of a login", async () => {
      for (const name of ["Orders", "a.b", "a/b(", "-", "x".repeat(51)])
        await assert.rejects(make({ role: "r" }, false, name), /name: .* is not a DNS label/);
      for (const name of ["orders-a", "orders-b"]) await assert.rejects(make({}, false, name), /name: `orders-[ab]` is what a login of/);
    });
  });
});
