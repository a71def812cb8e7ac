import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { explicitForm, secretsOf, withoutOldForm } from "../../../cli/rotate/explicit";
import { parseStackFile } from "../../../config/file";
import { selectServices } from "../../../catalog/service";
import { catalogue } from "../../../catalog/services";
import type { Marks } from "../../../preflight/types";
import { planRotation } from "../../../rotation/plan";
import { kubeconfigFor, startApiServer, type Reply } from "../../support/apiServer";

const BASE = `config:
  cnpg-credentials:context: lab
  cnpg-credentials:namespace: apps
  cnpg-credentials:cluster: { image: pg, instances: 1, storage: { size: 1Gi } }
`;
const OLD = `${BASE}  cnpg-credentials:services:
    agents: {} # in place
    platform: { rotation: { strategy: alternating } }
    graph: {}
  cnpg-credentials:rotation:
    # Two minutes are enough.
    settleSeconds: 120
    all: 1
    groups:
      pair: { services: [agents, graph], generation: 2 }
    services:
      agents: 3
      platform: 1 # the last one
    retired: { platform: 1.0.0 }
`;
const OURS = { owner: "o/p/test/1", stack: "test" };
const secret = (service: string, name: string, more: Partial<Marks>): Marks => ({ name, service, ...OURS, ...more });
const SECRETS: Marks[] = [
  secret("agents", "agents-db-secret", { login: "agents", generation: "1.2.3", first: "0.0.0" }),
  secret("agents", "agents-db-role", { generation: "1.2.3" }),
  secret("graph", "graph-db-credentials", { login: "graph", generation: "1.2.0", first: "1.2.0" }),
  secret("graph", "graph-db-role", { generation: "1.2.0" }),
  secret("platform", "platform-db-credentials", { login: "platform_b", previous: "platform_a", generation: "1.0.1", first: "0.0.0" }),
  secret("platform", "platform-db-role-a", { generation: "1.0.0" }),
  secret("platform", "platform-db-role-b", { generation: "1.0.1" }),
];

/** The generation of each login of a file's services. */
function generationsIn(text: string): Record<string, string> {
  const read = parseStackFile(text, "test");
  assert.ok("stack" in read, JSON.stringify(read));
  const selected = selectServices(catalogue, read.stack);
  assert.ok("services" in selected, JSON.stringify(selected));
  return Object.fromEntries(
    selected.services.flatMap((of) => planRotation(of).logins.map(({ secret: name, generation }) => [name, generation])),
  );
}

describe("cli/rotate/explicit", () => {
  it("writes which logins there are, takes out what counted, and leaves all else as it is written", () =>
    assert.equal(
      explicitForm({ stack: "test", text: OLD }, SECRETS).text,
      `${BASE}  cnpg-credentials:services:
    agents: {} # in place
    platform: { rotation: { strategy: alternating } }
    graph: {}
  cnpg-credentials:rotation:
    # Two minutes are enough.
    settleSeconds: 120
    groups:
      pair: { services: [agents, graph] }
    services:
      agents: { generation: 1.2.3 }
      platform: { active: b, a: 1.0.0, b: 1.0.1 } # the last one
      graph: { generation: 1.2.0, first: 1.2.0 }
`,
    ));

  it("keeps every password's generation, letter by letter", () => {
    const generation = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join("."));
    const numbers = fc.oneof(generation, fc.integer({ min: 1, max: 99 }).map(String));
    const turns = fc.record({ current: fc.constantFrom("a", "b"), a: numbers, b: numbers, isRetired: fc.boolean() });
    fc.assert(
      fc.property(numbers, numbers, turns, (agents, graph, { current, a, b, isRetired }) => {
        const other = current === "a" ? "b" : "a";
        const both = { a, b, ...(isRetired ? { [other]: "unused" } : {}) };
        const previous = isRetired ? {} : { previous: `platform_${other}` };
        const secrets = [
          secret("agents", "agents-db-secret", { login: "agents", generation: agents, first: "0.0.0" }),
          secret("agents", "agents-db-role", { generation: agents }),
          secret("graph", "graph-db-credentials", { login: "graph", generation: graph, first: graph }),
          secret("graph", "graph-db-role", { generation: graph }),
          secret("platform", "platform-db-credentials", { login: `platform_${current}`, ...previous, generation: current === "a" ? a : b }),
          secret("platform", "platform-db-role-a", { generation: both.a }),
          secret("platform", "platform-db-role-b", { generation: both.b }),
        ];
        const { text } = explicitForm({ stack: "test", text: OLD }, secrets);
        assert.deepEqual(generationsIn(text), {
          "agents-db-role": agents,
          "graph-db-role": graph,
          "platform-db-role-a": both.a,
          "platform-db-role-b": both.b,
        });
        // Twice is as good as once.
        assert.equal(explicitForm({ stack: "test", text }, secrets).text, text);
      }),
      { numRuns: 25 },
    );
  });

  it("writes nothing of what nothing was rotated of, or is not there", () => {
    const { text, written } = explicitForm({ stack: "test", text: OLD }, []);
    assert.deepEqual(written, []);
    assert.equal(text, withoutOldForm(OLD));
    assert.doesNotMatch(text, /all|retired|generation|services:\n {6}/);
  });

  it("leaves what says already which logins there are, and what is somebody else's", () => {
    const text = withoutOldForm(OLD).replace("groups:", "services: { agents: { generation: 9 } }\n    groups:");
    const others = SECRETS.map((one) => (one.service === "platform" ? { ...one, service: "shop" } : one));
    assert.deepEqual(
      explicitForm({ stack: "test", text }, others).written.map(([service]) => service),
      ["graph"],
    );
  });

  it("says what else is wrong with the file", () =>
    assert.throws(() => explicitForm({ stack: "test", text: OLD.replace("settleSeconds: 120", "settleSeconds: -1") }, []), {
      name: "FixableError",
      message:
        /^Configuration of stack test: 1 problem, nothing was changed\n {2}- (Pulumi\.test\.yaml:\d+ )?rotation\.settleSeconds: is less than 0/,
    }));

  describe("asks for the marks of the stack's Secrets, and for nothing that is in them", () => {
    const LIST = "GET /api/v1/namespaces/apps/secrets?labelSelector=cnpg-credentials%2Fstack%3Dtest";
    const item = (name: string, owner: string) => ({
      metadata: {
        name,
        labels: { "cnpg-credentials/stack": "test", "cnpg-credentials/service": "agents" },
        annotations: { "cnpg-credentials/owner": owner, "cnpg-credentials/generation": "0.0.1" },
      },
    });
    async function ask(reply: Reply): Promise<Marks[]> {
      const server = await startApiServer({ "GET /version": {}, [LIST]: reply });
      try {
        const marks = await secretsOf({ kubeconfig: kubeconfigFor(server), context: "lab" }, "apps", "test");
        assert.match(server.asked.at(-1)!.accept ?? "", /PartialObjectMetadataList/);
        return marks;
      } finally {
        await server.close();
      }
    }

    it("each with its own", async () =>
      assert.deepEqual(await ask({ items: [item("agents-db-role", "one")] }), [
        { name: "agents-db-role", owner: "one", stack: "test", service: "agents", generation: "0.0.1" },
      ]));

    it("and refuses those of several states, and what it may not list", async () => {
      await assert.rejects(ask({ items: [item("agents-db-role", "one"), item("agents-db-secret", "two")] }), {
        name: "FixableError",
        message: /belong to several states: one, two\n/,
      });
      await assert.rejects(ask(403), { name: "FixableError", message: /cannot be listed \(403\)/ });
    });
  });
});
