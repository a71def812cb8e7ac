import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { copyProgram } from "../support/copy";
import { json, npm, ok, type Ran } from "./support/commands";
import { configure, kubectl, target, type Configuration } from "./support/lab";
import { changes } from "./support/preview";
import { blockUnder } from "./support/runbook";
import { apply } from "./support/workloads";

const NAMESPACE = "of-a-new-application";

// The procedure of docs/runbooks/new-application.md, with what docs/services.md and docs/connecting.md have people copy, in a clone of their own and a cluster that they name.
describe("a new application", () => {
  let directory: string;
  let kubeconfig: string;
  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-application-"));
    await copyProgram(directory);
    const { kubeconfig: file, context, overrides } = await target();
    kubeconfig = file;
    await kubectl("create", "namespace", NAMESPACE);
    await edit((config) => {
      for (const key of ["vault", "bundles", "gates"]) delete config[key];
      Object.assign(config, { context, namespace: NAMESPACE, services: { platform: {} } });
      config.cluster.image = overrides.image;
    });
    await run("inventory", "--write");
    assert.match(await run("up", "--yes"), /^1 of 1 services logged in over TLS/m);
  });
  after(async () => {
    await kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait");
    await fs.rm(directory, { recursive: true });
  });

  const ran = (script: string, ...args: string[]): Promise<Ran> =>
    npm(script, args, { cwd: directory, env: { KUBECONFIG: kubeconfig, XDG_DATA_HOME: path.join(directory, "data") } });
  const run = (script: string, ...args: string[]) => ok(ran(script, ...args));

  const edit = (change: (config: Configuration) => void) => configure({ configFile: path.join(directory, "Pulumi.dev.yaml") }, change);

  it("is a record as its page has it, a name in the list, and a line in the stack's file", async () => {
    await fs.writeFile(
      path.join(directory, "catalog/services/langfuse.ts"),
      await blockUnder("docs/services.md", "Adding a service", "ts"),
    );
    const list = path.join(directory, "catalog/services/index.ts");
    const source = await fs.readFile(list, "utf8");
    await fs.writeFile(
      list,
      `import { langfuse } from "./langfuse";\n${source}`.replace("ServiceRecord[] = [", "ServiceRecord[] = [\n  langfuse,"),
    );
    await edit(({ services }) => (services.langfuse = { tls: { mode: "verify-full" } }));
  });

  it("is previewed as one password, two Secrets, one Database, a role and a proof, and nothing of another service's", async () => {
    const { steps } = json<{ steps: { op: string; urn: string }[] }>(await run("pulumi", "preview", "--json"));
    const isMade = (line: string) => !/^(RoleLogin|ApplicationCredential|ApplicationSecret|Proof)\b/.test(line);
    assert.deepEqual(changes(steps).filter(isMade), [
      "Cluster postgres-ameide: update",
      "Database databases-langfuse: create",
      "Job langfuse-proof: create",
      "RandomPassword langfuse-password: create",
      "RandomUuid7 langfuse-password-id: create",
      "Secret langfuse-role: create",
      "Secret langfuse: create",
    ]);
  });

  it("makes the page of the inventory stale, which says so by name until it is written", async () => {
    const { code, text } = await ran("inventory", "--check");
    assert.equal(code, 1);
    assert.match(text, new RegExp(`Secret ${NAMESPACE}/langfuse-db-auth is new`));
    await run("inventory", "--write");
    await run("inventory", "--check");
  });

  it("comes up with a login that is proven, and logs in from a pod", async () => {
    assert.match(await run("up", "--yes"), /^2 of 2 services logged in over TLS/m);
    const asked = "select current_user, current_database()";
    assert.match(await run("psql", "langfuse", "-XAtc", asked), /^langfuse\|langfuse$/m);
  });

  it("reads its Secret as its page has it, and proves the server", async () => {
    const [environment, volumes] = await Promise.all(
      ["Keys", "TLS"].map(async (heading) => parse(await blockUnder("docs/connecting.md", heading, "yaml")) as Record<string, unknown[]>),
    );
    const { overrides } = await target();
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "langfuse", namespace: NAMESPACE },
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 26, seccompProfile: { type: "RuntimeDefault" } },
        ...volumes,
        containers: [
          {
            name: "langfuse",
            image: overrides.image,
            command: ["sh", "-c", 'psql "$DATABASE_URL" -XAtc "select current_user"'],
            env: environment!.env,
            volumeMounts: [{ name: "postgres-authority", mountPath: "/etc/postgres-authority", readOnly: true }],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        ],
      },
    });
    await kubectl("-n", NAMESPACE, "wait", "pod/langfuse", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
    assert.equal((await kubectl("-n", NAMESPACE, "logs", "langfuse")).trim(), "langfuse");
  });

  it("is taken away with its line: no Secret, no Database, and its data where they were", async () => {
    await edit(({ services }) => delete services.langfuse);
    assert.match(await run("up", "--yes"), /langfuse is off: its Secret and its password go, its database and its role stay in Postgres/);
    const names = await kubectl("-n", NAMESPACE, "get", "secrets,databases.postgresql.cnpg.io", "-o", "name");
    assert.doesNotMatch(names, /langfuse/);
    const primary = ["-n", NAMESPACE, "exec", "postgres-ameide-1", "-c", "postgres", "--"];
    assert.match(await kubectl(...primary, "psql", "-XAtc", "select datname from pg_database"), /^langfuse$/m);
  });
});
