import * as assert from "node:assert/strict";
import { renderKeys, type Connection } from "../../catalog/connection";
import { placeholdersOf, readBack, WHOLE } from "../../catalog/placeholders";
import { readTemplates } from "../../catalog/shapes";
import { selectServices } from "../../catalog/service";
import { credentialKeys, templates } from "../../catalog/templates";
import type { TemplateDefinition } from "../../config/schema";
import { stackConfig } from "../support/fixtures";
import { lines, problemsOf } from "../support/problems";

const connection: Connection = {
  user: "orders",
  password: `p@ss/"w'o\\rd;`,
  database: "orders_db",
  host: "pg-rw.apps.svc",
  port: 5432,
  hostReadOnly: "pg-ro.apps.svc",
  hostPooler: "pooler.apps.svc",
  ca: "CA",
  tls: { mode: "verify-full", ca: "/ca.crt" },
};

const read = (defined: Record<string, TemplateDefinition>) => readTemplates([{ at: "templates", templates: defined }]);
const heard = (definition: TemplateDefinition, name = "mine") => lines(read({ [name]: definition }).problems);
/** The Secret that a template of these keys makes. */
function rendered(keys: Record<string, string>, more: Partial<TemplateDefinition> = {}): Record<string, string> {
  const { templates: known, problems } = read({ mine: { keys, ...more } });
  assert.deepEqual(problems, []);
  return renderKeys(known.get("mine")!, [], connection);
}

