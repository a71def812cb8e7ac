import * as assert from "node:assert/strict";
import { parseCompact, renderCompact, renderMarkdown, renderOverview } from "../../../cli/inventory/markdown";
import { flowOf, renderMermaid } from "../../../cli/inventory/mermaid";
import { compareInventories, staleness } from "../../../cli/inventory/stale";
import { table } from "../../../cli/shared/tables";
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

  it("is the same as JSON, a line for each Secret and each owner", async () => {
    const inventory = await inventoryFor("dev");
    assert.deepEqual(parseCompact(renderCompact(inventory)), inventory);
    assert.equal(renderCompact(inventory).trimEnd().split("\n").length, inventory.secrets.length + inventory.owners.length + 3);
  });

  it("commits every Secret with its owner, and no part per owner, which a command prints", async () => {
    const inventory = await inventoryFor("prod");
    const page = renderOverview(inventory);
    for (const { namespace, name } of inventory.secrets) assert.ok(page.includes(`\n| \`${namespace}/${name}\` | `), name);
    assert.ok(!page.includes("```") && page.length < 20_000, `${page.length} characters`);
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

  it("says what a service has in Postgres, how its password is replaced, and how each check is run by hand", async () => {
    const page = renderMarkdown(await inventoryFor("prod"));
    for (const line of [
      "| role | `platform` | Cluster ameide-prod/postgres-ameide | owns the database platform; logs in; at most 40 connections |",
      "| database | `platform` | Database ameide-prod/platform | platform and its members may connect, over TLS only; kept when the service is turned off |",
      "No workload of it is named (`services.platform.workloads`): this program restarts none.",
      "- replaced: in place, by generation: `npm run rotate -- platform --stack prod`",
    ])
      assert.ok(page.split("\n").includes(line), line);
    for (const command of ["status", "drift", "smoke"]) assert.ok(page.includes(`\`npm run ${command} -- --stack prod\``), command);
  });

  it("reads no inventory out of a text that is not one, or is one of another kind", () => {
    for (const text of ["", "null", "{", "{}", '{"schema":1,"secrets":[]}', '{"schema":2,"owners":[],"secrets":[]}'])
      assert.equal(parseCompact(text), undefined);
  });
});

describe("inventory, stale pages", () => {
  const stale = async (committed: (json: string) => string | undefined) => {
    const inventory = await inventoryFor("staging");
    const json = renderCompact(inventory);
    return staleness(committed(json), json, inventory);
  };

  it("are none that are as they should be", async () => assert.deepEqual(await stale((json) => json), []));
  it("are those that are not there, or are not inventories", async () => {
    assert.deepEqual(await stale(() => undefined), ["there is no such file"]);
    assert.deepEqual(await stale(() => "# Secrets\n"), ["it has no inventory that can be read"]);
    assert.deepEqual(await stale((json) => json.slice(0, -2)), ["it has no inventory that can be read"]);
  });
  it("are those whose text was edited", async () =>
    assert.deepEqual(await stale((json) => json.replace("\n", "\n\n")), [
      "the text differs from line 2 on, and the inventory in it does not",
    ]));

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
      "Secret ameide-staging/plausible-admin: authority was the state of stack staging and is the party that sets Vault up",
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
