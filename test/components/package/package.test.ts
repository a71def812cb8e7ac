import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { build } from "../../../components/package/build";
import { SCHEMA } from "../../../components/package/makeSchema";
import { providerOf } from "../../../components/package/provider";
import { run } from "../../support/program";

const schema = fs.readFileSync(SCHEMA, "utf8");
const { resources } = JSON.parse(schema) as {
  resources: Record<string, { inputProperties: object; requiredInputs: string[]; properties: object; required: string[] }>;
};
const [CLUSTER, DATABASE] = ["cnpg-credentials:index:PostgresCluster", "cnpg-credentials:index:ServiceDatabase"] as const;
const proof = { image: "postgresql:17" };

describe("components/package", () => {
  describe("as it is published", () => {
    let dist: string;
    // The schema is read off the types of all that it needs.
    before(async function () {
      this.timeout(600_000);
      dist = await build();
    });

    it("has what its package.json says, and the schema that is kept", () => {
      const { main, types, exports } = JSON.parse(fs.readFileSync(path.join(dist, "package.json"), "utf8")) as {
        main: string;
        types: string;
        exports: { ".": Record<string, string> };
      };
      for (const file of [main, types, "PulumiPlugin.yaml", "README.md", ...Object.values(exports["."])])
        assert.ok(fs.existsSync(path.join(dist, file)), file);
      assert.equal(fs.readFileSync(path.join(dist, "schema.json"), "utf8"), schema);
    });

    it("is a library of the components and of nothing else, without the source", () => {
      const library = createRequire(__filename)(path.join(dist, "index.js")) as object;
      assert.deepEqual(Object.keys(library).sort(), ["PostgresCluster", "ServiceDatabase"]);
      assert.doesNotMatch(fs.readFileSync(path.join(dist, "index.js"), "utf8"), /require\("(\.|esbuild|typescript|@kubernetes)/);
    });

    it("serves its schema to an engine that starts it", async function () {
      this.timeout(60_000);
      // As the host of Node's plugins does.
      const runner = require.resolve("@pulumi/pulumi/cmd/run-plugin");
      const child = spawn(process.execPath, [runner, dist, "127.0.0.1:1"], { cwd: dist, stdio: ["ignore", "pipe", "inherit"] });
      try {
        const [port] = await new Promise<string[]>((resolve) => createInterface(child.stdout).once("line", (line) => resolve([line])));
        const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        const served = await new Promise<string>((resolve, reject) =>
          client.getSchema(new messages.GetSchemaRequest(), (error, answer) => (error ? reject(error) : resolve(answer.getSchema()))),
        );
        assert.equal(served, schema);
        client.close();
      } finally {
        child.kill();
      }
    });
  });

  it("asks other languages for little, and tells them what programs go on with", () => {
    assert.deepEqual(resources[CLUSTER]!.requiredInputs, ["instances", "namespace", "storage"]);
    assert.deepEqual(resources[DATABASE]!.requiredInputs, ["authority", "cluster", "namespace", "proof"]);
    assert.deepEqual(resources[CLUSTER]!.required, ["authority", "clusterName"]);
    assert.deepEqual(resources[DATABASE]!.required, ["database", "login", "passwordChangedAt", "secretName"]);
  });

  it("makes each component as another language asks for it, and answers with all that the schema says", async () => {
    const cases = [
      [CLUSTER, { namespace: "apps", instances: 1, storage: { size: "1Gi" }, services: [{ name: "orders" }] }],
      [
        DATABASE,
        {
          namespace: pulumi.output("apps"),
          cluster: pulumi.output("pg"),
          authority: { certificates: "PEM", configMap: "pg-authorities" },
          proof,
        },
      ],
    ] as const;
    for (const [type, inputs] of cases) {
      const { result, get } = await run(() => providerOf(schema).construct!("orders", type, inputs, {}));
      assert.deepEqual(Object.keys(result.state as object).sort(), Object.keys(resources[type]!.properties).sort());
      for (const value of Object.values(result.state)) assert.ok(pulumi.Output.isInstance(value));
      assert.ok(get(`${type}::orders`));
    }
  });

  it("refuses a type that it has not", async () =>
    assert.rejects(
      providerOf(schema).construct!("x", "cnpg-credentials:index:Table", {}, {}),
      /Table is not a component .*PostgresCluster/,
    ));
});
