import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { validateStack } from "../../config/validate";
import { problemsOf } from "../support/problems";
import { asEngineValues, stackFile, STACKS } from "../support/stackFiles";

const FILE = "Pulumi.dev.yaml";
const correct = `correct it in ${FILE}`;
const remove = `remove it from ${FILE}, or correct its spelling (docs/configuration.md lists all)`;

/** The dev stack with some values changed, by their paths; `undefined` takes one away. */
function changed(changes: Readonly<Record<string, unknown>>): Record<string, string> {
  const values = stackFile("dev");
  for (const [path, value] of Object.entries(changes)) set(values, path.split("."), value);
  return asEngineValues(values);
}

function set(values: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) set((values[key] ??= {}) as Record<string, unknown>, rest, value);
  else if (value === undefined) delete values[key];
  else values[key] = value;
}

describe("config/validate", () => {
  for (const stack of STACKS)
    it(`accepts Pulumi.${stack}.yaml`, () => {
      const result = validateStack(asEngineValues(stackFile(stack)), `Pulumi.${stack}.yaml`);
      assert.ok("config" in result);
      assert.equal(result.config.namespace, `ameide-${stack}`);
    });

  it("fills in the safe defaults", () => {
    const result = validateStack(
      asEngineValues({ namespace: "n", context: "c", cluster: { instances: 1, storage: { size: "1Gi" } }, services: { agents: {} } }),
      FILE,
    );
    assert.deepEqual(result, {
      config: {
        namespace: "n",
        context: "c",
        roleApi: "inline",
        cluster: {
          name: "postgres",
          instances: 1,
          imagePullSecrets: [],
          storage: { size: "1Gi" },
          parameters: {},
          pgHba: [],
          monitoring: "none",
          superuserAccess: "disabled",
          protection: "protected",
          placement: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname", zones: "any" },
          readyTimeout: "15m",
        },
        services: { agents: { enabled: true } },
        tls: {},
        labels: {},
        annotations: {},
      },
    });
  });

  const rejected: [string, Record<string, unknown>, ...string[]][] = [
    ["an unknown key", { nmaespace: "x" }, `nmaespace: is not a setting of this program; ${remove}`],
    ["a key named like a property of every object", { constructor: "x" }, `constructor: is not a setting of this program; ${remove}`],
    ["an unknown nested key", { "cluster.storage.sise": 1 }, `cluster.storage.sise: is not a setting of this program; ${remove}`],
    ["an unknown key of a service", { "services.agents.role": "x" }, `services.agents.role: is not a setting of this program; ${remove}`],
    ["an empty key", { "cluster.": "x" }, `cluster."": is not a setting of this program; ${remove}`],
    ["text for a number", { "cluster.instances": "3" }, `cluster.instances: is a string where a number is expected; ${correct}`],
    ["a number for text", { "cluster.storage.size": 5 }, `cluster.storage.size: is a number where a string is expected; ${correct}`],
    [
      "a number as a parameter",
      { "cluster.parameters.max_connections": 100 },
      `cluster.parameters.max_connections: is a number where a string is expected; ${correct}`,
    ],
    ["a list for a mapping", { services: [] }, `services: is a list where a mapping is expected; ${correct}`],
    ["a mapping for a list", { "cluster.pgHba": {} }, `cluster.pgHba: is a mapping where a list is expected; ${correct}`],
    ["nothing for a mapping", { cluster: null }, `cluster: is empty where a mapping is expected; ${correct}`],
    ["text for a mapping", { cluster: "large" }, `cluster: is text where a mapping is expected; write it as a mapping in ${FILE}`],
    ["a missing field", { namespace: undefined }, `namespace: is missing: a string; set it in ${FILE}`],
    ["a missing nested field", { "cluster.storage.size": undefined }, `cluster.storage.size: is missing: a string; set it in ${FILE}`],
    ["a missing mapping", { services: undefined }, `services: is missing: a mapping; set it in ${FILE}`],
    ["no instances", { "cluster.instances": 0 }, `cluster.instances: is less than 1; ${correct}`],
    ["half an instance", { "cluster.instances": 1.5 }, `cluster.instances: is a fraction where a whole number is expected; ${correct}`],
    [
      "a bad quantity",
      { "cluster.storage.size": "20GB" },
      `cluster.storage.size: is not a Kubernetes quantity such as \`20Gi\`; ${correct}`,
    ],
    [
      "a bad namespace",
      { namespace: "Ameide_Dev" },
      `namespace: is not a DNS label: lower-case letters, digits and \`-\`, beginning and ending with a letter or digit; ${correct}`,
    ],
    ["a namespace too long", { namespace: "n".repeat(64) }, `namespace: is longer than 63 characters; ${correct}`],
    [
      "a cluster name too long",
      { "cluster.name": "n".repeat(51) },
      `cluster.name: is longer than CloudNativePG's 50 characters; ${correct}`,
    ],
    ["a cluster name that begins with a digit", { "cluster.name": "1pg" }, `cluster.name: does not begin with a letter; ${correct}`],
    ["an empty context", { context: "" }, `context: is empty; ${correct}`],
    ["a choice that is none", { "cluster.protection": "maybe" }, `cluster.protection: is not one of \`none\`, \`protected\`; ${correct}`],
    ["a role interface that is none", { roleApi: "crd" }, `roleApi: is not one of \`inline\`, \`databaseRole\`; ${correct}`],
    [
      "a pg_hba line that is none",
      { "cluster.pgHba": ["all all trust"] },
      `cluster.pgHba.0: does not begin with a pg_hba.conf connection type; ${correct}`,
    ],
    [
      "a schedule of five fields",
      { "cluster.backup.schedules.daily.schedule": "0 2 * * *" },
      `cluster.backup.schedules.daily.schedule: is not a CloudNativePG schedule: six fields, the first one seconds; ${correct}`,
    ],
    ["a duration that is none", { "cluster.readyTimeout": "soon" }, `cluster.readyTimeout: is not a duration such as \`15m\`; ${correct}`],
    ["an empty duration", { "cluster.readyTimeout": "" }, `cluster.readyTimeout: is empty; ${correct}`],
    [
      "a label key that is none",
      { "labels.my label": "x" },
      `labels.my label: the key is not a label or annotation key; rename it in ${FILE}`,
    ],
    ["a label value that is none", { "labels.team": "a b" }, `labels.team: is not a label value; ${correct}`],
    ["a relative path to the authority", { "tls.ca": "ca.crt" }, `tls.ca: is not an absolute path; ${correct}`],
    [
      "a connection limit below -1",
      { "services.agents.connectionLimit": -2 },
      `services.agents.connectionLimit: is less than -1; ${correct}`,
    ],
    [
      "neither context nor kubeconfig",
      { context: undefined },
      "context: neither `context` nor `kubeconfig` says which cluster this stack lives in; set `context` to a context of your kubeconfig",
    ],
    [
      "verify-full without the authority",
      { "tls.mode": "verify-full" },
      "tls.ca: `verify-full` needs the server's authority; set it to the path at which the application mounts `ca.crt`",
    ],
    [
      "a service's verify-ca without the authority",
      { "services.agents.tls.mode": "verify-ca" },
      "services.agents.tls.ca: `verify-ca` needs the server's authority; set it to the path at which the application mounts `ca.crt`",
    ],
    [
      "pooler keys without a pooler",
      { "services.agents.keys": ["pooler"] },
      "services.agents.pooler: the `pooler` keys need the name of a Pooler; set it, or leave `pooler` out of `keys`",
    ],
    [
      "read-only keys with one instance",
      { "services.agents.keys": ["readOnly"] },
      "services.agents.keys: `readOnly` leads to the replicas, and one instance has none; leave it out, or raise `cluster.instances`",
    ],
    [
      "several instances that may share a node",
      { "cluster.instances": 3, "cluster.placement.antiAffinity": "none" },
      "cluster.placement: nothing keeps the 3 instances on different nodes; set `antiAffinity` to `preferred` or `required`, or `zones` to `spread`",
    ],
    [
      "several things at once, all of them named",
      { extra: "x", namespace: "-", cluster: "large" },
      `cluster: is text where a mapping is expected; write it as a mapping in ${FILE}`,
      `namespace: is not a DNS label: lower-case letters, digits and \`-\`, beginning and ending with a letter or digit; ${correct}`,
      `extra: is not a setting of this program; ${remove}`,
    ],
  ];
  for (const [what, changes, ...expected] of rejected)
    it(`rejects ${what}`, () => assert.deepEqual(problemsOf(validateStack(changed(changes), FILE)), expected));

  it("rejects an empty stack file", () =>
    assert.deepEqual(problemsOf(validateStack({}, "Pulumi.qa.yaml")), [
      "Pulumi.qa.yaml: has no configuration for this program, or does not exist; copy Pulumi.dev.yaml to Pulumi.qa.yaml and edit it, or select another stack",
    ]));

  it("accepts what each rejected combination lacks", () => {
    const accepted: Record<string, unknown>[] = [
      { "tls.mode": "verify-full", "tls.ca": "/ca.crt" },
      { "tls.ca": "/ca.crt", "services.agents.tls.mode": "verify-ca" },
      { "services.agents.keys": ["pooler"], "services.agents.pooler": "pooler-rw" },
      { "services.agents.keys": ["readOnly"], "cluster.instances": 2 },
      { "cluster.instances": 3, "cluster.placement": { antiAffinity: "none", zones: "spread" } },
      { context: undefined, kubeconfig: "/kubeconfig" },
    ];
    for (const changes of accepted) assert.ok("config" in validateStack(changed(changes), FILE), JSON.stringify(changes));
  });

  describe("whatever it is given", () => {
    it("returns a configuration or problems that each name a path, a rule and a remedy", () =>
      fc.assert(
        fc.property(anyValues(fc.jsonValue()), (values) => {
          const result = validateStack(values, FILE);
          if ("config" in result) return;
          assert.ok(result.problems.length > 0);
          for (const problem of result.problems) {
            assert.notEqual(problem.path, "");
            assert.notEqual(problem.message, "");
            assert.notEqual(problem.remedy, "");
          }
        }),
        { numRuns: 500 },
      ));

    // A password put in the wrong place must not appear on a terminal or in a CI log.
    it("repeats no value in its problems", () => {
      let withProblems = 0;
      const marker = fc.stringMatching(/^[A-Za-z0-9]{32}$/);
      fc.assert(
        fc.property(
          marker.chain((text) =>
            fc.tuple(fc.constant(text), anyValues(fc.constantFrom<fc.JsonValue>(text, [text], { a: text }, `a ${text}`))),
          ),
          ([text, values]) => {
            const result = validateStack(values, FILE);
            if ("config" in result) return;
            withProblems++;
            assert.ok(!problemsOf(result).join("\n").includes(text));
          },
        ),
        { numRuns: 500 },
      );
      assert.ok(withProblems > 250, `only ${withProblems} of the configurations had problems`);
    });
  });
});

