import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { validateStack } from "../../config/validate";
import { problemsOf } from "../support/problems";
import { asEngineValues, set, stackFile, STACKS } from "../support/stackFiles";

describe("config/validate, whatever it is given", () => {
  it("returns a configuration or problems that each name a path, a rule and a remedy", () =>
    fc.assert(
      fc.property(anyValues(fc.jsonValue()), (values) => {
        const result = validateStack(values, "dev");
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
          const result = validateStack(values, "dev");
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

/**
 * A valid stack file in which a few places, at any depth, were dropped, renamed or given another
 * value; as the engine hands it over.
 */
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
    "cluster.pgHba": ["hostssl postgres exporter all scram-sha-256"],
    "cluster.imagePullSecrets": ["registry"],
    "cluster.placement": { antiAffinity: "preferred", nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] },
    "cluster.backup": {
      plugins: [{ name: "barman" }],
      schedules: { daily: { schedule: "0 0 2 * * *", pluginConfiguration: { name: "barman" } } },
    },
    "services.agents": { adopt: { secret: "old", key: "password" }, keys: ["tls"], tls: { mode: "require" }, labels: { a: "b" } },
    "services.graph": { workloads: [{ kind: "Deployment", name: "graph" }], rotation: { strategy: "alternating", maxAgeDays: 9 } },
    bundles: { minio: { namespace: "minio" } },
    gates: { "db-migrations": { image: "node:22", imagePullPolicy: "Never" } },
    rotation: {
      groups: { one: { services: ["agents"] } },
      services: { agents: { generation: 5, a: "retired", b: "0.1.2", first: 1 }, graph: { active: "b", a: 3, b: 4 } },
      proof: { image: "psql:17" },
    },
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
    // An array's own, which takes numbers only.
    if (Array.isArray(node) && place === "length") return;
    if (how !== "drop" && place !== undefined)
      Object.defineProperty(node, place, { value: how === "rename" ? child : value, enumerable: true, configurable: true, writable: true });
    return;
  }
}
