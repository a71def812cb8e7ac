import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { migrateCommand } from "../../../cli/migrate/command";
import { conclude, migrateOffline } from "../../../cli/migrate/report";
import { service } from "../../support/fixtures";

const STACK = `config:
  cnpg-credentials:namespace: apps
  cnpg-credentials:context: nowhere
  cnpg-credentials:cluster: { name: pg, instances: 1, image: "postgres:17", storage: { size: 2Gi } }
  cnpg-credentials:services: { agents: { enabled: true } }
`;
const { secret, role } = service("agents");
const FILES: Readonly<Record<string, string>> = {
  // Neither file names a namespace: kustomize and Argo CD do.
  "overlays/kustomization.yaml": "namespace: apps\nresources: [../base]\n",
  "base/kustomization.yaml": "resources: [cluster.yaml, login.yaml, app.yaml]\n",
  "base/cluster.yaml": `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: pg }
spec: { instances: 3, managed: { roles: [{ name: ${role}, login: true, passwordSecret: { name: ${secret} } }] } }
`,
  "base/login.yaml": `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: login }
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: vault }
  target: { name: ${secret} }
  data: [{ secretKey: username, remoteRef: { key: apps/login } }, { secretKey: password, remoteRef: { key: apps/login } }]
`,
  "base/app.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec: { template: { spec: { containers: [{ name: c, env: [{ name: PGPASSWORD, valueFrom: { secretKeyRef: { name: ${secret}, key: password } } }] }] } } }
`,
  "stores.yaml":
    "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: { name: vault }\nspec: { provider: { vault: { path: kv } } }\n",
  "application.yaml":
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop }\nspec: { destination: { namespace: shop }, source: { path: shop } }\n",
  "shop/login.yaml":
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: { name: shop-db }\nspec: { data: [{ secretKey: PGPASSWORD, remoteRef: { key: shop/db } }] }\n",
};

describe("cli/migrate without a cluster", () => {
  let directory: string;
  let file: string;
  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "migrate-offline-"));
    file = path.join(directory, "Pulumi.test.yaml");
    await fs.mkdir(path.join(directory, "repo/.git"), { recursive: true });
    for (const [name, text] of Object.entries(FILES)) {
      await fs.mkdir(path.dirname(path.join(directory, "repo", name)), { recursive: true });
      await fs.writeFile(path.join(directory, "repo", name), text);
    }
    await fs.writeFile(file, STACK);
  });
  after(() => fs.rm(directory, { recursive: true }));

  const plan = () => migrateOffline({ stack: "test", file, repo: [path.join(directory, "repo")], why: "--offline" });

  it("takes the files for what there is, in the namespaces that kustomize and Argo CD give them", async () => {
    const { services, changes, offline } = await plan();
    const [one] = services;
    assert.deepEqual([one!.secret, one!.isMigrated, one!.steps[0]!.state], [secret, true, "next"]);
    assert.match(JSON.stringify(one!.steps), /kv\/apps\/login/, "the store's mount is known from its file");
    assert.ok(changes.some(({ field }) => field.includes("instances")));
    assert.deepEqual(
      offline?.logins.map(({ namespace, secret: name, sources }) => `${namespace}/${name} ${sources.join()}`),
      [`apps/${secret} apps/login`, "shop/shop-db shop/db"],
    );
  });

  it("says that no cluster was asked, and where each login is, by what they name", async () => {
    const report = await plan();
    const { text, exitCode } = conclude(report, "plan", "md");
    assert.equal(exitCode, 0);
    assert.match(text, /No cluster was asked \(--offline\)/);
    assert.match(text, /shop\/login\.yaml:1 ExternalSecret\/shop-db/);
    assert.match(conclude(report, "check", "md").text, /^No cluster was asked/);
    assert.equal(conclude(report, "check", "md").exitCode, 1);
  });

  it("tells another's login of the namespace once", async () => {
    await fs.writeFile(path.join(directory, "repo/base/other.yaml"), FILES["shop/login.yaml"]!.replace("shop-db", "other-db"));
    await fs.writeFile(
      path.join(directory, "repo/base/kustomization.yaml"),
      "resources: [cluster.yaml, login.yaml, app.yaml, other.yaml]\n",
    );
    const { whole } = await plan();
    assert.equal(whole.before.filter(({ text }) => text.includes("other-db")).length, 1);
  });

  it("refuses --offline without files, and beside a cluster that is named", async () => {
    const run = (...args: string[]) => migrateCommand().parseAsync(["plan", "--stack", "dev", ...args], { from: "user" });
    await assert.rejects(run("--offline"), /--offline: has no files to read/);
    await assert.rejects(run("--offline", "--repo", directory, "--context", "x"), /--context: names a cluster/);
  });

  it("reads an anchor of anchors without making all of it", async () => {
    const bomb = `apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: { name: pg, namespace: other }\nspec:\n  a0: &a0 { x: y }\n${Array.from(
      { length: 30 },
      (_, index) => `  a${index + 1}: &a${index + 1} { l: *a${index}, r: *a${index} }`,
    ).join("\n")}\n`;
    await fs.writeFile(path.join(directory, "repo/bomb.yaml"), bomb);
    await plan();
  });
});
