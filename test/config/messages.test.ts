import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { problemsBeside } from "../../catalog/select";
import { parseStackFile } from "../../config/file";
import { withPlaces } from "../../config/places";
import { describeProblems } from "../../config/problem";
import { golden } from "../support/golden";

const FILE = `config:
  cnpg-credentials:namespace: shop
  cnpg-credentials:context: kind-kind
  cnpg-credentials:cluster:
    instances: 1
    image: pg:17
    storage: { size: 1Gi }
    parameters:
      work_mem: 8MB
  cnpg-credentials:services:
    platform: {}
    agents: {}
`;

/**
 * What a person reads of a file with some text in the place of another, a line each; nothing where
 * it is right.
 */
async function read(change: (text: string) => string, stack = "dev"): Promise<string[]> {
  const text = change(FILE);
  const loaded = parseStackFile(text, stack);
  const chosen = "problems" in loaded ? loaded.rest : loaded.stack;
  const found = "problems" in loaded ? loaded.problems : [];
  const beside = chosen ? await problemsBeside(chosen, found) : [];
  return describeProblems("", withPlaces([...found, ...beside], `Pulumi.${stack}.yaml`, text))
    .split("\n")
    .slice(1)
    .map((line) => line.slice("  - ".length));
}

const put =
  (before: string, after: string) =>
  (text: string): string => {
    assert.ok(text.includes(before), before);
    return text.replace(before, after);
  };

