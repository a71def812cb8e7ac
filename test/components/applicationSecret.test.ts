import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../catalog/service";
import { ApplicationSecret, type PasswordSource } from "../../components/applicationSecret";
import { renderKeys } from "../../components/connection";
import { decoded, expectedMetadata, place, service } from "../support/fixtures";
import { passwordOf, run, type Run } from "../support/program";

const GENERATED: PasswordSource = { kind: "generated" };
const RELOAD = { "cnpg.io/reload": "true" };
const COMPONENT = "cnpg-credentials:index:ApplicationSecret";
const SECRET = "kubernetes:core/v1:Secret";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const STASH = "pulumi:index:Stash";

function make(of: Service, password: PasswordSource = GENERATED, preview = false): Promise<Run<ApplicationSecret>> {
  return run(() => new ApplicationSecret(of.name, { service: of, place: place(), cluster: "pg", password }), { preview });
}
const ids = ({ resources }: Run<unknown>) => resources.map(({ id }) => id);

describe("components/applicationSecret", () => {
  const cases: [string, Service, PasswordSource, string[]][] = [
    ["shared", service("agents"), GENERATED, [`${COMPONENT}::agents`, `${SECRET}::agents`, `${PASSWORD}::agents-password`]],
    [
      "separate",
      service("temporal"),
      GENERATED,
      [`${COMPONENT}::temporal`, `${SECRET}::temporal`, `${SECRET}::temporal-role`, `${PASSWORD}::temporal-password`],
    ],
    [
      "adopted",
      service("agents"),
      { kind: "adopted", value: "hunter2" },
      [`${COMPONENT}::agents`, `${SECRET}::agents`, `${STASH}::agents-password`],
    ],
  ];
  for (const [what, of, password, expected] of cases)
    it(`${what}: makes the same objects in a preview and in an update, each a child of the component`, async () => {
      const [made, previewed] = [await make(of, password), await make(of, password, true)];
      assert.deepEqual(ids(made), expected);
      assert.deepEqual(ids(previewed), expected);
      for (const { id, parent } of made.resources) assert.equal(parent, id.startsWith(COMPONENT) ? undefined : expected[0]);
    });

  it("generates 32 letters and digits, kept until something is replaced", async () => {
    const { inputs, options } = (await make(service("agents"))).get(`${PASSWORD}::agents-password`);
    assert.deepEqual(inputs, { length: 32, special: false });
    assert.deepEqual(options, { additionalSecretOutputs: ["bcryptHash", "result"] });
  });

  it("shared: the application's Secret is the role's, and secret as a whole", async () => {
    const of = service("agents", { labels: { tier: "a" }, annotations: { docs: "b" } });
    const { get, result } = await make(of);
    const { inputs, clear, secrets, dependsOn, options } = get(`${SECRET}::agents`);
    assert.deepEqual(clear, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: expectedMetadata("agents-db-secret", { service: "agents", labels: { tier: "a", ...RELOAD }, annotations: { docs: "b" } }),
      type: "kubernetes.io/basic-auth",
      data: undefined,
    });
    assert.deepEqual(secrets, ["data"]);
    assert.deepEqual(
      decoded(inputs.data),
      renderKeys(of.template, [], {
        user: "agents",
        password: passwordOf("agents-password"),
        database: "agents",
        host: "pg-rw.apps.svc",
        port: 5432,
        hostReadOnly: "pg-ro.apps.svc",
        tls: { mode: "require" },
      }),
    );
    assert.deepEqual(dependsOn, [`${PASSWORD}::agents-password`]);
    assert.deepEqual(options, { additionalSecretOutputs: ["data", "stringData"] });
    assert.equal(await valueOf(result.roleSecret.metadata.name), "agents-db-secret");
  });

  it("separate: the role's Secret has what CloudNativePG reads, the application's no label that reloads", async () => {
    const { get, result } = await make(service("temporal"));
    const [role, application] = [get(`${SECRET}::temporal-role`), get(`${SECRET}::temporal`)];
    assert.deepEqual(role.clear, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: expectedMetadata("temporal-db-role", { service: "temporal", labels: RELOAD }),
      type: "kubernetes.io/basic-auth",
      data: undefined,
    });
    assert.deepEqual(application.clear, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: expectedMetadata("temporal-db-env", { service: "temporal" }),
      type: "Opaque",
      data: undefined,
    });
    const password = passwordOf("temporal-password");
    assert.deepEqual(decoded(role.inputs.data), { username: "temporal", password });
    assert.equal(decoded(application.inputs.data).POSTGRES_PWD, password);
    assert.deepEqual([role.secrets, application.secrets], [["data"], ["data"]]);
    assert.equal(await valueOf(result.roleSecret.metadata.name), "temporal-db-role");
  });

  it("adopted: the password is stashed once, and secret", async () => {
    const { get } = await make(service("agents"), { kind: "adopted", value: "hunter2" });
    const stash = get(`${STASH}::agents-password`);
    assert.deepEqual([stash.inputs, stash.secrets], [{ input: "hunter2" }, ["input"]]);
    assert.deepEqual(stash.options, { ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] });
    const { inputs, clear, secrets } = get(`${SECRET}::agents`);
    assert.equal(decoded(inputs.data).password, "hunter2");
    assert.deepEqual(secrets, ["data"]);
    assert.deepEqual((clear as { metadata: object }).metadata, expectedMetadata("agents-db-secret", { service: "agents", labels: RELOAD }));
  });

  it("adds the keys, the pooler and the type that the stack asks for", async () => {
    const of = service("agents", {
      keys: ["tls", "readOnly", "pooler"],
      pooler: "pooler-rw",
      secretType: "Opaque",
      tls: { mode: "prefer" },
    });
    const { inputs } = (await make(of)).get(`${SECRET}::agents`);
    const data = decoded(inputs.data);
    assert.deepEqual(
      [inputs.type, data.sslmode, data["host-ro"], data["host-pooler"]],
      ["Opaque", "prefer", "pg-ro.apps.svc", "pooler-rw.apps.svc"],
    );
  });

  it("puts no password in clear anywhere, generated or adopted", async () => {
    for (const [password, value] of [
      [GENERATED, passwordOf("agents-password")],
      [{ kind: "adopted", value: "hunter2" }, "hunter2"],
    ] as const) {
      const { resources } = await make(service("agents"), password);
      const clear = JSON.stringify(resources.map((resource) => resource.clear));
      for (const form of [value, Buffer.from(value).toString("base64")]) assert.ok(!clear.includes(form));
    }
  });

  it("fails with a template that names no value", async () => {
    const of = service("agents");
    const broken = { ...of, template: { ...of.template, keys: { uri: "{hots}" } } };
    await assert.rejects(make(broken), /template key uri: \{hots\} names no value or encoding$/);
  });
});

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
}
