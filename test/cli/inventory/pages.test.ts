import * as assert from "node:assert/strict";
import { parseMarkdown, renderCompact, renderMarkdown } from "../../../cli/inventory/markdown";
import { flowOf, renderMermaid } from "../../../cli/inventory/mermaid";
import { pageOf, renderPages } from "../../../cli/inventory/pages";
import { compareInventories, staleness } from "../../../cli/inventory/stale";
import { table } from "../../../cli/shared/tables";
import type { Inventory } from "../../../cli/inventory/types";
import { inventoryFor } from "../../support/inventories";
import { stackFile } from "../../support/stackFiles";

const vault = stackFile("dev").vault as Record<string, object>;

describe("inventory, its pages", () => {
  it("shows the way of an owner's Secrets, from where a value comes from to who reads it", async () => {
    const inventory = await inventoryFor("dev", { vault: { ...vault, mirror: { mode: "push", services: ["plausible"] } } });
    const plausible = inventory.owners.find(({ name }) => name === "plausible")!;
    assert.equal(
      flowOf(inventory, plausible),
      [
        "flowchart LR",
        '  n1(["Secret ameide-dev/plausible-admin"])',
        '  n2["random, in the state of dev"]',
        '  n3[("Vault plausible/plausible-admin")]',
        '  n4["ExternalSecret ameide-dev/plausible-admin"]',
        '  n5["what runs plausible"]',
        '  n6(["Secret ameide-dev/plausible-db-credentials"])',
        '  n7["Cluster ameide-dev/postgres-ameide (role plausible)"]',
        '  n8["PushSecret ameide-dev/plausible-db-credentials"]',
        '  n9[("Vault mirror/dev/ameide-dev/plausible-db-credentials")]',
        '  n10(["Secret ameide-dev/plausible-db-role"])',
        '  n11["Job ameide-dev/plausible-db-proof"]',
        '  n12(["Secret ameide-dev/plausible-secret"])',
        '  n13[("Vault plausible/plausible-secret")]',
        '  n14["ExternalSecret ameide-dev/plausible-secret"]',
        "  n2 --> n3",
        "  n3 --> n4",
        "  n4 --> n1",
        "  n1 --> n5",
        "  n2 --> n6",
        '  n7 -.->|"applied, then written"| n6',
        "  n6 --> n8",
        "  n6 --> n5",
        '  n8 -->|"copy"| n9',
        "  n2 --> n10",
        "  n10 --> n7",
        "  n10 --> n11",
        "  n2 --> n13",
        "  n13 --> n14",
        "  n14 --> n12",
        "  n12 --> n5",
      ].join("\n"),
    );
  });

  it("has a picture for each owner, with every one of its Secrets", async () => {
    const inventory = await inventoryFor("dev");
    assert.deepEqual(
      renderMermaid(inventory).match(/^%% .*$/gm),
      inventory.owners.map(({ kind, name }) => `%% ${kind} ${name}`),
    );
    for (const { namespace, name } of inventory.secrets)
      assert.ok(renderMermaid(inventory).includes(`(["Secret ${namespace}/${name}"])`), name);
  });

  it("keeps a quotation mark from ending a text of a picture", async () => {
    const inventory = await inventoryFor("prod");
    const [owner, secret] = [inventory.owners[0]!, inventory.secrets.find(({ ownerKind }) => ownerKind === "cluster")!];
    const odd = { ...inventory, secrets: [{ ...secret, consumers: ['what "runs"'] }] };
    assert.match(flowOf(odd, owner), /n3\["what #quot;runs#quot;"\]/);
  });

  it("has the inventory in the page, a line for each Secret and each owner", async () => {
    const inventory = await inventoryFor("dev");
    assert.deepEqual(parseMarkdown(renderMarkdown(inventory)), inventory);
    assert.equal(renderCompact(inventory).split("\n").length, inventory.secrets.length + inventory.owners.length + 3);
  });

  it("has a part for each owner, whose name leads there, with how it is checked", async () => {
    const page = renderMarkdown(await inventoryFor("dev"));
    const headings = new Set([...page.matchAll(/^## (.+)$/gm)].map(([, text]) => text!.toLowerCase().replaceAll(" ", "-")));
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target!);
    assert.equal(links.length, 54 + 22);
    assert.deepEqual(
      links.filter((target) => !headings.has(target)),
      [],
    );
    const graph = page.slice(page.indexOf("## service graph"), page.indexOf("## service inference"));
    assert.match(graph, /^- replaced: in place, by generation: `npm run rotate -- graph --stack dev`$/m);
    assert.match(
      graph,
      /^- gate db-migrations: `kubectl -n ameide-dev create job db-migrations-1 --from=cronjob\/secrets-smoke-db-migrations` waits in the cluster for `agents-runtime-db-secret`, `graph-db-credentials`, `threads-db-credentials`, `transformation-db-credentials`, and `kubectl -n ameide-dev wait job\/db-migrations-1 --for=condition=Complete --timeout=6m` for that \(Flyway: the migrations of four databases\)$/m,
    );
    assert.match(graph, /^- drift: `npm run drift -- --stack dev`/m);
  });

  it("keeps a cell from ending a row's cells", () => assert.equal(table(["a"], [["x|y"]]), "| a |\n| --- |\n| x\\|y |"));

  it("reads no inventory out of a page that has none, or one of another kind", () => {
    const withoutOwners = '# x\n\n```json\n{"schema":1,"secrets":[]}\n```\n';
    for (const page of [
      "",
      withoutOwners,
      "# x\n```json\n{}\n```\n",
      "# x\n```json\n{\n```\n",
      '# x\n\n```json\n{"schema":2,"secrets":[]}\n```\n',
    ])
      assert.equal(parseMarkdown(page), undefined);
  });
});

describe("inventory, a page for each owner", () => {
  it("has the overview, which leads to every one of them, and all of what each has", async () => {
    const inventory = await inventoryFor("prod");
    const [[path, overview], ...pages] = [...renderPages(inventory, [])] as [[string, string], ...[string, string][]];
    assert.equal(path, "prod.md");
    assert.deepEqual(parseMarkdown(overview), inventory);
    const links = new Set([...overview.matchAll(/\]\((prod\/[^)]+)\)/g)].map(([, target]) => target!));
    assert.deepEqual([...links].sort(), pages.map(([file]) => file).sort());
    assert.equal(pages.length, inventory.owners.length);
    for (const { namespace, name, owner } of inventory.secrets) {
      const holders = pages.filter(([, page]) => page.includes(`\n## ${namespace}/${name}\n`)).map(([file]) => file);
      assert.deepEqual(holders, [`prod/${owner}.md`], name);
    }
    for (const [file, page] of pages) {
      assert.match(page, /^# .+\n\nOf the stack \[prod\]\(\.\.\/prod\.md\)\. What to do/, file);
      assert.equal(page.match(/^```mermaid$/gm)?.length, 1, file);
    }
  });

  it("says what a service has in Postgres, how its password is replaced, and how each check is run by hand", async () => {
    const page = renderPages(await inventoryFor("prod"), []).get("prod/platform.md")!;
    for (const line of [
      "| role | `platform` | Cluster ameide-prod/postgres-ameide | owns the database platform; logs in; at most 40 connections |",
      "| database | `platform` | Database ameide-prod/platform | platform and its members may connect, over TLS only; kept when the service is turned off |",
      "No workload of it is named (`services.platform.workloads`): this program restarts none.",
      "- replaced: in place, by generation: `npm run rotate -- platform --stack prod`",
    ])
      assert.ok(page.split("\n").includes(line), line);
    for (const command of ["status", "drift", "smoke"]) assert.ok(page.includes(`\`npm run ${command} -- --stack prod\``), command);
  });

  it("leads to the same owner's page in other stacks, where it has one there, whatever their Cluster is called", async () => {
    const cluster = { ...(stackFile("dev").cluster as object), name: "pg" };
    const { graph: _, ...services } = stackFile("staging").services as Record<string, object>;
    const others = [await inventoryFor("staging", { services, gates: {} }), await inventoryFor("dev", { cluster })];
    const pages = renderPages(await inventoryFor("prod"), others);
    const sentence = (file: string) => /The same in .*?\. (?=What)/.exec(pages.get(file)!)?.[0];
    assert.equal(sentence("prod/platform.md"), "The same in [dev](../dev/platform.md), [staging](../staging/platform.md). ");
    assert.equal(sentence("prod/graph.md"), "The same in [dev](../dev/graph.md). ");
    assert.equal(sentence("prod/postgres-ameide.md"), "The same in [dev](../dev/pg.md), [staging](../staging/postgres-ameide.md). ");
    assert.equal(sentence("prod/cert-manager.md"), "The same in [staging](../staging/cert-manager.md). ");
  });

  it("keeps owners of one name apart", async () => {
    const owners = [{ kind: "cluster", name: "graph" }, ...(await inventoryFor("dev")).owners] as Inventory["owners"];
    const pages = owners.map((owner) => pageOf({ stack: "dev", owners }, owner));
    assert.equal(new Set(pages).size, owners.length);
    assert.deepEqual(
      pages.filter((page) => page.includes("graph")),
      ["dev/cluster.graph.md", "dev/service.graph.md"],
    );
  });
});

describe("inventory, stale pages", () => {
  const stale = async (committed: (page: string) => string | undefined) => {
    const inventory = await inventoryFor("staging");
    const page = renderMarkdown(inventory);
    return staleness(committed(page), page, inventory);
  };

  it("are none that are as they should be", async () => assert.deepEqual(await stale((page) => page), []));
  it("are those that are not there, or are no inventories", async () => {
    assert.deepEqual(await stale(() => undefined), ["there is no such page"]);
    assert.deepEqual(await stale(() => "# Secrets\n"), ["it has no inventory in it that can be read"]);
  });
  it("are those whose text was edited", async () =>
    assert.deepEqual(await stale((page) => page.replace("\nNamespace", "\n\nNamespace")), [
      "the text differs from line 5 on, and the inventory in it does not",
    ]));
  it("are those whose end is cut off", async () =>
    assert.deepEqual(await stale((page) => page.slice(0, -1)), ["it has no inventory in it that can be read"]));

  it("say what is new, what is gone, and what of a Secret is another", async () => {
    const before = await inventoryFor("staging", { bundles: {} });
    const services = stackFile("staging").services as Record<string, object>;
    const change = {
      services: {
        ...services,
        backstage: { enabled: false },
        graph: { keys: ["readOnly"], secretType: "Opaque", rotation: { maxAgeDays: 30 } },
      },
      vault: { server: { kind: "existing", address: "https://vault.example" }, configuration: { by: "hand" } },
      bundles: { neo4j: {} },
    };
    const lines = compareInventories(before, await inventoryFor("staging", change));
    for (const expected of [
      "bundle neo4j is new: Neo4j: its first account",
      "service backstage is gone",
      "vault is gone",
      "ownNamespaces no longer have vault",
      "Secret vault/vault-tls is gone",
      "Secret ameide-staging/plausible-admin: authority was the state of stack staging and is whoever sets Vault up",
      "Secret ameide-staging/backstage-db-credentials is gone",
      "Secret ameide-staging/neo4j-auth is new: generated, of bundle neo4j, with password, username",
      'Secret ameide-staging/graph-db-credentials: keys now have {"name":"host-ro","origin":"plain"}',
      "Secret ameide-staging/graph-db-credentials: type was kubernetes.io/basic-auth and is Opaque",
    ])
      assert.ok(lines.includes(expected), `${expected} is not among\n${lines.join("\n")}`);
    assert.ok(lines.every((line) => !line.includes("platform-db")));
    assert.deepEqual(compareInventories(before, before), []);
  });

  it("say what of an owner is another", async () => {
    const before = await inventoryFor("staging");
    const services = stackFile("staging").services as Record<string, object>;
    const [gone, come] = compareInventories(
      before,
      await inventoryFor("staging", { services: { ...services, graph: { tls: { mode: "prefer" } } } }),
    );
    assert.match(come!, /^service graph: owns no longer have .*over TLS only/);
    assert.match(gone!, /^service graph: owns now have \{"kind":"database","name":"graph".*"graph and its members may connect"/);
  });

  it("say that a list is in another order", async () => {
    const before = await inventoryFor("staging");
    const [first, ...rest] = before.secrets;
    const swapped = { ...before, secrets: [{ ...first!, keys: [...first!.keys].reverse() }, ...rest] };
    assert.deepEqual(compareInventories(before, swapped), [`Secret ameide-staging/${first!.name}: keys are in another order`]);
  });
});