/** A valid stack file in which a few places, at any depth, were dropped, renamed or given another value; as the engine hands it over. */
function anyValues(replacement: fc.Arbitrary<fc.JsonValue>): fc.Arbitrary<Record<string, string>> {
  const mutation = fc.record({
    at: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    how: fc.constantFrom("drop", "rename", "replace", "add"),
    key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")),
    value: replacement,
  });
  return fc
    .record({ stack: fc.constantFrom(...STACKS), mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }) })
    .map(({ stack, mutations }) => {
      const values = full(stack);
      for (const { at, how, key, value } of mutations) mutate(values, at, how, key, structuredClone(value));
      return asEngineValues(values);
    });
}

/** The stack file with optional mappings filled in, so that mutations reach all of the schema. */
function full(stack: (typeof STACKS)[number]): Record<string, unknown> {
  const values = stackFile(stack);
  const more = {
    kubeconfig: "/kubeconfig",
    roleApi: "inline",
    tls: { mode: "verify-full", ca: "/ca.crt" },
    annotations: { note: "x" },
    "cluster.pgHba": ["hostssl all exporter all scram-sha-256"],
    "cluster.imagePullSecrets": ["registry"],
    "cluster.placement": { antiAffinity: "preferred", nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] },
    "cluster.backup": {
      plugins: [{ name: "barman" }],
      schedules: { daily: { schedule: "0 0 2 * * *", pluginConfiguration: { name: "barman" } } },
    },
    "services.agents": { adopt: { secret: "old", key: "password" }, keys: ["tls"], tls: { mode: "require" }, labels: { a: "b" } },
  };
  for (const [path, value] of Object.entries(more)) set(values, path.split("."), structuredClone(value));
  return values;
}

function mutate(root: object, at: readonly number[], how: "drop" | "rename" | "replace" | "add", key: string, value: fc.JsonValue): void {
  let node = root as Record<string, unknown>;
  for (const step of at) {
    const keys = Object.keys(node);
    const next = keys[step % Math.max(keys.length, 1)];
    const child = next === undefined ? undefined : node[next];
    if (typeof child === "object" && child !== null && step !== at.at(-1)) {
      node = child as Record<string, unknown>;
      continue;
    }
    if (next !== undefined && how !== "add") delete node[next];
    const place = how === "replace" ? next : key;
    if (how !== "drop" && place !== undefined)
      Object.defineProperty(node, place, { value: how === "rename" ? child : value, enumerable: true, configurable: true, writable: true });
    return;
  }
}
