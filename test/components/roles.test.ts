import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../../catalog/names";
import type { Service } from "../../catalog/service";
import type { RoleLogin } from "../../components/roleLogin";
import { parseHostBased } from "../../config/hostBased";
import { droppedRole, guestsOf, hostBasedAuthentication, roleConfigurations } from "../../components/roles";
import type { RoleConfiguration } from "../../kube/kinds/cluster";
import { planned, service, services } from "../support/fixtures";

const LEAST = { superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true };

/** The roles of a service, the owner first, with each Secret's name in place of what makes it. */
async function rolesOf(of: Service): Promise<[Slot, RoleConfiguration][]> {
  const plan = planned(of);
  const logins = new Map(
    plan.logins.map((login) => [login.slot, { secret: { metadata: pulumi.output({ name: login.secret }) } } as unknown as RoleLogin]),
  );
  const made = [...roleConfigurations(of, plan, logins)];
  return new Promise((resolve) => pulumi.output(made).apply((roles) => resolve(roles as [Slot, RoleConfiguration][])));
}
const alternating = (entry: object = {}) =>
  service("inference", { rotation: { strategy: "alternating" }, connectionLimit: 5 }, { services: { inference: entry } });
const owner = (more: object) => ({
  ...LEAST,
  name: "inference",
  comment: "Inference: checkpoints of LangGraph",
  connectionLimit: 5,
  ...more,
});
const member = (slot: string, login: boolean) => ({
  ...LEAST,
  name: `inference_${slot}`,
  comment: "A login of inference",
  login,
  connectionLimit: 5,
  inRoles: ["inference"],
  passwordSecret: { name: `inference-db-role-${slot}` },
});

describe("components/roles", () => {
  it("gives the owner its login, in place, and takes away everything else", async () =>
    assert.deepEqual(await rolesOf(service("inference", { connectionLimit: 5 })), [
      ["owner", owner({ login: true, passwordSecret: { name: "inference-db-role" } })],
    ]));

  it("alternating: gives the owner no password and no login, and lets in the member whose turn it is", async () =>
    assert.deepEqual(await rolesOf(alternating()), [
      ["owner", owner({ login: false, disablePassword: true })],
      ["a", member("a", true)],
      ["b", member("b", false)],
    ]));

  it("gives a role what its record or the stack's file says, and its logins the same, which work as it", async () => {
    const more = { attributes: ["createdb", "replication", "noinherit"], memberOf: ["readers"] };
    const [[, inPlace] = []] = await rolesOf(service("inference", more));
    const { createdb, createrole, replication, inherit, inRoles } = inPlace!;
    assert.deepEqual([createdb, createrole, replication, inherit, inRoles], [true, false, true, false, ["readers"]]);
    const [[, owns] = [], [, first] = []] = await rolesOf(service("inference", { ...more, rotation: { strategy: "alternating" } }));
    assert.deepEqual([owns!.inherit, owns!.inRoles], [false, ["readers"]]);
    assert.deepEqual([first!.createdb, first!.replication, first!.inherit, first!.inRoles], [true, true, true, ["inference"]]);
  });

  it("alternating: leaves the owner in that was before", async () => {
    assert.deepEqual(await rolesOf(alternating({ active: "a", a: 1, owner: 0 })), [
      ["owner", owner({ login: true, passwordSecret: { name: "inference-db-role" } })],
      ["a", member("a", true)],
      ["b", member("b", false)],
    ]);
  });

  it("alternating: lets both members in until one is retired", async () => {
    const logins = async (entry: object) => (await rolesOf(alternating(entry))).map(([slot, { login }]) => [slot, login]);
    assert.deepEqual(await logins({ active: "b", a: 0, b: 1 }), [
      ["owner", false],
      ["a", true],
      ["b", true],
    ]);
    assert.deepEqual(await logins({ active: "b", a: "retired", b: 1 }), [
      ["owner", false],
      ["a", false],
      ["b", true],
    ]);
  });

  it("alternating: keeps the password that initdb was told of, which lets nobody in", async () => {
    const [first] = await rolesOf(service("base", { rotation: { strategy: "alternating" } }));
    const { login, passwordSecret, disablePassword } = first![1];
    assert.deepEqual([login, passwordSecret, disablePassword], [false, { name: "base-db-role" }, undefined]);
  });

  it("drops a former login", () =>
    assert.deepEqual(droppedRole({ role: "agents_b" }), {
      ...LEAST,
      name: "agents_b",
      ensure: "absent",
      login: false,
      connectionLimit: -1,
    }));

  it("lets each service's logins, by name, into its own database over TLS, and nobody anywhere else", () =>
    assert.deepEqual(hostBasedAuthentication(services({ agents: {}, inference: {}, base: {} }), [], "disabled"), [
      "hostssl agents agents,agents_a,agents_b all scram-sha-256",
      "hostssl langgraph inference,inference_a,inference_b all scram-sha-256",
      "hostssl ameide dbuser,dbuser_a,dbuser_b all scram-sha-256",
      "host all all all reject",
    ]));

  it("lets a service that says so in without TLS", () =>
    assert.deepEqual(hostBasedAuthentication(services({ agents: { tls: { mode: "prefer" } }, graph: {} }), [], "disabled"), [
      "host agents agents,agents_a,agents_b all scram-sha-256",
      "hostssl graph graph,graph_a,graph_b all scram-sha-256",
      "host all all all reject",
    ]));

  it("has lines that read as what they are, whatever is let in, and none for a role's members", () => {
    const lines = hostBasedAuthentication(services({ agents: {}, graph: { tls: { mode: "prefer" } } }), [], "disabled");
    for (const line of lines) {
      const parsed = parseHostBased(line, true);
      assert.ok(!("problems" in parsed), line);
      for (const user of parsed.users) assert.doesNotMatch(user, /^\+/);
    }
  });

  it("has whom the stack's own lines let into a database connect to it, and the exporter", () => {
    const own = ["hostssl agents,graph bi,etl all scram-sha-256", "hostssl graph other all cert", "host agents nobody all reject"];
    assert.deepEqual(guestsOf("agents", own), ["cnpg_metrics_exporter", "bi", "etl"]);
    assert.deepEqual(guestsOf("platform", own), ["cnpg_metrics_exporter"]);
  });

  it("puts the stack's own lines and the superuser's before the refusal", () =>
    assert.deepEqual(hostBasedAuthentication([], ["hostssl all exporter 10.0.0.0/8 scram-sha-256"], "enabled"), [
      "hostssl all postgres all scram-sha-256",
      "hostssl all exporter 10.0.0.0/8 scram-sha-256",
      "host all all all reject",
    ]));

  it("refuses everybody where nothing is on", () =>
    assert.deepEqual(hostBasedAuthentication([], [], "disabled"), ["host all all all reject"]));
});
