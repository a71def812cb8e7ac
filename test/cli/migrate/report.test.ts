import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { conclude, migrate, type MigrateArgs } from "../../../cli/migrate/report";
import { tryLogins } from "../../../cli/migrate/logins";
import { clientConfig } from "../../../kube/kubeconfig";
import type { MigrationReport } from "../../../cli/migrate/types";
import { kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../../support/apiServer";
import { apiReplies } from "../../support/cluster";
import { service } from "../../support/fixtures";

const VALUE = "c2VjcmV0LXZhbHVl";
const CNPG = "GET /apis/postgresql.cnpg.io/v1/namespaces/apps";
const ES = "GET /apis/external-secrets.io";
const FILE = `config:
  cnpg-credentials:namespace: apps
  cnpg-credentials:context: lab
  cnpg-credentials:cluster: { name: pg, instances: 1, image: "postgres:17", storage: { size: 2Gi } }
  cnpg-credentials:services: {}
`;

describe("cli/migrate/report", () => {
  let server: ApiServer;
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "migrate-"));
    file = path.join(directory, "Pulumi.test.yaml");
    await fs.writeFile(file, FILE);
    const none = { items: [] };
    const replies: Record<string, Reply> = {
      ...apiReplies(),
      [`${CNPG}/databaseroles`]: none,
      [`${CNPG}/scheduledbackups`]: none,
      [`${ES}/v1alpha1/namespaces/apps/pushsecrets`]: 404,
      "GET /apis/secrets.hashicorp.com/v1beta1/namespaces/apps/vaultstaticsecrets": 404,
      "GET /apis/secrets.hashicorp.com/v1beta1/namespaces/apps/vaultdynamicsecrets": 404,
    };
    for (const kind of [
      "apps/v1/namespaces/apps/deployments",
      "apps/v1/namespaces/apps/statefulsets",
      "apps/v1/namespaces/apps/daemonsets",
      "batch/v1/namespaces/apps/cronjobs",
    ])
      replies[`GET /apis/${kind}`] = none;
    server = await startApiServer(replies);
  });
  afterEach(async () => {
    await server.close();
    await fs.rm(directory, { recursive: true });
    assert.deepEqual(server.unexpected, []);
  });

  const run = (args: Partial<MigrateArgs> = {}) =>
    migrate({ stack: "test", file, target: { kubeconfig: kubeconfigFor(server), context: "lab" }, repo: [], ...args });

  it("has nothing to say where there is nothing: exit 0", async () => {
    const report = await run();
    assert.deepEqual([report.clean, report.services, report.refusals], [true, [], []]);
    const { text, exitCode } = conclude(report, "check", "md");
    assert.match(text, /^Nothing is left .*: 0 services of stack test$/m);
    assert.equal(exitCode, 0);
  });

  it("finds what a cluster and files have, with the refusals of an up; a plan exits 0, a check 1; no value is in any of it", async () => {
    Object.assign(server.replies, {
      [`${CNPG}/clusters/pg`]: {
        metadata: { name: "pg" },
        spec: {
          instances: 3,
          storage: { size: "2Gi" },
          managed: { roles: [{ name: "agents", passwordSecret: { name: "agents-db-secret" } }] },
        },
      },
      [`${CNPG}/clusters`]: { items: [{ metadata: { name: "pg" } }] },
      "GET /api/v1/namespaces/apps/secrets": {
        items: [{ metadata: { name: "agents-db-secret" }, type: "Opaque", data: { username: VALUE, password: VALUE } }],
      },
      [`${ES}/v1/namespaces/apps/externalsecrets`]: {
        items: [
          {
            metadata: { name: "agents" },
            spec: { target: { name: "agents-db-secret" }, data: [{ secretKey: "password", remoteRef: { key: "a" } }] },
          },
        ],
      },
    } satisfies Record<string, Reply>);
    await fs.writeFile(path.join(directory, "broken.yaml"), `password: [${VALUE}, ]]\n`);
    const report = await run({ repo: [directory], named: { context: "lab" } });
    assert.deepEqual(
      report.services.map(({ service: name, isMigrated }) => [name, isMigrated]),
      [["agents", true]],
    );
    assert.deepEqual(
      report.refusals.map(({ path: where }) => where),
      ["Cluster/pg", "Secret/agents-db-secret", "ExternalSecret/agents"],
    );
    assert.deepEqual(
      report.changes.map(({ field }) => field).filter((field) => !field.startsWith("affinity")),
      ["instances", "imageName", "certificates.serverCASecret", "postgresql.pg_hba", "managed.roles"],
    );
    assert.ok(report.notes.some((note) => note.includes("broken.yaml:1: ")));
    for (const mode of ["plan", "check"] as const)
      for (const output of ["md", "json"] as const) {
        const { text, exitCode } = conclude(report, mode, output);
        assert.equal(exitCode, mode === "plan" ? 0 : 1);
        assert.ok(!text.includes(VALUE) && !text.includes("secret-value"));
      }
    assert.equal((JSON.parse(conclude(report, "plan", "json").text) as MigrationReport).schema, 1);
    assert.match(conclude(report, "plan", "md").text, /npm run kubectl -- --context lab patch -n apps externalsecrets/);
  });

  it("names everything that is wrong at once, of the configuration and of the paths", async () => {
    await fs.writeFile(file, FILE.replace("instances: 1", "instances: 0"));
    await assert.rejects(run({ repo: ["/no/such"] }), (error: Error) => {
      assert.equal(error.name, "FixableError");
      assert.match(
        error.message,
        /^Migration to stack test: 2 problems, nothing was changed\n {2}- Pulumi\.test\.yaml:4 cluster\.instances: .*\n {2}- --repo \/no\/such: /,
      );
      return true;
    });
  });

  it("says what the account may not see, and that a cluster does not answer", async () => {
    server.replies["GET /api/v1/namespaces/apps/secrets"] = 403;
    await assert.rejects(run(), { name: "FixableError", message: /may not get \/api\/v1\/namespaces\/apps\/secrets\nRemedy: / });
    const target = { kubeconfig: kubeconfigFor(server), context: "none" };
    await assert.rejects(run({ target }), { name: "FixableError", message: /has no context `none`[\s\S]*\nRemedy: / });
  });

  it("says of every login why it could not be tried", async () => {
    server.replies["GET /api/v1/namespaces/apps/secrets/pg-ca"] = 404;
    const secrets = [{ name: "agents-db-secret", type: "Opaque", keys: ["password"], vaultPaths: [] }];
    const config = await clientConfig({ kubeconfig: kubeconfigFor(server) });
    const { attempts, postgres } = await tryLogins(config, "apps", "pg", "pg-1", [{ service: service("agents"), secrets, isTaken: false }]);
    assert.deepEqual(
      attempts.map(({ outcome, secret }) => [secret, outcome]),
      [["agents-db-secret", "failed"]],
    );
    assert.equal(postgres, undefined);
    assert.deepEqual(await tryLogins(config, "apps", "pg", "pg-1", []), { attempts: [] });
  });
});