describe("what a stack's file gets to hear", () => {
  const said: string[] = [];
  const cases: [what: string, change: (text: string) => string, ...expected: RegExp[]][] = [
    ["nothing, where it is right", (text) => text],
    ["a service that is misspelt", put("platform:", "platfrom:"), /^Pulumi\.dev\.yaml:11 services\.platfrom: .* did you mean `platform`\?/],
    ["no instances", put("instances: 1", "instances: 0"), /^Pulumi\.dev\.yaml:5 cluster\.instances: is less than 1: it is `0`; /],
    [
      "a setting that is misspelt, and nothing of its being missing",
      put("instances: 1", "instnces: 1"),
      /^Pulumi\.dev\.yaml:5 cluster\.instnces: .* did you mean `instances`\?; write `instances`$/,
    ],
    ["a unit that is none", put("1Gi", "2GB"), /^Pulumi\.dev\.yaml:7 cluster\.storage\.size: .*: it is `2GB`; write `2Gi` or `2G`$/m],
    ["a number in quotes", put("instances: 1", 'instances: "1"'), /^Pulumi\.dev\.yaml:5 cluster\.instances: .*; write `1` without quotes$/],
    ["a number without quotes, which is text to Postgres", put("work_mem: 8MB", "max_connections: 100")],
    [
      "a number where text is needed",
      put("agents: {}", "agents: { adopt: { secret: 5 } }"),
      /^Pulumi\.dev\.yaml:12 services\.agents\.adopt\.secret: .*; write it in quotes: `"5"`$/,
    ],
    ["a service without braces", put("platform: {}", "platform:"), /^Pulumi\.dev\.yaml:11 services\.platform: .*; write `platform: \{\}`/],
    [
      "YAML's no",
      put("platform: {}", "platform: { enabled: no }"),
      /^Pulumi\.dev\.yaml:11 services\.platform\.enabled: .*; write `false`: `no` is text here$/,
    ],
    ["a tab", put("    instances", "\tinstances"), /^Pulumi\.dev\.yaml:5: is indented with a tab; use spaces$/],
    [
      "a key that is there twice",
      put("    agents: {}", "    platform: {}"),
      /^Pulumi\.dev\.yaml:12: says `platform` a second time \(lines 11 and 12\); keep one of them$/,
    ],
    [
      "a kind of Vault that is misspelt",
      (text) => `${text}  cnpg-credentials:vault:\n    server: { kind: deployd }\n    configuration: { by: hand }\n`,
      /^Pulumi\.dev\.yaml:14 vault\.server\.kind: is not one of `deployed`, `existing`: it is `deployd`; did you mean `deployed`\?; write `deployed`$/,
    ],
    [
      "a setting that is missing",
      put("  cnpg-credentials:namespace: shop\n", ""),
      /^Pulumi\.dev\.yaml:1 namespace: is missing, and has no default; set it in Pulumi\.dev\.yaml: `cnpg-credentials:namespace: shop`$/,
    ],
    [
      "a setting that is missing within another",
      put("    instances: 1\n", ""),
      /^Pulumi\.dev\.yaml:4 cluster\.instances: is missing, and has no default; set it in Pulumi\.dev\.yaml: `instances: 1`$/,
    ],
    [
      "a setting without the project before it",
      put("cnpg-credentials:namespace", "namespace"),
      /^Pulumi\.dev\.yaml:2 namespace: has no project before it; write `cnpg-credentials:namespace`$/,
    ],
    [
      "another project before every setting",
      (text) => text.replaceAll("cnpg-credentials:", "cnpg-credential:"),
      ...["namespace", "context", "cluster", "services"].map(
        (one) =>
          new RegExp(
            `^Pulumi\\.dev\\.yaml:\\d+ cnpg-credential:${one}: has another project before it .*; write \`cnpg-credentials:${one}\`$`,
          ),
      ),
    ],
    ["an empty file", () => "", /^Pulumi\.dev\.yaml: has no setting of this program under `config:`/],
    ["a list", () => "- a\n", /^Pulumi\.dev\.yaml:1: is not a mapping; begin it with `config:`/],
    ["`config:` with nothing under it", () => "config:\n", /^Pulumi\.dev\.yaml: has no setting of this program under `config:`/],
    ["`config:` that is a list", () => "config: [a]\n", /^Pulumi\.dev\.yaml:1 config: is not a mapping; /],
    [
      "three things at once, of the schema, of settings together and of the catalogue",
      (text) => put("platform: {}", "platform: { keys: [pooler] }")(put("agents:", "agentz:")(put("1Gi", "large")(text))),
      /^Pulumi\.dev\.yaml:7 cluster\.storage\.size: /,
      /^Pulumi\.dev\.yaml:11 services\.platform\.pooler: the `pooler` keys need the name of a Pooler/,
      /^Pulumi\.dev\.yaml:12 services\.agentz: /,
    ],
    [
      "no image",
      put("    image: pg:17\n", ""),
      /^Pulumi\.dev\.yaml:1 rotation\.proof\.image: neither it nor `cluster\.image` says which image has the `psql` that proves a password; /,
    ],
    [
      "a service that is locked out",
      put("agents: {}", "agents: { connectionLimit: 0 }"),
      /^Pulumi\.dev\.yaml:12 services\.agents\.connectionLimit: lets nobody log in: it is `0`; /,
    ],
    [
      "a kubeconfig in clear",
      put("cnpg-credentials:context: kind-kind", 'cnpg-credentials:kubeconfig: "apiVersion: v1\\nclusters: [hunter2]"'),
      /^Pulumi\.dev\.yaml:3 kubeconfig: has the contents of a kubeconfig in plain text; /,
    ],
    ["the end of TLS", put("work_mem: 8MB", 'ssl: "off"'), /^Pulumi\.dev\.yaml:9 cluster\.parameters\.ssl: is CloudNativePG's to set/],
    ["a strategy with a capital", (text) => `${text}  cnpg-credentials:rotation: { strategy: inplace }\n`, /did you mean `inPlace`\?/],
    [
      "two tabs, a key that is there twice, and nothing of what follows from them",
      (text) => put("    storage", "\tstorage")(put("    instances: 1", "\tinstances: 1")(put("    agents: {}", "    platform: {}")(text))),
      /^Pulumi\.dev\.yaml:5: is indented with a tab/,
      /^Pulumi\.dev\.yaml:7: is indented with a tab/,
      /^Pulumi\.dev\.yaml:12: says `platform` a second time/,
    ],
    [
      "two keys that are there twice, beside what is wrong with the values",
      (text) => put("    agents: {}", "    platform: {}")(put("instances: 1", "instances: 0\n    instances: 0")(text)),
      /^Pulumi\.dev\.yaml:6: says `instances` a second time \(lines 5 and 6\)/,
      /^Pulumi\.dev\.yaml:13: says `platform` a second time \(lines 12 and 13\)/,
      /^Pulumi\.dev\.yaml:5 cluster\.instances: is less than 1/,
    ],
    ["a quote without an end", put("image: pg:17", 'image: "pg:17'), /^Pulumi\.dev\.yaml:6: opens a quote \(`"`\) and does not close it; /],
    ["a bracket without an end", put("{ size: 1Gi }", "{ size: 1Gi"), /^Pulumi\.dev\.yaml:7: opens a bracket \(`\{`\)/],
    ["no space behind a colon", put("instances: 1", "instances:1"), /^Pulumi\.dev\.yaml:5: has no `: ` between its key and its value; /],
    ["a second document", (text) => `${text}---\nconfig: {}\n`, /^Pulumi\.dev\.yaml:13: begins a second document/],
    ["a merge that is not finished", (text) => `<<<<<<< HEAD\n${text}`, /^Pulumi\.dev\.yaml:1: has the mark of a merge in Git/],
    ["an alias of nothing", put("pg:17", "*latest"), /^Pulumi\.dev\.yaml:6: has a value that begins with `\*`/],
    ["a template of Helm's", put(": shop", ": {{ .Values.namespace }}"), /^Pulumi\.dev\.yaml:2: has a template such as `\{\{ … \}\}`/],
    ["`config` that is misspelt", put("config:", "confg:"), /^Pulumi\.dev\.yaml:1 confg: .*; did you mean `config`\?; /],
    [
      "settings beside `config`",
      () => "cnpg-credentials:namespace: shop\n",
      /^Pulumi\.dev\.yaml:1 cnpg-credentials:namespace: is not below `config:`/,
    ],
    [
      "a mapping of the project",
      () => "config:\n  cnpg-credentials:\n    namespace: shop\n",
      /^Pulumi\.dev\.yaml:2 cnpg-credentials: is a mapping of its own, .*; write `cnpg-credentials:namespace`/,
    ],
    [
      "a key with a dot in it",
      (text) => `${text}  cnpg-credentials:cluster.instances: 2\n`,
      /^Pulumi\.dev\.yaml:13 cluster\.instances: .*; write `instances` below `cnpg-credentials:cluster`$/,
    ],
    ["a namespace that is empty", put("namespace: shop", "namespace:"), /^Pulumi\.dev\.yaml:2 namespace: is empty where a string/],
    ["a namespace that is a mapping", put(": shop", ": { name: shop }"), /^Pulumi\.dev\.yaml:2 namespace: is a mapping where a string/],
    ["a namespace with capitals", put(": shop", ": Shop_Dev"), /^Pulumi\.dev\.yaml:2 namespace: .*: it is `Shop_Dev`; /],
    [
      "a list of services",
      put("platform: {}\n    agents: {}", "- platform"),
      /^Pulumi\.dev\.yaml:10 services: is a list where .*; write `cnpg-/,
    ],
    [
      "a service that is true",
      put("platform: {}", "platform: true"),
      /^Pulumi\.dev\.yaml:11 services\.platform: .*; write .* `platform: \{\}`$/,
    ],
    [
      "one key that is a list",
      put("platform: {}", "platform: { keys: tls }"),
      /^Pulumi\.dev\.yaml:11 services.platform.keys: .*; write `keys: \[tls\]`$/,
    ],
    ["true in quotes", put("platform: {}", 'platform: { enabled: "true" }'), /; write `true` without quotes$/],
    ["the beginning of a name", (text) => `${text}  cnpg-credentials:rotation: { maxAge: 90 }\n`, /did you mean `maxAgeDays`\?/],
    ["a word where a number is expected", put("instances: 1", "instances: one"), /: it is `one`; write a number/],
    ["an image with a space", put("pg:17", "pg 17"), /^Pulumi\.dev\.yaml:6 cluster\.image: is not the reference of an image/],
    [
      "resources that are misspelt, and a unit that Kubernetes does not know",
      put("    parameters:", "    resources: { requests: { memry: 1Gi }, limits: { memory: 512MB, example.com/gpu: 1 } }\n    parameters:"),
      /^Pulumi\.dev\.yaml:8 cluster\.resources\.requests\.memry: .*; did you mean `memory`\?/,
      /^Pulumi\.dev\.yaml:8 cluster\.resources\.limits\.memory: .*: it is `512MB`; write `512Mi` or `512M`$/,
    ],
    [
      "a service of a rotation that is misspelt",
      (text) => `${text}  cnpg-credentials:rotation: { services: { platfrom: { generation: 2 } } }\n`,
      /^Pulumi\.dev\.yaml:13 rotation\.services\.platfrom: .*; did you mean `platform`\?/,
    ],
    [
      "a generation that is a word",
      (text) => `${text}  cnpg-credentials:rotation: { services: { platform: { generation: two } } }\n`,
      /^Pulumi\.dev\.yaml:13 rotation\.services\.platform\.generation: is not a generation.*: it is `two`; write a whole number, such as `1`$/,
    ],
    [
      "a key with dots",
      (text) => `${text}  cnpg-credentials:labels: { "a.b/c d": x }\n`,
      /^Pulumi\.dev\.yaml:13 labels\.a\.b\/c d: the key is not/,
    ],
  ];
  for (const [what, change, ...expected] of cases)
    it(`of ${what}`, async () => {
      const lines = await read(change);
      assert.equal(lines.length, expected.length, lines.join("\n"));
      for (const line of expected)
        assert.ok(
          lines.some((one) => line.test(one)),
          `${String(line)} in\n${lines.join("\n")}`,
        );
      assert.ok(!lines.join().includes("hunter2"));
      said.push(...(lines.length > 0 ? [`# ${what}`, ...lines, ""] : []));
    });
  after(function () {
    if (this.test!.parent!.tests.every((test) => test.isPassed())) golden("configuration", "a stack's file", said.join("\n"));
  });

  it("of a line only where the file says what the engine does", () => {
    const problem = { path: "cluster.instances", message: "m", remedy: "r" };
    const settings = (instances: number) => ({ cluster: { ...(parse(FILE) as any).config["cnpg-credentials:cluster"], instances } }); // eslint-disable-line
    assert.equal(withPlaces([problem], "f", FILE, settings(1))[0]!.place, "f:5");
    assert.equal(withPlaces([problem], "f", FILE, settings(2))[0]!.place, undefined);
  });
});
