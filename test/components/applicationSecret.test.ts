import * as assert from "node:assert/strict";
import type { Service } from "../../catalog/service";
import { renderKeys } from "../../catalog/connection";
import { CERTIFICATES, makeCredential, SECRET, type CredentialCase } from "../support/credentials";
import { decoded, expectedMetadata, service } from "../support/fixtures";
import { MADE_AT, passwordOf, type Registration } from "../support/program";

async function make(of: Service, given: CredentialCase = {}): Promise<Registration> {
  return (await makeCredential(of, given)).get(`${SECRET}::${of.name}`);
}
const marks = (login: string, generation: string, previous?: string) => ({
  "cnpg-credentials/login": login,
  ...(previous === undefined ? {} : { "cnpg-credentials/previous-login": previous }),
  "cnpg-credentials/generation": generation,
  "cnpg-credentials/first-generation": "0.0.0",
  "cnpg-credentials/password-changed-at": MADE_AT,
  "cnpg-credentials/tls-mode": "require",
  "cnpg-credentials/authorities": "2 1",
});
const annotationsOf = ({ inputs }: Registration) => (inputs.metadata as { annotations: Record<string, string> }).annotations;

describe("components/applicationSecret", () => {
  it("has the owner's credential, in place, under the application's names for it; secret as a whole", async () => {
    const of = service("agents", { labels: { tier: "a" }, annotations: { docs: "b" } });
    const { inputs, clear, secrets, options } = await make(of);
    assert.deepEqual(clear, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: expectedMetadata("agents-db-secret", {
        service: "agents",
        // Not the label that makes CloudNativePG read it.
        labels: { tier: "a" },
        annotations: { docs: "b", ...marks("agents", "0.0.0") },
      }),
      type: "kubernetes.io/basic-auth",
      data: undefined,
    });
    assert.deepEqual(secrets, ["data"]);
    assert.deepEqual(
      decoded(inputs.data),
      renderKeys(of.template, [], {
        user: "agents",
        password: passwordOf("agents-password"),
        database: "agents",
        host: "pg-rw.apps.svc",
        port: 5432,
        hostReadOnly: "pg-ro.apps.svc",
        ca: CERTIFICATES,
        tls: { mode: "require" },
      }),
    );
    assert.deepEqual(options, { additionalSecretOutputs: ["data", "stringData"] });
  });

  it("has the credential of the login whose turn it is, and says who had it before", async () => {
    const of = service("temporal", { rotation: { strategy: "alternating" } }, { services: { temporal: { active: "b", a: 1, b: 2 } } });
    const made = await make(of);
    const { metadata, type } = made.clear as Record<string, unknown>;
    const annotations = marks("temporal_b", "2", "temporal_a");
    assert.deepEqual([metadata, type], [expectedMetadata("temporal-db-env", { service: "temporal", annotations }), "Opaque"]);
    const { POSTGRES_USER, POSTGRES_PWD, DBNAME } = decoded(made.inputs.data);
    assert.deepEqual([POSTGRES_USER, POSTGRES_PWD, DBNAME], ["temporal_b", passwordOf("temporal-b-password"), "temporal"]);
  });

  it("says no more who had it before once that is retired", async () => {
    const of = service("agents", { rotation: { strategy: "alternating" } }, { services: { agents: { active: "b", a: "retired", b: 1 } } });
    const { metadata } = (await make(of)).inputs;
    assert.deepEqual(metadata, expectedMetadata("agents-db-secret", { service: "agents", annotations: marks("agents_b", "1") }));
  });

  it("is marked with the generation that its password is of: with `--target`, one that was not replaced is of the former", async () => {
    const of = service("agents", {}, { services: { agents: { generation: 5 } } });
    const marked = async (changedAt: string) => {
      const made = await make(of, { former: { secret: "agents-db-role", generation: "4", changedAt } });
      return annotationsOf(made)["cnpg-credentials/generation"];
    };
    assert.deepEqual([await marked(MADE_AT), await marked("2024-07-01T12:34:56.788Z")], ["4", "5"]);
  });

  it("keeps its marks whatever a service's own annotations say", async () => {
    const forged = { "cnpg-credentials/login": "other", "cnpg-credentials/generation": "9.9.9" };
    const annotations = annotationsOf(await make({ ...service("agents"), annotations: forged }));
    assert.deepEqual([annotations["cnpg-credentials/login"], annotations["cnpg-credentials/generation"]], ["agents", "0.0.0"]);
  });

  it("tells Reloader where the stack leaves restarts to it, and nobody else", async () => {
    const match = async (restart: string) => annotationsOf(await make(service("agents", { restart })))["reloader.stakater.com/match"];
    assert.deepEqual([await match("reloader"), await match("rollout"), await match("none")], ["true", undefined, undefined]);
  });

  it("adds the keys, the pooler and the type that the stack asks for", async () => {
    const of = service("agents", {
      keys: ["tls", "readOnly", "pooler"],
      pooler: "pooler-rw",
      secretType: "Opaque",
      tls: { mode: "prefer" },
    });
    const { inputs } = await make(of);
    const data = decoded(inputs.data);
    assert.deepEqual(
      [inputs.type, data.sslmode, data["host-ro"], data["host-pooler"]],
      ["Opaque", "prefer", "pg-ro.apps.svc", "pooler-rw.apps.svc"],
    );
  });

  it("fails with a template that names no value", async () => {
    const of = service("agents");
    const broken = { ...of, template: { ...of.template, keys: { ...of.template.keys, uri: "{hots}" } } };
    await assert.rejects(make(broken), /template key uri: \{hots\} names no value or encoding$/);
  });
});
