import * as assert from "node:assert/strict";
import { hostBasedAuthentication, roleConfiguration } from "../../components/roles";
import { service, services } from "../support/fixtures";

describe("components/roles", () => {
  it("gives a role its login and takes away everything else", () =>
    assert.deepEqual(roleConfiguration(service("inference", { connectionLimit: 5 }), { name: "inference-db-credentials" }), {
      name: "inference",
      comment: "Inference: checkpoints of LangGraph",
      login: true,
      superuser: false,
      createdb: false,
      createrole: false,
      replication: false,
      bypassrls: false,
      inherit: true,
      connectionLimit: 5,
      passwordSecret: { name: "inference-db-credentials" },
    }));

  it("leaves the password alone where no Secret is given", () =>
    assert.ok(!("passwordSecret" in roleConfiguration(service("agents"), undefined))));

  it("lets each role into its own database over TLS, and nobody anywhere else", () =>
    assert.deepEqual(hostBasedAuthentication(services({ agents: {}, inference: {}, base: {} }), [], "disabled"), [
      "hostssl agents +agents all scram-sha-256",
      "hostssl langgraph +inference all scram-sha-256",
      "hostssl ameide +dbuser all scram-sha-256",
      "host all all all reject",
    ]));

  it("lets a service that says so in without TLS", () =>
    assert.deepEqual(hostBasedAuthentication(services({ agents: { tls: { mode: "prefer" } }, graph: {} }), [], "disabled"), [
      "host agents +agents all scram-sha-256",
      "hostssl graph +graph all scram-sha-256",
      "host all all all reject",
    ]));

  it("puts the stack's own lines and the superuser's before the refusal", () =>
    assert.deepEqual(hostBasedAuthentication([], ["hostssl all exporter 10.0.0.0/8 scram-sha-256"], "enabled"), [
      "hostssl all postgres all scram-sha-256",
      "hostssl all exporter 10.0.0.0/8 scram-sha-256",
      "host all all all reject",
    ]));

  it("refuses everybody where nothing is on", () =>
    assert.deepEqual(hostBasedAuthentication([], [], "disabled"), ["host all all all reject"]));
});
