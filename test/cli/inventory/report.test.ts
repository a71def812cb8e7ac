import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { conclude, inventory, type InventoryArgs, type InventoryOptions } from "../../../cli/inventory/report";
import type { InventoryReport, InventorySecret } from "../../../cli/inventory/types";
import { golden } from "../../support/golden";
import { kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../../support/apiServer";
import { stackFilePath } from "../../support/stackFiles";

const VALUE = "c2VjcmV0LXZhbHVl";
const NAMESPACE = "ameide-staging";

/** As the cluster has it. */
function asThere({ name, type, keys, producer: { kind, object } }: InventorySecret): object {
  const owner = kind === "Cluster" || kind === "ExternalSecret" ? [{ kind, name: object!.split("/")[1], controller: true }] : [];
  return {
    metadata: { name, creationTimestamp: "2020-01-01T00:00:00Z", ownerReferences: owner },
    type,
    data: Object.fromEntries(keys.map((key) => [key.name, VALUE])),
  };
}

/** Every file below a directory, by its path. */
async function allOf(directory: string): Promise<Record<string, string>> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (file) => [path.relative(directory, file), await fs.readFile(file, "utf8")] as const)),
  );
}

describe("cli/inventory/report", () => {
  let root: string;
  beforeEach(async () => (root = await fs.mkdtemp(path.join(os.tmpdir(), "inventory-"))));
  afterEach(() => fs.rm(root, { recursive: true }));

  const run = (args: Partial<InventoryArgs> = {}) => inventory({ stack: "staging", file: stackFilePath("staging"), repo: [], ...args });
  const end = async (options: Partial<InventoryOptions> = {}, args: Partial<InventoryArgs> = {}) =>
    conclude(await run(args), { output: "md", ...options }, root);

  it("prints a page, a page for a browser, data or pictures, and asks no cluster", async () => {
    const { text, verdict, exitCode } = await end();
    assert.match(text, /^# Secrets of stack staging\n/);
    assert.ok(!text.includes("## Differences"));
    assert.deepEqual([verdict, exitCode], ["", 0]);
    assert.match((await end({ output: "html" })).text, /^<!doctype html>\n[\s\S]*<title>Secrets of stack staging<\/title>[\s\S]*<\/html>$/);
    const report = JSON.parse((await end({ output: "json" })).text) as InventoryReport;
    assert.deepEqual([report.schema, report.secrets.length, report.differences, report.others, report.notes], [1, 56, [], [], []]);
    assert.match((await end({ output: "mermaid" })).text, /^%% cluster postgres-ameide\nflowchart LR\n/);
  });

  it("writes a page and a JSON, finds them up to date, and stale when they are not: exit 1, with the difference in words", async () => {
    const missing = await end({ check: true });
    golden("inventory", "files that are not there", missing.text);
    assert.deepEqual([missing.verdict, missing.exitCode], ["", 1]);
    const [written, clean] = [await end({ write: true }), await end({ check: true })];
    for (const { text, verdict, exitCode } of [written, clean]) {
      assert.match(text, /^docs\/inventory\/staging\.md and docs\/inventory\/staging\.json are /);
      assert.deepEqual([verdict, exitCode], ["", 0]);
    }
    golden("inventory", "files that are written, and those that are up to date", `${written.text}\n${clean.text}`);
    const edit = async (file: string, change: (text: string) => string) => {
      const at = path.join(root, "docs/inventory", file);
      const before = await fs.readFile(at, "utf8");
      assert.notEqual(change(before), before);
      await fs.writeFile(at, change(before));
    };
    await edit("staging.json", (text) =>
      text
        .split("\n")
        .filter((line) => !line.startsWith('{"namespace":"ameide-staging","name":"graph-db-role"'))
        .join("\n"),
    );
    await edit("staging.md", (text) => text.replace("Graph: the", "Graph: a"));
    const { text, exitCode } = await end({ check: true });
    assert.match(text, /^docs\/inventory\/staging\.json is stale:\n {2}- Secret ameide-staging\/graph-db-role is new: /);
    assert.match(text, /\ndocs\/inventory\/staging\.md is stale: the text differs from line \d+ on\nRemedy: /);
    assert.equal(exitCode, 1);
  });

  it("removes the pages per owner that an earlier version made, and leaves what somebody put beside them", async () => {
    const directory = path.join(root, "docs/inventory/staging");
    await fs.mkdir(directory, { recursive: true });
    await fs.writeFile(path.join(directory, "graph.md"), "# service graph\n\nMade by `npm run inventory -- --stack staging --write`.\n");
    await fs.writeFile(path.join(directory, "notes.md"), "# Somebody's\n");
    assert.match((await end({ check: true })).text, /\ndocs\/inventory\/staging\/graph\.md is left over: /);
    assert.match((await end({ write: true })).text, /\ndocs\/inventory\/staging\/graph\.md: removed$/);
    assert.deepEqual(Object.keys(await allOf(path.dirname(directory))).sort(), ["staging.json", "staging.md", "staging/notes.md"]);
    assert.equal((await end({ check: true })).exitCode, 0);
  });

  it("does not take what it cannot read for a page that is not there", async () => {
    await fs.mkdir(path.join(root, "docs/inventory/staging.md"), { recursive: true });
    await assert.rejects(end({ check: true }), { code: "EISDIR" });
  });

  it("names everything that is wrong at once, of the configuration and of the paths", async () => {
    const file = path.join(root, "Pulumi.staging.yaml");
    await fs.writeFile(
      file,
      (await fs.readFile(stackFilePath("staging"), "utf8"))
        .replace("instances: 3", "instances: 0")
        .replace("namespace: ameide-staging", "namespace: A"),
    );
    await assert.rejects(run({ file, repo: ["/no/such", root] }), (error: Error) => {
      assert.equal(error.name, "FixableError");
      const [title, ...lines] = error.message.split("\n");
      assert.match(title!, /stack staging: 3 problems,/);
      assert.deepEqual(lines.map((line) => line.split(": ")[0]).sort(), [
        "  - --repo /no/such",
        "  - Pulumi.staging.yaml:2 namespace",
        "  - Pulumi.staging.yaml:6 cluster.instances",
      ]);
      return true;
    });
    await fs.writeFile(file, (await fs.readFile(stackFilePath("staging"), "utf8")).replace("graph: {}", "graphs: {}"));
    await assert.rejects(run({ file }), {
      name: "FixableError",
      message: /Pulumi\.staging\.yaml:\d+ services\.graphs: is not in the catalogue; did you mean `graph`\?/,
    });
  });

  it("compares with files: what differs is in the page, in the data and in the exit code", async () => {
    await fs.writeFile(path.join(root, "s.yaml"), `kind: Secret\nmetadata: { name: mail }\ndata: { password: ${VALUE} }\n`);
    const { text, verdict, exitCode } = await end({}, { repo: [root] });
    assert.deepEqual([verdict, exitCode], ["1 difference, 56 Secrets of stack staging", 1]);
    assert.match(
      text,
      /\n## Differences\n\n1 difference, [\s\S]*\| repository \| `mail` \| \(.*s\.yaml:1\) is a Secret that is not the program's \|/,
    );
    assert.match(text, /\n### Not of the program\n[\s\S]*s\.yaml:1 \| `mail` \| `password` \|/);
    assert.match((await end({ check: true, write: undefined }, { repo: [root] })).text, /\n1\. repository: mail \(.*\n {3}remedy: /);
    assert.ok(!text.includes(VALUE));
  });

  describe("with a cluster", () => {
    let server: ApiServer;
    const secretsOf = (namespace: string) => `GET /api/v1/namespaces/${namespace}/secrets`;
    const secrets = secretsOf(NAMESPACE);
    beforeEach(async () => {
      const { program } = await run();
      const replies: Record<string, Reply> = {
        "GET /version": {},
        [`GET /apis/postgresql.cnpg.io/v1/namespaces/${NAMESPACE}/clusters/postgres-ameide`]: { spec: {} },
        "GET /api/v1/namespaces/cert-manager": {},
      };
      for (const namespace of [NAMESPACE, "cert-manager", "vault"]) {
        const here = program.secrets.filter((one) => one.namespace === namespace);
        const fetched = here.filter(({ producer }) => producer.kind === "ExternalSecret");
        const externalSecrets = "GET /apis/external-secrets.io";
        replies[secretsOf(namespace)] = { items: here.map(asThere) };
        replies[`${externalSecrets}/v1/namespaces/${namespace}/externalsecrets`] = {
          items: fetched.map(({ name }) => ({ metadata: { name }, spec: { target: { name } } })),
        };
        replies[`${externalSecrets}/v1alpha1/namespaces/${namespace}/pushsecrets`] = 404;
      }
      server = await startApiServer(replies);
    });
    afterEach(async () => {
      await server.close();
      assert.deepEqual(server.unexpected, []);
    });
    const live = () => ({ target: { kubeconfig: kubeconfigFor(server), context: "lab" } });

    it("is clean where it has what the program has, and says how old everything is, and no value", async () => {
      const { text, verdict, exitCode } = await end({}, live());
      assert.deepEqual([verdict, exitCode], ["No difference: 56 Secrets of stack staging", 0]);
      assert.equal(text.match(/^- changed last: 2020-01-01T00:00:00Z, \d+ days ago$/gm)?.length, 56);
      assert.ok(!text.includes(VALUE) && !text.includes("secret-value"));
      const { ages, lookedAt } = JSON.parse((await end({ output: "json" }, live())).text) as InventoryReport;
      assert.equal(Object.keys(ages!).length, 56);
      assert.ok(Date.parse(lookedAt!) > 0);
    });

    it("commits nothing of what it saw there", async () => {
      await end({ write: true }, live());
      assert.equal((await end({ check: true })).exitCode, 0);
    });

    it("fails for a Secret that is gone or there", async () => {
      const { items } = server.replies[secrets] as unknown as { items: { metadata: { name: string } }[] };
      server.replies[secrets] = { items: [...items.slice(1), { metadata: { name: "by-hand" }, data: { password: VALUE } }] };
      const { text, exitCode } = await end({ check: true }, live());
      assert.equal(exitCode, 1);
      assert.match(text, /cluster: ameide-staging\/agents-db-role is not there\n/);
      assert.match(text, /cluster: ameide-staging\/by-hand is there and not the program's: the key password\n/);
      assert.ok(!text.includes(VALUE));
    });

    it("says what the account may not see, and that a cluster does not answer", async () => {
      server.replies[secrets] = 403;
      await assert.rejects(run(live()), {
        name: "FixableError",
        message: /may not get \/api\/v1\/namespaces\/ameide-staging\/secrets\nRemedy: /,
      });
      await assert.rejects(run({ target: { kubeconfig: kubeconfigFor(server), context: "none" } }), {
        name: "FixableError",
        message: /has no context `none`[\s\S]*\nRemedy: /,
      });
    });
  });
});
