import * as assert from "node:assert/strict";
import { credentialOf } from "../../../cli/drift/sessions";
import type { Facts } from "../../../cli/drift/types";
import { tells } from "../../support/told";
import { report, world } from "./fixture";
import { keysOf } from "../../support/outputs";

const said = ({ findings }: ReturnType<typeof report>) => findings.map(({ check, suspect }) => `${check}: ${suspect}`);

describe("cli/drift, what nobody wrote", () => {
  for (const [field, value] of [
    ["inRoles", ["pg_read_all_data"]],
    ["validUntil", "2020-01-01T00:00:00Z"],
    ["disablePassword", true],
  ] as const)
    it(`is found in an inline role, and in a DatabaseRole: ${field}`, () => {
      const inline = world();
      Object.assign(inline.facts.cluster!.spec.managed!.roles![0]!, { [field]: value });
      tells(said(report(inline)), [["cluster", "Cluster pg", "another managed.roles[agents] than"]]);
      const objects = world({ objects: true });
      Object.assign(objects.facts.roleObjects.get("agents")!.spec, { [field]: value });
      const found = report(objects);
      tells(said(found), [["roleObject", "DatabaseRole agents", "another spec"]]);
      // Pulumi would leave it there.
      assert.match(found.findings[0]!.mend, new RegExp(`"${field}":null`));
    });

  for (const right of ["superuser", "createdb", "createrole", "replication", "bypassrls"] as const)
    it(`is found in a DatabaseRole that says nothing of it: ${right}`, () => {
      const objects = world({ objects: true });
      const written = objects.state.deployment!.resources!.filter(({ type }) => type.endsWith(":DatabaseRole"));
      for (const { inputs } of written) delete (inputs as { spec: Record<string, unknown> }).spec[right];
      for (const { spec } of objects.facts.roleObjects.values()) delete (spec as Record<string, unknown>)[right];
      assert.deepEqual(said(report(objects)), []);
      Object.assign(objects.facts.roleObjects.get("agents")!.spec, { [right]: true });
      const found = report(objects);
      tells(said(found), [["roleObject", "DatabaseRole agents", "another spec"]]);
      // Pulumi has never written it, and would leave it there.
      assert.match(found.findings[0]!.mend, new RegExp(`"${right}":false`));
    });

  for (const key of ["username", "password"])
    it(`is not needed to see that a role's Secret has lost its ${key}`, () => {
      const sealed = world({ sealed: true });
      delete sealed.facts.secrets.get("platform-db-role-b")!.data[key];
      const found = report(sealed, "no passphrase");
      tells(said(found), [["roleSecret", "Secret platform-db-role-b", `lacks the key ${key}`]]);
    });
});

describe("cli/drift, keys that nobody wrote", () => {
  it("are found where the state keeps what it wrote to itself, too, by what the outputs say may be there", () => {
    const sealed = world({ sealed: true });
    (sealed.state.deployment!.resources![0]!.outputs!.services as Record<string, { possibleKeys?: string[] }>).agents!.possibleKeys =
      Object.keys(sealed.facts.secrets.get("agents-db-secret")!.data);
    assert.deepEqual(said(report(sealed, "no passphrase")), []);
    sealed.facts.secrets.get("agents-db-secret")!.data.LD_PRELOAD = "eA==";
    sealed.facts.secrets.get("agents-db-role")!.data.more = "eA==";
    tells(said(report(sealed, "no passphrase")), [
      ["secret", "Secret agents-db-secret", "LD_PRELOAD"],
      ["roleSecret", "Secret agents-db-role", "more"],
    ]);
  });
});

const AGENTS = { secret: "agents-db-secret", login: "agents", database: "agents", ...keysOf() };

describe("cli/drift, a credential to log in with", () => {
  const { secrets } = world().facts as unknown as Facts;
  const changed = (change: Record<string, string | undefined>) => {
    const live = structuredClone(secrets.get("agents-db-secret")!);
    const data = Object.fromEntries(Object.entries({ ...live.data, ...change }).filter(([, value]) => value !== undefined));
    return credentialOf(AGENTS, new Map([["agents-db-secret", { ...live, data: data as Record<string, string> }]]), "h");
  };

  it("is what the Secret has", () => assert.equal(changed({})?.user, "agents"));

  for (const key of ["username", "password", "dbname", "host"])
    it(`is none without ${key}, or with an empty one, for which the client would look elsewhere`, () => {
      for (const value of [undefined, ""]) assert.equal(changed({ [key]: value }), undefined);
    });

  it("is none without its Secret", () => assert.equal(credentialOf({ ...AGENTS, secret: "gone" }, secrets, "h"), undefined));
});
