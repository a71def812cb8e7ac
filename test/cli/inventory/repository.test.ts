import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { compareRepository } from "../../../cli/inventory/compareRepository";
import { readRepository, type RepositoryFacts } from "../../../cli/inventory/repository";
import type { Inventory } from "../../../cli/inventory/types";
import { inventoryFor } from "../../support/inventories";
import { golden } from "../../support/golden";
import { stackFile } from "../../support/stackFiles";
import { telling } from "../../support/told";

const SECRET = "kind: Secret\nmetadata: { name: a }\n";

describe("cli/inventory/repository", () => {
  let root: string;
  beforeEach(async () => (root = await fs.mkdtemp(path.join(os.tmpdir(), "inventory-"))));
  afterEach(() => fs.rm(root, { recursive: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await fs.writeFile(path.join(root, name), text);
    }
  }
  function read(...paths: string[]): RepositoryFacts {
    const facts = readRepository(paths, root);
    assert.ok(!("problems" in facts), JSON.stringify(facts));
    return facts;
  }

  it("reads files of YAML and JSON below a directory, in the order of their names, each once", async () => {
    await write({
      "b.yml": SECRET,
      "a/z.yaml": SECRET,
      "a/c.json": '{"kind":"Secret","metadata":{"name":"a"}}',
      "a/x.txt": SECRET,
      "node_modules/m.yaml": SECRET,
      ".git/g.yaml": SECRET,
    });
    const { secrets, files } = read("", "b.yml");
    assert.equal(files, 3);
    assert.deepEqual(
      secrets.map(({ where }) => where),
      ["a/c.json:1", "a/z.yaml:1", "b.yml:1"],
    );
  });

  it("follows no links, and ends", async () => {
    await write({ "a/s.yaml": SECRET });
    await fs.symlink(root, path.join(root, "a/loop"));
    await fs.symlink(path.join(root, "a/s.yaml"), path.join(root, "a/t.yaml"));
    assert.equal(read("").secrets.length, 1);
  });

  it("says of what it cannot read where it is", async () => {
    await write({ "bad.yaml": "kind: Secret\nmetadata: [\n", "huge.json": "" });
    await fs.truncate(path.join(root, "huge.json"), 65 << 20);
    const { unread } = read("");
    assert.deepEqual(
      unread.map((line) => line.replace(/\(.+\)$/, "()")),
      ["bad.yaml: line 3: no YAML ()", "huge.json: has 65 MiB, and 64 are looked at"],
    );
  });

  it("refuses every path that is not there", () => {
    const facts = readRepository([root, path.join(root, "no"), "/no/such"]);
    assert.ok("problems" in facts);
    assert.deepEqual(
      facts.problems.map((one) => one.path),
      [`--repo ${path.join(root, "no")}`, "--repo /no/such"],
    );
  });
});

describe("cli/inventory/compareRepository", () => {
  const tell = telling("inventory", "what differs in a repository");
  let inventory: Inventory;
  const vault = stackFile("dev").vault as Record<string, object>;
  before(
    async () =>
      (inventory = await inventoryFor("dev", {
        vault: { ...vault, mirror: { mode: "push" } },
        cluster: { ...(stackFile("dev").cluster as object), imagePullSecrets: ["registry"] },
      })),
  );

  const where = "x.yaml:1";
  function compare(facts: Partial<RepositoryFacts>): { differences: string[]; others: string[]; notes: readonly string[] } {
    const { differences, others, notes } = compareRepository(inventory, { secrets: [], links: [], unread: [], files: 1, ...facts });
    return { differences: differences.map(({ about, what }) => `${about}: ${what}`), others: others.map(({ name }) => name), notes };
  }
  const secret = (name: string, namespace?: string, kind: "Secret" | "SealedSecret" = "Secret") => ({
    kind,
    name,
    keys: [],
    where,
    ...(namespace && { namespace }),
  });
  const link = (kind: "ExternalSecret" | "PushSecret", name: string, of: string, remoteKeys: string[] = []) => ({
    kind,
    name,
    secret: of,
    remoteKeys,
    where,
  });

  it("finds a second writer of what the program makes, wherever it may be applied", () => {
    const found = compare({
      secrets: [secret("graph-db-credentials"), secret("neo4j-auth", "ameide-dev", "SealedSecret"), secret("vault-tls", "vault")],
    });
    tell(found.differences, [
      ["ameide-dev/neo4j-auth", "(x.yaml:1)", "a SealedSecret,", "by ExternalSecret ameide-dev/neo4j-auth"],
      ["graph-db-credentials", "(x.yaml:1)", "a Secret,", "by this program"],
      ["vault/vault-tls", "(x.yaml:1)", "a Secret,", "by this program"],
    ]);
    assert.deepEqual([found.others, found.notes.length], [[], 1]);
    assert.match(found.notes[0]!, /^1 file /);
  });

  it("finds what the program does not know, and leaves alone what belongs elsewhere", () => {
    const found = compare({
      secrets: [secret("mail"), secret("dns", "vault"), secret("graph-db-credentials", "ameide-prod")],
      unread: ["y.yaml: line 2: no YAML (X)"],
      files: 2,
    });
    tell(found.differences, [
      ["mail", "(x.yaml:1)", "a Secret", "not the program's"],
      ["vault/dns", "(x.yaml:1)", "a Secret", "not the program's"],
    ]);
    assert.deepEqual([found.others, found.notes.length], [["mail", "dns"], 3]);
    assert.match(found.notes.join("\n"), /^2 files .*\n1 .*other namespaces\nnot read: y\.yaml: line 2: no YAML \(X\)$/);
    golden("inventory", "notes on a repository", found.notes.join("\n"));
  });

  it("takes what the program leaves to others for theirs", () => {
    assert.deepEqual(compare({ secrets: [secret("registry")], links: [link("ExternalSecret", "registry", "registry")] }).differences, []);
  });

  it("finds an ExternalSecret that writes a database's Secret, and one of which the program knows nothing", () =>
    tell(
      compare({ links: [link("ExternalSecret", "graph", "graph-db-credentials"), link("ExternalSecret", "mail", "mail")] }).differences,
      [
        ["graph", "(x.yaml:1)", "writes the Secret graph-db-credentials,", "by this program"],
        ["mail", "(x.yaml:1)", "writes the Secret mail,", "not the program's"],
      ],
    ));

  it("finds copies that are not the mirror's", () =>
    tell(
      compare({ links: [link("PushSecret", "graph", "graph-db-credentials", ["other/path"]), link("PushSecret", "neo4j", "neo4j-auth")] })
        .differences,
      [
        ["graph", "(x.yaml:1)", "graph-db-credentials to other/path,", "to mirror/dev/ameide-dev/graph-db-credentials"],
        ["neo4j", "(x.yaml:1)", "copies the Secret neo4j-auth", "nowhere"],
      ],
    ));
});
