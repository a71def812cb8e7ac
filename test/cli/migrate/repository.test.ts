import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { readFiles } from "../../../cli/migrate/repository";
import type { FileFacts } from "../../../cli/migrate/types";

const EXTERNAL = (name: string, rest = "") => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: ${name}${rest} }
spec:
  target: { name: login }
  data: [{ secretKey: password, remoteRef: { key: database/static-creds/app } }]
`;

describe("cli/migrate/repository", () => {
  let directory: string;
  beforeEach(async () => (directory = await fs.mkdtemp(path.join(os.tmpdir(), "migrate-"))));
  afterEach(() => fs.rm(directory, { recursive: true }));

  async function read(files: Readonly<Record<string, string>>): Promise<FileFacts> {
    for (const [name, text] of Object.entries(files)) await fs.writeFile(path.join(directory, name), text);
    const found = readFiles(["."], directory);
    assert.ok(!("problems" in found));
    return found;
  }

  it("finds who writes a Secret, with file and line, and from where", async () => {
    const { writers, files } = await read({
      "a.yaml": `# one\n${EXTERNAL("one", ", namespace: apps")}---\n${EXTERNAL("two")}`,
      "b.json": "{}",
    });
    assert.deepEqual(
      writers.map(({ where, sources, secret, isPostgres }) => [where, sources, secret, isPostgres]),
      [
        ["a.yaml:2 ExternalSecret/one", ["database/static-creds/app"], "login", "it reads from Vault's database engine"],
        ["a.yaml:9 ExternalSecret/two", ["database/static-creds/app"], "login", "it reads from Vault's database engine"],
      ],
    );
    assert.deepEqual(
      [writers[0]!.writes("apps", "login"), writers[0]!.writes("other", "login"), writers[1]!.writes("other", "login")],
      [true, false, true],
    );
    assert.equal(writers[0]!.writes("apps", "another"), false);
    assert.equal(files, 2);
  });

  it("knows Vault's own objects, and a name that a template makes", async () => {
    const { writers } = await read({
      "vault.yaml":
        "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: { name: x }\nspec: { mount: database, path: creds/app, destination: { name: '{{ .Release.Name }}-db' } }\n",
    });
    assert.deepEqual(
      [writers[0]!.sources, writers[0]!.writes("any", "shop-db"), writers[0]!.writes("any", "other")],
      [["database/creds/app"], true, false],
    );
  });

  it("finds logins that Vault's agent puts into pods, and no other Secret of theirs", async () => {
    const annotations = (file: string, of: string) => `vault.hashicorp.com/agent-inject-secret-${file}: ${of}`;
    const { injections } = await read({
      "app.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec:
  template:
    metadata:
      annotations:
        ${annotations("db", "database/creds/app")}
        ${annotations("postgres.env", "secret/data/app")}
        ${annotations("smtp", "secret/data/mail")}
`,
    });
    assert.deepEqual(injections, [
      { where: "app.yaml:8 Deployment/app", path: "database/creds/app" },
      { where: "app.yaml:9 Deployment/app", path: "secret/data/app" },
    ]);
  });

  it("lists what it cannot read, and none of what is in it", async () => {
    const { unread, files } = await read({ "broken.yaml": "password: [hunter2, ]]\n", "binary.yaml": "a\0b" });
    assert.equal(files, 2);
    assert.equal(unread.length, 2);
    assert.match(unread[0]!, /^binary\.yaml: is not text$/);
    assert.match(unread[1]!, /^broken\.yaml:1: /);
    assert.ok(!unread.join("\n").includes("hunter2"));
  });

  it("names every path that is not there", () =>
    assert.deepEqual(readFiles(["no", "neither"], directory), {
      problems: ["no", "neither"].map((one) => ({
        path: `--repo ${one}`,
        message: "cannot be read",
        remedy: "name a file or a directory",
      })),
    }));
});