describe("catalog/shapes", () => {
  it("has the keys that the template names, and the authority", () =>
    assert.deepEqual(rendered({ DB_USER: "{username}", DB_PASS: "{password}", "db.host": "{host}", APP: "orders" }), {
      DB_USER: "orders",
      DB_PASS: connection.password,
      "db.host": "pg-rw.apps.svc",
      APP: "orders",
      "ca.crt": "CA",
    }));

  it("writes each whole text as the program's own templates do", () => {
    const own = rendered(Object.fromEntries(Object.keys(WHOLE).map((name) => [`k-${name}`, `{${name}}`])));
    const pg = renderKeys(templates.pg, ["readOnly", "pooler", "node", "prisma", "asyncpg", "npgsql"], connection);
    const same: [string, string][] = [
      ["uri", "uri"],
      ["jdbcUri", "jdbc-uri"],
      ["pgpass", "pgpass"],
      ["uriReadOnly", "uri-ro"],
      ["uriPooler", "uri-pooler"],
      ["uriNode", "uri-node"],
      ["uriNodePooler", "uri-node-pooler"],
      ["uriPrisma", "uri-prisma"],
      ["uriPrismaPooler", "uri-prisma-pooler"],
      ["uriAsyncpg", "uri-asyncpg"],
      ["npgsql", "npgsql"],
      ["npgsqlPooler", "npgsql-pooler"],
    ];
    for (const [name, key] of same) assert.equal(own[`k-${name}`], pg[key], name);
    assert.equal(own["k-jdbcUrl"], "jdbc:postgresql://pg-rw.apps.svc:5432/orders_db?sslmode=verify-full&sslrootcert=%2Fca.crt");
  });

  it("encodes for JSON and for libpq's keywords", () =>
    assert.deepEqual(rendered({ json: '{"password":"{password|json}"}', dsn: "user={user} password={password|dsn}" }), {
      json: `{"password":${JSON.stringify(connection.password)}}`,
      dsn: `user=orders password='p@ss/"w\\'o\\\\rd;'`,
      "ca.crt": "CA",
    }));

  it("extends one of the program's own, whose type, keys and groups it has, too", () => {
    const { templates: known } = read({ mine: { extends: "pg", keys: { DATABASE_URL: "{uri}" } } });
    const mine = known.get("mine")!;
    assert.deepEqual([mine.type, mine.mark, Object.keys(mine.optional)], [templates.pg.type, "mine", Object.keys(templates.pg.optional)]);
    assert.deepEqual(Object.keys(mine.keys).sort(), [...Object.keys(templates.pg.keys), "DATABASE_URL"].sort());
  });

  const at = "templates.mine";
  const refused: [what: string, definition: TemplateDefinition, ...expected: string[]][] = [
    [
      "a placeholder that names nothing",
      { keys: { A: "{uri}", B: "{hots}" } },
      `${at}.keys.B: {hots} names no value; did you mean {host}?; write {host}`,
    ],
    [
      "an encoding that there is not",
      { keys: { A: "{password|base64}" } },
      `${at}.keys.A: {password|base64} names no encoding; write one of \`url\`, \`pgpass\`, \`npgsql\`, \`dsn\`, \`json\` behind the \`|\``,
    ],
    ["an encoding of a whole text", { keys: { A: "{uri|url}" } }, `${at}.keys.A: {uri|url} encodes what is encoded already; write {uri}`],
    [
      "the placeholders of a shell and of a Helm template",
      { keys: { A: "{uri}", B: "${password}", C: "{{ .password }}" } },
      `${at}.keys.B: \`\${\` before password is another program's placeholder; write {password}`,
      `${at}.keys.C: \`{{\` before password is another program's placeholder; write {password}`,
    ],
    ["a placeholder with spaces", { keys: { A: "{uri}", B: "{ host }" } }, `${at}.keys.B: { host } has spaces in it; write {host} without`],
    [
      "keys that a Secret cannot have",
      { keys: { "a/b": "{uri}", "..": "{host}", "": "{port}" } },
      ...["a/b", "..", ""].map(
        (key) =>
          `${at}.keys.${key}: \`${key}\` is not a key that a Secret can have: letters, digits, \`-\`, \`_\` and \`.\`, at most 253, and no \`..\` at its beginning; rename it`,
      ),
    ],
    [
      "a key that the program writes itself",
      { keys: { A: "{uri}", "ca.crt": "{ca}" } },
      `${at}.keys.ca.crt: \`ca.crt\` is in every Secret: the program writes the authority's certificates there; leave it out`,
    ],
    [
      "a key that the extended template has, and one of its groups",
      { extends: "pg", keys: { uri: "{uri}", "uri-node": "{uriNode}" } },
      `${at}.keys.uri: \`uri\` is a key of pg, which it extends; choose another key, or leave it out`,
      `${at}.keys.uri-node: \`uri-node\` is a key of pg, which it extends; choose another key, or leave it out`,
    ],
    [
      "no password",
      { keys: { A: "{host}", B: "{jdbcUrl}" } },
      `${at}.keys: none of them has the password; add one with {password}, or with {uri}`,
    ],
    [
      "a password that only a Pooler's key has",
      { keys: { A: "{uriPooler}" } },
      `${at}.keys: only keys that lead to a Pooler have the password: without one, the Secret would have none; add one with {password}, or with {uri}`,
    ],
    [
      "a password in a URI without encoding, or with another one",
      { keys: { A: "postgres://{user}:{password}@{host}/x", B: "jdbc:postgresql://{host}/x?password={password|dsn}" } },
      `${at}.keys.A: {password} is in a URI without percent-encoding: a password that was taken over can end it early; write {password|url}`,
      `${at}.keys.B: {password|dsn} is in a URI without percent-encoding: a password that was taken over can end it early; write {password|url}`,
    ],
    [
      "a path in a URI without encoding",
      { keys: { A: "postgres://{user}:{password|url}@{host}/x?sslrootcert={sslrootcert}" } },
      `${at}.keys.A: {sslrootcert} is in a URI without percent-encoding: a path can have characters that end it early; write {sslrootcert|url}`,
    ],
    [
      "a password in another text without encoding",
      { keys: { A: "Password={password};Host={host}" } },
      `${at}.keys.A: {password} is part of a longer text as it is: a password that was taken over can end it early; say how it is read: \`|url\`, \`|dsn\` (libpq's \`key='value'\`), \`|npgsql\` (.NET, with its quotes), \`|json\` (within a JSON string) or \`|pgpass\``,
    ],
    [
      "a literal under the name of a credential",
      { keys: { A: "{uri}", API_TOKEN: "hunter2" } },
      `${at}.keys.API_TOKEN: is a literal under the name of a credential: files have none in plain text; write {password}, or fetch it by \`externalSecrets\``,
    ],
    [
      "a template to extend that there is not",
      { extends: "pq", keys: { A: "{uri}" } },
      `${at}.extends: \`pq\` is not a template of the program's own; did you mean \`pg\`?; write one of ${Object.keys(templates).join(", ")}, or leave it out`,
    ],
    [
      "a type that wants other keys of Kubernetes",
      { type: "kubernetes.io/basic-auth", keys: { A: "{uri}" } },
      `${at}.type: Kubernetes refuses a Secret of the type kubernetes.io/basic-auth with neither \`username\` nor \`password\`; add these keys, or set it to \`Opaque\``,
    ],
    [
      "a type that wants another key of the Service Binding specification",
      { type: "servicebinding.io/postgresql", keys: { A: "{uri}" } },
      `${at}.type: the Service Binding specification asks a Secret of the type servicebinding.io/postgresql for the key \`type\`; add \`type: postgresql\`, or set it to \`Opaque\``,
    ],
  ];
  for (const [what, definition, ...expected] of refused) it(`refuses ${what}`, () => assert.deepEqual(heard(definition), expected));

  it("never prints the text of a key that may be a secret", () =>
    assert.ok(
      !heard({ keys: { PASSWORD: "hunter2", B: "hunter2 {nope}" } })
        .join("\n")
        .includes("hunter2"),
    ));

  it("refuses the name of one of the program's own, and a name that the catalogue has, too", () => {
    assert.deepEqual(heard({ keys: { A: "{uri}" } }, "pg"), ["templates.pg: `pg` is a template of the program's own; choose another name"]);
    const mine = { mine: { keys: { A: "{uri}" } } };
    const both = readTemplates([
      { at: "catalog.templates", templates: mine },
      { at: "templates", templates: mine },
    ]);
    assert.deepEqual(lines(both.problems), ["templates.mine: `mine` is in the catalogue, too; give one of them another name"]);
  });

  it("refuses a name that is not one, as a file may have", () => {
    for (const name of ["Shop", "a b", "a\nfix: x", "../x", "-a", "x".repeat(64), "a.b"])
      assert.match(heard({ keys: { A: "{uri}" } }, name).join("\n"), /is not a name of a template/, name);
    assert.deepEqual(heard({ keys: { A: "{uri}" } }, "x".repeat(63)), []);
  });

  describe("of the program's own", () => {
    for (const [name, template] of Object.entries(templates)) {
      it(`${name} is by the rules that hold for others`, () => {
        const { "ca.crt": ca, ...keys } = template.keys;
        assert.equal(ca, "{ca}");
        assert.deepEqual(heard({ type: template.type, keys }), []);
        for (const text of Object.values(template.optional).flatMap((group) => Object.values(group)))
          assert.deepEqual(heard({ keys: { A: "{uri}", B: text } }), []);
      });
      it(`${name} is read back`, () => {
        const { password } = credentialKeys(template);
        assert.equal(readBack(template.keys[password]!, renderKeys(template, [], connection)[password]!)?.password, connection.password);
      });
    }

    it("have no mark where Secrets had none", () =>
      assert.deepEqual(
        Object.entries(templates).flatMap(([name, { mark }]) => (mark === undefined ? [name] : mark === name ? [] : [`${name}: ${mark}`])),
        ["pg", "temporal-env", "temporal-visibility-env"],
      ));

    it("write the authority as Spring Cloud Bindings looks for it: a file beside the others, where there is one to prove the server by", () => {
      assert.equal(renderKeys(templates.servicebinding, [], connection).sslrootcert, "ca.crt");
      assert.equal(renderKeys(templates.servicebinding, [], { ...connection, tls: { mode: "require" } }).sslrootcert, undefined);
    });
  });

  it("finds no placeholder in JSON's own braces", () =>
    assert.deepEqual(
      placeholdersOf('{"a":{"user":"{user|json}"}}').map(({ text }) => text),
      ["{user|json}"],
    ));

  describe("of a service", () => {
    const records = [{ name: "orders", description: "Orders", secret: { template: "mine" } }];
    const select = (values: object, all = records) => selectServices(all, stackConfig({ services: { orders: {} }, ...values }));
    const mine = { mine: { keys: { DATABASE_URL: "{uri}" } } };

    it("is the one that the record names, of the stack's or of the catalogue's", () => {
      for (const found of [
        select({ templates: mine }),
        selectServices(records, stackConfig({ services: { orders: {} } }), undefined, [{ at: "catalog.templates", templates: mine }]),
      ]) {
        assert.ok("services" in found);
        assert.deepEqual(
          [found.services[0]!.secretType, Object.keys(found.services[0]!.template.keys)],
          ["Opaque", ["DATABASE_URL", "ca.crt"]],
        );
      }
    });

    it("is the one that the stack says, before the record's", () => {
      const found = select({ services: { orders: { template: "servicebinding" } } });
      assert.ok("services" in found);
      assert.equal(found.services[0]!.secretType, "servicebinding.io/postgresql");
    });

    const names = Object.keys(templates).join(", ");
    const wrong: [string, object, ...string[]][] = [
      [
        "that there is not",
        {},
        `catalog.orders.secret.template: \`mine\` is not a template; write one of ${names}, or define it (docs/templates.md)`,
      ],
      [
        "that the stack misspells",
        { services: { orders: { template: "servicebindin" } } },
        `services.orders.template: \`servicebindin\` is not a template; did you mean \`servicebinding\`?; write one of ${names}, or define it (docs/templates.md)`,
      ],
      [
        "with a problem of its own, once",
        { templates: { mine: { keys: { A: "{host}" } } } },
        "templates.mine.keys: none of them has the password; add one with {password}, or with {uri}",
      ],
      [
        "that leads to a Pooler without one, and to replicas that there are not",
        { templates: { mine: { keys: { A: "{uri}", B: "{hostPooler}", C: "{hostReadOnly}" } } } },
        "services.orders.pooler: the template mine leads to a Pooler ({hostPooler}), and the service has none; set it, or choose another template",
        "catalog.orders.secret.template: the template mine leads to the replicas ({hostReadOnly}), and one instance has none; choose another, or raise `cluster.instances`",
      ],
      [
        "of a type that its keys do not allow",
        { templates: mine, services: { orders: { secretType: "kubernetes.io/basic-auth" } } },
        "services.orders.secretType: Kubernetes refuses a Secret of the type kubernetes.io/basic-auth with neither `username` nor `password`; add these keys, or set it to `Opaque`",
      ],
    ];
    for (const [what, values, ...expected] of wrong)
      it(`refuses one ${what}`, () => {
        const one = { instances: 1, image: "pg:17", storage: { size: "1Gi" } };
        assert.deepEqual(problemsOf(select({ cluster: one, ...values })), expected);
      });
  });
});
